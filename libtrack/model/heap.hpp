// What a still of the heap tells, as plain values: classes, cycles, paths. Floor 3.
//
// Parts of model::report; the shape of the contract's JSON. Values own what they hold.
// units: bytes as the program asked for them, times in milliseconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace track::model {

struct block_sum {
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;

  block_sum& operator+=(const block_sum& more) {
    blocks += more.blocks;
    bytes += more.bytes;
    return *this;
  }
};

// memcheck's classes of all blocks that a process left, the runtimes' included.
struct heap_classes {
  block_sum definitely_lost;
  block_sum indirectly_lost;
  block_sum possibly_lost;
  block_sum still_reachable;
  block_sum suppressed;
};

struct still {
  std::uint64_t number = 0;  // within the report
  std::uint64_t process = 0;
  std::string trigger;                 // exit_begin, exit_end, interval, request, api, leak_check
  std::optional<std::uint64_t> at_ms;  // since the process's start
  double pause_ms = 0;
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
};

// Members of one type, or of one site where the type is unknown.
struct cycle_member {
  std::string type;
  std::uint64_t count = 0;  // in all cycles of the shape
  std::uint64_t bytes = 0;
};

enum class edge_kind { strong, raw, unknown };

struct cycle_edge {
  std::size_t from = 0;  // into members
  std::size_t to = 0;
  std::string field;  // empty: unknown
  std::uint64_t offset = 0;
  edge_kind kind = edge_kind::unknown;
};

struct cycle_advice {
  std::size_t member = 0;  // whose field to make weak
  std::string type;
  std::string field;
  std::string why;
};

struct cycle {
  std::vector<cycle_member> members;
  std::vector<cycle_edge> edges;
  std::uint64_t count = 0;                   // cycles of this shape
  bool proven = false;                       // all of them
  std::optional<std::uint64_t> unexplained;  // owners that were not found inside
  std::vector<cycle_advice> weaken;          // empty: no advice is sure
};

enum class step_kind { global, stack, tls, registers, heap };

// A hop of a path: where the pointer to the next one lies.
struct path_step {
  step_kind kind = step_kind::heap;
  std::string name;    // of a global or thread-local variable
  std::string module;  // that it is in
  std::string type;    // of a block
  std::string field;   // that holds the pointer
  std::optional<std::uint64_t> offset;
  std::string allocated_in;                // of a block: the function
  std::optional<std::uint64_t> thread_id;  // of a stack, of registers
  std::optional<std::uint64_t> address;    // of the pointer to the next hop; last hop: of the block
};
using path = std::vector<path_step>;

constexpr const char* name_of(edge_kind kind) {
  constexpr const char* names[] = {"strong", "raw", "unknown"};
  return names[static_cast<int>(kind)];
}

constexpr const char* name_of(step_kind kind) {
  constexpr const char* names[] = {"global", "stack", "tls", "register", "heap"};
  return names[static_cast<int>(kind)];
}

}  // namespace track::model
