// The registry with a preload: this binary defines its table, as libtrack_preload.so does.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "libtrack/ledger/program_table.hpp"
#include <track/allocator.hpp>
#include <track/make_shared.hpp>
#include <track/registry.hpp>
#include <track/scope.hpp>

using namespace std::chrono_literals;

namespace {

using track::ledger::object_record;

// A slot a process, in memory that children share: what a child wrote into its parent's would show.
struct slot {
  static constexpr std::uint64_t capacity = 1000;
  object_record records[capacity];
  std::uint64_t used, names_used, lost;
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
const libtrack_ledger_table libtrack_ledger_v1 = {
    1, sizeof(libtrack_ledger_table), block_serial, objects, stack, frames, nullptr, nullptr};
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
  EXPECT_EQ(all[0]->serial_thread >> 48, 0u);
  object.reset();
  EXPECT_TRUE(in_use(mine).empty());
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
