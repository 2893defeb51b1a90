#include "libtrack/analysis/graph/dominators.hpp"

#include <gtest/gtest.h>

#include "tests/unit/analysis/graph/graph_builder.hpp"

namespace track::analysis::graph {
namespace {

using test::graph_builder;

TEST(dominators, a_diamond_is_kept_by_its_top) {
  graph_builder builder;
  const auto root = builder.root();
  const auto top = builder.block({.size = 1});
  const auto left = builder.block({.size = 2});
  const auto right = builder.block({.size = 4});
  const auto bottom = builder.block({.size = 8});
  builder.point_from_root(root, 0, top);
  builder.point(top, 0, left);
  builder.point(top, 1, right);
  builder.point(left, 0, bottom);
  builder.point(right, 0, bottom, 8);
  const auto tree = find_dominators(builder.build());
  EXPECT_EQ(tree.parent[top], no_block);
  EXPECT_EQ(tree.parent[bottom], top);
  EXPECT_EQ(tree.retained_bytes[top], 15);
  EXPECT_EQ(tree.retained_blocks[top], 4);
  EXPECT_EQ(tree.retained_bytes[left], 2);
  EXPECT_EQ(tree.common(left, bottom), top);
  EXPECT_TRUE(tree.dominates(top, right));
  EXPECT_FALSE(tree.dominates(left, bottom));
}

TEST(dominators, what_two_roots_reach_has_none) {
  graph_builder builder;
  const auto first = builder.root();
  const auto second = builder.root();
  const auto one = builder.block();
  const auto other = builder.block();
  const auto both = builder.block();
  const auto lost = builder.block();
  builder.point_from_root(first, 0, one);
  builder.point_from_root(second, 0, other);
  builder.point(one, 0, both);
  builder.point(other, 0, both);
  const auto tree = find_dominators(builder.build());
  EXPECT_EQ(tree.parent[both], no_block);
  EXPECT_EQ(tree.common(one, both), no_block);
  EXPECT_EQ(tree.retained_blocks[one], 1);
  EXPECT_FALSE(tree.reached(lost));
}

TEST(dominators, nearest_goes_up_to_what_is_wanted) {
  graph_builder builder;
  const auto root = builder.root();
  const auto owner = builder.block({.site = 1});
  const auto node = builder.block({.site = 2});
  const auto next = builder.block({.site = 2});
  builder.point_from_root(root, 0, owner);
  builder.point(owner, 0, node);
  builder.point(node, 0, next);
  const auto heap = builder.build();
  const auto tree = find_dominators(heap);
  EXPECT_EQ(tree.nearest(next, [&](std::uint32_t block) { return heap.site[block] != 2; }), owner);
  EXPECT_EQ(tree.nearest(owner, [](std::uint32_t) { return true; }), no_block);
}

TEST(dominators, inherited_blocks_conduct_without_size) {
  graph_builder builder;
  const auto root = builder.root();
  const auto own = builder.block({.size = 1});
  const auto parents = builder.block({.size = 2, .inherited = true});
  const auto below = builder.block({.size = 4});
  builder.point_from_root(root, 0, own);
  builder.point(own, 0, parents);
  builder.point(parents, 0, below);
  const auto tree = find_dominators(builder.build());
  EXPECT_EQ(tree.parent[below], parents);
  EXPECT_EQ(tree.retained_bytes[own], 5);
  EXPECT_EQ(tree.retained_blocks[own], 2);
}

TEST(dominators, of_the_lost_part_from_its_causes) {
  graph_builder builder;
  const auto first = builder.block({.size = 1});
  const auto second = builder.block({.size = 2});
  const auto below = builder.block({.size = 4});
  builder.point(first, 0, second);
  builder.point(second, 0, first);
  builder.point(first, 1, below);
  builder.point(second, 1, below);
  const std::vector<std::uint32_t> entries = {first};
  const auto tree = find_dominators(builder.build(), entries);
  EXPECT_EQ(tree.parent[below], first);
  EXPECT_EQ(tree.retained_bytes[first], 7);
}

}  // namespace
}  // namespace track::analysis::graph
