// What one stack costs: ours with everything kept, ours cold, and what others use. Every figure is
// for the same recursion; the number of frames is a counter beside it.
#include <dlfcn.h>

#include <cstdint>

#include <benchmark/benchmark.h>
#include <boost/stacktrace/safe_dump_to.hpp>
#include <unwind.h>

#include "libtrack/unwind/unwind.hpp"

namespace {

using track::unwind::capture_stack;
using track::unwind::stack_cache;

constexpr int depth = 22;  // recursion, so that about 30 frames are on the stack

stack_cache cache;
volatile int sink;

std::uint16_t name_module(const track::unwind::module_view&) {
  return 1;
}

// The place of malloc: the unwinder's caller, with a frame pointer.
[[gnu::noinline, gnu::optimize("no-omit-frame-pointer")]] std::uint32_t hook() {
  return capture_stack(LIBTRACK_CALLER_REGISTERS(), cache, 64).count;
}

// A few inner frames that are another path at every call, as a program's would be.
[[gnu::noinline]] std::uint32_t inner_left(int n) {
  const std::uint32_t count = n == 0 ? hook() : inner_left(n - 1);
  sink = n;
  return count;
}
[[gnu::noinline]] std::uint32_t inner_right(int n) {
  const std::uint32_t count = n == 0 ? hook() : inner_left(n - 1);
  sink = n + 1;
  return count;
}

template <typename Body>
[[gnu::noinline]] void descend(int n, Body& body) {
  if (n == 0) {
    body();
  } else {
    descend(n - 1, body);
  }
  sink = n;
}

template <typename Body>
void at_depth(Body body) {
  descend(depth, body);
}

void ours_kept(benchmark::State& state) {
  track::unwind::initialize(name_module);
  at_depth([&] {
    std::uint32_t frames = 0;
    for (auto _ : state) {
      frames = hook();
    }
    state.counters["frames"] = frames;
  });
}
BENCHMARK(ours_kept);

void ours_kept_inner_frames_change(benchmark::State& state) {
  track::unwind::initialize(name_module);
  const int changing = static_cast<int>(state.range(0));
  at_depth([&] {
    std::uint32_t frames = 0;
    bool left = false;
    for (auto _ : state) {
      left = !left;
      frames = left ? inner_left(changing - 1) : inner_right(changing - 1);
    }
    state.counters["frames"] = frames;
  });
}
BENCHMARK(ours_kept_inner_frames_change)->Arg(1)->Arg(2)->Arg(3);

void ours_cold_with_cached_rules(benchmark::State& state) {
  track::unwind::initialize(name_module);
  at_depth([&] {
    std::uint32_t frames = 0;
    for (auto _ : state) {
      cache.count = 0;
      frames = hook();
    }
    state.counters["frames"] = frames;
  });
}
BENCHMARK(ours_cold_with_cached_rules);

void ours_without_any_rule(benchmark::State& state) {
  track::unwind::initialize(name_module);
  at_depth([&] {
    std::uint32_t frames = 0;
    for (auto _ : state) {
      track::unwind::raise_module_generation();
      frames = hook();
    }
    state.counters["frames"] = frames;
  });
}
BENCHMARK(ours_without_any_rule);

_Unwind_Reason_Code count_frame(_Unwind_Context* context, void* count) {
  benchmark::DoNotOptimize(_Unwind_GetIP(context));
  ++*static_cast<int*>(count);
  return _URC_NO_REASON;
}

void libgcc_backtrace(benchmark::State& state) {
  at_depth([&] {
    int frames = 0;
    for (auto _ : state) {
      frames = 0;
      _Unwind_Backtrace(count_frame, &frames);
    }
    state.counters["frames"] = frames;
  });
}
BENCHMARK(libgcc_backtrace);

void boost_safe_dump_to(benchmark::State& state) {
  at_depth([&] {
    void* frames[128];
    std::size_t count = 0;
    for (auto _ : state) {
      count = boost::stacktrace::safe_dump_to(frames, sizeof frames);
    }
    state.counters["frames"] = static_cast<double>(count);
  });
}
BENCHMARK(boost_safe_dump_to);

void libunwind_backtrace(benchmark::State& state) {
  void* library = dlopen("libunwind.so.8", RTLD_NOW);
  using backtrace_function = int (*)(void**, int);
  const auto backtrace = library != nullptr
                             ? reinterpret_cast<backtrace_function>(dlsym(library, "unw_backtrace"))
                             : nullptr;
  if (backtrace == nullptr) {
    state.SkipWithError("libunwind.so.8 is not here");
    return;
  }
  at_depth([&] {
    void* frames[128];
    int count = 0;
    for (auto _ : state) {
      count = backtrace(frames, 128);
    }
    state.counters["frames"] = count;
  });
}
BENCHMARK(libunwind_backtrace);

}  // namespace

BENCHMARK_MAIN();
