// Why blocks are still there: the shortest ways to what a question names. Floor 5.
//
// Pure. cost: a breadth-first search of the graph, and a path for each of the first 1,000 blocks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libtrack/analysis/heap_view.hpp"
#include "libtrack/model/explanation.hpp"

namespace track::analysis {

// `what`: a fingerprint of 16 hex digits, an address ("0x7f…", also within a block), or a type, by
// its name or a glob. At most `most_ways` ways, 0: all. Nothing: no block is that.
std::optional<model::explanation> explain(const heap_view& view, const std::string& what,
                                          std::uint64_t most_ways);

bool is_fingerprint(std::string_view text);

}  // namespace track::analysis
