// The records at a graph's beginning and end. Floor 4.
//
// Private to libtrack/capture; for the decoder, and for who only wants to know the totals.
#pragma once

#include <cstddef>
#include <iterator>

#include "libtrack/capture/graph_cursor.hpp"
#include "libtrack/capture/graph_decoder.hpp"

namespace track::capture {

// False: a version or a trigger that is not known.
inline bool read_head_fields(graph_cursor& in, graph_head& head) {
  const bool known_version = in.number() == ledger::graph::stream_version;
  head.trigger = static_cast<ledger::graph::trigger>(in.byte());
  head.at_mono_ms = in.number();
  head.threads = static_cast<std::uint32_t>(in.below(UINT32_MAX));
  head.clock_ms = static_cast<std::uint32_t>(in.number());
  head.first_site = static_cast<std::uint32_t>(in.below(std::uint64_t{UINT32_MAX} + 1));
  return known_version && head.trigger <= ledger::graph::trigger::leak_check;
}

inline void read_note(graph_cursor& in, graph_totals& totals) {
  const std::size_t note = in.byte();
  const std::uint64_t count = in.number();
  if (note < std::size(totals.notes)) {
    totals.notes[note] = count;
  }
}

inline void read_end(graph_cursor& in, graph_totals& totals) {
  for (std::uint64_t* field :
       {&totals.blocks, &totals.bytes, &totals.edges, &totals.root_edges, &totals.pause_us}) {
    *field = in.number();
  }
}

}  // namespace track::capture
