// Small pieces of machine code, as compilers write them.
#include "libtrack/symbols/pointer_flow.hpp"

#include <random>

#include <gtest/gtest.h>

namespace track::symbols {
namespace {

using bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t start = 0x1000;

TEST(pointer_flow, a_constructor_gets_the_pointer_through_rbx) {
  const bytes code = {0x48, 0x89, 0xc3,              // mov %rax,%rbx
                      0x48, 0x89, 0xdf,              // mov %rbx,%rdi
                      0xe8, 0x10, 0x00, 0x00, 0x00,  // call +16
                      0x48, 0x89, 0xd8,              // mov %rbx,%rax
                      0xc3};                         // ret
  const pointer_flow flow = follow_pointer(code, start);
  ASSERT_EQ(flow.uses.size(), 2U);
  EXPECT_EQ(flow.uses[0].is, pointer_use::kind::argument);
  EXPECT_EQ(flow.uses[0].argument, 0U);
  EXPECT_EQ(flow.uses[0].target, start + 11 + 16);
  EXPECT_EQ(flow.uses[1].is, pointer_use::kind::returned);
}

TEST(pointer_flow, a_slot_keeps_the_pointer_until_it_is_overwritten) {
  const bytes code = {0x48, 0x89, 0x45, 0xe8,              // mov %rax,-0x18(%rbp)
                      0x48, 0x8b, 0x75, 0xe8,              // mov -0x18(%rbp),%rsi
                      0x48, 0xc7, 0x45, 0xe8, 0, 0, 0, 0,  // movq $0,-0x18(%rbp)
                      0x48, 0x8b, 0x7d, 0xe8,              // mov -0x18(%rbp),%rdi
                      0xff, 0xd2};                         // call *%rdx
  const pointer_flow flow = follow_pointer(code, start);
  ASSERT_EQ(flow.uses.size(), 1U);
  EXPECT_EQ(flow.uses[0].argument, 1U);
  EXPECT_EQ(flow.uses[0].target, 0U);
  ASSERT_GE(flow.holders.size(), 3U);
  EXPECT_TRUE(flow.holders[1].has(0));
  EXPECT_EQ(flow.holders[1].slots, std::vector{stack_slot(machine_register::rbp, -0x18)});
}

TEST(pointer_flow, calls_keep_only_what_the_callee_saves) {
  const bytes code = {0x49, 0x89, 0xc4,               // mov %rax,%r12
                      0x31, 0xff,                     // xor %edi,%edi
                      0xe8, 0x00, 0x00, 0x00, 0x00,   // call
                      0x4c, 0x89, 0xe6,               // mov %r12,%rsi
                      0x48, 0x89, 0xc7,               // mov %rax,%rdi
                      0xe8, 0x00, 0x00, 0x00, 0x00};  // call
  const pointer_flow flow = follow_pointer(code, start);
  ASSERT_EQ(flow.uses.size(), 1U);
  EXPECT_EQ(flow.uses[0].argument, 1U);
}

TEST(pointer_flow, an_address_inside_of_the_object_is_not_the_pointer) {
  const bytes code = {0x48, 0x8d, 0x78, 0x08,         // lea 0x8(%rax),%rdi
                      0xe8, 0x00, 0x00, 0x00, 0x00};  // call
  EXPECT_TRUE(follow_pointer(code, start).uses.empty());
}

TEST(pointer_flow, what_is_not_known_ends_the_walk) {
  const bytes code = {0xc5, 0xf8, 0x77,               // vzeroupper
                      0x48, 0x89, 0xc7,               // mov %rax,%rdi
                      0xe8, 0x00, 0x00, 0x00, 0x00};  // call
  EXPECT_TRUE(follow_pointer(code, start).uses.empty());
}

TEST(pointer_flow, any_bytes_are_survived) {
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    bytes code(random() % 40);
    for (std::uint8_t& each : code) {
      each = static_cast<std::uint8_t>(random());
    }
    const pointer_flow flow = follow_pointer(code, start);
    ASSERT_LE(flow.holders.size(), 200U);
    for (const pointer_holders& each : flow.holders) {
      ASSERT_LE(each.address, start + code.size());
    }
  }
}

}  // namespace
}  // namespace track::symbols
