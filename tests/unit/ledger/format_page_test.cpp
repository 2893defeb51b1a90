// The worked example of FORMAT.md: what the page shows is what the reader reads.

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "libtrack/ledger/encode.hpp"
#include "libtrack/ledger/reader.hpp"

namespace track::ledger {
namespace {

// The bytes of the page's dump: lines of "OFFSET  16 bytes", between them zeros.
std::vector<std::byte> dump_of(const std::string& path) {
  std::ifstream page(path);
  std::vector<std::byte> bytes;
  std::string line;
  while (std::getline(page, line) && line != "```hexdump") {
  }
  while (std::getline(page, line) && line != "```") {
    if (line == "*") {
      continue;
    }
    std::istringstream words(line);
    std::size_t offset = 0;
    words >> std::hex >> offset;
    bytes.resize(offset + 16);
    unsigned value = 0;
    for (std::size_t i = 0; i < 16 && words >> value; ++i) {
      bytes[offset + i] = static_cast<std::byte>(value);
    }
  }
  return bytes;
}

TEST(format_page, its_example_is_what_the_reader_reads) {
  const std::vector<std::byte> bytes = dump_of(LIBTRACK_FORMAT_PAGE);
  ASSERT_EQ(bytes.size(), 0x1300u);
  const auto read = read_slot(bytes);
  ASSERT_TRUE(std::holds_alternative<process_image>(read));
  const auto& image = std::get<process_image>(read);
  EXPECT_EQ(image.state, slot_state::ended);
  EXPECT_EQ(image.pid, 4242u);
  EXPECT_FALSE(image.parent_process);
  EXPECT_EQ(image.exe, "/bin/app");
  EXPECT_EQ(image.args, std::vector<std::string>{"app"});
  EXPECT_EQ(image.start_mono_ms, 1000u);
  EXPECT_EQ(image.end_mono_ms, 1500u);
  EXPECT_EQ(image.path, exit_path::exit);
  EXPECT_EQ(image.exit_code, 3);
  EXPECT_EQ(image.peak_bytes, 300);
  ASSERT_EQ(image.modules.size(), 2u);
  EXPECT_EQ(image.modules[1].path, "/bin/app");
  EXPECT_EQ(image.modules[1].load_bias, 0x555500000000u);
  EXPECT_EQ(image.modules[1].build_id, (std::vector<std::uint8_t>{0xc0, 0xff, 0xee, 0x01}));
  ASSERT_EQ(image.nodes.size(), 3u);
  EXPECT_EQ(image.nodes[1].address, 0x555500001180u);
  EXPECT_EQ(image.nodes[2].address, 0x5555000011c5u);
  EXPECT_EQ(image.nodes[2].parent.value, 1u);
  ASSERT_EQ(image.sites.size(), 2u);
  const site_image& site = image.sites[1];
  EXPECT_EQ(site.node.value, 2u);
  EXPECT_EQ(site.function, allocation_function::malloc);
  EXPECT_EQ(site.allocations, 3u);
  EXPECT_EQ(site.frees, 1u);
  EXPECT_EQ(site.live_bytes(), 200);
  EXPECT_EQ(site.peak_blocks, 3);
}

TEST(format_page, its_object_is_what_the_reader_reads) {
  const auto read = read_slot(dump_of(LIBTRACK_FORMAT_PAGE));
  ASSERT_TRUE(std::holds_alternative<process_image>(read));
  const auto& image = std::get<process_image>(read);
  ASSERT_EQ(image.objects.size(), 1u);
  const object_image& object = image.objects[0];
  EXPECT_EQ(object.address, 0x555600002ac0u);
  EXPECT_FALSE(object.dead);
  EXPECT_EQ(object.serial, 1u);
  EXPECT_EQ(object.thread, 1u);
  EXPECT_EQ(image.names[object.type], "Session");
  EXPECT_EQ(image.names[object.label], "of alice");
  EXPECT_EQ(object.tag, 0u);
  EXPECT_EQ(object.birth_ms, 1200u);
  EXPECT_EQ(object.due_ms, 1400u);
  EXPECT_EQ(object.node.value, 2u);
  EXPECT_EQ(object.size_bytes, 72u);
}

TEST(format_page, its_example_is_what_the_encoder_writes) {
  const std::vector<std::byte> bytes = dump_of(LIBTRACK_FORMAT_PAGE);
  const auto packed = pack_slot(bytes);
  ASSERT_TRUE(std::holds_alternative<std::vector<std::byte>>(packed));
  EXPECT_EQ(std::get<std::vector<std::byte>>(packed), bytes);
}

}  // namespace
}  // namespace track::ledger
