// A library for LD_PRELOAD that holds the unwinder against libgcc's in any program: every
// allocation is captured by both, and compared frame by frame; a whole stack that the memo takes
// for one it knows, and that is another, counts as differing in all its frames. At exit one line a
// process, and the first distinct differences, are appended to the file that TRACK_UNWIND_CHECK_OUT
// names. Differences are given as module+offset of the frame inside the first wrong one.
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "libtrack/unwind/unwind.hpp"
#include "tests/unit/unwind/reference.hpp"
#include "tests/unit/unwind/remembered.hpp"

namespace {

using namespace track::unwind;

struct difference {
  std::uintptr_t inner;  // the last frame that both agree on
  std::uintptr_t ours;
  std::uintptr_t theirs;
  stack_end end;
};

constexpr std::size_t most_differences = 50;
difference differences[most_differences];
std::atomic<std::size_t> difference_count;
std::atomic<std::uint64_t> captures, frames, differing, unlike_stacks, unmatched, kept_frames,
    remembered;
std::atomic<std::uint64_t> ends[4];
std::atomic_flag differences_lock = ATOMIC_FLAG_INIT;

[[gnu::tls_model("initial-exec")]] thread_local bool inside;
[[gnu::tls_model("initial-exec")]] thread_local stack_cache cache;
[[gnu::tls_model("initial-exec")]] thread_local stack_memo memo;
[[gnu::tls_model("initial-exec")]] thread_local test::reference_stack reference;

void* (*next_malloc)(std::size_t);
void* (*next_calloc)(std::size_t, std::size_t);
void* (*next_realloc)(void*, std::size_t);
bool ready;
bool resolving;  // inside dlsym, on the first thread

// For what dlsym itself allocates before the next functions are known; never given back.
alignas(16) char early_memory[64 << 10];
std::atomic<std::size_t> early_used;

void* early(std::size_t size) {
  const std::size_t at = early_used.fetch_add((size + 15) & ~std::size_t{15});
  return at + size <= sizeof early_memory ? early_memory + at : nullptr;
}

std::uint16_t name_module(const module_view&) {
  return 1;
}

void note_difference(std::uintptr_t inner, std::uintptr_t ours, std::uintptr_t theirs) {
  while (differences_lock.test_and_set()) {
  }
  const std::size_t count = difference_count;
  bool known = count == most_differences;
  for (std::size_t i = 0; i < count && !known; ++i) {
    known = differences[i].inner == inner && differences[i].ours == ours;
  }
  if (!known) {
    differences[count] = {inner, ours, theirs, cache.end};
    difference_count = count + 1;
  }
  differences_lock.clear();
}

void note_first_difference() {
  const std::size_t longest = cache.count > reference.count ? cache.count : reference.count;
  for (std::size_t i = 0; i < longest; ++i) {
    const auto ours = i < cache.count ? cache.frames[cache.count - 1 - i].return_address : 0;
    const auto theirs = i < reference.count ? reference.pc[i] : 0;
    if (ours != theirs) {
      return note_difference(i == 0 ? 0 : reference.pc[i - 1], ours, theirs);
    }
  }
}

void check(const registers& start) {
  if (inside || !ready) {
    return;
  }
  inside = true;
  const test::remembered_capture one = test::capture_with_memo(start, memo, cache, 64);
  const capture taken = one.taken;
  remembered.fetch_add(one.known ? 1 : 0, std::memory_order_relaxed);
  differing.fetch_add(one.mistaken ? taken.count : 0, std::memory_order_relaxed);
  test::walk_reference(start, reference);
  captures.fetch_add(1, std::memory_order_relaxed);
  kept_frames.fetch_add(taken.first_new, std::memory_order_relaxed);
  ends[static_cast<int>(cache.end)].fetch_add(1, std::memory_order_relaxed);
  if (!reference.started) {
    unmatched.fetch_add(1, std::memory_order_relaxed);
  } else {
    frames.fetch_add(taken.count, std::memory_order_relaxed);
    if (const std::size_t wrong = test::differing_frames(cache, reference)) {
      differing.fetch_add(wrong, std::memory_order_relaxed);
      unlike_stacks.fetch_add(1, std::memory_order_relaxed);
      note_first_difference();
    }
  }
  inside = false;
}

int print_address(char* to, std::size_t room, const char* label, std::uintptr_t address) {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(address), &info) == 0) {
    return std::snprintf(to, room, " %s=%#lx", label, address);
  }
  return std::snprintf(to, room, " %s=%s+%#lx(%s)", label, info.dli_fname,
                       address - reinterpret_cast<std::uintptr_t>(info.dli_fbase),
                       info.dli_sname != nullptr ? info.dli_sname : "?");
}

