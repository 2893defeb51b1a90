#include "libtrack/analysis/charts.hpp"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "libtrack/analysis/call_tree.hpp"

namespace track::analysis {
namespace {

// main calls f (in which g is inlined) and h, which has no name; one site each.
capture::contents small_capture() {
  capture::contents all;
  all.strings = {"", "main", "f(int)", "g()"};
  all.modules = {{}, {"/opt/app", {}, {}}, {"/lib/libx.so.1", {}, {}}};
  all.names = {{}, {1, 0, 0, false}, {3, 0, 0, true}, {2, 0, 0, false}};
  all.frames = {{}, {1, 0x10, false, 1, 1}, {1, 0x20, false, 2, 2}, {2, 0x30, false, 0, 0}};
  all.stacks = {{0, 0}, {0, 1}, {1, 2}, {1, 3}};
  all.sites = {{}, {2, allocation_function::malloc}, {3, allocation_function::operator_new}};
  capture::process_row process;
  process.exe = "/opt/app";
  process.pid = 12;
  process.peak_bytes = 500;
  all.processes = {process};
  capture::counter_row one;
  one.site = 1;
  one.allocations = 10;
  one.bytes_allocated = 1000;
  one.bytes_freed = 400;
  one.peak_bytes = 700;
  one.temporary = 3;
  capture::counter_row other;
  other.site = 2;
  other.allocations = 1;
  other.bytes_allocated = 50;
  other.bytes_freed = 50;
  other.peak_bytes = 50;
  all.counters = {one, other};
  return all;
}

// Each node by its way from the first: "all;main;f(int)".
std::map<std::string, model::call_values> by_way(const model::call_tree& tree) {
  std::vector<std::string> ways;
  std::map<std::string, model::call_values> found;
  for (const model::call_node& node : tree.nodes) {
    const std::string name =
        node.function.empty() ? "+" + std::to_string(node.offset) : node.function;
    ways.push_back(ways.empty() ? name : ways[node.parent] + ";" + name);
    found[ways.back()] = node.values;
  }
  return found;
}

TEST(call_tree, callers_hold_what_their_callees_have) {
  const auto ways = by_way(make_call_tree(small_capture(), 100));
  const std::map<std::string, model::call_values> expected = {
      {"all", {600, 750, 11, 3}},
      {"all;main", {600, 750, 11, 3}},
      {"all;main;f(int)", {600, 700, 10, 3}},
      {"all;main;f(int);g()", {600, 700, 10, 3}},
      {"all;main;f(int);g();malloc", {600, 700, 10, 3}},
      {"all;main;+48", {0, 50, 1, 0}},
      {"all;main;+48;operator new", {0, 50, 1, 0}}};
  EXPECT_EQ(ways, expected);
}

TEST(call_tree, modules_are_file_names) {
  const model::call_tree tree = make_call_tree(small_capture(), 100);
  for (const model::call_node& node : tree.nodes) {
    EXPECT_EQ(node.module,
              node.function == "main" || node.function == "f(int)" || node.function == "g()" ? "app"
              : node.function.empty() ? "libx.so.1"
                                      : "");
  }
}

TEST(call_tree, small_shares_are_left_out_and_counted) {
  for (std::size_t most = 1; most <= 8; ++most) {
    const model::call_tree tree = make_call_tree(small_capture(), most);
    EXPECT_LE(tree.nodes.size(), std::max<std::size_t>(most, 1)) << most;
    EXPECT_EQ(tree.nodes.size() + tree.nodes_left_out, 7u) << most;
    EXPECT_EQ(tree.nodes[0].values, (model::call_values{600, 750, 11, 3}));
    for (std::size_t i = 1; i < tree.nodes.size(); ++i) {
      EXPECT_LT(tree.nodes[i].parent, i);
    }
  }
}

TEST(call_tree, an_empty_capture_has_its_root) {
  capture::contents none;
  none.strings = {""};
  none.modules.resize(1);
  none.frames.resize(1);
  none.stacks.resize(1);
  none.sites.resize(1);
  EXPECT_EQ(make_call_tree(none, 10).nodes.size(), 1u);
}

TEST(call_tree, sums_that_are_too_large_stay_the_largest) {
  capture::contents all = small_capture();
  for (capture::counter_row& row : all.counters) {
    row.bytes_allocated = UINT64_MAX;
    row.bytes_freed = 0;
  }
  EXPECT_EQ(make_call_tree(all, 100).nodes[0].values[0], INT64_MAX);
}

TEST(timelines, sum_changes_from_nothing_at_the_start) {
  const capture::series series = {{0, 100, {{1, 5, 5, 50}, {2, 1, 1, 7}}},
                                  {0, 200, {{1, 0, -2, -20}}},
                                  {3, 100, {{1, 1, 1, 1}}}};
  const model::charts charts = make_charts(small_capture(), series);
  ASSERT_EQ(charts.timelines.size(), 1u);
  const model::timeline& line = charts.timelines[0];
  EXPECT_EQ(line.program, "app");
  EXPECT_EQ(line.pid, 12u);
  EXPECT_EQ(line.peak_bytes, 500);
  ASSERT_EQ(line.points.size(), 3u);
  EXPECT_EQ(line.points[0].live_bytes, 0);
  EXPECT_EQ(line.points[1].at_ms, 100u);
  EXPECT_EQ(line.points[1].live_bytes, 57);
  EXPECT_EQ(line.points[2].live_bytes, 37);
  EXPECT_EQ(line.points[2].live_blocks, 4);
}

TEST(timelines, a_process_that_was_looked_at_once_has_none) {
  EXPECT_TRUE(make_charts(small_capture(), {{0, 100, {{1, 5, 5, 50}}}}).timelines.empty());
}

TEST(charts, of_many_captures_the_largest_timelines_stay) {
  model::charts sum;
  for (std::int64_t i = 0; i < 250; ++i) {
    model::charts more;
    more.timelines.emplace_back();
    more.timelines[0].peak_bytes = i * 7919 % 250;
    add_charts(sum, std::move(more), "run" + std::to_string(i));
  }
  EXPECT_EQ(sum.timelines.size(), 200u);
  EXPECT_EQ(sum.timelines_left_out, 50u);
  for (const model::timeline& line : sum.timelines) {
    EXPECT_GE(line.peak_bytes, 50);
    EXPECT_TRUE(line.capture.starts_with("run"));
  }
}

TEST(charts, trees_beyond_what_a_page_can_hold_keep_their_sum) {
  model::charts sum;
  for (int i = 0; i < 3; ++i) {
    model::charts more;
    more.trees.emplace_back();
    more.trees[0].nodes.resize(90'000);
    more.trees[0].nodes[0].values = {1, 1, 1, 1};
    add_charts(sum, std::move(more), "run");
  }
  EXPECT_EQ(sum.trees[1].nodes.size(), 90'000u);
  EXPECT_EQ(sum.trees[2].nodes.size(), 1u);
  EXPECT_EQ(sum.trees[2].nodes_left_out, 89'999u);
  EXPECT_EQ(sum.trees[2].nodes[0].values[0], 1);
}

}  // namespace
}  // namespace track::analysis
