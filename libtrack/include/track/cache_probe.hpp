// What a cache of the program does, counted: insertions, hits, misses, evictions. Floor 3.
//
// A cache that evicts nothing, or is never hit, is a leak with a name. Put a cache_probe beside a
// cache of your own and tell it what happens; track::cache_probes() and track::report() say it
// then, and under the preload `track caches --all`, also after SIGKILL. probed_map.hpp tells for
// any map, weak_cache.hpp has probe(). A probe owns nothing and keeps nothing alive.
//
// threads: every member, from any thread and from signal handlers; only destroying, moving and the
// constructor need that nobody else uses the probe. Nothing locks, allocates or throws, but for
// what returns strings and vectors. Counts are exact once the threads that count have met the one
// that asks. A child of fork counts from zero, in a place of its own, what it goes on using.
// cost: 2 to 3 ns a call, from any number of threads (6 to 20 where libc has no restartable
// sequences); switched off (set_tracking) under 1 ns. 32 bytes, and 2 KiB of counters, which under
// the preload stand in the ledger.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <track/detail/api.hpp>
#include <track/detail/record.hpp>

namespace track {

using cache_clock = std::chrono::steady_clock;  // of ages

// How old entries were when they were evicted: bucket 0 is under 1 ms, bucket i from 10^(i-1) ms,
// the last from 1,000 s. Only evictions whose age was told.
struct eviction_ages {
  static constexpr std::size_t buckets = 8;
  std::array<std::uint64_t, buckets> counts{};

  // Where a bucket begins; it ends where the next begins.
  static constexpr std::chrono::milliseconds from(std::size_t bucket) noexcept {
    std::chrono::milliseconds bound(bucket == 0 ? 0 : 1);
    for (std::size_t i = 1; i < bucket; ++i) {
      bound *= 10;
    }
    return bound;
  }
  static constexpr std::size_t bucket_of(std::chrono::milliseconds age) noexcept {
    std::size_t bucket = 0;
    while (bucket + 1 < buckets && age >= from(bucket + 1)) {
      ++bucket;
    }
    return bucket;
  }

  std::uint64_t total() const noexcept {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : counts) {
      sum += count;
    }
    return sum;
  }
  // The bucket of the youngest that was evicted, and of the one in the middle; none: no age known.
  std::optional<std::size_t> min_bucket() const noexcept { return bucket_at(0); }
  std::optional<std::size_t> median_bucket() const noexcept { return bucket_at(total() / 2); }

 private:
  std::optional<std::size_t> bucket_at(std::uint64_t rank) const noexcept {
    for (std::size_t i = 0; i < buckets; ++i) {
      if (rank < counts[i]) {
        return i;
      }
      rank -= counts[i];
    }
    return std::nullopt;
  }
};

struct cache_stats {
  std::string_view name;  // kept for ever
  const void* container = nullptr;
  std::uint64_t inserts = 0;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t evictions = 0;
  std::uint64_t erased = 0;                // taken out by the program, not for want of room
  std::uint64_t size = 0;                  // as the cache says, else inserts - evictions - erased
  std::optional<std::uint64_t> never_hit;  // entries; none: the cache does not say
  eviction_ages ages;                      // at eviction
  std::chrono::milliseconds age{0};        // of the probe

  // Of what was asked for; none: nothing was.
  std::optional<double> hit_ratio() const noexcept {
    const std::uint64_t asked = hits + misses;
    return asked == 0 ? std::nullopt
                      : std::optional(static_cast<double>(hits) / static_cast<double>(asked));
  }
};

namespace detail {

struct probe_home;  // where a probe counts in this process

enum class cache_event : std::uint8_t { insert, hit, miss, evict, erase };
enum class cache_gauge : std::uint8_t { size, never_hit };

}  // namespace detail

class LIBTRACK_API cache_probe {
 public:
  // Of no cache: counts nothing.
  constexpr cache_probe() noexcept = default;
  // `container`: the object that `track` is to find in the heap, or nothing. Without a place for
  // its counters in the ledger a probe counts in memory of this process (lost_records()).
  explicit cache_probe(std::string_view name, const void* container = nullptr) noexcept;
  cache_probe(cache_probe&& other) noexcept { swap(other); }
  cache_probe& operator=(cache_probe&& other) noexcept {
    cache_probe(std::move(other)).swap(*this);
    return *this;
  }
  ~cache_probe();

  void insert(std::uint64_t n = 1) noexcept { count(detail::cache_event::insert, n); }
  void hit(std::uint64_t n = 1) noexcept { count(detail::cache_event::hit, n); }
  void miss(std::uint64_t n = 1) noexcept { count(detail::cache_event::miss, n); }
  // Entries taken out for want of room, or because their time was over.
  void evict() noexcept { count(detail::cache_event::evict, 1); }
  template <class Rep, class Period>
  void evict(std::chrono::duration<Rep, Period> age) noexcept {
    if (detail::is_tracking()) {
      add_evicted(std::chrono::floor<std::chrono::milliseconds>(age));
    }
  }
  // Entries that the program took out itself.
  void erase(std::uint64_t n = 1) noexcept { count(detail::cache_event::erase, n); }

  // For a cache that knows them itself: how many entries there are now, how many of them were never
  // hit. Callers that may meet say which of them is last.
  void size(std::uint64_t n) noexcept { set(detail::cache_gauge::size, n); }
  void never_hit(std::uint64_t n) noexcept { set(detail::cache_gauge::never_hit, n); }

  // What this process counted. cost: reads the counters of all stripes, about 100 ns.
  cache_stats stats() const noexcept;

  void swap(cache_probe& other) noexcept {
    const auto* const home = home_.load(std::memory_order_relaxed);
    home_.store(other.home_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    other.home_.store(home, std::memory_order_relaxed);
    std::swap(name_, other.name_);
    std::swap(hidden_container_, other.hidden_container_);
    std::swap(of_cache_, other.of_cache_);
  }

 private:
  void count(detail::cache_event what, std::uint64_t n) noexcept {
    if (detail::is_tracking()) {
      add(what, n);
    }
  }
  void set(detail::cache_gauge what, std::uint64_t n) noexcept {
    if (detail::is_tracking()) {
      write(what, n);
    }
  }
  void add(detail::cache_event what, std::uint64_t n) noexcept;
  void add_evicted(std::chrono::milliseconds age) noexcept;
  void write(detail::cache_gauge what, std::uint64_t n) noexcept;
  const detail::probe_home* home() noexcept;
  const detail::probe_home* settle() noexcept;

  std::atomic<const detail::probe_home*> home_{nullptr};
  const detail::text* name_ = nullptr;
  std::uintptr_t hidden_container_ = ~std::uintptr_t{0};  // inverted: no path to it
  bool of_cache_ = false;
};

// Those of all probes that live, in no order. One that is made or goes meanwhile may be in it or
// not; a child of fork knows those that it used. errors: bad_alloc.
LIBTRACK_API std::vector<cache_stats> cache_probes();

}  // namespace track
