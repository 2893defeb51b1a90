// Growth while reachable, and containers that keep what they take in, as plain values. Floor 3.
//
// Parts of model::report; the shape of the contract's JSON. Values own what they hold.
// units: bytes as the program asked for them, times in milliseconds since the process's start.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace track::model {

enum class growth_verdict { growing, not_growing, undecided };

struct growth_point {
  std::uint64_t at_ms = 0;
  std::int64_t entries = 0;
  std::int64_t bytes = 0;
};

struct growth {
  growth_verdict verdict = growth_verdict::undecided;
  double confidence = 0;  // that the verdict is right, as far as the series tells; 0: undecided
  std::optional<double> entries_per_s;  // median of slopes after the warm-up
  std::optional<double> bytes_per_s;
  std::optional<double> entries_per_million;  // allocations of the process
  std::string why;                            // the evidence, in a few words
  std::vector<growth_point> series;
};

// Evictions by the age of the entry: under 1 ms, under 10 ms, ..., 1,000 s and more.
inline constexpr std::size_t eviction_age_classes = 8;
using evictions_by_age = std::array<std::uint64_t, eviction_age_classes>;

// A container, or what has the shape of one; or what its program counts of it.
struct cache {
  std::string container;  // "std::map<int, Session>", "linked list"
  std::string owner;      // "g_sessions", "Server::sessions_"; empty: unknown
  std::optional<std::uint64_t> entries;
  std::optional<std::uint64_t> inserted;  // none: its entries are not told from others'
  std::optional<std::uint64_t> evicted;
  std::uint64_t retained_bytes = 0;
  std::optional<std::uint64_t> oldest_ms;
  std::optional<std::uint64_t> median_age_ms;
  std::string value_type;  // of its entries; empty: unknown
  std::string probe;       // by what name the program counts it; empty: it does not
  std::optional<std::uint64_t> hits;
  std::optional<std::uint64_t> misses;
  std::optional<std::uint64_t> never_hit;          // of its entries
  std::optional<evictions_by_age> evicted_by_age;  // those whose age is known
};

constexpr const char* name_of(growth_verdict verdict) {
  constexpr const char* names[] = {"growing", "not_growing", "undecided"};
  return names[static_cast<int>(verdict)];
}

}  // namespace track::model
