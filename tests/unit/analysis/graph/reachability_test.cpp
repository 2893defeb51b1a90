#include "libtrack/analysis/graph/reachability.hpp"

#include <gtest/gtest.h>

#include "tests/unit/analysis/graph/graph_builder.hpp"

namespace track::analysis::graph {
namespace {

using test::graph_builder;

TEST(reachability, start_pointers_reach_and_interior_ones_possibly) {
  graph_builder builder;
  const auto root = builder.root();
  const auto held = builder.block();
  const auto behind = builder.block();
  const auto inside = builder.block();
  const auto below = builder.block();
  builder.point_from_root(root, 0, held);
  builder.point(held, 0, behind);
  builder.point(behind, 1, inside, 8);
  builder.point(inside, 0, below);
  const auto found = classify(builder.build());
  EXPECT_EQ(found.class_of(held), block_class::reachable);
  EXPECT_EQ(found.class_of(behind), block_class::reachable);
  EXPECT_EQ(found.class_of(inside), block_class::possible);
  EXPECT_EQ(found.class_of(below), block_class::possible);
  EXPECT_EQ(found.sum(block_class::possible).blocks, 2);
  EXPECT_EQ(found.sum(block_class::possible).bytes, 64);
}

TEST(reachability, a_start_pointer_found_later_makes_possible_ones_reachable) {
  graph_builder builder;
  const auto root = builder.root();
  const auto both = builder.block();
  const auto below = builder.block();
  const auto other = builder.block();
  builder.point_from_root(root, 0, both, 16);
  builder.point(both, 0, below);
  builder.point_from_root(root, 1, other);
  builder.point(other, 0, both);
  const auto found = classify(builder.build());
  EXPECT_EQ(found.class_of(both), block_class::reachable);
  EXPECT_EQ(found.class_of(below), block_class::reachable);
}

TEST(reachability, each_heuristic_makes_an_interior_pointer_one_to_the_start) {
  for (const auto flag : {ledger::graph::std_string, ledger::graph::length64,
                          ledger::graph::new_array, ledger::graph::multiple_inheritance}) {
    graph_builder builder;
    const auto root = builder.root();
    const auto held = builder.block();
    const auto below = builder.block();
    builder.point_from_root(root, 0, held, 24, flag);
    builder.point(held, 2, below, 8, flag);
    const auto found = classify(builder.build());
    EXPECT_EQ(found.class_of(held), block_class::reachable);
    EXPECT_EQ(found.class_of(below), block_class::reachable);
  }
}

TEST(reachability, what_a_leader_reaches_is_indirect_also_by_interior_pointers) {
  graph_builder builder;
  const auto leader = builder.block();
  const auto first = builder.block();
  const auto second = builder.block({.size = 0});
  builder.point(leader, 0, first, 8);
  builder.point(first, 0, second);
  const auto found = classify(builder.build());
  EXPECT_EQ(found.class_of(leader), block_class::definite);
  EXPECT_EQ(found.class_of(first), block_class::indirect);
  EXPECT_EQ(found.leader_of(second), leader);
  EXPECT_EQ(found.sum(block_class::indirect).blocks, 2);
  EXPECT_EQ(found.sum(block_class::indirect).bytes, 32);
}

TEST(reachability, a_later_leader_absorbs_an_earlier_one_with_its_blocks) {
  graph_builder builder;
  const auto early = builder.block();
  const auto member = builder.block();
  const auto middle = builder.block();
  const auto late = builder.block();
  builder.point(early, 0, member);
  builder.point(middle, 0, early);
  builder.point(late, 0, middle);
  const auto found = classify(builder.build());
  EXPECT_EQ(found.class_of(late), block_class::definite);
  for (const auto block : {early, member, middle}) {
    EXPECT_EQ(found.class_of(block), block_class::indirect);
    EXPECT_EQ(found.leader_of(block), late);
  }
}

TEST(reachability, the_lowest_address_leads_a_ring) {
  graph_builder builder;
  const auto first = builder.block();
  const auto second = builder.block();
  builder.point(first, 0, second);
  builder.point(second, 0, first);
  const auto found = classify(builder.build());
  EXPECT_EQ(found.class_of(first), block_class::definite);
  EXPECT_EQ(found.leader_of(second), first);
}

TEST(reachability, inherited_blocks_conduct_and_are_not_counted) {
  graph_builder builder;
  const auto root = builder.root();
  const auto parents = builder.block({.inherited = true});
  const auto own = builder.block();
  const auto lost_parents = builder.block({.inherited = true});
  const auto lost = builder.block();
  builder.point_from_root(root, 0, parents);
  builder.point(parents, 0, own);
  builder.point(lost_parents, 0, lost);
  const auto found = classify(builder.build());
  EXPECT_EQ(found.class_of(own), block_class::reachable);
  EXPECT_EQ(found.class_of(lost), block_class::definite);
  EXPECT_EQ(found.leader_of(lost_parents), no_block);
  EXPECT_EQ(found.sum(block_class::reachable).blocks, 1);
  EXPECT_EQ(found.sum(block_class::definite).blocks, 1);
  EXPECT_EQ(found.sum(block_class::indirect).blocks, 0);
}

TEST(reachability, an_inherited_block_leads_on_from_a_leader) {
  graph_builder builder;
  const auto below = builder.block();
  const auto between = builder.block({.inherited = true});
  const auto leader = builder.block();
  builder.point(leader, 0, between);
  builder.point(between, 0, below);
  const auto found = classify(builder.build());
  EXPECT_EQ(found.class_of(below), block_class::indirect);
  EXPECT_EQ(found.leader_of(below), leader);
  EXPECT_EQ(found.sum(block_class::indirect).blocks, 1);
}

TEST(reachability, forced_blocks_are_roots_of_their_own) {
  graph_builder builder;
  const auto forced = builder.block();
  const auto below = builder.block();
  builder.point(forced, 0, below);
  const std::vector<std::uint32_t> which = {forced};
  const auto found = classify(builder.build(), {.forced = which});
  EXPECT_EQ(found.class_of(forced), block_class::reachable);
  EXPECT_EQ(found.class_of(below), block_class::reachable);
}

TEST(reachability, ignored_blocks_suppress_what_they_reach_but_not_what_roots_do) {
  graph_builder builder;
  const auto root = builder.root();
  const auto ignored = builder.block();
  const auto below = builder.block();
  const auto possible = builder.block();
  const auto reachable = builder.block();
  const auto lost = builder.block();
  builder.point_from_root(root, 0, reachable);
  builder.point_from_root(root, 1, possible, 8);
  builder.point(ignored, 0, below, 8);
  builder.point(ignored, 1, possible);
  builder.point(ignored, 2, reachable);
  builder.point(lost, 0, ignored);
  const std::vector<std::uint32_t> which = {ignored, reachable};
  const auto found = classify(builder.build(), {.ignored = which});
  EXPECT_EQ(found.class_of(ignored), block_class::suppressed);
  EXPECT_EQ(found.class_of(below), block_class::suppressed);
  EXPECT_EQ(found.class_of(possible), block_class::suppressed);
  EXPECT_EQ(found.class_of(reachable), block_class::reachable);
  EXPECT_EQ(found.class_of(lost), block_class::definite);
}

TEST(reachability, what_only_a_runtimes_root_reaches_is_told) {
  graph_builder builder;
  const auto program = builder.root();
  const auto libc = builder.root();
  const auto own = builder.block();
  const auto theirs = builder.block();
  const auto both = builder.block();
  const auto half = builder.block();
  const auto below = builder.block();
  builder.point_from_root(program, 0, own);
  builder.point_from_root(libc, 0, theirs);
  builder.point(theirs, 0, both);
  builder.point(own, 0, both);
  builder.point(theirs, 1, half);
  builder.point(own, 1, half, 8);
  builder.point(half, 0, below);
  const std::vector<bool> runtime = {false, true};
  const auto found = classify(builder.build(), {.runtime_roots = &runtime});
  EXPECT_FALSE(found.only_by_runtime(own));
  EXPECT_TRUE(found.only_by_runtime(theirs));
  EXPECT_FALSE(found.only_by_runtime(both));
  EXPECT_FALSE(found.only_by_runtime(half));
  EXPECT_FALSE(found.only_by_runtime(below));
  EXPECT_EQ(found.sum(block_class::reachable).blocks, 5);
  EXPECT_EQ(found.runtime_sum(block_class::reachable).blocks, 1);
}

TEST(reachability, a_block_of_many_pointers_is_followed_to_the_last) {
  graph_builder builder;
  const auto root = builder.root();
  const auto table = builder.block({.size = 80000});
  builder.point_from_root(root, 0, table);
  for (std::uint32_t word = 0; word < 3000; ++word) {
    builder.point(table, word, builder.block());
  }
  const auto found = classify(builder.build());
  EXPECT_EQ(found.sum(block_class::reachable).blocks, 3001);
}

TEST(reachability, large_sizes_are_counted_whole) {
  graph_builder builder;
  builder.block({.size = 0xffffffff});
  auto heap = builder.build();
  heap.large_size[0] = std::uint64_t{5} << 32;
  EXPECT_EQ(classify(heap).sum(block_class::definite).bytes, std::uint64_t{5} << 32);
}

TEST(reachability, an_empty_heap_has_empty_sums) {
  const auto found = classify(graph_builder().build());
  EXPECT_EQ(found.lost.size(), 0);
  for (const block_sum& sum : found.sums) {
    EXPECT_EQ(sum.blocks, 0);
  }
}

}  // namespace
}  // namespace track::analysis::graph
