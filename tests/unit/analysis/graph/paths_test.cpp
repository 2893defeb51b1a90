#include "libtrack/analysis/graph/paths.hpp"

#include <gtest/gtest.h>

#include "tests/unit/analysis/graph/graph_builder.hpp"

namespace track::analysis::graph {
namespace {

using test::graph_builder;

TEST(paths, tells_each_pointer_on_the_way) {
  graph_builder builder;
  const auto root = builder.root();
  const auto first = builder.block();
  const auto second = builder.block();
  builder.point_from_root(root, 7, first);
  builder.point(first, 3, second, 16);
  const auto heap = builder.build();
  const auto way = path_index::from_roots(heap).to(second);
  ASSERT_TRUE(way);
  EXPECT_TRUE(way->from_root);
  EXPECT_EQ(way->start, root);
  ASSERT_EQ(way->steps.size(), 2);
  EXPECT_EQ(way->steps[0].word, 7);
  EXPECT_EQ(way->steps[0].target, first);
  EXPECT_EQ(way->steps[0].offset, 0);
  EXPECT_EQ(way->steps[1].word, 3);
  EXPECT_EQ(way->steps[1].target, second);
  EXPECT_EQ(way->steps[1].offset, 16);
}

TEST(paths, the_shortest_wins_even_from_a_runtime) {
  graph_builder builder;
  const auto program = builder.root();
  const auto libc = builder.root();
  const auto between = builder.block();
  const auto wanted = builder.block();
  builder.point_from_root(program, 0, between);
  builder.point(between, 0, wanted);
  builder.point_from_root(libc, 0, wanted, 8);
  const auto heap = builder.build();
  const std::vector<bool> runtime = {false, true};
  EXPECT_EQ(path_index::from_roots(heap, &runtime).to(wanted)->start, libc);
}

TEST(paths, of_equal_ones_the_programs_wins_then_start_pointers) {
  graph_builder builder;
  const auto libc = builder.root();
  const auto program = builder.root();
  const auto theirs = builder.block();
  const auto own_inside = builder.block();
  const auto own = builder.block();
  const auto wanted = builder.block();
  const auto below = builder.block();
  builder.point_from_root(libc, 0, theirs);
  builder.point_from_root(program, 0, own_inside, 8);
  builder.point_from_root(program, 1, own);
  builder.point(theirs, 0, wanted);
  builder.point(own_inside, 0, wanted);
  builder.point(own, 0, wanted, 8);
  builder.point(own, 1, wanted);
  builder.point(wanted, 0, below);
  const auto heap = builder.build();
  const std::vector<bool> runtime = {true, false};
  const auto way = path_index::from_roots(heap, &runtime).to(below);
  ASSERT_EQ(way->steps.size(), 3);
  EXPECT_EQ(way->start, program);
  EXPECT_EQ(way->steps[0].target, own);
  EXPECT_EQ(way->steps[1].word, 1);
  EXPECT_EQ(way->steps[1].offset, 0);
}

TEST(paths, a_block_may_have_the_number_of_its_root) {
  graph_builder builder;
  const auto root = builder.root();
  const auto block = builder.block();
  ASSERT_EQ(root, block);
  builder.point_from_root(root, 0, block);
  const auto heap = builder.build();
  const auto way = path_index::from_roots(heap).to(block);
  EXPECT_TRUE(way->from_root);
  EXPECT_EQ(way->steps.size(), 1);
}

TEST(paths, of_lost_blocks_lead_from_their_cause) {
  graph_builder builder;
  const auto leader = builder.block();
  const auto between = builder.block();
  const auto below = builder.block();
  const auto other = builder.block();
  builder.point(leader, 1, between);
  builder.point(between, 2, below);
  const auto heap = builder.build();
  const std::vector<std::uint32_t> starts = {leader};
  const auto index = path_index::from_blocks(heap, starts);
  const auto way = index.to(below);
  ASSERT_TRUE(way);
  EXPECT_FALSE(way->from_root);
  EXPECT_EQ(way->start, leader);
  ASSERT_EQ(way->steps.size(), 2);
  EXPECT_EQ(way->steps[1].word, 2);
  EXPECT_TRUE(index.to(leader)->steps.empty());
  EXPECT_FALSE(index.to(other));
}

}  // namespace
}  // namespace track::analysis::graph
