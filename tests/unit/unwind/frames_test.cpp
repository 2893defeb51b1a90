// Stacks that are made by hand: assembly with its own CFI, code without any, signals, other stacks,
// threads, unloaded modules, deep recursion.
#include <sys/mman.h>

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <ucontext.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>

#include <boost/stacktrace/safe_dump_to.hpp>
#include <gtest/gtest.h>

#include "libtrack/unwind/modules.hpp"
#include "tests/unit/unwind/compare.hpp"

using namespace track::unwind;
using namespace track::unwind::test;

using caller = void(void (*leaf)(void*), void* data);

extern "C" {
caller cfi_cfa_by_rbx;
caller cfi_cfa_by_expression;
caller cfi_rbp_in_r12;
caller cfi_rbp_by_expression;
caller cfi_many_operations;
caller cfi_clobber;
caller cfi_none;
}

namespace {

caller* const hand_written[] = {cfi_cfa_by_rbx,        cfi_cfa_by_expression, cfi_rbp_in_r12,
                                cfi_rbp_by_expression, cfi_many_operations,   cfi_clobber};

// Leaves that go through further callers before they compare.
struct chain {
  caller* const* callers;
  std::size_t count;
  tally* sum;
};

void next_in_chain(void* data) {
  auto& links = *static_cast<chain*>(data);
  if (links.count == 0) {
    compare_into(links.sum);
    compare_into(links.sum);  // and again, with everything kept
    return;
  }
  chain rest{links.callers + 1, links.count - 1, links.sum};
  links.callers[0](next_in_chain, &rest);
}

TEST(hand_written_cfi, every_pair_of_functions_equals_libgcc) {
  prepare();
  tally sum;
  for (caller* outer : hand_written) {
    for (caller* inner : hand_written) {
      caller* const callers[] = {outer, inner, cfi_clobber};
      for (std::size_t count = 1; count <= 3; ++count) {
        chain links{callers, count, &sum};
        next_in_chain(&links);
      }
    }
  }
  EXPECT_EQ(sum.captures, 6u * 6 * 3 * 2);
  EXPECT_EQ(sum.differing, 0u);
}

struct ended {
  stack_end end;
  std::size_t differing;
  std::uint32_t count;
  std::uint16_t outermost_module;
};

void note_end(void* data) {
  auto& seen = *static_cast<ended*>(data);
  seen.differing = compare_here().differing;
  seen.end = thread_cache().end;
  seen.count = thread_cache().count;
  seen.outermost_module = thread_cache().frames[0].module;
}

TEST(code_without_unwind_information, stops_at_an_assembly_function) {
  prepare();
  ended seen{};
  cfi_none(note_end, &seen);
  EXPECT_EQ(seen.end, stack_end::no_rule);
  EXPECT_EQ(seen.differing, 0u);
  EXPECT_EQ(seen.outermost_module, only_module);
  note_end(&seen);
  EXPECT_EQ(seen.end, stack_end::outermost);
  EXPECT_EQ(seen.differing, 0u);
}

TEST(code_without_unwind_information, stops_at_generated_code) {
  prepare();
  constexpr unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0x48, 0x89, 0xf8,
                                    0x48, 0x89, 0xf7, 0xff, 0xd0, 0x5d, 0xc3};
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
                    -1, 0);
  ASSERT_NE(page, MAP_FAILED);
  std::memcpy(page, code, sizeof code);
  ended seen{};
  for (int i = 0; i < 3; ++i) {
    reinterpret_cast<caller*>(page)(note_end, &seen);
    EXPECT_EQ(seen.end, stack_end::no_rule);
    EXPECT_EQ(seen.differing, 0u);
    EXPECT_EQ(seen.outermost_module, 0);
    EXPECT_EQ(seen.count, 2u);
  }
  munmap(page, 4096);
}

TEST(boost_stacktrace, has_the_same_frames) {
  prepare();
  compare_here();
  void* dumped[256];
  const std::size_t frames = boost::stacktrace::safe_dump_to(dumped, sizeof dumped);
  const stack_cache& ours = thread_cache();
  // The innermost frame here is this function in both, at another line; from its caller on, equal.
  std::size_t at = 0;
  const auto callers_caller = ours.frames[ours.count - 2].return_address;
  while (at < frames && reinterpret_cast<std::uintptr_t>(dumped[at]) != callers_caller) {
    ++at;
  }
  ASSERT_LT(at, frames);
  for (std::uint32_t i = ours.count - 1; i-- > 0; ++at) {
    ASSERT_LT(at, frames);
    EXPECT_EQ(ours.frames[i].return_address, reinterpret_cast<std::uintptr_t>(dumped[at]));
  }
}

// Signals: every instruction of a stretch of code is interrupted by the trap flag.
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
      const auto ours =
          i < handler_cache.count
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
TEST(signal_frames, every_instruction_on_an_alternate_stack) { step_through(true); }

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

