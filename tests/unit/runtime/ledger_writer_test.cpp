#include <sys/mman.h>

#include <cstring>
#include <map>
#include <random>
#include <span>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "libtrack/ledger/reader.hpp"
#include "libtrack/ledger/writer.hpp"

namespace track::ledger {
namespace {

// A slot in plain memory, written by the writer and read back by the reader.
class slot_fixture : public testing::Test {
 protected:
  slot_fixture() { open(small_capacities()); }
  ~slot_fixture() override { munmap(slot_, size_bytes_); }

  void open(const capacities& room) {
    size_bytes_ = slot_bytes_for(room);
    slot_ = static_cast<std::byte*>(
        mmap(nullptr, size_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    writer.format(slot_, room, {});
    writer.header().state = static_cast<std::uint32_t>(slot_state::live);
  }

  process_image read() {
    auto image = read_slot({slot_, size_bytes_});
    if (const auto* failure = std::get_if<read_error>(&image)) {
      ADD_FAILURE() << failure->message;
      return {};
    }
    return std::get<process_image>(image);
  }

  site_id site(std::uintptr_t address, allocation_function function = allocation_function::malloc) {
    return writer.intern_site(writer.intern_node({}, address, 0), function);
  }

  slot_writer writer;

 private:
  std::byte* slot_ = nullptr;
  std::size_t size_bytes_ = 0;
};

using ledger_writer = slot_fixture;

TEST_F(ledger_writer, same_frames_give_the_same_node) {
  const node_id outer = writer.intern_node({}, 0x1000, 3);
  const node_id inner = writer.intern_node(outer, 0x2000, 4);
  EXPECT_EQ(writer.intern_node({}, 0x1000, 3), outer);
  EXPECT_EQ(writer.intern_node(outer, 0x2000, 4), inner);
  EXPECT_FALSE(writer.intern_node({}, 0x1000, 4) == outer);
  EXPECT_FALSE(writer.intern_node(inner, 0x2000, 4) == inner);
}

TEST_F(ledger_writer, a_stack_has_a_site_for_each_function) {
  const node_id stack = writer.intern_node({}, 0x1000, 0);
  const site_id by_malloc = writer.intern_site(stack, allocation_function::malloc);
  const site_id by_new = writer.intern_site(stack, allocation_function::operator_new);
  EXPECT_FALSE(by_malloc == by_new);
  EXPECT_EQ(writer.intern_site(stack, allocation_function::malloc), by_malloc);
  EXPECT_EQ(writer.intern_site({}, allocation_function::malloc), site_id{});
}

TEST_F(ledger_writer, ten_thousand_stacks_are_found_again) {
  std::vector<node_id> nodes;
  for (std::uintptr_t i = 0; i < 10'000; ++i) {
    nodes.push_back(writer.intern_node({}, 0x400000 + i * 16, 1));
  }
  for (std::uintptr_t i = 0; i < 10'000; ++i) {
    EXPECT_EQ(writer.intern_node({}, 0x400000 + i * 16, 1), nodes[i]);
  }
  EXPECT_EQ(writer.header().nodes_used, 1u + 1 + 2 * 9'999) << "the first needs no branch";
}

TEST_F(ledger_writer, the_index_grows_and_forgets_nothing) {
  std::map<std::pair<std::uintptr_t, std::uintptr_t>, node_id> nodes;
  for (std::uintptr_t caller = 1; caller <= 200; ++caller) {
    const node_id outer = writer.intern_node({}, caller * 16, 1);
    for (std::uintptr_t callee = 1; callee <= 200; ++callee) {
      nodes[{caller, callee}] = writer.intern_node(outer, 0x40000 + callee * 16, 1);
    }
  }
  EXPECT_EQ(writer.header().frames_used, 401u);
  const std::uint64_t words = writer.header().nodes_used;
  for (const auto& [path, node] : nodes) {
    const node_id outer = writer.intern_node({}, path.first * 16, 1);
    EXPECT_EQ(writer.intern_node(outer, 0x40000 + path.second * 16, 1), node);
  }
  EXPECT_EQ(writer.header().nodes_used, words);
  const process_image image = read();
  EXPECT_EQ(image.nodes.size(), 1u + 200 + 200 * 200);
  EXPECT_EQ(image.lost[static_cast<unsigned>(loss::nodes_full)], 0u);
}

TEST_F(ledger_writer, a_stack_costs_a_word_a_new_frame_a_branch_and_a_site) {
  node_id node = writer.intern_node({}, 0x1000, 1);
  const node_id outer = node;
  const std::uint64_t before = writer.header().nodes_used;
  for (std::uintptr_t address = 0x2000; address < 0x2010; ++address) {
    node = writer.intern_node(node, address, 1);
  }
  writer.intern_site(node, allocation_function::malloc);
  EXPECT_EQ(writer.header().nodes_used - before, 16u + 1) << "no branch at the end";
  writer.intern_site(writer.intern_node(outer, 0x2001, 1), allocation_function::malloc);
  EXPECT_EQ(writer.header().nodes_used - before, 16u + 1 + 3);
}

// What every stack has allocated, whatever names the threads gave it.
std::map<std::vector<std::uint64_t>, std::uint64_t> by_stack(const process_image& image) {
  std::map<std::vector<std::uint64_t>, std::uint64_t> sums;
  for (const site_image& site : image.sites) {
    std::vector<std::uint64_t> stack;
    for (node_id at = site.node; at; at = image.nodes[at.value].parent) {
      stack.push_back(image.nodes[at.value].address);
    }
    if (site.allocations != 0) {
      sums[stack] += site.allocations;
    }
  }
  return sums;
}

TEST_F(ledger_writer, threads_that_meet_lose_no_stack) {
  constexpr unsigned threads = 4;
  constexpr std::uintptr_t stacks = 1500;
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < threads; ++i) {
    workers.emplace_back([&] {
      for (std::uintptr_t stack = 0; stack < stacks; ++stack) {
        const node_id outer = writer.intern_node({}, 0x1000 + stack % 7, 1);
        const node_id inner = writer.intern_node(outer, 0x2000 + stack, 1);
        writer.count_allocation(writer.intern_site(inner, allocation_function::malloc), 1);
      }
    });
  }
  for (std::thread& worker : workers) {
    worker.join();
  }
  const auto sums = by_stack(read());
  EXPECT_EQ(sums.size(), stacks);
  for (const auto& [stack, allocations] : sums) {
    ASSERT_EQ(stack.size(), 2u);
    EXPECT_EQ(stack[1], 0x1000 + (stack[0] - 0x2000) % 7);
    EXPECT_EQ(allocations, threads);
  }
}

TEST_F(ledger_writer, counts_beyond_the_row_are_kept) {
  const site_id at = site(0x1000);
  constexpr std::uint64_t huge = std::uint64_t{3} << 40;
  constexpr std::uint64_t large = (std::uint64_t{64} << 20) - 1;  // just not huge
  std::uint64_t bytes = 0;
  for (int i = 0; i < 3000; ++i) {
    writer.count_allocation(at, large);
    bytes += large;
  }
  EXPECT_GT(bytes, std::uint64_t{1} << 37) << "more than the row can hold";
  writer.count_allocation(at, huge);
  writer.count_release(at, huge, false, 0);
  writer.count_release(at, large, false, 0);
  const site_image read_back = read().sites[at.value];
  EXPECT_EQ(read_back.allocations, 3001u);
  EXPECT_EQ(read_back.bytes_allocated, bytes + huge);
  EXPECT_EQ(read_back.frees, 2u);
  EXPECT_EQ(read_back.bytes_freed, huge + large);
  EXPECT_EQ(read_back.peak_bytes, static_cast<std::int64_t>(bytes + huge));
  EXPECT_EQ(read_back.peak_blocks, 3001);
}

TEST_F(ledger_writer, a_site_that_was_empty_at_the_peak_has_no_part_in_it) {
  const site_id early = site(0x1000);
  const site_id big = site(0x2000);
  const site_id late = site(0x3000);
  writer.count_allocation(early, 10);
  writer.count_release(early, 10, false, 0);
  writer.count_allocation(big, 1000);
  writer.count_release(big, 1000, false, 0);
  writer.count_allocation(early, 10);
  writer.count_allocation(late, 20);
  const process_image image = read();
  EXPECT_EQ(image.sites[early.value].peak_bytes, 0);
  EXPECT_EQ(image.sites[big.value].peak_bytes, 1000);
  EXPECT_EQ(image.sites[late.value].peak_bytes, 0);
}

TEST_F(ledger_writer, what_finds_no_room_is_counted_and_goes_to_site_zero) {
  const std::uint64_t room = small_capacities().sites;
  site_id last;
  for (std::uintptr_t i = 0; i < room + 10; ++i) {
    last = site(0x400000 + i * 16);
  }
  EXPECT_EQ(last, site_id{});
  EXPECT_EQ(read().lost[static_cast<unsigned>(loss::sites_full)], 11u);
}

TEST_F(ledger_writer, totals_add_up_over_sites) {
  std::mt19937 random(7);
  std::map<std::uint32_t, std::pair<std::uint64_t, std::uint64_t>> model;
  for (int i = 0; i < 5000; ++i) {
    const site_id at = site(0x1000 + random() % 50 * 16);
    const std::uint64_t size = random() % 1000;
    writer.count_allocation(at, size);
    model[at.value].first += 1;
    model[at.value].second += size;
  }
  const process_image image = read();
  for (const auto& [id, totals] : model) {
    EXPECT_EQ(image.sites[id].allocations, totals.first);
    EXPECT_EQ(image.sites[id].bytes_allocated, totals.second);
  }
}

TEST_F(ledger_writer, lifetimes_and_temporaries_fall_in_their_places) {
  const site_id at = site(0x1000);
  for (const std::uint32_t age : {0u, 9u, 10u, 999u, 1000u, 59'999u, 60'000u}) {
    writer.count_allocation(at, 8);
    writer.count_release(at, 8, age == 9, age);
  }
  const site_image read_back = read().sites[at.value];
  EXPECT_EQ(read_back.temporary, 1u);
  EXPECT_EQ(read_back.lifetimes[0], 2u);
  EXPECT_EQ(read_back.lifetimes[1], 2u);
  EXPECT_EQ(read_back.lifetimes[2], 2u);
  EXPECT_EQ(read_back.lifetimes[3], 1u);
  EXPECT_EQ(read_back.live_blocks(), 0);
}

TEST_F(ledger_writer, a_cancelled_allocation_was_never_there) {
  const site_id at = site(0x1000);
  writer.count_allocation(at, 24);
  writer.count_allocation(at, 20);
  writer.cancel_allocation(at, 24);
  const site_image read_back = read().sites[at.value];
  EXPECT_EQ(read_back.allocations, 1u);
  EXPECT_EQ(read_back.bytes_allocated, 20u);
  EXPECT_EQ(read_back.frees, 0u);
}

// The peak and the sites that make it up, against a model that looks at every event.
TEST_F(ledger_writer, peak_and_its_sites_are_right_to_one_percent) {
  std::mt19937 random(3);
  std::vector<std::pair<site_id, std::uint64_t>> live;
  std::map<std::uint32_t, std::int64_t> by_site;
  std::map<std::uint32_t, std::int64_t> at_peak;
  std::int64_t now = 0;
  std::int64_t peak = 0;
  for (int i = 0; i < 60'000; ++i) {
    const bool rising = i % 20'000 < 12'000;
    if (live.empty() || random() % 10 < (rising ? 6u : 4u)) {
      const site_id at = site(0x1000 + random() % 40 * 16);
      const std::uint64_t size = random() % 400;
      writer.count_allocation(at, size);
      live.emplace_back(at, size);
      now += static_cast<std::int64_t>(size);
      by_site[at.value] += static_cast<std::int64_t>(size);
    } else {
      const std::size_t victim = random() % live.size();
      const auto [at, size] = live[victim];
      writer.count_release(at, size, false, 0);
      live[victim] = live.back();
      live.pop_back();
      now -= static_cast<std::int64_t>(size);
      by_site[at.value] -= static_cast<std::int64_t>(size);
    }
    if (now > peak) {
      peak = now;
      at_peak = by_site;
    }
  }
  const process_image image = read();
  EXPECT_NEAR(static_cast<double>(image.peak_bytes), static_cast<double>(peak),
              0.01 * static_cast<double>(peak));
  std::int64_t sum = 0;
  for (const site_image& each : image.sites) {
    sum += each.peak_bytes;
  }
  EXPECT_EQ(sum, image.peak_bytes);
  for (const auto& [id, bytes] : at_peak) {
    EXPECT_NEAR(static_cast<double>(image.sites[id].peak_bytes), static_cast<double>(bytes),
                0.01 * static_cast<double>(peak));
  }
}

TEST_F(ledger_writer, equal_mismatches_are_one_with_a_count) {
  mismatch_record finding = {};
  finding.kind = static_cast<std::uint32_t>(mismatch_kind::family);
  finding.release_node = writer.intern_node({}, 0x5000, 0).value;
  finding.bytes = 10;
  writer.count_mismatch(finding);
  writer.count_mismatch(finding);
  finding.release_function = 3;
  writer.count_mismatch(finding);
  const process_image image = read();
  std::vector<std::uint64_t> counts;
  for (const mismatch_image& each : image.mismatches) {
    if (each.kind != mismatch_kind::none) {
      counts.push_back(each.count);
    }
  }
  EXPECT_EQ(counts, (std::vector<std::uint64_t>{2, 1}));
}

TEST_F(ledger_writer, a_module_loaded_again_at_its_place_keeps_its_number) {
  module_record module = {};
  module.load_bias = module.start = 0x7000000;
  module.end = 0x7100000;
  const std::uint16_t number = writer.add_module(module, "/lib/a.so", 9);
  writer.modules()[number].unloaded_mono_ms = 5;
  EXPECT_EQ(writer.add_module(module, "/lib/a.so", 9), number);
  EXPECT_EQ(writer.modules()[number].unloaded_mono_ms, 0u);
  EXPECT_NE(writer.add_module(module, "/lib/b.so", 9), number);
  EXPECT_EQ(read().modules[number].path, "/lib/a.so");
}

TEST_F(ledger_writer, counts_of_several_threads_are_exact) {
  constexpr unsigned threads = 8;
  constexpr unsigned rounds = 20'000;
  const site_id at = site(0x1000);
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < threads; ++i) {
    workers.emplace_back([&] {
      for (unsigned round = 0; round < rounds; ++round) {
        writer.count_allocation(at, 3);
        writer.count_release(at, 3, false, 0);
      }
    });
  }
  for (std::thread& worker : workers) {
    worker.join();
  }
  const site_image image = read().sites[at.value];
  EXPECT_EQ(image.allocations, threads * rounds);
  EXPECT_EQ(image.frees, threads * rounds);
  EXPECT_EQ(image.bytes_freed, 3u * threads * rounds);
}

TEST_F(ledger_writer, the_frames_of_a_node_are_told_from_the_inside) {
  const node_id outer = writer.intern_node({}, 0x1000, 1);
  const node_id other = writer.intern_node(outer, 0x2000, 1);
  const node_id inner = writer.intern_node(outer, 0x3000, 1);
  void* frames[4] = {};
  ASSERT_EQ(writer.frames_of(inner.value, frames, 4), 2u);
  EXPECT_EQ(frames[0], reinterpret_cast<void*>(0x3000));
  EXPECT_EQ(frames[1], reinterpret_cast<void*>(0x1000));
  ASSERT_EQ(writer.frames_of(other.value, frames, 1), 1u);
  EXPECT_EQ(frames[0], reinterpret_cast<void*>(0x2000));
}

TEST_F(ledger_writer, what_is_no_node_has_no_frames) {
  const node_id outer = writer.intern_node({}, 0x1000, 1);
  writer.intern_node(outer, 0x2000, 1);
  const node_id inner = writer.intern_node(outer, 0x3000, 1);
  const site_id place = writer.intern_site(inner, allocation_function::malloc);
  ASSERT_TRUE(place);
  void* frames[4] = {};
  EXPECT_EQ(writer.frames_of(0, frames, 4), 0u);
  EXPECT_EQ(writer.frames_of(inner.value - 1, frames, 4), 0u) << "a branch";
  EXPECT_EQ(writer.frames_of(inner.value + 1, frames, 4), 0u) << "a site";
  EXPECT_EQ(writer.frames_of(inner.value + 1000, frames, 4), 0u);
  EXPECT_EQ(writer.frames_of(0xffffffff, frames, 4), 0u);
}

TEST_F(ledger_writer, objects_written_in_their_places_are_read_back) {
  ASSERT_EQ(writer.header().objects_used, 1u);
  ASSERT_EQ(writer.header().names_used, name_unit);
  const node_id stack = writer.intern_node({}, 0x1000, 0);
  const std::uint16_t length = 7;
  std::memcpy(writer.names() + name_unit, &length, sizeof length);
  std::memcpy(writer.names() + name_unit + sizeof length, "Session", length);
  object_record& record = writer.objects()[1];
  record.serial_thread = 5;
  record.type = 1;
  record.node = stack.value;
  record.size = 40;
  record.address = 0x4000;
  writer.header().objects_used = 2;
  const process_image image = read();
  ASSERT_EQ(image.objects.size(), 1u);
  EXPECT_EQ(image.objects[0].address, 0x4000u);
  EXPECT_EQ(image.objects[0].serial, 5u);
  EXPECT_EQ(image.names[image.objects[0].type], "Session");
  EXPECT_EQ(image.nodes[image.objects[0].node.value].address, 0x1000u);
}

TEST_F(ledger_writer, the_last_places_of_objects_and_names_are_inside_of_the_slot) {
  const std::uint64_t last = writer.room().objects - 1;
  const auto last_name = static_cast<object_name>(writer.room().name_bytes / name_unit - 1);
  const std::uint16_t length = 2;
  std::memcpy(writer.names() + std::size_t{last_name} * name_unit, &length, sizeof length);
  std::memcpy(writer.names() + std::size_t{last_name} * name_unit + sizeof length, "ab", length);
  writer.objects()[last].type = last_name;
  writer.objects()[last].address = 0x4000;
  writer.header().objects_used = writer.room().objects;
  const process_image image = read();
  ASSERT_EQ(image.objects.size(), 1u);
  EXPECT_EQ(image.names[image.objects[0].type], "ab");
}

TEST_F(ledger_writer, caches_up_to_the_last_are_inside_of_the_slot) {
  ASSERT_EQ(writer.header().caches_used, 0u);
  const std::uint64_t last = writer.room().caches - 1;
  cache_record& record = writer.caches()[last];
  record.stripes[cache_stripes - 1].misses = 3;
  record.size = record.never_hit = cache_unknown;
  record.serial = 9;
  writer.header().caches_used = writer.room().caches;
  const process_image image = read();
  ASSERT_EQ(image.caches.size(), 1u);
  EXPECT_EQ(image.caches[0].serial, 9u);
  EXPECT_EQ(image.caches[0].misses, 3u);
  EXPECT_FALSE(image.caches[0].size);
}

}  // namespace
}  // namespace track::ledger
