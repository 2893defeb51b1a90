// Tracked objects in a slot: written, packed, read back, and forged.

#include <cstring>
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

object_image session(std::uint64_t address, std::uint64_t serial) {
  object_image object;
  object.address = address;
  object.serial = serial;
  object.thread = 2;
  object.type = 1;
  object.label = 2;
  object.birth_ms = 1200;
  object.due_ms = 1300;
  object.size_bytes = 72;
  return object;
}

test::process_builder two_sessions() {
  test::process_builder process;
  const module_id app = process.module("/bin/app");
  const node_id outer = process.frame(0x401000, app);
  const node_id inner = process.frame(0x402000, app, outer);
  process_image& image = process.image();
  image.names = {"", "Session", "of alice", "import"};
  image.objects = {session(0x10000, 1), session(0x20000, 2)};
  image.objects[0].node = inner;
  image.objects[1].dead = true;
  image.objects[1].due_ms.reset();
  image.objects[1].label = 0;
  image.objects[1].tag = 3;
  return process;
}

// Where the records of a kind begin in a packed slot.
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

TEST(objects, what_is_encoded_is_read_back) {
  const process_image read = image_of(two_sessions().slot());
  ASSERT_EQ(read.objects.size(), 2u);
  EXPECT_EQ(read.names, (std::vector<std::string>{"", "Session", "of alice", "import"}));
  const object_image& alive = read.objects[0];
  EXPECT_EQ(alive.address, 0x10000u);
  EXPECT_FALSE(alive.dead);
  EXPECT_EQ(alive.serial, 1u);
  EXPECT_EQ(alive.thread, 2u);
  EXPECT_EQ(alive.due_ms, 1300u);
  EXPECT_EQ(alive.birth_ms, 1200u);
  EXPECT_EQ(alive.size_bytes, 72u);
  EXPECT_EQ(read.nodes[alive.node.value].address, 0x402000u);
  const object_image& dead = read.objects[1];
  EXPECT_EQ(dead.address, 0x20000u);
  EXPECT_TRUE(dead.dead);
  EXPECT_FALSE(dead.due_ms);
  EXPECT_EQ(dead.label, 0u);
  EXPECT_EQ(read.names[dead.tag], "import");
}

TEST(objects, packing_changes_nothing) {
  const std::vector<std::byte> slot = two_sessions().slot();
  const auto packed = pack_slot(slot);
  ASSERT_TRUE(std::holds_alternative<std::vector<std::byte>>(packed));
  EXPECT_EQ(std::get<std::vector<std::byte>>(packed), slot);
}

TEST(objects, a_process_without_any_has_no_region_of_them) {
  test::process_builder process;
  const std::vector<std::byte> slot = process.slot();
  const auto header = load_record<slot_header>(slot, 0);
  for (const region& each : header.regions) {
    EXPECT_NE(each.kind, static_cast<std::uint32_t>(region_kind::objects));
    EXPECT_NE(each.kind, static_cast<std::uint32_t>(region_kind::names));
  }
  EXPECT_TRUE(image_of(slot).objects.empty());
}

TEST(objects, a_record_without_an_address_is_free) {
  std::vector<std::byte> slot = two_sessions().slot();
  const std::size_t first = offset_of(slot, region_kind::objects) + sizeof(object_record);
  test::poke(slot, first, std::uint64_t{0});
  const process_image read = image_of(slot);
  ASSERT_EQ(read.objects.size(), 1u);
  EXPECT_EQ(read.objects[0].serial, 2u);
  test::poke(slot, first, std::uint64_t{object_dead});
  EXPECT_EQ(image_of(slot).objects.size(), 1u) << "dead, but of no address";
}

TEST(objects, names_that_reach_outside_are_none) {
  std::vector<std::byte> slot = two_sessions().slot();
  const std::size_t first = offset_of(slot, region_kind::objects) + sizeof(object_record);
  const std::size_t names = offset_of(slot, region_kind::names);
  test::poke(slot, first + offsetof(object_record, type), object_name{0xffffffff});
  test::poke(slot, names + name_unit, std::uint16_t{0xffff});  // the length of the other one's
  const process_image read = image_of(slot);
  ASSERT_EQ(read.objects.size(), 2u);
  EXPECT_EQ(read.objects[0].type, 0u);
  EXPECT_EQ(read.objects[1].type, 0u);
  EXPECT_EQ(read.names[read.objects[0].label], "of alice");
}

TEST(objects, a_count_beyond_the_region_is_cut) {
  std::vector<std::byte> slot = two_sessions().slot();
  test::poke(slot, offsetof(slot_header, objects_used), ~std::uint64_t{0});
  test::poke(slot, offsetof(slot_header, names_used), ~std::uint64_t{0});
  EXPECT_EQ(image_of(slot).objects.size(), 2u);
}

TEST(objects, a_node_that_is_none_becomes_none) {
  std::vector<std::byte> slot = two_sessions().slot();
  const std::size_t first = offset_of(slot, region_kind::objects) + sizeof(object_record);
  test::poke(slot, first + offsetof(object_record, node), std::uint32_t{0x7fffffff});
  EXPECT_EQ(image_of(slot).objects[0].node.value, 0u);
}

TEST(objects, a_long_name_keeps_what_its_length_can_say) {
  test::process_builder process = two_sessions();
  process.image().names[1] = std::string(70'000, 'x');
  const process_image read = image_of(process.slot());
  EXPECT_EQ(read.names[read.objects[0].type].size(), 65'535u);
  EXPECT_EQ(read.names[read.objects[0].label], "of alice");
}

TEST(objects, names_that_overlap_do_not_grow_beyond_their_region) {
  test::process_builder process = two_sessions();
  process.image().names[1] = std::string(4'000, 'x');
  process.image().objects.resize(900, process.image().objects[0]);
  std::vector<std::byte> slot = process.slot();
  const std::size_t records = offset_of(slot, region_kind::objects);
  const std::size_t names = offset_of(slot, region_kind::names);
  for (std::uint32_t i = 0; i < 900; ++i) {
    test::poke(slot, names + (i + 1) * name_unit, std::uint16_t{400});
    test::poke(slot, records + (i + 1) * sizeof(object_record) + offsetof(object_record, type),
               object_name{i + 1});
  }
  std::size_t bytes = 0;
  for (const std::string& name : image_of(slot).names) {
    bytes += name.size();
  }
  EXPECT_LE(bytes, slot.size() - names);
}

TEST(objects, any_bytes_in_their_regions_are_read) {
  const std::vector<std::byte> sound = two_sessions().slot();
  const std::size_t begin = offset_of(sound, region_kind::objects);
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::byte> slot = sound;
    for (int change = 0; change < 8; ++change) {
      slot[begin + random() % (slot.size() - begin)] = static_cast<std::byte>(random());
    }
    const process_image read = image_of(slot);
    for (const object_image& object : read.objects) {
      ASSERT_LT(object.type, read.names.size());
      ASSERT_LT(object.label, read.names.size());
      ASSERT_LT(object.tag, read.names.size());
      ASSERT_LT(object.test, read.names.size());
      ASSERT_LT(object.node.value, read.nodes.size());
    }
  }
}

}  // namespace
}  // namespace track::ledger
