// The registry with a preload: this binary defines its table, as libtrack_preload.so does.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "libtrack/ledger/program_table.hpp"
#include <track/allocator.hpp>
#include <track/cache_probe.hpp>
#include <track/make_shared.hpp>
#include <track/registry.hpp>
#include <track/scope.hpp>

using namespace std::chrono_literals;

namespace {

using track::ledger::cache_record;
using track::ledger::object_record;

// A slot a process, in memory that children share: what a child wrote into its parent's would show.
struct slot {
  static constexpr std::uint64_t capacity = 1000;
  object_record records[capacity];
  std::uint64_t used, names_used, lost;
  static constexpr std::uint64_t cache_capacity = 3;
  cache_record caches[cache_capacity];
  std::uint64_t caches_used;
  char names[1 << 16];
};
struct fake_ledger {
  slot slots[2];
  std::uint64_t clock_ms;
  pid_t parent;
};
fake_ledger* ledger = nullptr;

fake_ledger& the_ledger() {
  if (ledger == nullptr) {
    void* const memory = mmap(nullptr, sizeof(fake_ledger), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ledger = static_cast<fake_ledger*>(memory);
    ledger->clock_ms = 1'000'000;
    ledger->parent = getpid();
  }
  return *ledger;
}

bool objects(libtrack_objects* places) {
  fake_ledger& all = the_ledger();
  slot& mine = all.slots[getpid() == all.parent ? 0 : 1];
  *places = {mine.records,      slot::capacity,   &mine.used, mine.names,
             sizeof mine.names, &mine.names_used, &mine.lost, &all.clock_ms};
  return true;
}

bool caches(libtrack_caches* places) {
  fake_ledger& all = the_ledger();
  slot& mine = all.slots[getpid() == all.parent ? 0 : 1];
  *places = {mine.caches, slot::cache_capacity, &mine.caches_used};
  return true;
}

std::uint32_t stack(unsigned) {
  return 77;
}

std::size_t frames(std::uint32_t node, void** addresses, std::size_t most) {
  if (node != 77 || most < 2) {
    return 0;
  }
  addresses[0] = reinterpret_cast<void*>(0x1001);
  addresses[1] = reinterpret_cast<void*>(0x1002);
  return 2;
}

// Numbers as the preload gives them, from 1; 0 while `threads_are_known` is false.
bool threads_are_known = true;
std::uint32_t thread_number() {
  static std::atomic<std::uint32_t> threads{0};
  thread_local const std::uint32_t mine = ++threads;
  return threads_are_known ? mine : 0;
}

bool block_serial(const void*, std::uint64_t*) {
  return false;
}

std::string name_at(const slot& of, std::uint32_t name) {
  std::uint16_t length;
  std::memcpy(&length, of.names + std::size_t{name} * 4, sizeof length);
  return {of.names + std::size_t{name} * 4 + 2, length};
}

std::vector<const object_record*> in_use(const slot& of) {
  std::vector<const object_record*> found;
  for (std::uint64_t i = 1; i < std::min(of.used, slot::capacity); ++i) {
    if (of.records[i].address != 0) {
      found.push_back(&of.records[i]);
    }
  }
  return found;
}

}  // namespace

extern "C" {
extern const libtrack_ledger_table libtrack_ledger_v1;
const libtrack_ledger_table libtrack_ledger_v1 = {1,
                                                  sizeof(libtrack_ledger_table),
                                                  block_serial,
                                                  objects,
                                                  stack,
                                                  frames,
                                                  nullptr,
                                                  nullptr,
                                                  thread_number,
                                                  caches};
}

namespace {

TEST(RegistryLedger, record_stands_in_the_ledger) {
  track::set_test("a test");
  auto object = track::make_shared<int>(1);
  {
    const track::scope tag{"a tag"};
    track::watch(object, "a label");
  }
  track::set_test({});
  const slot& mine = the_ledger().slots[0];
  const auto all = in_use(mine);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0]->address, reinterpret_cast<std::uintptr_t>(object.get()));
  EXPECT_EQ(name_at(mine, all[0]->type), "int");
  EXPECT_EQ(name_at(mine, all[0]->label), "a label");
  EXPECT_EQ(name_at(mine, all[0]->tag), "a tag");
  EXPECT_EQ(name_at(mine, all[0]->test), "a test");
  EXPECT_EQ(all[0]->birth_ms, 1'000'000u);
  EXPECT_EQ(all[0]->due_ms, 0u);
  EXPECT_EQ(all[0]->node, 77u);
  EXPECT_EQ(all[0]->size, sizeof(int));
  EXPECT_EQ(all[0]->serial_thread >> 48, thread_number());
  object.reset();
  EXPECT_TRUE(in_use(mine).empty());
}

