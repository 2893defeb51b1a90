// What weak references cost, beside std and Boost; weak_costs.py turns a run into ratios. Names are
// OPERATION/WAY. A thread sleeps in the background all the while: in a process without one,
// libstdc++ counts without atomic instructions, and everything looks cheaper than it is.
#include <array>
#include <condition_variable>
#include <cstddef>
#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/shared_ptr.hpp>
#include <boost/signals2.hpp>
#include <boost/weak_ptr.hpp>
#include <malloc.h>

#include <track/make_shared.hpp>
#include <track/weak_cache.hpp>
#include <track/weak_key_map.hpp>
#include <track/weak_ref.hpp>
#include <track/weak_set.hpp>
#include <track/weak_value_map.hpp>

namespace {

using payload = std::array<long, 4>;

// ---- ways to own and to refer -------------------------------------------------------------------

struct track_way {
  template <class T>
  static auto make() {
    return track::make_shared<T>();
  }
  template <class T>
  using ref = track::weak_ref<T>;
};

struct std_way {
  template <class T>
  static auto make() {
    return std::shared_ptr<T>(new T());
  }
  template <class T>
  using ref = std::weak_ptr<T>;
};

struct std_joined_way {  // object and counts in one block
  template <class T>
  static auto make() {
    return std::make_shared<T>();
  }
  template <class T>
  using ref = std::weak_ptr<T>;
};

struct boost_way {
  template <class T>
  static auto make() {
    return boost::shared_ptr<T>(new T());
  }
  template <class T>
  using ref = boost::weak_ptr<T>;
};

template <class Way>
void lock(benchmark::State& state) {
  const auto object = Way::template make<payload>();
  const typename Way::template ref<payload> ref(object);
  for (auto _ : state) {
    const auto locked = ref.lock();
    benchmark::DoNotOptimize(locked.get());
  }
}

template <class Way>
void create_and_destroy(benchmark::State& state) {
  const auto object = Way::template make<payload>();
  for (auto _ : state) {
    typename Way::template ref<payload> ref(object);
    benchmark::DoNotOptimize(&ref);
  }
  state.counters["bytes"] = benchmark::Counter(sizeof(typename Way::template ref<payload>),
                                               benchmark::Counter::kAvgThreads);
}

template <class Way>
void make_and_destroy(benchmark::State& state) {
  for (auto _ : state) {
    const auto object = Way::template make<payload>();
    benchmark::DoNotOptimize(object.get());
  }
}

// ---- callbacks: register and unregister ---------------------------------------------------------

thread_local int called;

void callback_track(benchmark::State& state) {
  const auto object = track::make_shared<payload>();
  for (auto _ : state) {
    track::weak_ref<payload> ref(object, [](const track::dead_ref&) { ++called; });
    benchmark::DoNotOptimize(&ref);
  }
}

void callback_std_stop_callback(benchmark::State& state) {
  std::stop_source source;
  for (auto _ : state) {
    std::stop_callback callback(source.get_token(), [] { ++called; });
    benchmark::DoNotOptimize(&callback);
  }
}

void callback_boost_signals2(benchmark::State& state) {
  boost::signals2::signal<void()> signal;
  for (auto _ : state) {
    boost::signals2::scoped_connection connection(signal.connect([] { ++called; }));
    benchmark::DoNotOptimize(&connection);
  }
}

// A callback that runs: the object dies with it.
void callback_at_death_track(benchmark::State& state) {
  for (auto _ : state) {
    auto object = track::make_shared<payload>();
    const track::weak_ref<payload> ref(object, [](const track::dead_ref&) { ++called; });
    object.reset();
    benchmark::DoNotOptimize(&ref);
  }
}

// What one would write by hand: a deleter that calls the function.
void callback_at_death_std_deleter(benchmark::State& state) {
  for (auto _ : state) {
    std::shared_ptr<payload> object(new payload(), [](payload* dying) {
      ++called;
      delete dying;
    });
    const std::weak_ptr<payload> ref(object);
    object.reset();
    benchmark::DoNotOptimize(&ref);
  }
}

// ---- bytes held by dead objects -----------------------------------------------------------------

std::size_t bytes_in_use() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// Takes what malloc keeps ready for small requests, and counts as in use.
std::vector<std::unique_ptr<char[]>> drain_small_bins() {
  std::vector<std::unique_ptr<char[]>> taken;
  for (std::size_t size = 24; size < 200; size += 16) {
    for (int i = 0; i < 32; ++i) {
      taken.push_back(std::make_unique<char[]>(size));
    }
  }
  return taken;
}

// A large object is dead, references to it are left: the bytes that have not come back.
template <class Way>
void held_when_dead(benchmark::State& state) {
  using large = std::array<char, 1 << 20>;
  constexpr int objects = 32;
  std::vector<typename Way::template ref<large>> refs;
  refs.reserve(objects);
  const auto drained = drain_small_bins();
  for (auto _ : state) {
    const std::size_t before = bytes_in_use();
    for (int i = 0; i < objects; ++i) {
      const auto object = Way::template make<large>();
      refs.emplace_back(object);
    }
    state.counters["bytes"] = static_cast<double>(bytes_in_use() - before) / objects;
    refs.clear();
  }
}

// ---- maps, shared by the threads of a run -------------------------------------------------------

constexpr unsigned entries = 1024;
constexpr unsigned own_keys = 16;  // of each thread, above those of `entries`

using owner = std::shared_ptr<payload>;

const std::vector<owner>& owners() {
  static const auto all = [] {
    std::vector<owner> made;
    for (unsigned i = 0; i < entries; ++i) {
      made.push_back(track::make_shared<payload>());
    }
    return made;
  }();
  return all;
}

// Every entry in turn, in an order that no prefetcher follows.
unsigned next(unsigned index) {
  return (index * 5 + 1) % entries;
}

struct track_value_map {
  bool get(unsigned key) const { return map_.get(key) != nullptr; }
  void put(unsigned key, const owner& value) { map_.insert_or_assign(key, value); }
  void erase(unsigned key) { map_.erase(key); }
  track::weak_value_map<unsigned, payload> map_;
};

struct locked_value_map {
  bool get(unsigned key) {
    const std::lock_guard lock(mutex_);
    const auto found = map_.find(key);
    return found != map_.end() && found->second.lock() != nullptr;
  }
  void put(unsigned key, const owner& value) {
    const std::lock_guard lock(mutex_);
    map_.insert_or_assign(key, std::weak_ptr<payload>(value));
  }
  void erase(unsigned key) {
    const std::lock_guard lock(mutex_);
    map_.erase(key);
  }
  std::mutex mutex_;
  std::unordered_map<unsigned, std::weak_ptr<payload>> map_;
};

// Keys are numbers of owners. Beside it the map that one would write if no key ever died.
struct track_key_map {
  bool get(unsigned key) const { return map_.get(owners()[key % entries]).has_value(); }
  void put(unsigned, const owner& key) { map_.insert_or_assign(key, 1); }
  track::weak_key_map<payload, int> map_;
};

struct locked_key_map {
  bool get(unsigned key) {
    const std::lock_guard lock(mutex_);
    return map_.find(owners()[key % entries].get()) != map_.end();
  }
  void put(unsigned, const owner& key) {
    const std::lock_guard lock(mutex_);
    map_.insert_or_assign(key.get(), 1);
  }
  std::mutex mutex_;
  std::unordered_map<const void*, int> map_;
};

struct track_set {
  bool get(unsigned key) const { return set_.contains(owners()[key % entries]); }
  void put(unsigned, const owner& member) { set_.insert(member); }
  track::weak_set<payload> set_;
};

struct locked_set {
  bool get(unsigned key) {
    const std::lock_guard lock(mutex_);
    return set_.contains(owners()[key % entries].get());
  }
  void put(unsigned, const owner& member) {
    const std::lock_guard lock(mutex_);
    set_.insert(member.get());
  }
  std::mutex mutex_;
  std::unordered_set<const void*> set_;
};

struct track_cache {
  bool get(unsigned key) {
    return cache_.get_or_create(key, [&] { return owners()[key]; }) != nullptr;
  }
  track::weak_cache<unsigned, payload> cache_{entries / 2};
};

// The strong cache with the same bound, which gives its object as well.
struct locked_cache {
  bool get(unsigned key) { return get_or_create(key) != nullptr; }
  owner get_or_create(unsigned key) {
    const std::lock_guard lock(mutex_);
    const auto found = map_.find(key);
    if (found != map_.end()) {
      order_.splice(order_.end(), order_, found->second);
      return order_.back().second;
    }
    order_.emplace_back(key, owners()[key]);
    map_.emplace(key, std::prev(order_.end()));
    if (map_.size() > entries / 2) {
      map_.erase(order_.front().first);
      order_.pop_front();
    }
    return order_.back().second;
  }
  std::mutex mutex_;
  std::list<std::pair<unsigned, owner>> order_;
  std::unordered_map<unsigned, std::list<std::pair<unsigned, owner>>::iterator> map_;
};

template <class Map>
Map& shared() {
  static Map map;
  static const bool filled = [] {
    for (unsigned i = 0; i < entries; ++i) {
      map.put(i, owners()[i]);
    }
    return true;
  }();
  benchmark::DoNotOptimize(filled);
  return map;
}

template <class Map>
void get(benchmark::State& state) {
  auto& map = shared<Map>();
  auto key = static_cast<unsigned>(state.thread_index()) * 7;
  for (auto _ : state) {
    benchmark::DoNotOptimize(map.get(key));
    key = next(key);
  }
}

// The half that is in the cache.
template <class Cache>
void cache_hit(benchmark::State& state) {
  static Cache cache;
  auto key = static_cast<unsigned>(state.thread_index()) * 7;
  for (auto _ : state) {
    benchmark::DoNotOptimize(cache.get(key % (entries / 2)));
    key = next(key);
  }
}

template <class Map>
void insert_and_erase(benchmark::State& state) {
  auto& map = shared<Map>();
  const auto first = entries + static_cast<unsigned>(state.thread_index()) * own_keys;
  unsigned i = 0;
  for (auto _ : state) {
    const unsigned key = first + i++ % own_keys;
    map.put(key, owners()[key % entries]);
    map.erase(key);
  }
}

// ---- the run ------------------------------------------------------------------------------------

using function = void (*)(benchmark::State&);

void add(const std::string& operation, const std::vector<std::pair<const char*, function>>& ways) {
  for (const auto& [way, run] : ways) {
    benchmark::RegisterBenchmark((operation + "/" + way).c_str(), run)
        ->Threads(1)
        ->Threads(2)
        ->Threads(4);
  }
}

void add_all() {
  add("lock", {{"track", lock<track_way>}, {"std", lock<std_way>}, {"boost", lock<boost_way>}});
  add("create_and_destroy", {{"track", create_and_destroy<track_way>},
                             {"std", create_and_destroy<std_way>},
                             {"boost", create_and_destroy<boost_way>}});
  add("make_and_destroy", {{"track", make_and_destroy<track_way>},
                           {"std", make_and_destroy<std_way>},
                           {"std_make_shared", make_and_destroy<std_joined_way>},
                           {"boost", make_and_destroy<boost_way>}});
  add("callback", {{"track", callback_track},
                   {"std_stop_callback", callback_std_stop_callback},
                   {"boost_signals2", callback_boost_signals2}});
  add("callback_at_death",
      {{"track", callback_at_death_track}, {"std_deleter", callback_at_death_std_deleter}});
  add("value_map_get", {{"track", get<track_value_map>}, {"std_mutex", get<locked_value_map>}});
  add("value_map_insert_and_erase", {{"track", insert_and_erase<track_value_map>},
                                     {"std_mutex", insert_and_erase<locked_value_map>}});
  add("key_map_get", {{"track", get<track_key_map>}, {"std_mutex", get<locked_key_map>}});
  add("set_contains", {{"track", get<track_set>}, {"std_mutex", get<locked_set>}});
  add("cache_hit", {{"track", cache_hit<track_cache>}, {"std_mutex", cache_hit<locked_cache>}});
  const std::pair<const char*, function> holders[] = {
      {"held_when_dead/track", held_when_dead<track_way>},
      {"held_when_dead/std", held_when_dead<std_way>},
      {"held_when_dead/std_make_shared", held_when_dead<std_joined_way>},
      {"held_when_dead/boost", held_when_dead<boost_way>}};
  for (const auto& [name, run] : holders) {
    benchmark::RegisterBenchmark(name, run)->Iterations(1);
  }
}

}  // namespace

int main(int count, char** words) {
  std::jthread sleeper([](std::stop_token stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait(lock, stop, [] { return false; });
  });
  benchmark::Initialize(&count, words);
  if (benchmark::ReportUnrecognizedArguments(count, words)) {
    return 2;
  }
  add_all();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