void report() {
  const char* path = std::getenv("TRACK_UNWIND_CHECK_OUT");
  if (path == nullptr || captures == 0) {
    return;
  }
  static char text[64 << 10];
  char program[256] = "?";
  const ssize_t named = readlink("/proc/self/exe", program, sizeof program - 1);
  program[named > 0 ? named : 1] = '\0';
  int used = std::snprintf(
      text, sizeof text,
      "%s pid=%d captures=%lu frames=%lu kept=%lu differing=%lu stacks=%lu unmatched=%lu "
      "ends=%lu,%lu,%lu,%lu remembered=%lu\n",
      program, getpid(), captures.load(), frames.load(), kept_frames.load(), differing.load(),
      unlike_stacks.load(), unmatched.load(), ends[0].load(), ends[1].load(), ends[2].load(),
      ends[3].load(), remembered.load());
  for (std::size_t i = 0; i < difference_count && used < int{sizeof text} - 4096; ++i) {
    const auto room = [&] { return sizeof text - static_cast<std::size_t>(used); };
    used += std::snprintf(text + used, room(), "  end=%d", static_cast<int>(differences[i].end));
    used += print_address(text + used, room(), "inner", differences[i].inner);
    used += print_address(text + used, room(), "ours", differences[i].ours);
    used += print_address(text + used, room(), "libgcc", differences[i].theirs);
    used += std::snprintf(text + used, room(), "\n");
  }
  const int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0 || write(file, text, static_cast<std::size_t>(used)) != used) {
    std::fprintf(stderr, "track_unwind_check: cannot write %s\n", path);
  }
  close(file);
}

void start_child() {
  captures = frames = differing = unlike_stacks = unmatched = kept_frames = remembered = 0;
  for (auto& each : ends) {
    each = 0;
  }
  difference_count = 0;
}

template <typename Function>
void find_next(Function& function, const char* name) {
  function = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

[[gnu::constructor]] void begin() {
  inside = true;
  find_next(next_malloc, "malloc");
  find_next(next_calloc, "calloc");
  find_next(next_realloc, "realloc");
  initialize(name_module);
  test::walk_reference(LIBTRACK_CALLER_REGISTERS(), reference);
  pthread_atfork(nullptr, nullptr, start_child);
  inside = false;
  ready = true;
}

[[gnu::destructor]] void finish() {
  ready = false;
  report();
}

}  // namespace

extern "C" {

[[gnu::visibility("default")]] void* malloc(std::size_t size) {
  check(LIBTRACK_CALLER_REGISTERS());
  if (next_malloc == nullptr) {
    find_next(next_malloc, "malloc");
  }
  return next_malloc(size);
}

[[gnu::visibility("default")]] void* calloc(std::size_t count, std::size_t size) {
  check(LIBTRACK_CALLER_REGISTERS());
  if (next_calloc == nullptr && !resolving) {
    resolving = true;
    find_next(next_calloc, "calloc");
    resolving = false;
  }
  return next_calloc == nullptr ? early(count * size) : next_calloc(count, size);
}

[[gnu::visibility("default")]] void* realloc(void* block, std::size_t size) {
  check(LIBTRACK_CALLER_REGISTERS());
  if (next_realloc == nullptr) {
    find_next(next_realloc, "realloc");
  }
  return next_realloc(block, size);
}

}  // extern "C"
