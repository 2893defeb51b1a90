// What tracking costs: blocks by the tracking allocator, watched and counted objects, switched on,
// off, and not there at all; by threads. Names are OPERATION/WAY. Run under the preload
// (LD_PRELOAD=libtrack_preload.so) for records with its stacks; alone, stacks are off but where the
// name says otherwise.
#include <chrono>
#include <cstddef>
#include <memory>
#include <memory_resource>
#include <unordered_map>
#include <vector>

#include <benchmark/benchmark.h>

#include <track/allocator.hpp>
#include <track/cache_probe.hpp>
#include <track/counted.hpp>
#include <track/make_shared.hpp>
#include <track/memory_resource.hpp>
#include <track/probed_map.hpp>
#include <track/registry.hpp>
#include <track/scope.hpp>

namespace {

struct payload {
  long words[4] = {};
};
struct counted_payload : track::counted<counted_payload> {
  long words[4] = {};
};
struct recorded_payload : track::counted<recorded_payload, track::recorded::each> {
  long words[4] = {};
};

// For the length of a benchmark; thread 0 sets and restores.
class mode {
 public:
  mode(benchmark::State& state, bool on, unsigned sampling = 0) : mine_(state.thread_index() == 0) {
    if (mine_) {
      track::set_tracking(on);
      track::set_stack_sampling(sampling);
    }
  }
  ~mode() {
    if (mine_) {
      track::set_tracking(true);
      track::set_stack_sampling(64);
    }
  }
  mode(const mode&) = delete;
  mode& operator=(const mode&) = delete;

 private:
  bool mine_;
};

// ---- one block, made and freed
// -------------------------------------------------------------------

template <class A>
void make_and_free(benchmark::State& state) {
  A allocator;
  for (auto _ : state) {
    payload* const block = allocator.allocate(1);
    benchmark::DoNotOptimize(block);
    allocator.deallocate(block, 1);
  }
}
void block_std(benchmark::State& state) {
  make_and_free<std::allocator<payload>>(state);
}
void block_track(benchmark::State& state) {
  const mode set(state, true);
  make_and_free<track::allocator<payload>>(state);
}
void block_track_sampled(benchmark::State& state) {
  const mode set(state, true, 64);
  make_and_free<track::allocator<payload>>(state);
}
void block_track_every_stack(benchmark::State& state) {
  const mode set(state, true, 1);
  make_and_free<track::allocator<payload>>(state);
}
void block_track_off(benchmark::State& state) {
  const mode set(state, false);
  make_and_free<track::allocator<payload>>(state);
}

// The record alone: what it adds, without the memory.
void record_only(benchmark::State& state) {
  const mode set(state, true);
  alignas(payload) unsigned char memory[sizeof(payload) + 8];
  for (auto _ : state) {
    const auto id = track::detail::add_record(memory, sizeof(payload),
                                              track::detail::type_text<payload>(), nullptr);
    benchmark::DoNotOptimize(id);
    track::detail::remove_record(id, memory);
  }
}
void record_off(benchmark::State& state) {
  const mode set(state, false);
  alignas(payload) unsigned char memory[sizeof(payload) + 8];
  for (auto _ : state) {
    track::detail::note_block(memory, sizeof(payload), track::detail::type_text<payload>);
    benchmark::DoNotOptimize(memory);
    track::detail::forget_block(memory, sizeof(payload));
  }
}

void resource(benchmark::State& state, std::pmr::memory_resource& from) {
  for (auto _ : state) {
    void* const block = from.allocate(sizeof(payload));
    benchmark::DoNotOptimize(block);
    from.deallocate(block, sizeof(payload));
  }
}
void resource_std(benchmark::State& state) {
  resource(state, *std::pmr::new_delete_resource());
}
void resource_track(benchmark::State& state) {
  const mode set(state, true);
  track::memory_resource tracked("bench", std::pmr::new_delete_resource());
  resource(state, tracked);
}

// ---- objects
// -------------------------------------------------------------------------------------

void object_unwatched(benchmark::State& state) {
  for (auto _ : state) {
    const auto object = track::make_shared<payload>();
    benchmark::DoNotOptimize(object.get());
  }
}
void object_watched(benchmark::State& state) {
  const mode set(state, true);
  for (auto _ : state) {
    const auto object = track::make_shared<payload>();
    benchmark::DoNotOptimize(track::watch(object, "bench"));
  }
}
void object_watched_off(benchmark::State& state) {
  const mode set(state, false);
  for (auto _ : state) {
    const auto object = track::make_shared<payload>();
    benchmark::DoNotOptimize(track::watch(object, "bench"));
  }
}
void watch_off(benchmark::State& state) {
  const mode set(state, false);
  const auto object = track::make_shared<payload>();
  for (auto _ : state) {
    benchmark::DoNotOptimize(track::watch(object, "bench"));
  }
}

template <class T>
void instance(benchmark::State& state, bool on) {
  const mode set(state, on);
  for (auto _ : state) {
    T object;
    benchmark::DoNotOptimize(object);
  }
}
void instance_plain(benchmark::State& state) {
  instance<payload>(state, true);
}
void instance_counted(benchmark::State& state) {
  instance<counted_payload>(state, true);
}
void instance_counted_off(benchmark::State& state) {
  instance<counted_payload>(state, false);
}
void instance_recorded(benchmark::State& state) {
  instance<recorded_payload>(state, true);
}
void instance_recorded_off(benchmark::State& state) {
  instance<recorded_payload>(state, false);
}

void scope_entered(benchmark::State& state) {
  for (auto _ : state) {
    const track::scope tag{"bench"};
    benchmark::DoNotOptimize(tag);
  }
}

// ---- caches
// --------------------------------------------------------------------------------------

// One cache that all threads ask.
track::cache_probe& shared_probe() {
  static track::cache_probe probe("bench");
  return probe;
}
void probe_hit(benchmark::State& state) {
  const mode set(state, true);
  track::cache_probe& probe = shared_probe();
  for (auto _ : state) {
    probe.hit();
  }
}
void probe_evict(benchmark::State& state) {
  const mode set(state, true);
  track::cache_probe& probe = shared_probe();
  for (auto _ : state) {
    probe.evict(std::chrono::milliseconds(20));
  }
}
void probe_off(benchmark::State& state) {
  const mode set(state, false);
  track::cache_probe& probe = shared_probe();
  for (auto _ : state) {
    probe.hit();
    benchmark::ClobberMemory();
  }
}

template <class Map>
void find_in(benchmark::State& state, Map& map) {
  for (int i = 0; i < 1000; ++i) {
    map.emplace(i, i);
  }
  int key = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(map.find(key));
    key = key == 999 ? 0 : key + 1;
  }
}
void map_std(benchmark::State& state) {
  std::unordered_map<int, int> map;
  find_in(state, map);
}
void map_probed(benchmark::State& state) {
  track::probed_map<std::unordered_map<int, int>> map("bench");
  find_in(state, map);
}

