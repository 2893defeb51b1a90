// Turns a still's stream of records into a heap_graph, checking every number. Floor 4.
//
// Input is anybody's: the stream of a file, of a pipe, of a capture. What comes out may be indexed
// without asking. Memory stays within some thirty times the stream's bytes, whatever it claims.
// The pieces may be cut anywhere. One thread an object.
// cost: about 30 ns a block and 6 an edge.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "libtrack/capture/heap_graph.hpp"
#include "libtrack/support/result.hpp"

namespace track::capture {

// What the end of a stream says of the whole.
struct graph_totals {
  std::uint64_t notes[8] = {};  // by ledger::graph::note
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
  std::uint64_t edges = 0;
  std::uint64_t root_edges = 0;
  std::uint64_t pause_us = 0;
};

// What its beginning says.
struct graph_head {
  ledger::graph::trigger trigger = ledger::graph::trigger::exit_end;
  std::uint64_t at_mono_ms = 0;
  std::uint32_t clock_ms = 0;  // low bits of the clock that ages were taken by
  std::uint32_t threads = 0;
  std::uint32_t first_site = 0;
};

// `first`: a stream's first bytes; 64 are enough. None: no such stream, or one of a newer version.
std::optional<graph_head> read_graph_head(std::span<const std::byte> first);

// `last`: the payload of a stream's last frame, which holds notes and end alone.
std::optional<graph_totals> read_graph_totals(std::span<const std::byte> last);

class graph_decoder {
 public:
  // `expected`: what is likely to come, so that memory is taken once; not trusted beyond what
  // `stream_bytes` can hold.
  graph_decoder(const graph_totals& expected, std::uint64_t stream_bytes);
  graph_decoder(graph_decoder&&) noexcept;
  graph_decoder& operator=(graph_decoder&&) noexcept;
  ~graph_decoder();

  // Takes the next piece. errors: bad_input, with the offset of the record.
  result<void> feed(std::span<const std::byte> piece);

  // The graph, whose sites are numbers of its process's ledger: 0 for unknown and inherited ones.
  // errors: bad_input, also when the stream ended early.
  result<heap_graph> finish();

 private:
  class state;
  std::unique_ptr<state> state_;
};

// A whole stream, without its frames.
result<heap_graph> decode_graph(std::span<const std::byte> stream);

}  // namespace track::capture