struct recorder {
  std::uint64_t number = 0;  // in the ledger's record
  std::uint32_t told = 0;    // as survivors() tells it
  std::uint32_t tid = 0;
};

recorder record_here(const char* label) {
  const auto object = track::make_shared<int>(1);
  const auto serial = track::watch(object, label).serial();
  recorder found{.told = track::survivors({.label = label}).at(0).thread,
                 .tid = static_cast<std::uint32_t>(gettid())};
  for (const object_record* each : in_use(the_ledger().slots[0])) {
    if ((each->serial_thread & track::ledger::object_serial_mask) == serial) {
      found.number = each->serial_thread >> track::ledger::object_serial_bits;
    }
  }
  return found;
}

TEST(RegistryLedger, records_of_two_threads_have_their_numbers_in_the_ledger) {
  const recorder here = record_here("here");
  recorder there;
  std::uint32_t expected_there = 0;
  std::thread([&] {
    expected_there = thread_number();
    there = record_here("there");
  }).join();
  EXPECT_EQ(here.number, thread_number());
  EXPECT_EQ(there.number, expected_there);
  EXPECT_NE(here.number, 0u);
  EXPECT_NE(there.number, 0u);
  EXPECT_NE(here.number, there.number);
  EXPECT_EQ(here.told, here.tid);
  EXPECT_EQ(there.told, there.tid);
  EXPECT_NE(here.told, there.told);
}

TEST(RegistryLedger, thread_that_the_ledger_does_not_know_is_unknown) {
  threads_are_known = false;
  recorder there;
  std::thread([&] { there = record_here("unknown"); }).join();
  threads_are_known = true;
  EXPECT_EQ(there.number, 0u);
  EXPECT_EQ(there.told, 0u);
}

TEST(RegistryLedger, names_are_aligned_and_written_once) {
  const slot& mine = the_ledger().slots[0];
  const auto object = track::make_shared<int>(1);
  track::watch(object, "once");
  const std::uint64_t used = mine.names_used;
  EXPECT_EQ(used % 4, 0u);
  track::watch(object, "once");
  EXPECT_EQ(mine.names_used, used);
}

TEST(RegistryLedger, due_and_dead_are_there_for_the_collector) {
  auto object = track::make_shared<int>(1);
  track::watch_handle handle = track::watch(object);
  EXPECT_TRUE(handle.expect_gone(500ms));
  const slot& mine = the_ledger().slots[0];
  EXPECT_EQ(in_use(mine).at(0)->due_ms, the_ledger().clock_ms + 500);
  EXPECT_FALSE(track::survivors().at(0).overdue);
  the_ledger().clock_ms += 500;
  EXPECT_TRUE(track::survivors().at(0).overdue);
  EXPECT_EQ(track::survivors().at(0).age, 500ms);
  ASSERT_TRUE(handle.detach());
  object.reset();
  static_cast<void>(track::survivors());
  EXPECT_EQ(in_use(mine).at(0)->address & track::ledger::object_dead, 1u);
  EXPECT_TRUE(handle.forget());
  EXPECT_TRUE(in_use(mine).empty());
}

TEST(RegistryLedger, stacks_are_the_preloads) {
  const auto object = track::make_shared<int>(1);
  track::watch(object);
  const auto addresses = track::survivors().at(0).stack.addresses();
  ASSERT_EQ(addresses.size(), 2u);
  EXPECT_EQ(addresses[0], reinterpret_cast<void*>(0x1001));
}

TEST(RegistryLedger, full_ledger_loses_and_counts) {
  const slot& mine = the_ledger().slots[0];
  const std::uint64_t lost = mine.lost;
  {
    std::vector<std::shared_ptr<int>> all(slot::capacity + 10);
    for (auto& each : all) {
      track::watch(each = track::make_shared<int>(1));
    }
    EXPECT_EQ(in_use(mine).size(), slot::capacity - 1);
    EXPECT_EQ(mine.lost - lost, 11u);
    EXPECT_EQ(track::lost_records(), mine.lost);
    track::allocator<int> allocator;
    allocator.deallocate(allocator.allocate(1), 1);
    EXPECT_EQ(mine.lost - lost, 12u);
  }
  EXPECT_TRUE(in_use(mine).empty());
  const auto again = track::make_shared<int>(1);
  EXPECT_TRUE(track::watch(again).recorded());
}

TEST(RegistryLedger, records_of_ended_threads_come_back) {
  const slot& mine = the_ledger().slots[0];
  const std::uint64_t lost = mine.lost;
  for (int i = 0; i < 50; ++i) {
    std::thread([] {
      std::vector<std::shared_ptr<int>> all(200);
      for (auto& each : all) {
        track::watch(each = track::make_shared<int>(1));
      }
    }).join();
  }
  EXPECT_EQ(mine.lost, lost);
}

