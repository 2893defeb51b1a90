// What `track top` shows, from counters to lines, without a program or a terminal.
#include "tools/top_view.hpp"

#include <gtest/gtest.h>

#include "tests/unit/capture/image_builder.hpp"
#include "tools/terminal.hpp"
#include "tools/top_names.hpp"

namespace track::tools {
namespace {

// Sites: 1 holds much and rests, 2 grows, 3 allocates and frees, 4 has many small blocks.
top_moment first_moment() {
  return {"4242 server",
          10'000,
          4000,
          9000,
          {{1, 1, 2, 8000, 0, 0},
           {2, 2, 10, 1000, 0, 0},
           {3, 3, 50, 500, 50, 500},
           {4, 4, 100, 100, 0, 0}}};
}
top_moment second_moment() {
  return {"4242 server",
          12'000,
          6000,
          11'000,
          {{1, 1, 2, 8000, 0, 0},
           {2, 2, 30, 3000, 0, 0},
           {3, 3, 90, 900, 90, 900},
           {4, 4, 100, 100, 0, 0},
           {5, 5, 1, 30, 0, 0}}};
}

std::vector<std::uint64_t> order_of(std::vector<top_row> rows, top_order by) {
  sort_rows(rows, by);
  std::vector<std::uint64_t> sites;
  for (const top_row& row : rows) {
    sites.push_back(row.site);
  }
  return sites;
}

model::frame frame(std::string function, std::string file, std::uint32_t line) {
  model::frame made;
  made.function = std::move(function);
  made.file = std::move(file);
  made.line = line;
  made.module = "server";
  return made;
}

TEST(top_view, rates_are_of_the_time_between_two_moments) {
  const top_moment before = first_moment();
  const top_table table = make_table(second_moment(), &before);
  ASSERT_EQ(table.since_ms, 2000u);
  EXPECT_EQ(table.live_bytes, 11'130);
  EXPECT_EQ(table.live_blocks, 133);
  EXPECT_EQ(table.peak_bytes, 11'130) << "a peak is never less than what lives";
  EXPECT_EQ(table.rate, 30.5);
  ASSERT_EQ(table.rows.size(), 5u);
  EXPECT_EQ(table.rows[1].growth, 1000);
  EXPECT_EQ(table.rows[2].rate, 20);
  EXPECT_EQ(table.rows[4].growth, 15) << "a new site began with nothing";
}

TEST(top_view, the_first_moment_has_the_average_since_the_start) {
  const top_table table = make_table(first_moment(), nullptr);
  EXPECT_FALSE(table.since_ms);
  EXPECT_EQ(table.rows[0].growth, 2000);
  EXPECT_EQ(table.rows.size(), 4u);
  top_moment idle = first_moment();
  const top_table later = make_table(idle, &idle);
  EXPECT_EQ(later.rows.size(), 3u) << "where nothing lives and nothing happens there is no row";
  EXPECT_EQ(later.rows[0].growth, 0) << "no time has passed";
}

TEST(top_view, sums_of_forged_counters_wrap) {
  const top_moment forged{"x", 1, 1, 0, {{1, 0, 0, 1, 5, ~0ull}, {2, 0, 0, 1ull << 63, 0, 0}}};
  const top_moment other{"x", 0, 0, 0, {{1, 0, 7, 0, 0, 0}, {2, 0, 0, 0, 0, 1}}};
  const top_table table = make_table(forged, &other);
  EXPECT_EQ(table.rows.size(), 2u);
  EXPECT_FALSE(render_top({}, table, 0, {{}, {}}, {}).empty());
}

TEST(top_view, keys_sort_by_bytes_blocks_growth_and_rate) {
  const top_moment before = first_moment();
  const std::vector<top_row> rows = make_table(second_moment(), &before).rows;
  using sites = std::vector<std::uint64_t>;
  EXPECT_EQ(order_of(rows, top_order::bytes), (sites{1, 2, 4, 5, 3}));
  EXPECT_EQ(order_of(rows, top_order::blocks), (sites{4, 2, 1, 5, 3}));
  EXPECT_EQ(order_of(rows, top_order::growth), (sites{2, 5, 1, 4, 3}));
  EXPECT_EQ(order_of(rows, top_order::rate), (sites{3, 2, 5, 1, 4}));
}

TEST(top_view, a_table_is_a_heading_and_a_line_a_row) {
  const top_moment before = first_moment();
  top_table table = make_table(second_moment(), &before);
  sort_rows(table.rows, top_order::growth);
  const auto lines = render_top({"4242 server", 6000, top_order::growth, "", false}, table, 0,
                                {frame("void grow<int>(int)", "/src/app/grow.cpp", 12), {}}, {});
  const std::vector<std::string> expected = {
      "4242 server   6.0 s",
      "live 10.9 KiB in 133 blocks   peak 10.9 KiB   31 allocations/s",
      "by growth; growth and allocations in the last 2.0 s",
      "",
      "       live      blocks      growth/s allocations/s  function",
      "    2.9 KiB          30       +1000 B            10  grow  grow.cpp:12",
      "       30 B           1         +15 B           0.5  (no stack)"};
  EXPECT_EQ(lines, expected);
}

TEST(top_view, lines_fit_the_screen) {
  const top_moment before = first_moment();
  const top_table table = make_table(second_moment(), &before);
  const std::vector<model::frame> places(5, frame("grow", "/src/gr\x1bow.cpp", 12));
  for (const std::size_t columns : {1u, 20u, 60u, 200u}) {
    for (const std::size_t height : {1u, 5u, 7u, 30u}) {
      const auto lines = render_top({"a\nb", 1, top_order::bytes, "message", true}, table, 1,
                                    places, {columns, height});
      EXPECT_LE(lines.size(), height);
      for (const std::string& line : lines) {
        EXPECT_LE(line.size(), columns);
        EXPECT_EQ(line.find_first_of("\n\x1b"), std::string::npos);
      }
    }
  }
  EXPECT_EQ(rows_that_fit({80, 24}), 19u);
  EXPECT_EQ(rows_that_fit({80, 3}), 0u);
}

TEST(top_view, characters_are_cut_whole) {
  EXPECT_EQ(cut_to_columns("abc", 2), "ab");
  EXPECT_EQ(cut_to_columns("abc", 0), "abc");
  EXPECT_EQ(cut_to_columns("h\xc3\xa4user", 3), "h\xc3\xa4u");
  EXPECT_EQ(cut_to_columns("\xe6\xbc\xa2\xe5\xad\x97", 3), "\xe6\xbc\xa2");
  EXPECT_EQ(cut_to_columns("e\xcc\x81x", 1), "e\xcc\x81");
  EXPECT_EQ(cut_to_columns("\xf0\x9f\x98\x80!", 2), "\xf0\x9f\x98\x80");
}

TEST(top_names, library_code_is_skipped) {
  auto names = std::make_unique<test::fake_names>();
  names->add(
      "/opt/app", 1,
      {{"std::vector<int>::push_back(int)", "v.h", 1, true}, {"fill(int)", "app.cpp", 5, false}});
  names->add("/opt/app", 2, {{"main", "app.cpp", 9, false}});
  names->add("/lib/libstdc++.so.6", 7, {{"std::string::reserve()", "", 0, false}});
  top_names named(std::move(names));
  const code_address runtime{{"/lib/libstdc++.so.6", {}}, 7};
  const code_address inlined{{"/opt/app", {}}, 1};
  const code_address outer{{"/opt/app", {}}, 2};
  const code_address unknown{{"/opt/app", {}}, 3};
  const code_address nowhere{{"", {}}, 5};
  const auto places = named.innermost(
      {{runtime, inlined, outer}, {outer}, {unknown, outer}, {runtime}, {}, {nowhere}});
  ASSERT_EQ(places.size(), 6u);
  EXPECT_EQ(places[0].function, "fill(int)");
  EXPECT_EQ(places[0].line, 5u);
  EXPECT_EQ(places[1].function, "main");
  EXPECT_EQ(places[2].function, "");
  EXPECT_EQ(places[2].offset, 3u);
  EXPECT_EQ(places[3].function, "std::string::reserve()");
  EXPECT_EQ(places[4].offset, std::nullopt);
  EXPECT_EQ(places[5].offset, 5u);
}

TEST(top_names, deep_library_code_is_walked_to_its_end) {
  auto names = std::make_unique<test::fake_names>();
  address_stack stack;
  for (std::uint64_t i = 1; i < 40; ++i) {
    names->add("/opt/app", i, {{"std::sort<int*>(int*, int*)", "s.h", 1, false}});
    stack.push_back({{"/opt/app", {}}, i});
  }
  names->add("/opt/app", 40, {{"order(int*)", "app.cpp", 5, false}});
  stack.push_back({{"/opt/app", {}}, 40});
  top_names named(std::move(names));
  EXPECT_EQ(named.innermost({stack}).front().function, "order(int*)");
}

TEST(terminal, arrows_are_one_key_and_other_sequences_none) {
  EXPECT_EQ(parse_keys("kb"), "kb");
  EXPECT_EQ(parse_keys("\x1b[A\x1b[Bk\x1bOA"), "\x01\x02k\x01");
  EXPECT_EQ(parse_keys("\x1b[1;5Cq\x1b[200~"), "q");
  EXPECT_EQ(parse_keys("\x1b["), "");
  EXPECT_EQ(parse_keys("\x1b"), "\x1b");
}

}  // namespace
}  // namespace track::tools
