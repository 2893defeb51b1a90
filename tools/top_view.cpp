#include "tools/top_view.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "libtrack/analysis/function_name.hpp"
#include "libtrack/support/text.hpp"
#include "libtrack/support/units.hpp"
#include "reports/format.hpp"

namespace track::tools {
namespace {

constexpr std::size_t heading_lines = 5;

double per_second(double amount, std::uint64_t ms) {
  return ms == 0 ? 0 : amount * 1000 / static_cast<double>(ms);
}

// What happened at a site between two moments.
top_row row_between(const top_counts& now, const top_counts& before, std::uint64_t ms) {
  top_row row{now.site, now.stack, now.live_bytes(), now.live_blocks()};
  const auto grown = static_cast<std::int64_t>(static_cast<std::uint64_t>(now.live_bytes()) -
                                               static_cast<std::uint64_t>(before.live_bytes()));
  const auto made = static_cast<std::int64_t>(now.allocations - before.allocations);
  row.growth = per_second(static_cast<double>(grown), ms);
  row.rate = per_second(static_cast<double>(std::max<std::int64_t>(made, 0)), ms);
  return row;
}

std::int64_t sum(std::int64_t one, std::int64_t other) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(one) +
                                   static_cast<std::uint64_t>(other));
}

std::string rate_text(double rate) {
  return rate > 0 && rate < 9.95 ? fmt::format("{:.1f}", rate)
                                 : reports::count_text(static_cast<std::int64_t>(
                                       std::llround(std::clamp(rate, 0.0, 9e18))));
}

std::string growth_text(double growth) {
  const std::int64_t bytes = std::llround(std::clamp(growth, -9e18, 9e18));
  return (bytes > 0 ? "+" : "") + short_bytes(bytes);
}

std::string place_text(const model::frame& frame) {
  if (frame.function.empty() && frame.module.empty() && !frame.offset) {
    return "(no stack)";
  }
  if (frame.function.empty()) {
    return reports::frame_name(frame);
  }
  std::string name = analysis::reduced_name(frame.function);
  model::frame shown = frame;
  shown.file = std::string(analysis::file_name(frame.file));
  return escape_control(name.empty() ? frame.function : name) + "  " + reports::frame_place(shown);
}

std::string row_text(const top_row& row, const model::frame& place) {
  return fmt::format("{:>11} {:>11} {:>13} {:>13}  {}", short_bytes(row.live_bytes),
                     reports::count_text(row.live_blocks), growth_text(row.growth),
                     rate_text(row.rate), place_text(place));
}

std::string order_text(top_order by) {
  constexpr std::array names = {"live bytes", "live blocks", "growth", "allocations a second"};
  return names[static_cast<std::size_t>(by)];
}

std::vector<std::string> heading_text(const top_heading& heading, const top_table& table) {
  const std::string since = table.since_ms ? "in the last " + short_duration(*table.since_ms)
                                           : "on average since the start";
  return {fmt::format("{}   {}", escape_control(heading.title), short_duration(heading.run_ms)),
          fmt::format("live {} in {} blocks   peak {}   {} allocations/s",
                      short_bytes(table.live_bytes), reports::count_text(table.live_blocks),
                      short_bytes(table.peak_bytes), rate_text(table.rate)),
          fmt::format("by {}; growth and allocations {}", order_text(heading.by), since),
          !heading.message.empty() ? escape_control(heading.message)
          : heading.keys           ? "b bytes  k blocks  g growth  r rate  s still  q quit"
                                   : "",
          fmt::format("{:>11} {:>11} {:>13} {:>13}  {}", "live", "blocks", "growth/s",
                      "allocations/s", "function")};
}

