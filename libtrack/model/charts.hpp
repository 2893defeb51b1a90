// What a run looked like as a whole, for pages that draw it: memory over time, the tree of calls.
// Floor 3.
//
// Plain values, made by libtrack/analysis.
// units: bytes as the program asked for them, times in milliseconds since the process's start.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace track::model {

struct timeline_point {
  std::uint64_t at_ms = 0;
  std::int64_t live_blocks = 0;
  std::int64_t live_bytes = 0;
};

// Of one process that was looked at while it ran.
struct timeline {
  std::uint64_t process = 0;  // within the capture
  std::string capture;        // the file it is from, in a report of several
  std::string program;
  std::uint32_t pid = 0;
  std::int64_t peak_bytes = 0;         // between two points, mostly
  std::vector<timeline_point> points;  // by time
};

// Bytes alive at the end, bytes of the processes' peaks, allocations, temporary allocations.
enum class call_figure { live, peak, allocations, temporary };
inline constexpr std::size_t call_figures = 4;
using call_values = std::array<std::int64_t, call_figures>;

// Who called whom down to the allocating function. A node's values hold those of its callees, and
// of callees that are not listed because they are small.
struct call_node {
  std::uint32_t parent = 0;  // a smaller index; of the first node, which stands for all: 0
  std::string function;      // empty: it has no name, only
  std::uint64_t offset = 0;  // within its module
  std::string module;
  call_values values = {};
};

struct call_tree {
  std::vector<call_node> nodes;
  std::uint64_t nodes_left_out = 0;
};

struct charts {
  std::vector<timeline> timelines;
  std::uint64_t timelines_left_out = 0;
  std::vector<call_tree> trees;  // one a capture
};

}  // namespace track::model