TEST(RegistryLedger, child_of_fork_has_places_of_its_own) {
  auto object = track::make_shared<int>(1);
  auto freed_there = track::make_shared<int>(2);
  track::allocator<int> allocator;
  int* const block = allocator.allocate(1);
  track::watch_handle handle = track::watch(object, "parent");
  track::watch(freed_there, "parent");
  const slot& parent = the_ledger().slots[0];
  const slot& child = the_ledger().slots[1];
  ASSERT_EQ(in_use(parent).size(), 3u);
  const pid_t pid = fork();
  if (pid == 0) {
    const bool empty = track::survivors().empty() && !handle.recorded() && !handle.forget();
    freed_there.reset();
    allocator.deallocate(block, 1);
    auto own = track::make_shared<int>(3);
    track::watch(own, "child");
    track::watch(object, "child, inherited");
    const auto two = track::survivors({.label = "child"}).size() + in_use(child).size();
    object.reset();
    _exit(empty && two == 3 && in_use(child).size() == 1 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(in_use(parent).size(), 3u) << "nothing of the parent's was written";
  ASSERT_EQ(in_use(child).size(), 1u) << "the record survives its process";
  EXPECT_EQ(name_at(child, in_use(child)[0]->label), "child");
  EXPECT_TRUE(handle.recorded());
  allocator.deallocate(block, 1);
}

std::uint64_t hits_in(const cache_record& record) {
  std::uint64_t hits = 0;
  for (const auto& stripe : record.stripes) {
    hits += stripe.hits;
  }
  return hits;
}

TEST(CacheProbeLedger, counts_stand_in_the_ledger_and_stay_when_the_cache_is_gone) {
  const slot& mine = the_ledger().slots[0];
  const int container = 0;
  const std::uint64_t index = mine.caches_used;
  ASSERT_LT(index, slot::cache_capacity);
  const cache_record& record = mine.caches[index];
  {
    track::cache_probe probe("images", &container);
    probe.hit(3);
    probe.size(5);
    EXPECT_EQ(mine.caches_used, index + 1);
    EXPECT_NE(record.serial, 0u);
    EXPECT_EQ(record.address, reinterpret_cast<std::uintptr_t>(&container));
    EXPECT_EQ(name_at(mine, record.name), "images");
    EXPECT_EQ(record.node, 77u);
    EXPECT_EQ(record.birth_ms, the_ledger().clock_ms);
    EXPECT_EQ(record.end_ms, 0u);
    EXPECT_EQ(record.never_hit, track::ledger::cache_unknown);
  }
  EXPECT_NE(record.serial, 0u);
  EXPECT_EQ(record.end_ms, the_ledger().clock_ms);
  EXPECT_EQ(record.size, 5u);
  EXPECT_EQ(hits_in(record), 3u);
}

TEST(CacheProbeLedger, a_place_is_used_again_only_when_there_is_no_other) {
  const slot& mine = the_ledger().slots[0];
  const std::uint64_t lost = mine.lost;
  { track::cache_probe fills("a"), the("b"), rest("c"); }
  EXPECT_EQ(mine.caches_used, slot::cache_capacity);
  track::cache_probe first("first"), second("second"), third("third");
  EXPECT_EQ(mine.lost, lost);
  track::cache_probe beyond("beyond");
  EXPECT_EQ(mine.lost, lost + 1);
  beyond.hit();
  EXPECT_EQ(beyond.stats().hits, 1u) << "in memory of our own";
  EXPECT_EQ(track::cache_probes().size(), 4u);
}

TEST(CacheProbeLedger, a_child_of_fork_counts_in_its_own) {
  const slot& parent = the_ledger().slots[0];
  const slot& child = the_ledger().slots[1];
  track::cache_probe probe("inherited"), unused("unused");
  probe.hit(2);
  const std::uint64_t known = child.caches_used;
  const std::uint64_t own = parent.caches_used;
  const pid_t pid = fork();
  if (pid == 0) {
    probe.hit(7);
    _exit(probe.stats().hits == 7 && track::cache_probes().size() == 1 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  ASSERT_EQ(child.caches_used, known + 1);
  EXPECT_EQ(hits_in(child.caches[known]), 7u);
  EXPECT_EQ(name_at(child, child.caches[known].name), "inherited");
  EXPECT_EQ(probe.stats().hits, 2u);
  EXPECT_EQ(parent.caches_used, own);
}

TEST(RegistryLedger, with_a_ledger_the_end_of_the_program_prints_nothing) {
  EXPECT_EXIT(
      {
        static const auto object = track::make_shared<int>(1);
        track::expect_gone(object, 0ms);
        std::exit(3);
      },
      ::testing::ExitedWithCode(3), "^$");
}

}  // namespace
