// When to take the next still of a running process: --snapshot-every. Floor 6.
//
// Pure: times and sizes come in, a verdict goes out. A value; one thread.
#pragma once

#include <cstdint>
#include <string>

#include "libtrack/support/result.hpp"

namespace track::tools {

struct snapshot_options {
  enum class rule { never, interval, automatic };
  rule when = rule::automatic;
  std::uint64_t interval_ms = 0;  // of rule::interval
};

// "auto", "never" or a duration. errors: usage.
result<snapshot_options> parse_snapshot_rule(const std::string& text);

class snapshot_plan {
 public:
  // units: times are CLOCK_MONOTONIC in ms.
  snapshot_plan(const snapshot_options& options, std::uint64_t begun_ms);

  // Whether it is worth asking is_due, which needs the live bytes. cost: a comparison.
  bool may_be_due(std::uint64_t now_ms) const { return now_ms >= next_look_ms_; }

  // automatic: up to eight, each when live bytes have grown by half since the last, none in the
  // first 10 s nor closer than 10 s, together at most 1 % of the run.
  bool is_due(std::uint64_t now_ms, std::int64_t live_bytes);

  // A still was asked for.
  void note_asked(std::uint64_t now_ms, std::int64_t live_bytes);
  // It held the process up so long.
  void note_pause(std::uint64_t pause_us);

 private:
  bool is_affordable(std::uint64_t now_ms, std::int64_t live_bytes) const;

  snapshot_options options_;
  std::uint64_t begun_ms_;
  std::uint64_t next_look_ms_;
  std::uint64_t taken_ = 0;
  std::int64_t last_bytes_ = 0;
  std::uint64_t paused_us_ = 0;
  std::uint64_t last_pause_us_ = 0;
};

}  // namespace track::tools