// source: Unicode's East Asian Width, coarsely: whole blocks.
std::size_t columns_of(char32_t code) {
  if ((code >= 0x300 && code <= 0x36f) || (code >= 0x200b && code <= 0x200f) ||
      (code >= 0xfe00 && code <= 0xfe0f)) {
    return 0;
  }
  constexpr std::array<std::pair<char32_t, char32_t>, 8> wide = {{{0x1100, 0x115f},
                                                                  {0x2e80, 0xa4cf},
                                                                  {0xac00, 0xd7a3},
                                                                  {0xf900, 0xfaff},
                                                                  {0xfe30, 0xfe6f},
                                                                  {0xff00, 0xff60},
                                                                  {0x1f300, 0x1faff},
                                                                  {0x20000, 0x3fffd}}};
  const bool two = std::any_of(wide.begin(), wide.end(), [code](const auto& range) {
    return code >= range.first && code <= range.second;
  });
  return two ? 2 : 1;
}

// The character at `at` of valid UTF-8, and its length.
std::pair<char32_t, std::size_t> character_at(std::string_view line, std::size_t at) {
  const auto head = static_cast<unsigned char>(line[at]);
  const std::size_t length = head < 0x80 ? 1 : head < 0xe0 ? 2 : head < 0xf0 ? 3 : 4;
  char32_t code = length == 1 ? head : head & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length && at + i < line.size(); ++i) {
    code = code << 6 | (static_cast<unsigned char>(line[at + i]) & 0x3fu);
  }
  return {code, length};
}

}  // namespace

top_table make_table(const top_moment& now, const top_moment* before) {
  top_table table;
  table.peak_bytes = now.peak_bytes;
  if (before != nullptr) {
    table.since_ms = now.at_ms - std::min(now.at_ms, before->at_ms);
  }
  const std::uint64_t ms = table.since_ms.value_or(now.run_ms);
  auto old = before == nullptr ? now.sites.end() : before->sites.begin();
  const auto old_end = before == nullptr ? now.sites.end() : before->sites.end();
  for (const top_counts& site : now.sites) {
    while (old != old_end && old->site < site.site) {
      ++old;
    }
    const bool known = old != old_end && old->site == site.site;
    const top_row row = row_between(site, known ? *old : top_counts{}, ms);
    table.live_bytes = sum(table.live_bytes, row.live_bytes);
    table.live_blocks = sum(table.live_blocks, row.live_blocks);
    table.rate += row.rate;
    if (row.live_blocks != 0 || row.live_bytes != 0 || row.growth != 0 || row.rate != 0) {
      table.rows.push_back(row);
    }
  }
  table.peak_bytes = std::max(table.peak_bytes, table.live_bytes);
  return table;
}

void sort_rows(std::vector<top_row>& rows, top_order by) {
  const auto weight = [by](const top_row& row) {
    const auto bytes = static_cast<double>(row.live_bytes);
    const double wanted = by == top_order::bytes    ? bytes
                          : by == top_order::blocks ? static_cast<double>(row.live_blocks)
                          : by == top_order::growth ? row.growth
                                                    : row.rate;
    return std::tuple(-wanted, -bytes, row.site);
  };
  std::sort(rows.begin(), rows.end(), [&weight](const top_row& one, const top_row& other) {
    return weight(one) < weight(other);
  });
}

std::size_t rows_that_fit(const top_extent& extent) {
  return extent.lines == 0 ? SIZE_MAX : extent.lines - std::min(extent.lines, heading_lines);
}

std::vector<std::string> render_top(const top_heading& heading, const top_table& table,
                                    std::size_t first, const std::vector<model::frame>& places,
                                    const top_extent& extent) {
  std::vector<std::string> lines = heading_text(heading, table);
  const std::size_t room = std::min(rows_that_fit(extent), places.size());
  for (std::size_t i = 0; i < room && first + i < table.rows.size(); ++i) {
    lines.push_back(row_text(table.rows[first + i], places[i]));
  }
  if (extent.lines != 0 && lines.size() > extent.lines) {
    lines.resize(extent.lines);
  }
  for (std::string& line : lines) {
    line.resize(cut_to_columns(line, extent.columns).size());
  }
  return lines;
}

std::string_view cut_to_columns(std::string_view line, std::size_t columns) {
  std::size_t used = 0;
  for (std::size_t at = 0; columns != 0 && at < line.size();) {
    const auto [code, length] = character_at(line, at);
    used += columns_of(code);
    if (used > columns) {
      return line.substr(0, at);
    }
    at += length;
  }
  return line;
}

}  // namespace track::tools
