// Whatever is on the stack, a capture ends. Code addresses are real, so that real rules run on
// stacks that they were not made for.
#include <signal.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "libtrack/unwind/call_frame.hpp"
#include "libtrack/unwind/modules.hpp"
#include "tests/unit/unwind/compare.hpp"

using namespace track::unwind;
using namespace track::unwind::test;

namespace {

constexpr std::size_t stack_words = 4096;

// A stack between two pages that cannot be read.
class fake_stack {
 public:
  fake_stack() {
    base_ = static_cast<char*>(
        mmap(nullptr, size + 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(base_ + 4096, size, PROT_READ | PROT_WRITE);
  }
  ~fake_stack() { munmap(base_, size + 8192); }
  std::uintptr_t* words() { return reinterpret_cast<std::uintptr_t*>(base_ + 4096); }
  std::uintptr_t address(std::size_t word) {
    return reinterpret_cast<std::uintptr_t>(words() + word);
  }

 private:
  static constexpr std::size_t size = stack_words * 8;
  char* base_;
};

// Addresses after calls and in the middle of functions, of every module that is loaded.
std::vector<std::uintptr_t> code_addresses(std::mt19937_64& random) {
  std::vector<std::uintptr_t> found;
  const void* anchors[] = {
      reinterpret_cast<void*>(&code_addresses), reinterpret_cast<void*>(&std::memcpy),
      reinterpret_cast<void*>(&sigaction), reinterpret_cast<void*>(&_Unwind_Backtrace)};
  for (const void* anchor : anchors) {
    module_info module;
    if (!find_module(reinterpret_cast<std::uintptr_t>(anchor), module)) {
      continue;
    }
    const std::uintptr_t length = module.view.end - module.view.start;
    for (int tries = 0; tries < 20000 && found.size() < 100000; ++tries) {
      const std::uintptr_t pc = module.view.start + random() % length;
      frame_description description;
      if (find_description(module, pc, description)) {
        found.push_back(pc + 1);
      }
    }
  }
  return found;
}

std::uintptr_t any_word(std::mt19937_64& random, fake_stack& stack,
                        const std::vector<std::uintptr_t>& code) {
  switch (random() % 8) {
    case 0:
      return random();
    case 1:
      return random() % 65536;
    case 2:
    case 3:
    case 4:
      return stack.address(random() % (stack_words + 64));
    default:
      return code[random() % code.size()];
  }
}

TEST(garbage, never_crashes_and_always_ends) {
  prepare();
  std::mt19937_64 random(20260101);
  fake_stack stack;
  const auto code = code_addresses(random);
  ASSERT_GT(code.size(), 1000u);
  const auto caches = std::make_unique<stack_cache[]>(2);
  std::uint64_t frames = 0;
  std::uint64_t ends[4] = {};
  for (int round = 0; round < 60000; ++round) {
    const std::size_t from = random() % stack_words;
    for (std::size_t i = 0; i < 200 && from + i < stack_words; ++i) {
      stack.words()[from + i] = any_word(random, stack, code);
    }
    const std::size_t at = random() % 4 == 0 ? random() % stack_words : from;
    const registers start = {code[random() % code.size()],
                             stack.address(at) + (random() % 16 == 0 ? random() % 8 : 0),
                             any_word(random, stack, code)};
    stack_cache& cache = caches[random() % 2];
    const capture taken =
        capture_stack(start, cache, static_cast<std::uint32_t>(1 + random() % 128));
    ASSERT_GE(taken.count, 1u);
    ASSERT_LE(taken.count, max_frames);
    ASSERT_LE(taken.first_new, taken.count);
    ASSERT_EQ(cache.frames[taken.count - 1].return_address, start.pc);
    frames += taken.count;
    ++ends[static_cast<int>(cache.end)];
  }
  EXPECT_GT(frames, 100000u);
  EXPECT_GT(ends[static_cast<int>(stack_end::unreadable)], 1000u);
}

// The same stack of garbage gives the same frames whether kept frames were there or not.
TEST(garbage, kept_frames_equal_a_fresh_walk) {
  prepare();
  std::mt19937_64 random(7);
  fake_stack stack;
  const auto code = code_addresses(random);
  const auto caches = std::make_unique<stack_cache[]>(2);
  std::uint64_t kept = 0;
  for (std::size_t i = 0; i < stack_words; ++i) {
    stack.words()[i] = any_word(random, stack, code);
  }
  for (int round = 0; round < 60000; ++round) {
    for (int i = 0; i < 3; ++i) {
      stack.words()[random() % 300] = any_word(random, stack, code);
    }
    if (round % 50 == 0) {
      stack.words()[random() % 8] = code[random() % code.size()];
    }
    const registers start = {code[static_cast<std::size_t>(round) / 500 % code.size()],
                             stack.address(random() % 4), stack.address(16)};
    caches[1].count = 0;
    const capture with_kept = capture_stack(start, caches[0], 128);
    const capture fresh = capture_stack(start, caches[1], 128);
    kept += with_kept.first_new;
    ASSERT_EQ(with_kept.count, fresh.count) << "round " << round;
    for (std::uint32_t i = 0; i < fresh.count; ++i) {
      ASSERT_EQ(caches[0].frames[i].return_address, caches[1].frames[i].return_address);
      ASSERT_EQ(caches[0].frames[i].flags, caches[1].frames[i].flags);
    }
    ASSERT_EQ(caches[0].end, caches[1].end);
  }
  EXPECT_GT(kept, 1000u);
}

}  // namespace
