// Stacks through signal handlers: libgcc's, frame for frame, at every single instruction.
#include <dlfcn.h>
#include <signal.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <gtest/gtest.h>
#include <time.h>

#include "libtrack/unwind/modules.hpp"
#include "tests/unit/unwind/cfi_fixture.hpp"
#include "tests/unit/unwind/compare.hpp"

using namespace track::unwind;
using namespace track::unwind::test;

namespace {

// Every instruction of a stretch of code is interrupted by the trap flag.
stack_cache handler_cache;
tally steps;
std::size_t steps_in_vdso, steps_in_linker;

// Which kinds of code were interrupted: hand-written assembly is in both.
void count_places() {
  for (std::uint32_t i = 0; i < handler_cache.count; ++i) {
    module_info module;
    const frame& each = handler_cache.frames[i];
    if ((each.flags & interrupted) != 0 && find_module(each.return_address, module)) {
      steps_in_vdso += std::strstr(module.view.path, "vdso") != nullptr ? 1 : 0;
      steps_in_linker += std::strstr(module.view.path, "ld-linux") != nullptr ? 1 : 0;
    }
  }
}

void on_step(int, siginfo_t*, void*) {
  const int saved = errno;
  const comparison one = compare_here(handler_cache, 128);
  errno = saved;
  ++steps.captures;
  steps.frames += one.taken.count;
  steps.kept += one.taken.first_new;
  steps.differing += one.differing;
  count_places();
  if (one.differing != 0 && steps.differing == one.differing) {
    std::fprintf(stderr, "end %d, %u and %zu frames\n", static_cast<int>(handler_cache.end),
                 handler_cache.count, last_reference().count);
    for (std::size_t i = 0; i < last_reference().count; ++i) {
      const auto ours = i < handler_cache.count
                            ? handler_cache.frames[handler_cache.count - 1 - i].return_address
                            : 0;
      std::fprintf(stderr, "%#lx %#lx\n", ours, last_reference().pc[i]);
    }
  }
}

[[gnu::always_inline]] inline void set_trap_flag(bool on) {
  if (on) {
    asm volatile("subq $128, %%rsp; pushfq; orq $0x100, (%%rsp); popfq; addq $128, %%rsp" ::
                     : "cc", "memory");
  } else {
    asm volatile("subq $128, %%rsp; pushfq; andq $~0x100, (%%rsp); popfq; addq $128, %%rsp" ::
                     : "cc", "memory");
  }
}

int compare_numbers(const void* left, const void* right) {
  return *static_cast<const int*>(left) - *static_cast<const int*>(right);
}

void nothing(void*) {}

[[gnu::noinline]] void stepped_code() {
  char text[64];
  int numbers[] = {3, 1, 2};
  timespec now{};
  for (caller* each : hand_written) {
    each(nothing, nullptr);
  }
  std::qsort(numbers, 3, sizeof(int), compare_numbers);
  clock_gettime(CLOCK_MONOTONIC, &now);  // in the vdso
  std::snprintf(text, sizeof text, "%d %s", numbers[0], "text");
  std::free(std::malloc(std::strlen(text)));  // through the PLT, resolved lazily the first time
  std::unique_ptr<int> object(new int(atoi(text)));
}

void step_through(bool own_stack) {
  prepare();
  steps = {};
  steps_in_vdso = 0;
  steps_in_linker = 0;
  handler_cache.count = 0;
  static char alternate[256 << 10];
  stack_t stack{};
  stack.ss_sp = alternate;
  stack.ss_size = sizeof alternate;
  ASSERT_EQ(sigaltstack(&stack, nullptr), 0);
  struct sigaction action {};
  struct sigaction before {};
  action.sa_sigaction = on_step;
  action.sa_flags = SA_SIGINFO | (own_stack ? SA_ONSTACK : 0);
  ASSERT_EQ(sigaction(SIGTRAP, &action, &before), 0);
  set_trap_flag(true);
  stepped_code();
  set_trap_flag(false);
  ASSERT_EQ(sigaction(SIGTRAP, &before, nullptr), 0);
  stack.ss_flags = SS_DISABLE;
  sigaltstack(&stack, nullptr);
  EXPECT_GT(steps.captures, 1000u);
  EXPECT_GT(steps_in_vdso, 10u);
  EXPECT_EQ(steps.differing, 0u) << "of " << steps.frames;
  EXPECT_GT(steps.kept, steps.captures);
}

TEST(signal_frames, every_instruction_on_the_same_stack) {
  step_through(false);
  EXPECT_GT(steps_in_linker, 100u);  // lazy binding
}
TEST(signal_frames, every_instruction_on_an_alternate_stack) {
  step_through(true);
}

TEST(signal_frames, the_interrupted_frame_is_marked) {
  prepare();
  struct sigaction action {};
  struct sigaction before {};
  action.sa_sigaction = on_step;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGUSR1, &action, &before);
  steps = {};
  raise(SIGUSR1);
  sigaction(SIGUSR1, &before, nullptr);
  EXPECT_EQ(steps.differing, 0u);
  std::size_t marked = 0;
  for (std::uint32_t i = 0; i < handler_cache.count; ++i) {
    marked += (handler_cache.frames[i].flags & interrupted) != 0 ? 1 : 0;
  }
  EXPECT_EQ(marked, 1u);
}

}  // namespace
