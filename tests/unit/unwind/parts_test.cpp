// The parts below the walk: bytes, rules, memory, modules, descriptions, expressions.
#include <dlfcn.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <vector>

#include <gtest/gtest.h>
#include <time.h>

#include "libtrack/unwind/byte_cursor.hpp"
#include "libtrack/unwind/call_frame.hpp"
#include "libtrack/unwind/machine.hpp"
#include "libtrack/unwind/memory.hpp"
#include "libtrack/unwind/modules.hpp"
#include "libtrack/unwind/rule.hpp"
#include "tests/unit/unwind/compare.hpp"

using namespace track::unwind;
using namespace track::unwind::test;

namespace {

byte_cursor cursor_of(const std::vector<std::uint8_t>& bytes) {
  return {bytes.data(), bytes.data() + bytes.size(), false};
}

TEST(byte_cursor, reads_leb128) {
  const std::vector<std::uint8_t> bytes = {0xe5, 0x8e, 0x26, 0x7f, 0x80, 0x7f};
  byte_cursor at = cursor_of(bytes);
  EXPECT_EQ(at.uleb(), 624485u);
  EXPECT_EQ(at.sleb(), -1);
  EXPECT_EQ(at.sleb(), -128);
  EXPECT_FALSE(at.failed);
}

TEST(byte_cursor, fails_at_the_end_and_stays_there) {
  const std::vector<std::uint8_t> bytes = {0x80, 0x80};
  byte_cursor at = cursor_of(bytes);
  at.uleb();
  EXPECT_TRUE(at.failed);
  EXPECT_EQ(at.fixed<std::uint64_t>(), 0u);
  byte_cursor again = cursor_of(bytes);
  again.part(3);
  EXPECT_TRUE(again.failed);
}

TEST(byte_cursor, reads_every_pointer_encoding) {
  std::vector<std::uint8_t> bytes = {0xfe, 0xff, 0xff, 0xff};
  const auto here = reinterpret_cast<std::uintptr_t>(bytes.data());
  byte_cursor at = cursor_of(bytes);
  EXPECT_EQ(at.pointer(encoding_pcrel | encoding_sdata4), here - 2);
  at = cursor_of(bytes);
  EXPECT_EQ(at.pointer(encoding_datarel | encoding_sdata4, 1000), 998u);
  at = cursor_of(bytes);
  EXPECT_EQ(at.pointer(encoding_udata4), 0xfffffffeu);
  at = cursor_of(bytes);
  EXPECT_EQ(at.pointer(encoding_udata2), 0xfffeu);
  at = cursor_of(bytes);
  EXPECT_EQ(at.pointer(encoding_omit), 0u);
  EXPECT_FALSE(at.failed);
  at.pointer(0x20);  // textrel has no base here
  EXPECT_TRUE(at.failed);
}

TEST(rule, keeps_what_it_is_given) {
  rule each(rule_kind::plain, 65535);
  ASSERT_TRUE(each.set_cfa(true, -16));
  ASSERT_TRUE(each.set_rbp(saved_rbp::at_cfa, -524288));
  EXPECT_EQ(each.kind(), rule_kind::plain);
  EXPECT_EQ(each.module(), 65535);
  EXPECT_TRUE(each.cfa_from_rbp());
  EXPECT_EQ(each.cfa_offset(), -16);
  EXPECT_EQ(each.saved(), saved_rbp::at_cfa);
  EXPECT_EQ(each.rbp_offset(), -524288);
}

TEST(rule, refuses_offsets_that_do_not_fit) {
  rule each(rule_kind::plain, 1);
  EXPECT_FALSE(each.set_cfa(false, 12));
  EXPECT_FALSE(each.set_cfa(false, std::int64_t{1} << 30));
  EXPECT_TRUE(each.set_cfa(false, (std::int64_t{1} << 26) - 8));
  EXPECT_EQ(each.cfa_offset(), (std::int64_t{1} << 26) - 8);
  EXPECT_FALSE(each.set_rbp(saved_rbp::at_cfa, std::int64_t{1} << 20));
}

TEST(rule_table, finds_only_the_generation_that_was_stored) {
  static rule_table table;
  const rule stored(rule_kind::outermost, 3);
  const std::uint64_t four = rule_table::mark_of(4);
  table.insert(0x7f0012345678, four, stored);
  EXPECT_EQ(table.find(0x7f0012345678, four).bits(), stored.bits());
  EXPECT_EQ(table.find(0x7f0012345678, rule_table::mark_of(5)).kind(), rule_kind::none);
  EXPECT_EQ(table.find(0x7f0012345679, four).kind(), rule_kind::none);
  table.clear();
  EXPECT_EQ(table.find(0x7f0012345678, four).kind(), rule_kind::none);
}

TEST(rule_table, keeps_nearly_all_of_many_rules_when_they_are_made_again) {
  static rule_table table;
  constexpr std::uintptr_t start = 0x7f0012345678;
  constexpr std::uint32_t count = 8000;
  const auto address_of = [](std::uint32_t i) { return start + i * std::uintptr_t{38}; };
  const auto known = [&] {
    std::uint32_t found = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      const rule kept = table.find(address_of(i), 0);
      EXPECT_TRUE(kept.kind() == rule_kind::none || kept.module() == i % 1000);
      found += kept.kind() == rule_kind::none ? 0 : 1;
    }
    return found;
  };
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t i = 0; i < count; ++i) {
      if (table.find(address_of(i), 0).kind() == rule_kind::none) {
        table.insert(address_of(i), 0,
                     rule(rule_kind::plain, static_cast<std::uint16_t>(i % 1000)));
      }
    }
  }
  EXPECT_GT(known(), count * 9 / 10);
}

