#include "libtrack/analysis/graph/control_blocks.hpp"

#include <algorithm>
#include <string>
#include <tuple>

namespace track::analysis::graph {
namespace {

using capture::control_counts;
using capture::heap_graph;
using ledger::graph::control_shape;

constexpr std::uint64_t word_bytes = 8;

bool contains(const std::string& name, const char* part) {
  return name.find(part) != std::string::npos;
}

// source: libstdc++'s bits/shared_ptr_base.h, libc++'s __memory/shared_ptr.h.
std::uint32_t managed_by(const heap_graph& heap, const control_counts& counts) {
  const std::string& name = heap.types[heap.type[counts.block]].mangled;
  if (counts.offset != 0 || contains(name, "_ptr_inplace") || contains(name, "_ptr_emplace") ||
      contains(name, "_counted_array") || contains(name, "_array_control_block")) {
    return counts.block;
  }
  // Libstdc++ keeps the object's address last, after a deleter with state; libc++ first.
  const std::uint64_t words = heap.bytes_of(counts.block) / word_bytes;
  const std::uint64_t word = counts.shape == control_shape::libcxx ? 3 : words - 1;
  const std::uint64_t end = heap.first_edge[counts.block + std::size_t{1}];
  for (std::uint64_t edge = heap.first_edge[counts.block]; edge < end; ++edge) {
    if (heap.edges[edge].word == word && heap.edges[edge].target != counts.block) {
      return heap.edges[edge].target;
    }
  }
  const bool elsewhere = contains(name, "_counted_ptr") || contains(name, "_counted_deleter") ||
                         contains(name, "_shared_ptr_pointer");
  return elsewhere ? no_block : counts.block;
}

std::uint64_t weak_pointers(const control_counts& counts) {
  const std::uint64_t of_owners = counts.owners() != 0 ? 1 : 0;
  if (counts.shape == control_shape::libcxx) {
    return counts.weak + 1 - of_owners;
  }
  return counts.weak - std::min(counts.weak, of_owners);
}

}  // namespace

control_blocks::control_blocks(const heap_graph& heap) : holders_(heap.block_count()) {
  std::vector<control_counts> counts = heap.counts;
  const auto place = [](const control_counts& of) { return std::tuple(of.block, of.offset); };
  std::sort(counts.begin(), counts.end(),
            [&](const auto& left, const auto& right) { return place(left) < place(right); });
  // The stream tells one in the end of an array once for each pointer to it.
  counts.erase(
      std::unique(counts.begin(), counts.end(),
                  [&](const auto& left, const auto& right) { return place(left) == place(right); }),
      counts.end());
  for (const control_counts& each : counts) {
    if (all_.empty() || all_.back().block != each.block) {
      holders_.insert(each.block);
      first_.push_back(size());
    }
    all_.push_back(
        {each.block, managed_by(heap, each), each.offset, each.owners(), weak_pointers(each)});
  }
  holders_.number();
}

std::uint32_t control_blocks::look_up(const capture::graph_edge& edge, std::uint64_t place,
                                      const std::vector<capture::interior_edge>& interiors) const {
  std::uint32_t control = first_[holders_.rank(edge.target)];
  std::uint64_t offset = 0;
  if (edge.interior != 0) {
    const bool only_at_start = all_[control].offset == 0 &&
                               (control + 1 == size() || all_[control + 1].block != edge.target);
    if (only_at_start) {
      return none;
    }
    offset = heap_graph::interior_of(interiors, place).offset;
  }
  for (; control < size() && all_[control].block == edge.target; ++control) {
    if (all_[control].offset == offset) {
      return control;
    }
  }
  return none;
}

}  // namespace track::analysis::graph
