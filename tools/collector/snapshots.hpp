// The stills that the collector asks one running process for. Floor 6.
//
// Looked at each tick; asks by the plan, one still at a time. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "libtrack/ledger/format.hpp"
#include "tools/collector/snapshot_plan.hpp"
#include "tools/collector/still_request.hpp"

namespace track::tools {

class snapshots {
 public:
  snapshots(const snapshot_options& options, std::uint64_t begun_ms) : plan_(options, begun_ms) {}

  // `slot`: of a process that lives; always the same.
  void look(std::span<std::byte> slot, std::uint64_t now_ms);

 private:
  snapshot_plan plan_;
  std::optional<still_request> request_;
};

}  // namespace track::tools