// ---- many at once
// --------------------------------------------------------------------------------

void survivors_of(benchmark::State& state) {
  const mode set(state, true);
  const auto count = static_cast<std::size_t>(state.range(0));
  std::vector<std::shared_ptr<payload>> objects(count);
  for (auto& object : objects) {
    track::watch(object = track::make_shared<payload>(), "bench");
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(track::survivors());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

}  // namespace

BENCHMARK(block_std)->Name("block/std")->ThreadRange(1, 4);
BENCHMARK(block_track)->Name("block/track")->ThreadRange(1, 4);
BENCHMARK(block_track_sampled)->Name("block/track, 1 stack in 64");
BENCHMARK(block_track_every_stack)->Name("block/track, every stack");
BENCHMARK(block_track_off)->Name("block/track, off")->ThreadRange(1, 4);
BENCHMARK(record_only)->Name("record/on")->ThreadRange(1, 4);
BENCHMARK(record_off)->Name("record/off")->ThreadRange(1, 4);
BENCHMARK(resource_std)->Name("resource/std");
BENCHMARK(resource_track)->Name("resource/track");
BENCHMARK(object_unwatched)->Name("object/unwatched")->ThreadRange(1, 4);
BENCHMARK(object_watched)->Name("object/watched")->ThreadRange(1, 4);
BENCHMARK(object_watched_off)->Name("object/watched, off");
BENCHMARK(watch_off)->Name("watch/off");
BENCHMARK(instance_plain)->Name("instance/plain");
BENCHMARK(instance_counted)->Name("instance/counted")->ThreadRange(1, 4);
BENCHMARK(instance_counted_off)->Name("instance/counted, off")->ThreadRange(1, 4);
BENCHMARK(instance_recorded)->Name("instance/recorded")->ThreadRange(1, 4);
BENCHMARK(instance_recorded_off)->Name("instance/recorded, off");
BENCHMARK(scope_entered)->Name("scope/entered");
BENCHMARK(probe_hit)->Name("probe/hit")->ThreadRange(1, 4);
BENCHMARK(probe_evict)->Name("probe/evict with its age")->ThreadRange(1, 4);
BENCHMARK(probe_off)->Name("probe/off")->ThreadRange(1, 4);
BENCHMARK(map_std)->Name("probe/find in a map, not probed");
BENCHMARK(map_probed)->Name("probe/find in a probed map");
BENCHMARK(survivors_of)->Name("survivors")->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