TEST(memory, tells_what_can_be_read) {
  auto* pages = static_cast<char*>(
      mmap(nullptr, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  const auto address = reinterpret_cast<std::uintptr_t>(pages);
  mprotect(pages + 4096, 4096, PROT_NONE);
  errno = 5;
  EXPECT_TRUE(page_readable(address));
  EXPECT_FALSE(page_readable(address + 4096));
  EXPECT_TRUE(page_readable(address + 2 * 4096 + 8));
  EXPECT_FALSE(page_readable(0));
  EXPECT_FALSE(page_readable(~std::uintptr_t{7}));
  EXPECT_FALSE(range_readable(address + 4090, 8));
  EXPECT_TRUE(range_readable(address + 4088, 8));
  EXPECT_EQ(errno, 5);
  munmap(pages, 3 * 4096);
}

TEST(memory, a_window_grows_by_what_was_asked_and_no_further) {
  auto* pages = static_cast<char*>(
      mmap(nullptr, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  const auto address = reinterpret_cast<std::uintptr_t>(pages);
  mprotect(pages + 3 * 4096, 4096, PROT_NONE);
  memory_window window(0, 0);
  EXPECT_FALSE(window.enter(address + 4096));
  EXPECT_TRUE(window.enter(address + 4096));
  EXPECT_TRUE(window.readable(address + 2 * 4096 + 16));
  EXPECT_EQ(window.high(), address + 3 * 4096);
  std::uintptr_t word = 0;
  EXPECT_FALSE(window.load(address + 3 * 4096, word));
  EXPECT_FALSE(window.load(address + 3 * 4096 - 4, word));
  EXPECT_FALSE(window.on_current_stack(address + 4096 + 4));
  EXPECT_TRUE(window.enter(address));  // the stack grew
  EXPECT_EQ(window.low(), address);
  munmap(pages, 4 * 4096);
}

TEST(modules, the_list_of_older_glibc_gives_the_same) {
  prepare();
  const std::uintptr_t addresses[] = {
      reinterpret_cast<std::uintptr_t>(&std::memcpy), reinterpret_cast<std::uintptr_t>(&cursor_of),
      getauxval(AT_SYSINFO_EHDR) + 0x100, reinterpret_cast<std::uintptr_t>(&dlopen),
      reinterpret_cast<std::uintptr_t>(dlsym(RTLD_DEFAULT, "_dl_find_object"))};
  for (const std::uintptr_t address : addresses) {
    module_info by_call;
    module_info by_list;
    ASSERT_TRUE(find_module(address, by_call));
    ASSERT_TRUE(find_module_in_list(address, by_list));
    EXPECT_EQ(by_call.view.load_bias, by_list.view.load_bias);
    EXPECT_EQ(by_call.view.path, by_list.view.path);
    EXPECT_EQ(by_call.eh_frame_header, by_list.eh_frame_header);
    EXPECT_NE(by_call.eh_frame_header, nullptr);
    EXPECT_LE(by_call.view.start, address);
    EXPECT_GT(by_list.view.end, address);
  }
  module_info none;
  int local = 0;
  EXPECT_FALSE(find_module(reinterpret_cast<std::uintptr_t>(&local), none));
  EXPECT_FALSE(find_module_in_list(reinterpret_cast<std::uintptr_t>(&local), none));
}

TEST(descriptions, reading_the_section_gives_what_the_table_gives) {
  prepare();
  module_info module;
  ASSERT_TRUE(find_module(reinterpret_cast<std::uintptr_t>(&std::memcpy), module));
  byte_cursor header{module.eh_frame_header, module.eh_frame_header + 16, false};
  header.skip(1);
  const auto encoding = header.fixed<std::uint8_t>();
  header.skip(2);
  const std::uintptr_t section =
      header.pointer(encoding, reinterpret_cast<std::uintptr_t>(module.eh_frame_header));
  // A header without a table, as some linkers write it.
  std::uint8_t without_table[16] = {1, 0x00, encoding_omit, encoding_omit};
  std::memcpy(without_table + 4, &section, sizeof section);
  module_info bare = module;
  bare.eh_frame_header = without_table;
  bare.view.start = 0;
  bare.view.end = ~std::uintptr_t{0};
  int compared = 0;
  for (std::uintptr_t pc = module.view.start; pc < module.view.end; pc += 40009) {
    frame_description by_table;
    frame_description by_reading;
    const bool found = find_description(module, pc, by_table);
    ASSERT_EQ(found, find_description(bare, pc, by_reading)) << std::hex << pc;
    if (found) {
      EXPECT_EQ(by_table.pc_begin, by_reading.pc_begin);
      EXPECT_EQ(by_table.instructions.at, by_reading.instructions.at);
      ++compared;
    }
  }
  EXPECT_GT(compared, 10);
}

TEST(descriptions, a_malformed_header_is_refused) {
  prepare();
  module_info module;
  ASSERT_TRUE(find_module(reinterpret_cast<std::uintptr_t>(&cursor_of), module));
  frame_description found;
  std::vector<std::uint8_t> bytes(4096, 0xff);
  module.view.start = reinterpret_cast<std::uintptr_t>(bytes.data());
  module.view.end = module.view.start + bytes.size();
  module.eh_frame_header = bytes.data();
  EXPECT_FALSE(find_description(module, module.view.start, found));
  for (unsigned seed = 0; seed < 20000; ++seed) {
    srand(seed);
    for (std::size_t i = 0; i < 256; ++i) {
      bytes[i] = static_cast<std::uint8_t>(rand());
    }
    bytes[0] = 1;
    bytes[1] = 0x1b;
    bytes[2] = seed % 2 == 0 ? 0x03 : 0xff;
    bytes[3] = 0x3b;
    const std::int32_t back = 60;
    std::memcpy(&bytes[4], &back, 4);
    const std::uint32_t count = seed % 16;
    std::memcpy(&bytes[8], &count, 4);
    frame_row row;
    if (find_description(module, module.view.start + seed % 4096, found)) {
      find_row(found, module.view.start + seed % 4096, row);
    }
  }
}

std::uintptr_t value_of(std::initializer_list<std::uint8_t> code, bool& valid) {
  const std::vector<std::uint8_t> bytes(code);
  machine_state state = {};
  state.set(register_rsp, 0x1000);
  memory_window memory(0, 0);
  std::uintptr_t result = 0;
  valid = evaluate(cursor_of(bytes), false, 0, state, memory, result);
  return result;
}

TEST(expressions, compute) {
  bool valid = false;
  // The PLT's: rsp + 8 + ((rip & 15) >= 11) << 3, with literals for the registers.
  EXPECT_EQ(value_of({0x77, 8, 0x3c, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22}, valid), 0x1010u);
  EXPECT_TRUE(valid);
  EXPECT_EQ(value_of({0x09, 0xf8, 0x33, 0x1b}, valid), static_cast<std::uintptr_t>(-2));
  EXPECT_EQ(value_of({0x31, 0x32, 0x33, 0x17, 0x1c, 0x1c}, valid), 3u - (1u - 2u));
  EXPECT_EQ(value_of({0x35, 0x12, 0x1e, 0x20, 0x1f}, valid), 26u);
  EXPECT_EQ(value_of({0x31, 0x28, 1, 0, 0x00, 0x37}, valid), 7u);
  EXPECT_TRUE(valid);
}

TEST(expressions, fail_instead_of_guessing) {
  bool valid = true;
  value_of({0x22}, valid);
  EXPECT_FALSE(valid);  // nothing on the stack
  value_of({0x73, 0}, valid);
  EXPECT_FALSE(valid);  // rbx is unknown
  value_of({0x31, 0x30, 0x1b}, valid);
  EXPECT_FALSE(valid);  // division by zero
  value_of({0x30, 0x06}, valid);
  EXPECT_FALSE(valid);  // nothing at address 0
  value_of({0x2f, 0xfd, 0xff}, valid);
  EXPECT_FALSE(valid);  // an endless loop
  value_of({0x2f, 0x40, 0x00}, valid);
  EXPECT_FALSE(valid);  // a jump out of it
}

}  // namespace
