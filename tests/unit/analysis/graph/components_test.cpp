#include "libtrack/analysis/graph/components.hpp"

#include <gtest/gtest.h>

#include "libtrack/analysis/graph/causes.hpp"
#include "libtrack/analysis/graph/graph_summary.hpp"
#include "tests/unit/analysis/graph/graph_builder.hpp"

namespace track::analysis::graph {
namespace {

using test::graph_builder;

TEST(block_set, ranks_count_members_by_address) {
  block_set some(200);
  for (const std::uint32_t block : {3u, 63u, 64u, 130u, 199u}) {
    some.insert(block);
  }
  some.number();
  EXPECT_EQ(some.size(), 5);
  EXPECT_EQ(some.rank(64), 2);
  EXPECT_EQ(some.rank(199), 4);
  EXPECT_FALSE(some.contains(62));
  EXPECT_FALSE(block_set().contains(62));
}

TEST(components, a_ring_is_one_and_a_chain_is_many) {
  graph_builder builder;
  const auto first = builder.block();
  const auto second = builder.block();
  const auto third = builder.block();
  const auto self = builder.block();
  builder.point(first, 0, second);
  builder.point(second, 0, first);
  builder.point(second, 1, third);
  builder.point(self, 0, self);
  block_set part(4);
  for (const auto block : {first, second, third, self}) {
    part.insert(block);
  }
  part.number();
  const auto parts = find_components(builder.build(), part);
  EXPECT_EQ(parts.count(), 3);
  EXPECT_EQ(parts.of[first], parts.of[second]);
  EXPECT_LT(parts.of[first], parts.of[third]);
  EXPECT_TRUE(parts.cyclic[parts.of[first]]);
  EXPECT_FALSE(parts.cyclic[parts.of[third]]);
  EXPECT_TRUE(parts.cyclic[parts.of[self]]);
  EXPECT_TRUE(parts.entered[parts.of[third]]);
  EXPECT_FALSE(parts.entered[parts.of[self]]);
}

TEST(components, edges_that_leave_the_part_do_not_count) {
  graph_builder builder;
  const auto inside = builder.block();
  const auto outside = builder.block();
  builder.point(inside, 0, outside);
  builder.point(outside, 0, inside);
  block_set part(2);
  part.insert(inside);
  part.number();
  const auto parts = find_components(builder.build(), part);
  EXPECT_EQ(parts.count(), 1);
  EXPECT_FALSE(parts.cyclic[0]);
}

TEST(components, a_chain_of_a_million_needs_no_recursion) {
  constexpr std::uint32_t blocks = 1'000'000;
  graph_builder builder;
  block_set part(blocks);
  for (std::uint32_t i = 0; i < blocks; ++i) {
    builder.point(builder.block(), 0, (i + 1) % blocks);
    part.insert(i);
  }
  part.number();
  const auto parts = find_components(builder.build(), part);
  EXPECT_EQ(parts.count(), 1);
  EXPECT_EQ(parts.members_of(0).size(), blocks);
}

TEST(causes, each_retains_what_hangs_from_it_alone) {
  graph_builder builder;
  const auto lost = builder.block({.size = 1});
  const auto below = builder.block({.size = 2});
  const auto first = builder.block({.size = 4});
  const auto second = builder.block({.size = 8});
  const auto consequence = builder.block({.size = 16});
  builder.point(lost, 0, below);
  builder.point(first, 0, second);
  builder.point(second, 0, first);
  builder.point(second, 1, consequence);
  builder.point(consequence, 0, consequence);
  const auto made = summarize(builder.build());
  ASSERT_EQ(made.causes.all.size(), 2);
  EXPECT_EQ(made.causes.all[0].leader, lost);
  EXPECT_FALSE(made.causes.all[0].cyclic);
  EXPECT_EQ(made.causes.all[0].retained_bytes, 3);
  EXPECT_EQ(made.causes.all[1].leader, first);
  EXPECT_TRUE(made.causes.all[1].cyclic);
  EXPECT_EQ(made.causes.all[1].retained_blocks, 3);
  EXPECT_EQ(made.causes.all[1].retained_bytes, 28);
  EXPECT_FALSE(made.causes.all[1].shares);
  EXPECT_EQ(made.cause_of(consequence), 1);
}

TEST(causes, what_hangs_from_two_is_counted_with_the_first_and_marked) {
  graph_builder builder;
  const auto first = builder.block({.size = 1});
  const auto second = builder.block({.size = 2});
  const auto both = builder.block({.size = 4});
  const auto below = builder.block({.size = 8});
  builder.point(second, 0, both);
  builder.point(first, 0, both);
  builder.point(both, 0, below);
  const auto made = summarize(builder.build());
  ASSERT_EQ(made.causes.all.size(), 2);
  EXPECT_EQ(made.causes.all[0].retained_bytes, 13);
  EXPECT_TRUE(made.causes.all[0].shares);
  EXPECT_EQ(made.causes.all[1].retained_bytes, 2);
  EXPECT_FALSE(made.causes.all[1].shares);
  EXPECT_EQ(made.cause_of(below), 0);
}

TEST(causes, an_inherited_block_is_none) {
  graph_builder builder;
  const auto parents = builder.block({.inherited = true});
  const auto own = builder.block();
  builder.point(parents, 0, own);
  const auto made = summarize(builder.build());
  ASSERT_EQ(made.causes.all.size(), 1);
  EXPECT_EQ(made.causes.all[0].leader, own);
  EXPECT_EQ(made.cause_of(parents), no_block);
}

}  // namespace
}  // namespace track::analysis::graph
