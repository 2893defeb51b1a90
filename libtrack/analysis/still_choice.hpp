// Which stills of a capture a question is about: what stands behind '@' in CAPTURE@10m. Floor 5.
//
// Pure functions on small values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "libtrack/capture/contents.hpp"
#include "libtrack/support/result.hpp"

namespace track::analysis {

struct still_choice {
  enum class by { automatic, number, last, trigger, moment };
  by how = by::automatic;  // exit_end
  std::uint64_t number = 0;
  ledger::graph::trigger trigger = ledger::graph::trigger::exit_end;
  std::uint64_t at_ms = 0;

  bool is_asked_for() const { return how != by::automatic; }
};

// "3", "last", "exit_begin", "exit_end", "10m". errors: usage.
result<still_choice> parse_still_choice(std::string_view text);

// Of each process at most one, by number into all.stills: the still of this number, a process's
// last one, its last one by this trigger, or the last one that is not younger than this.
// errors: not_found, when a choice that was asked for finds none.
result<std::vector<std::size_t>> choose_stills(const capture::contents& all,
                                               const still_choice& choice);

const char* name_of(ledger::graph::trigger trigger);

}  // namespace track::analysis
