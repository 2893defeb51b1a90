#include "reports/growth_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "libtrack/support/text.hpp"
#include "libtrack/support/units.hpp"
#include "reports/format.hpp"
#include "reports/stack_text.hpp"

namespace track::reports {
namespace {

constexpr const char* bars[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::int64_t most_bars = 8;

bool moves_in_entries(const std::vector<model::growth_point>& series) {
  return std::ranges::any_of(series,
                             [&](const model::growth_point& each) { return each.entries > 1; });
}

}  // namespace

std::string chart(const std::vector<model::growth_point>& series) {
  if (series.empty()) {
    return "";
  }
  const auto size =
      moves_in_entries(series) ? &model::growth_point::entries : &model::growth_point::bytes;
  std::int64_t most = 0;
  for (const model::growth_point& each : series) {
    most = std::max(most, each.*size);
  }
  std::string line;
  for (const model::growth_point& each : series) {
    const double share = most == 0 ? 0
                                   : static_cast<double>(std::max<std::int64_t>(each.*size, 0)) /
                                         static_cast<double>(most);
    const auto bar = static_cast<std::int64_t>(share * static_cast<double>(most_bars) + 0.5);
    line += bars[std::clamp<std::int64_t>(bar, 0, most_bars)];
  }
  return line;
}

std::string growth_lines(const model::growth& growth, bool color) {
  std::string text;
  if (!growth.series.empty()) {
    const model::growth_point& first = growth.series.front();
    const model::growth_point& last = growth.series.back();
    text += fmt::format(
        "    {} entries  {}\n", chart(growth.series),
        painted(color, tone::dim,
                fmt::format("{} to {}, {} to {} in the run", first.entries, last.entries,
                            short_duration(first.at_ms), short_duration(last.at_ms))));
  }
  text +=
      fmt::format("  {}: {}",
                  name_of(growth.verdict) == std::string("not_growing") ? "not growing"
                                                                        : name_of(growth.verdict),
                  escape_control(growth.why));
  text += growth.confidence > 0 ? fmt::format(" (confidence {:.2f})\n", growth.confidence) : "\n";
  return text;
}

std::string cache_lines(const model::cache& cache, bool) {
  std::string text =
      cache.entries ? fmt::format("  {} entries", count_text(*cache.entries)) : "  entries unknown";
  if (cache.inserted && cache.evicted) {
    text += fmt::format(", {} inserted, {} evicted", count_text(*cache.inserted),
                        *cache.evicted == 0 ? "none" : count_text(*cache.evicted));
  }
  if (cache.retained_bytes != 0) {  // else only its program tells of it
    text += ", keeping " + size_text(cache.retained_bytes);
  }
  if (cache.oldest_ms && cache.median_age_ms) {
    text += fmt::format("; oldest {}, median {} old", short_duration(*cache.oldest_ms),
                        short_duration(*cache.median_age_ms));
  }
  if (cache.hits && cache.misses) {
    text += fmt::format("; {} hits, {} misses", count_text(*cache.hits), count_text(*cache.misses));
    if (const std::uint64_t asked = *cache.hits + *cache.misses; asked != 0) {
      text += fmt::format(", hit ratio {:.2f}",
                          static_cast<double>(*cache.hits) / static_cast<double>(asked));
    }
  }
  if (cache.never_hit) {
    text += fmt::format("; {} never hit", count_text(*cache.never_hit));
  }
  return text + "\n";
}

}  // namespace track::reports
