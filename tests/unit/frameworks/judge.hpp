// A collector that says what a test wants: stands in for the preload.
#pragma once

#include <deque>

#include "libtrack/ledger/program_table.hpp"

namespace frameworks {

struct answer {
  bool given = true;
  libtrack_verdict verdict = {};
};

// Verdicts to come; none left: nothing is lost.
inline std::deque<answer> answers;
inline int asked = 0;
inline std::uint64_t live_blocks = 0;
inline std::uint64_t live_bytes = 0;

inline answer lost(std::uint64_t blocks, std::uint64_t bytes, bool cyclic = false) {
  answer told;
  told.verdict.lost_blocks = blocks;
  told.verdict.lost_bytes = bytes;
  told.verdict.cycles = cyclic ? 1 : 0;
  told.verdict.sites = 1;
  told.verdict.site[0] = {1, cyclic ? 1u : 0u, blocks, bytes};
  return told;
}
inline answer nothing() {
  return {};
}
inline answer no_answer() {
  return {false, {}};
}

}  // namespace frameworks
