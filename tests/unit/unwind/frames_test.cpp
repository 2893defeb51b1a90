// Stacks that are made by hand: assembly with its own CFI, code without any, other stacks, threads,
// unloaded modules, deep recursion.
#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <thread>

#include <boost/stacktrace/safe_dump_to.hpp>
#include <gtest/gtest.h>

#include "tests/unit/unwind/cfi_fixture.hpp"
#include "tests/unit/unwind/compare.hpp"
#include "tests/unit/unwind/remembered.hpp"

using namespace track::unwind;
using namespace track::unwind::test;

namespace {

stack_cache own_cache;

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
  EXPECT_EQ(sum.mistaken, 0u);
  EXPECT_GT(sum.remembered, 0u);
}

// The same leaf at the same place of the stack, called by one function or another.
TEST(stack_memo, knows_a_stack_again_and_no_other) {
  prepare();
  static stack_cache cache;
  static stack_memo memo;
  struct look {
    std::size_t known = 0;
    std::size_t mistaken = 0;
  } sum;
  const auto leaf = [](void* data) {
    const remembered_capture one = capture_with_memo(LIBTRACK_CALLER_REGISTERS(), memo, cache, 64);
    static_cast<look*>(data)->known += one.known ? 1 : 0;
    static_cast<look*>(data)->mistaken += one.mistaken ? 1 : 0;
  };
  for (int round = 0; round < 10; ++round) {
    for (caller* each : hand_written) {
      each(leaf, &sum);
    }
  }
  EXPECT_EQ(sum.mistaken, 0u);
  // At some addresses, one start in forty, none of these stacks is noted; that costs time alone.
  if (sum.known == 0) {
    GTEST_SKIP() << "no stack is noted where this program was loaded";
  }
  EXPECT_GE(sum.known, 9u);
  const std::size_t before = sum.known;
  memo.clear();
  hand_written[0](leaf, &sum);
  EXPECT_EQ(sum.known, before);
  hand_written[0](leaf, &sum);
  raise_module_generation();
  const std::size_t known = sum.known;
  hand_written[0](leaf, &sum);
  EXPECT_EQ(sum.known, known);
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
  void* page =
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
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

void coroutine() {
  coroutine_body(10);
}

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
#if defined(__SANITIZE_THREAD__)
constexpr int deepest = 20000;  // ThreadSanitizer's own stack of calls holds no more than 65,536
#else
constexpr int deepest = 100000;
#endif

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
  r->bottom = deepest;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, std::size_t{256} << 20);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, &attributes, run_recursion, r.get()), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  EXPECT_EQ(r->too_short, 0u);
  EXPECT_EQ(r->differing, 0u);
  EXPECT_LT(r->named, 8u * 2 * deepest);
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
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_GT(same_place, 0);
#endif
}

[[gnu::noinline]] capture capture_here() {
  return capture_stack(LIBTRACK_CALLER_REGISTERS(), own_cache, 64);
}

TEST(unloaded_modules, nothing_is_kept_over_a_generation) {
  prepare();
  for (int i = 0; i < 3; ++i) {
    const capture taken = capture_here();
    EXPECT_GE(taken.first_new + 1, i == 0 ? 1 : taken.count);
    if (i == 2) {
      raise_module_generation();
    }
  }
  EXPECT_EQ(capture_here().first_new, 0u);
}

// A function with a frame pointer: in it, CFA = rbp + 16.
[[gnu::noinline, gnu::optimize("no-omit-frame-pointer")]] registers inside_framed_function() {
  const auto look = [] [[gnu::noinline]] { return LIBTRACK_CALLER_REGISTERS(); };
  registers found = look();
  asm volatile("" : "+m"(found));
  return found;
}

// A stack of frames of that function, linked by rbp.
struct framed_stack {
  std::uintptr_t pc = inside_framed_function().pc;

  void link(std::uintptr_t frame_pointer, std::uintptr_t outer) const {
    auto* words = reinterpret_cast<std::uintptr_t*>(frame_pointer);
    words[0] = outer;
    words[1] = pc;
  }
};

TEST(kept_frames, are_not_read_on_a_stack_that_may_be_gone) {
  prepare();
  const framed_stack made;
  constexpr std::size_t far = 16 << 20;
  void* mapped = mmap(nullptr, far + 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(mapped, MAP_FAILED);
  const auto low = reinterpret_cast<std::uintptr_t>(mapped);
  const std::uintptr_t high = low + far;
  mprotect(mapped, 4096, PROT_READ | PROT_WRITE);
  mprotect(reinterpret_cast<void*>(high), 2 * 4096, PROT_READ | PROT_WRITE);
  const std::uintptr_t frames[] = {high + 64, high + 128, high + 4096 + 64, high + 4096 + 128};
  for (int i = 0; i < 3; ++i) {
    made.link(frames[i], frames[i + 1]);
  }
  made.link(frames[3], 0);
  made.link(low + 64, frames[0]);
  stack_cache& cache = own_cache;
  const capture whole = capture_stack({made.pc, high + 32, frames[0]}, cache, 64);
  EXPECT_EQ(whole.count, 5u);
  EXPECT_EQ(cache.end, stack_end::unreadable);
  // From another stack into the first; its outer half cannot be read any more.
  mprotect(reinterpret_cast<void*>(high + 4096), 4096, PROT_NONE);
  const capture part = capture_stack({made.pc, low + 32, low + 64}, cache, 64);
  EXPECT_EQ(part.first_new, 0u);
  EXPECT_EQ(part.count, 4u);
  EXPECT_EQ(cache.end, stack_end::unreadable);
  munmap(mapped, far + 3 * 4096);
}

TEST(capture_stack, leaves_errno_alone) {
  prepare();
  errno = 77;
  registers start = LIBTRACK_CALLER_REGISTERS();
  start.stack_pointer = 0x1230;
  capture_stack(start, own_cache, 64);
  EXPECT_EQ(errno, 77);
  EXPECT_EQ(own_cache.end, stack_end::unreadable);
  EXPECT_EQ(own_cache.count, 1u);
}

TEST(capture_stack, a_depth_limit_of_one_keeps_the_innermost_frame) {
  prepare();
  const comparison one = compare_here(own_cache, 1);
  EXPECT_GE(one.taken.count, 1u);
  EXPECT_LE(one.taken.count, 4u);
  EXPECT_EQ(one.differing, 0u);
  EXPECT_EQ(own_cache.end, stack_end::depth);
}

}  // namespace
