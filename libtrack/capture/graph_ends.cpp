#include "libtrack/capture/graph_ends.hpp"

#include <algorithm>
#include <vector>

namespace track::capture {
namespace {

using ledger::graph::record;

// Bytes with the zeros behind them that a cursor needs.
class padded_bytes {
 public:
  explicit padded_bytes(std::span<const std::byte> bytes)
      : bytes_(bytes.size() + read_ahead), end_(bytes_.data() + bytes.size()) {
    std::ranges::copy(bytes, bytes_.begin());
  }
  graph_cursor cursor() const { return {bytes_.data(), end_}; }

 private:
  std::vector<std::byte> bytes_;
  const std::byte* end_;
};

}  // namespace

std::optional<graph_head> read_graph_head(std::span<const std::byte> first) {
  const padded_bytes bytes(first.first(std::min<std::size_t>(first.size(), 64)));
  graph_cursor in = bytes.cursor();
  graph_head head;
  if (in.byte() != static_cast<std::uint8_t>(record::begin)) {
    return std::nullopt;
  }
  const bool known_version = read_head_fields(in, head);
  return in.sound() && known_version ? std::optional(head) : std::nullopt;
}

std::optional<graph_totals> read_graph_totals(std::span<const std::byte> last) {
  const padded_bytes bytes(last);
  graph_cursor in = bytes.cursor();
  graph_totals totals;
  while (in.sound() && !in.at_end()) {
    const auto kind = static_cast<record>(in.byte());
    if (kind == record::note) {
      read_note(in, totals);
    } else if (kind == record::end) {
      read_end(in, totals);
      return in.sound() && in.at_end() ? std::optional(totals) : std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace track::capture
