#include "tools/collector/snapshot_plan.hpp"

#include <algorithm>

#include "libtrack/support/units.hpp"

namespace track::tools {
namespace {

constexpr std::uint64_t never_ms = ~std::uint64_t{0};
constexpr std::uint64_t most_automatic = 8;
constexpr std::uint64_t apart_ms = 10'000;
constexpr std::uint64_t look_again_ms = 500;
constexpr std::uint64_t share_of_run = 100;  // one part of so many
constexpr std::uint64_t pause_us_a_gib = 40'000;

}  // namespace

result<snapshot_options> parse_snapshot_rule(const std::string& text) {
  snapshot_options options;
  if (text == "auto") {
    return options;
  }
  if (text == "never") {
    options.when = snapshot_options::rule::never;
    return options;
  }
  const auto interval = parse_duration_ms(text);
  if (!interval || *interval == 0) {
    return error{error_code::usage,
                 "'" + text + "': give auto, never or a duration such as 30s or 5m"};
  }
  options.when = snapshot_options::rule::interval;
  options.interval_ms = *interval;
  return options;
}

snapshot_plan::snapshot_plan(const snapshot_options& options, std::uint64_t begun_ms)
    : options_(options), begun_ms_(begun_ms) {
  switch (options.when) {
    case snapshot_options::rule::never:
      next_look_ms_ = never_ms;
      break;
    case snapshot_options::rule::interval:
      next_look_ms_ = begun_ms + options.interval_ms;
      break;
    case snapshot_options::rule::automatic:
      next_look_ms_ = begun_ms + apart_ms;
      break;
  }
}

bool snapshot_plan::is_due(std::uint64_t now_ms, std::int64_t live_bytes) {
  if (!may_be_due(now_ms)) {
    return false;
  }
  if (options_.when == snapshot_options::rule::interval) {
    return true;
  }
  next_look_ms_ = now_ms + look_again_ms;
  return (taken_ == 0 || live_bytes >= last_bytes_ + last_bytes_ / 2) &&
         is_affordable(now_ms, live_bytes);
}

bool snapshot_plan::is_affordable(std::uint64_t now_ms, std::int64_t live_bytes) const {
  const std::uint64_t by_size = static_cast<std::uint64_t>(std::max<std::int64_t>(live_bytes, 0)) /
                                (1 << 20) * pause_us_a_gib / 1024;
  const std::uint64_t next_us = std::max(by_size, last_pause_us_);
  return paused_us_ + next_us <= (now_ms - begun_ms_) * 1000 / share_of_run;
}

void snapshot_plan::note_asked(std::uint64_t now_ms, std::int64_t live_bytes) {
  ++taken_;
  last_bytes_ = live_bytes;
  if (options_.when == snapshot_options::rule::interval) {
    // What was missed is not made up for.
    next_look_ms_ = std::max(next_look_ms_ + options_.interval_ms, now_ms + 1);
  } else {
    next_look_ms_ = taken_ < most_automatic ? now_ms + apart_ms : never_ms;
  }
}

void snapshot_plan::note_pause(std::uint64_t pause_us) {
  paused_us_ += pause_us;
  last_pause_us_ = pause_us;
}

}  // namespace track::tools
