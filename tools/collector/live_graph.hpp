// A heap graph decoded while it comes: what is in it is known with its last byte, before anything
// is named or read back. Floor 6.
//
// Takes one still at a time, which its owner chooses; others pass by. The graph is kept until it is
// taken. One thread. cost: the graph's memory; see graph_decoder.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "libtrack/capture/graph_decoder.hpp"
#include "libtrack/capture/heap_graph.hpp"
#include "libtrack/capture/still_frames.hpp"

namespace track::tools {

class live_graph {
 public:
  // Asked once for each still that begins while none is decoded: how much is likely to come of it;
  // none: it is not the one.
  using chooser = std::function<std::optional<capture::graph_totals>(
      capture::still_key still, ledger::graph::trigger trigger)>;

  explicit live_graph(chooser choose) : choose_(std::move(choose)) {}

  // The next part of some still's stream. Returns whether the still is the one that is decoded.
  bool payload(capture::still_key still, std::span<const std::byte> bytes, bool last);
  void broken(capture::still_key still);

  // Null until the graph is whole. Its sites are those of the process's ledger.
  const capture::heap_graph* graph() const { return graph_ ? &*graph_ : nullptr; }
  // Gives the graph away, if it is whole; then the next still may be chosen.
  std::optional<capture::heap_graph> take();

 private:
  bool is_chosen(capture::still_key still, std::span<const std::byte> bytes);

  chooser choose_;
  std::set<capture::still_key> passed_by_;  // those that come now and were not chosen
  std::optional<capture::still_key> chosen_;
  std::optional<capture::graph_decoder> decoder_;
  std::optional<capture::heap_graph> graph_;
};

}  // namespace track::tools
