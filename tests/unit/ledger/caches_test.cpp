// Probed caches in a slot: written, packed, read back, and forged.

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "libtrack/ledger/slot_view.hpp"
#include "tests/unit/ledger/builder.hpp"

namespace track::ledger {
namespace {

process_image image_of(const std::vector<std::byte>& slot) {
  auto read = read_slot(slot);
  if (const auto* failure = std::get_if<read_error>(&read)) {
    ADD_FAILURE() << failure->message;
    return {};
  }
  return std::get<process_image>(std::move(read));
}

test::process_builder two_caches() {
  test::process_builder process;
  const module_id app = process.module("/bin/app");
  process_image& image = process.image();
  image.names = {"", "images", "sessions"};
  cache_image images;
  images.serial = 1;
  images.address = 0x7ffc00001234;
  images.name = 1;
  images.node = process.frame(0x401000, app);
  images.birth_ms = 1200;
  images.inserts = 100;
  images.hits = 1000;
  images.misses = 110;
  images.evictions = 40;
  images.erased = 10;
  images.ages = {1, 2, 3, 4, 5, 6, 7, 8};
  cache_image sessions;
  sessions.serial = 2;
  sessions.name = 2;
  sessions.birth_ms = 1300;
  sessions.end_ms = 1400;
  sessions.size = 7;
  sessions.never_hit = 0;
  image.caches = {images, sessions};
  return process;
}

std::size_t offset_of(const std::vector<std::byte>& slot, region_kind kind) {
  const auto header = load_record<slot_header>(slot, 0);
  for (const region& each : header.regions) {
    if (each.kind == static_cast<std::uint32_t>(kind)) {
      return static_cast<std::size_t>(each.offset);
    }
  }
  ADD_FAILURE() << "no such region";
  return 0;
}

TEST(caches, what_is_encoded_is_read_back) {
  const process_image read = image_of(two_caches().slot());
  ASSERT_EQ(read.caches.size(), 2u);
  const cache_image& images = read.caches[0];
  EXPECT_EQ(images.serial, 1u);
  EXPECT_EQ(images.address, 0x7ffc00001234u);
  EXPECT_EQ(read.names[images.name], "images");
  EXPECT_EQ(read.nodes[images.node.value].address, 0x401000u);
  EXPECT_EQ(images.birth_ms, 1200u);
  EXPECT_FALSE(images.end_ms);
  EXPECT_EQ(images.inserts, 100u);
  EXPECT_EQ(images.hits, 1000u);
  EXPECT_EQ(images.misses, 110u);
  EXPECT_EQ(images.evictions, 40u);
  EXPECT_EQ(images.erased, 10u);
  EXPECT_EQ(images.ages, (std::array<std::uint64_t, age_buckets>{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_FALSE(images.size);
  EXPECT_FALSE(images.never_hit);
  const cache_image& sessions = read.caches[1];
  EXPECT_EQ(read.names[sessions.name], "sessions");
  EXPECT_EQ(sessions.end_ms, 1400u);
  EXPECT_EQ(sessions.size, 7u);
  EXPECT_EQ(sessions.never_hit, 0u);
  EXPECT_EQ(sessions.node.value, 0u);
}

TEST(caches, packing_changes_nothing) {
  const std::vector<std::byte> slot = two_caches().slot();
  const auto packed = pack_slot(slot);
  ASSERT_TRUE(std::holds_alternative<std::vector<std::byte>>(packed));
  EXPECT_EQ(std::get<std::vector<std::byte>>(packed), slot);
}

TEST(caches, a_process_without_any_has_no_region_of_them) {
  test::process_builder process;
  for (const region& each : load_record<slot_header>(process.slot(), 0).regions) {
    EXPECT_NE(each.kind, static_cast<std::uint32_t>(region_kind::caches));
  }
}

TEST(caches, all_stripes_are_summed) {
  std::vector<std::byte> slot = two_caches().slot();
  const std::size_t last = offset_of(slot, region_kind::caches) + offsetof(cache_record, stripes) +
                           (cache_stripes - 1) * sizeof(cache_stripe);
  test::poke(slot, last + offsetof(cache_stripe, hits), std::uint64_t{5});
  test::poke(slot, last + offsetof(cache_stripe, evictions), std::uint64_t{3});
  test::poke(slot, last + offsetof(cache_stripe, ages), std::uint64_t{2});
  const cache_image images = image_of(slot).caches[0];
  EXPECT_EQ(images.hits, 1005u);
  EXPECT_EQ(images.evictions, 45u) << "with an age and without";
  EXPECT_EQ(images.ages[0], 3u);
}

TEST(caches, a_record_without_a_serial_number_is_free) {
  std::vector<std::byte> slot = two_caches().slot();
  test::poke(slot, offset_of(slot, region_kind::caches), std::uint64_t{0});
  const process_image read = image_of(slot);
  ASSERT_EQ(read.caches.size(), 1u);
  EXPECT_EQ(read.caches[0].serial, 2u);
}

TEST(caches, counts_names_and_nodes_that_cannot_be_are_cut) {
  std::vector<std::byte> slot = two_caches().slot();
  const std::size_t first = offset_of(slot, region_kind::caches);
  test::poke(slot, offsetof(slot_header, caches_used), ~std::uint64_t{0});
  test::poke(slot, first + offsetof(cache_record, name), object_name{0xffffffff});
  test::poke(slot, first + offsetof(cache_record, node), std::uint32_t{0x7fffffff});
  const process_image read = image_of(slot);
  ASSERT_EQ(read.caches.size(), 2u);
  EXPECT_EQ(read.caches[0].name, 0u);
  EXPECT_EQ(read.caches[0].node.value, 0u);
}

TEST(caches, any_bytes_in_their_region_are_read) {
  const std::vector<std::byte> sound = two_caches().slot();
  const std::size_t begin = offset_of(sound, region_kind::caches);
  std::mt19937 random(7);
  for (int round = 0; round < 1000; ++round) {
    std::vector<std::byte> slot = sound;
    for (int change = 0; change < 16; ++change) {
      slot[begin + random() % (slot.size() - begin)] = static_cast<std::byte>(random());
    }
    const process_image read = image_of(slot);
    for (const cache_image& cache : read.caches) {
      ASSERT_LT(cache.name, read.names.size());
      ASSERT_LT(cache.node.value, read.nodes.size());
    }
  }
}

}  // namespace
}  // namespace track::ledger
