// What is new, and what was there before: findings of runs against older ones. Floor 5.
//
// Pure functions on small values. Findings are told apart by fingerprint and kind; a fingerprint
// that changed its kind between lost, possibly_lost and cycle is *changed*; a new one that shares
// frames with a vanished one is *moved*. One thread. cost: old ones times new ones, for those
// without an equal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libtrack/analysis/user_frames.hpp"
#include "libtrack/model/report.hpp"

namespace track::analysis {

// All findings of one fingerprint and kind: in one run, over several, or in a baseline.
struct standing {
  std::string fingerprint;
  model::finding_kind kind = model::finding_kind::lost;
  model::block_range blocks;  // over the runs in which it may appear
  std::uint64_t bytes = 0;    // the most of a run
  std::vector<std::string> programs;
  frame_keys frames;
  std::string place;  // its first user frame
  bool weak = false;
};

struct standing_options {
  bool survivors = false;  // they too; else only what can be a fault
};
// Of one run, by fingerprint and kind. Suppressed ones and those of the runtimes have none.
std::vector<standing> standings_of(const model::report& run, const standing_options& options = {});

// Of several runs: ranges over those runs that ran one of its programs.
std::vector<standing> standings_of_runs(const std::vector<std::vector<standing>>& runs,
                                        const std::vector<std::vector<std::string>>& programs);

// The names of the programs that a run ran, each once, sorted.
std::vector<std::string> programs_of(const model::report& run);

struct tolerance {
  bool strict = false;  // else max + max(2, 10 %) blocks are within a range
  std::uint64_t beyond(std::uint64_t max) const;
};

struct compared {
  model::finding_state state = model::finding_state::added;
  std::optional<model::block_range> before;  // none: it is new
};

struct comparison {
  std::vector<compared> now;       // by standing
  std::vector<std::size_t> fixed;  // into the old ones: what is gone
};

comparison compare(const std::vector<standing>& before, const std::vector<standing>& now,
                   const tolerance& allowed);

// Only what ran can be fixed: leaves of `fixed` what one of these programs (sorted) had. Returns
// how many were taken out.
std::size_t keep_fixed_of(comparison& found, const std::vector<standing>& before,
                          const std::vector<std::string>& programs);

// Whether a fingerprint may go from one kind to the other and be the same.
bool is_same_family(model::finding_kind a, model::finding_kind b);

}  // namespace track::analysis
