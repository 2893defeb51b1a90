// What `track top` shows: from counters at two moments to rows, from rows to lines of text.
// Floor 6.
//
// Pure: no clock, no file, no terminal. Counters may have any value: sums wrap, they do not trap.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libtrack/model/report.hpp"

namespace track::tools {

// Counters of a site; a site has the same number in every moment of a view.
struct top_counts {
  std::uint64_t site = 0;
  std::uint32_t stack = 0;  // what the source of the moment knows it by
  std::uint64_t allocations = 0;
  std::uint64_t bytes_allocated = 0;
  std::uint64_t frees = 0;
  std::uint64_t bytes_freed = 0;

  std::int64_t live_bytes() const {
    return static_cast<std::int64_t>(bytes_allocated - bytes_freed);
  }
  std::int64_t live_blocks() const { return static_cast<std::int64_t>(allocations - frees); }
};

struct top_moment {
  std::string title;         // who is watched; from anybody
  std::uint64_t at_ms = 0;   // when the counters were seen; equal: they are the same ones
  std::uint64_t run_ms = 0;  // how long the program has run then
  std::int64_t peak_bytes = 0;
  std::vector<top_counts> sites;  // by number
};

struct top_row {
  std::uint64_t site = 0;
  std::uint32_t stack = 0;
  std::int64_t live_bytes = 0;
  std::int64_t live_blocks = 0;
  double growth = 0;  // bytes a second
  double rate = 0;    // allocations a second
};

struct top_table {
  std::vector<top_row> rows;              // where anything lives or happened
  std::optional<std::uint64_t> since_ms;  // growth and rate are of so long; none: of the whole run
  std::int64_t live_bytes = 0;
  std::int64_t live_blocks = 0;
  std::int64_t peak_bytes = 0;
  double rate = 0;
};

// Growth and rate are those since `before`; null: since the program's start. cost: linear.
top_table make_table(const top_moment& now, const top_moment* before);

enum class top_order { bytes, blocks, growth, rate };
void sort_rows(std::vector<top_row>& rows, top_order by);

// How much of a table is to be seen. 0: no limit.
struct top_extent {
  std::size_t columns = 0;
  std::size_t lines = 0;
};

struct top_heading {
  std::string title;
  std::uint64_t run_ms = 0;
  top_order by = top_order::bytes;
  std::string message;  // the latest; empty: none
  bool keys = false;    // they are explained
};

// How many rows fit under the heading.
std::size_t rows_that_fit(const top_extent& extent);

// `places` belong to the rows from `first` on, one each; more rows are not shown.
// Without control characters, each line cut to the columns.
std::vector<std::string> render_top(const top_heading& heading, const top_table& table,
                                    std::size_t first, const std::vector<model::frame>& places,
                                    const top_extent& extent);

// The beginning of `line` that takes at most so many columns; 0: all of it. Wide characters take
// two, combining ones none. shape: `line` is valid UTF-8 without control characters.
std::string_view cut_to_columns(std::string_view line, std::size_t columns);

}  // namespace track::tools
