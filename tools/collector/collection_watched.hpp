// One process that a collection watches. Floor 6, internal to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "tools/collector/collection.hpp"
#include "tools/collector/module_watch.hpp"
#include "tools/collector/site_watch.hpp"
#include "tools/collector/snapshots.hpp"

namespace track::tools {

inline constexpr std::uint64_t first_checkpoint_ms = 250;

struct collection::watched {
  shared_ledger* ledger = nullptr;
  std::uint32_t slot = 0;
  std::uint64_t number = 0;
  std::optional<std::uint64_t> parent_number;
  pid_t pid = 0;        // as seen here
  pid_t inner_pid = 0;  // as the process sees itself
  std::uint64_t start_ticks = 0;
  file_descriptor process;
  bool gone = false;
  bool seen_alive = false;
  bool replaced = false;  // a successor took another slot: exec
  std::uint64_t adopted_ms = 0;
  std::uint64_t next_sample_ms = 0;
  std::uint64_t next_checkpoint_ms = 0;
  std::uint64_t checkpoint_pause_ms = first_checkpoint_ms;
  std::size_t checkpoint_hash = 0;
  module_watch modules;
  std::optional<site_watch> sites;
  std::optional<snapshots> stills;
  std::optional<capture::untracked_process> successor;
};

}  // namespace track::tools