TEST(threads, a_thread_ends_at_its_start) {
  prepare();
  ended seen{};
  std::thread([&] { note_end(&seen); }).join();
  EXPECT_EQ(seen.end, stack_end::outermost);
  EXPECT_EQ(seen.differing, 0u);
  EXPECT_GE(seen.count, 3u);
}

// Coroutines: two contexts take turns, each with its own stack and both with one cache.
ucontext_t main_context;
ucontext_t other_context;
tally context_tally;

[[gnu::noinline]] void coroutine_body(int depth) {
  if (depth > 0) {
    coroutine_body(depth - 1);
  } else {
    for (int i = 0; i < 20; ++i) {
      compare_into(&context_tally);
      swapcontext(&other_context, &main_context);
    }
  }
  compare_into(&context_tally);
}

void coroutine() { coroutine_body(10); }

TEST(contexts, a_coroutine_ends_at_its_start) {
  prepare();
  constexpr std::size_t size = 256 << 10;
  void* stack = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(stack, MAP_FAILED);
  getcontext(&other_context);
  other_context.uc_stack.ss_sp = stack;
  other_context.uc_stack.ss_size = size;
  other_context.uc_link = &main_context;
  makecontext(&other_context, coroutine, 0);
  context_tally = {};
  for (int i = 0; i < 21; ++i) {
    swapcontext(&main_context, &other_context);
    compare_into(&context_tally);
  }
  munmap(stack, size);
  compare_into(&context_tally);
  EXPECT_EQ(context_tally.captures, 20u + 11 + 21 + 1);
  EXPECT_EQ(context_tally.differing, 0u);
}

// Deep recursion: captured at every level on the way in and out.
struct recursion {
  stack_cache cache;
  std::uint64_t named = 0;
  std::uint64_t too_short = 0;
  std::uint64_t differing = 0;
  int bottom;
};

constexpr std::uint32_t deep_limit = 64;

[[gnu::noinline]] capture capture_for(recursion& r) {
  return capture_stack(LIBTRACK_CALLER_REGISTERS(), r.cache, deep_limit);
}

[[gnu::noinline]] void recurse(recursion& r, int depth) {
  const auto look = [&] {
    const capture taken = capture_for(r);
    r.named += taken.count - taken.first_new;
    const auto level = static_cast<std::uint32_t>(r.bottom - depth);
    r.too_short += taken.count < (level < deep_limit ? level : deep_limit) ? 1 : 0;
    if (depth % 9973 == 0) {
      r.differing += compare_here(r.cache, deep_limit).differing;
    }
  };
  look();
  if (depth > 0) {
    recurse(r, depth - 1);
  }
  look();
}

void* run_recursion(void* data) {
  auto& r = *static_cast<recursion*>(data);
  recurse(r, r.bottom);
  return nullptr;
}

TEST(deep_recursion, costs_a_few_frames_a_level) {
  prepare();
  auto r = std::make_unique<recursion>();
  r->bottom = 100000;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, std::size_t{256} << 20);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, &attributes, run_recursion, r.get()), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  EXPECT_EQ(r->too_short, 0u);
  EXPECT_EQ(r->differing, 0u);
  EXPECT_LT(r->named, 8u * 200000);
}

// Two libraries of one layout and unlike frames; the second lands where the first was.
TEST(unloaded_modules, a_library_at_the_same_place_has_its_own_rules) {
  prepare();
  tally sum;
  caller* places[2] = {};
  int same_place = 0;
  for (int i = 0; i < 10; ++i) {
    void* library = dlopen(i % 2 == 0 ? LIBTRACK_PLUGIN_A : LIBTRACK_PLUGIN_B, RTLD_NOW);
    ASSERT_NE(library, nullptr) << dlerror();
    auto* call = reinterpret_cast<caller*>(dlsym(library, "plugin_call"));
    ASSERT_NE(call, nullptr);
    places[i % 2] = call;
    same_place += i > 0 && places[0] == places[1] ? 1 : 0;
    call(compare_into, &sum);
    call(compare_into, &sum);
    dlclose(library);
    raise_module_generation();
  }
  EXPECT_EQ(sum.differing, 0u);
  EXPECT_EQ(sum.captures, 20u);
  EXPECT_GT(same_place, 0);
}

TEST(capture_stack, leaves_errno_alone) {
  prepare();
  errno = 77;
  registers start = LIBTRACK_CALLER_REGISTERS();
  start.stack_pointer = 0x1230;
  capture_stack(start, handler_cache, 64);
  EXPECT_EQ(errno, 77);
  EXPECT_EQ(handler_cache.end, stack_end::unreadable);
  EXPECT_EQ(handler_cache.count, 1u);
}

TEST(capture_stack, a_depth_limit_of_one_keeps_the_innermost_frame) {
  prepare();
  const comparison one = compare_here(handler_cache, 1);
  EXPECT_GE(one.taken.count, 1u);
  EXPECT_LE(one.taken.count, 4u);
  EXPECT_EQ(one.differing, 0u);
  EXPECT_EQ(handler_cache.end, stack_end::depth);
}

}  // namespace
