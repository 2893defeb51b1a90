#include "tools/collector/live_graph.hpp"

namespace track::tools {
namespace {

constexpr std::uint64_t unknown_bytes = std::uint64_t{1} << 48;

}  // namespace

// Judged by a still's first part.
bool live_graph::is_chosen(capture::still_key still, std::span<const std::byte> bytes) {
  if (chosen_) {
    return chosen_ == still;
  }
  if (!passed_by_.insert(still).second) {
    return false;
  }
  const auto head = capture::read_graph_head(bytes);
  const auto expected = head ? choose_(still, head->trigger) : std::nullopt;
  if (expected) {
    passed_by_.clear();
    chosen_ = still;
    decoder_.emplace(*expected, unknown_bytes);
  }
  return expected.has_value();
}

bool live_graph::payload(capture::still_key still, std::span<const std::byte> bytes, bool last) {
  if (!is_chosen(still, bytes)) {
    if (last) {
      passed_by_.erase(still);
    }
    return false;
  }
  if (decoder_ && !decoder_->feed(bytes)) {
    decoder_.reset();
  }
  if (decoder_ && last) {
    if (auto whole = decoder_->finish()) {
      graph_ = *std::move(whole);
      graph_->process = still.process;
      graph_->still = still.still;
    }
    decoder_.reset();
  }
  if (last && !graph_) {
    chosen_.reset();
  }
  return true;
}

void live_graph::broken(capture::still_key still) {
  passed_by_.erase(still);
  if (chosen_ == still) {
    decoder_.reset();
    chosen_.reset();
  }
}

std::optional<capture::heap_graph> live_graph::take() {
  if (graph_) {
    chosen_.reset();
  }
  return std::exchange(graph_, std::nullopt);
}

}  // namespace track::tools
