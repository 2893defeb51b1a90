// What proves a cycle, and what must not: weak pairs, stale pairs, hidden owners.
#include <gtest/gtest.h>

#include "libtrack/analysis/graph/cycles.hpp"
#include "libtrack/analysis/graph/graph_summary.hpp"
#include "tests/unit/analysis/graph/graph_builder.hpp"

namespace track::analysis::graph {
namespace {

using test::graph_builder;
using test::library;

// Two objects that own each other by word 3.
struct couple {
  graph_builder builder;
  std::uint32_t one;
  std::uint32_t other;

  explicit couple(library kind = library::libstdcxx)
      : one(builder.object("1A", {.size = 80, .site = 1}, kind)),
        other(builder.object("1B", {.size = 80, .site = 2}, kind)) {
    builder.share(one, 3, other);
    builder.share(other, 3, one);
  }

  cycle_report cycles(const cycle_options& options = {}) const {
    summary_options all;
    all.cycles = options;
    return summarize(builder.build(), all).cycles;
  }
};

// Cycles of the whole heap, reached or not.
cycle_report cycles_of_all(const capture::heap_graph& heap, const cycle_options& options = {}) {
  block_set all(heap.block_count());
  for (std::uint32_t i = 0; i < heap.block_count(); ++i) {
    all.insert(i);
  }
  all.number();
  const components parts = find_components(heap, all);
  std::vector<std::uint32_t> chosen;
  for (std::uint32_t i = 0; i < parts.count(); ++i) {
    if (parts.cyclic[i]) {
      chosen.push_back(i);
    }
  }
  return find_cycles(heap, all, parts, chosen, options);
}

class ownership : public ::testing::TestWithParam<library> {};
INSTANTIATE_TEST_SUITE_P(libraries, ownership,
                         ::testing::Values(library::libstdcxx, library::libcxx));

TEST_P(ownership, an_owner_that_is_not_found_is_unexplained) {
  couple pair(GetParam());
  pair.builder.add_owners(pair.one, 2);
  const auto found = pair.cycles();
  EXPECT_FALSE(found.cycles[0].proven);
  EXPECT_EQ(found.cycles[0].unexplained, 2);
  EXPECT_EQ(found.shapes[0].held_by, hold::shared);
  EXPECT_EQ(found.shapes[0].proven, 0);
  EXPECT_EQ(found.shapes[0].unexplained, 2);
  EXPECT_TRUE(found.shapes[0].weaken.empty());
}

TEST_P(ownership, weak_pairs_inside_leave_a_cycle_proven_when_sums_are_right) {
  couple pair(GetParam());
  pair.builder.watch(pair.one, 6, pair.one);  // enable_shared_from_this
  pair.builder.watch(pair.other, 6, pair.other);
  const auto found = pair.cycles();
  EXPECT_TRUE(found.cycles[0].proven);
  EXPECT_EQ(found.cycles[0].unexplained, 0);
  for (const cycle_edge& each : found.shapes[0].edges) {
    EXPECT_EQ(each.kind, link_kind::unknown);
  }
  EXPECT_TRUE(found.shapes[0].weaken.empty());
}

TEST_P(ownership, a_lost_object_with_a_weak_pair_to_itself_is_no_cycle) {
  graph_builder builder;
  const auto object = builder.object("1A", {.size = 80}, GetParam());
  builder.watch(object, 3, object);
  builder.add_owners(object, 1);
  const auto found = summarize(builder.build()).cycles;
  ASSERT_EQ(found.cycles.size(), 1);
  EXPECT_EQ(found.cycles[0].shape, no_block);
  EXPECT_EQ(found.cycles[0].unexplained, 1);
}

TEST_P(ownership, the_same_with_a_separate_control_block) {
  graph_builder builder;
  const auto object = builder.separate_object("1A", {.size = 80}, GetParam());
  builder.watch(object, 3, object);
  builder.add_owners(object, 1);
  const auto found = summarize(builder.build()).cycles;
  ASSERT_EQ(found.cycles.size(), 1);
  EXPECT_EQ(found.cycles[0].shape, no_block);
}

TEST_P(ownership, a_weak_pointer_back_makes_no_cycle) {
  graph_builder builder;
  const auto parent = builder.object("6Parent", {.size = 80}, GetParam());
  const auto child = builder.object("5Child", {.size = 80}, GetParam());
  builder.share(parent, 3, child);
  builder.watch(child, 3, parent);
  builder.add_owners(parent, 1);
  const auto found = summarize(builder.build()).cycles;
  ASSERT_EQ(found.cycles.size(), 1);
  EXPECT_FALSE(found.cycles[0].proven);
  EXPECT_EQ(found.cycles[0].unexplained, 1);
}

TEST(ownership_rules, the_types_of_fields_tell_weak_from_strong) {
  couple pair;
  pair.builder.watch(pair.one, 6, pair.one);
  pair.builder.watch(pair.other, 6, pair.other);
  const auto found = pair.cycles({.type_of = {}, .evidence = [](std::uint32_t, std::uint32_t word) {
                                    return word == 6 ? field_kind::weak : field_kind::unknown;
                                  }});
  EXPECT_TRUE(found.cycles[0].proven);
  ASSERT_EQ(found.shapes[0].edges.size(), 2);
  for (const cycle_edge& each : found.shapes[0].edges) {
    EXPECT_EQ(each.kind, link_kind::strong);
    EXPECT_EQ(each.word, 3);
  }
}

TEST(ownership_rules, strong_fields_leave_the_others_weak) {
  couple pair;
  pair.builder.watch(pair.one, 6, pair.one);
  const auto found = pair.cycles({.type_of = {}, .evidence = [](std::uint32_t, std::uint32_t word) {
                                    return word == 3 ? field_kind::strong : field_kind::unknown;
                                  }});
  EXPECT_TRUE(found.cycles[0].proven);
  EXPECT_EQ(found.shapes[0].edges.size(), 2);
}

TEST(ownership_rules, a_pair_left_beyond_a_vectors_size_does_not_disprove) {
  couple pair;
  const auto storage = pair.builder.block({.size = 64, .site = 3});
  pair.builder.point(pair.one, 5, storage);
  pair.builder.pair(storage, 2, pair.other);
  EXPECT_TRUE(pair.cycles().cycles[0].proven);
}

TEST(ownership_rules, a_stale_pair_does_not_stand_for_a_weak_one) {
  couple pair;
  pair.builder.pair(pair.one, 6, pair.other);
  pair.builder.add_owners(pair.other, 1);
  pair.builder.add_weak(pair.other, 1);
  const auto found = pair.cycles();
  EXPECT_FALSE(found.cycles[0].proven);
  EXPECT_EQ(found.cycles[0].unexplained, 1);
}

TEST(ownership_rules, a_lone_pointer_to_a_control_block_proves_nothing) {
  graph_builder builder;
  const auto one = builder.object("1A", {.size = 80});
  const auto other = builder.object("1B", {.size = 80});
  builder.share(one, 3, other);
  builder.point(other, 5, one);
  builder.add_owners(one, 1);
  const auto found = summarize(builder.build()).cycles;
  EXPECT_FALSE(found.cycles[0].proven);
  EXPECT_EQ(found.cycles[0].unexplained, 1);
}

TEST(ownership_rules, one_more_shared_ptr_on_a_stack_is_no_proof) {
  couple pair;
  const auto stack = pair.builder.root();
  pair.builder.share_from_root(stack, 4, pair.one);
  const auto found = cycles_of_all(pair.builder.build());
  ASSERT_EQ(found.cycles.size(), 1);
  EXPECT_FALSE(found.cycles[0].proven);
  EXPECT_EQ(found.cycles[0].unexplained, 1);
}

TEST(ownership_rules, a_weak_ptr_in_a_registry_hides_no_cycle_when_its_field_is_known) {
  couple pair;
  const auto root = pair.builder.root();
  const auto registry = pair.builder.block({.site = 9});
  pair.builder.point_from_root(root, 0, registry);
  pair.builder.watch(registry, 0, pair.one);
  const auto heap = pair.builder.build();
  EXPECT_FALSE(cycles_of_all(heap).cycles[0].proven);
  const auto told =
      cycles_of_all(heap, {.type_of = {}, .evidence = [&](std::uint32_t block, std::uint32_t) {
                             return block == registry ? field_kind::weak : field_kind::unknown;
                           }});
  EXPECT_TRUE(told.cycles[0].proven);
}

TEST(ownership_rules, an_expired_control_block_holds_nothing) {
  graph_builder builder;
  const auto one = builder.object("1A", {.size = 80});
  const auto other = builder.object("1B", {.size = 80});
  builder.watch(one, 3, other);
  builder.watch(other, 3, one);
  const auto found = summarize(builder.build()).cycles;
  ASSERT_EQ(found.cycles.size(), 1);
  EXPECT_EQ(found.cycles[0].shape, no_block);
  EXPECT_FALSE(found.cycles[0].proven);
}

TEST(ownership_rules, a_lost_parent_whose_children_point_back_is_no_cycle_of_owners) {
  graph_builder builder;
  const auto parent = builder.block({.size = 80, .site = 1});
  const auto storage = builder.block({.size = 80, .site = 2});
  builder.point(parent, 0, storage);
  for (std::uint32_t i = 0; i < 2; ++i) {
    const auto child = builder.object("5Child", {.size = 80, .site = 3});
    builder.share(storage, i * 2, child);
    builder.point(child, 5, parent);
  }
  const auto found = summarize(builder.build()).cycles;
  ASSERT_EQ(found.shapes.size(), 1);
  EXPECT_NE(found.shapes[0].held_by, hold::shared);
  EXPECT_FALSE(found.cycles[0].proven);
  EXPECT_TRUE(found.shapes[0].weaken.empty());
}

TEST(ownership_rules, of_one_child_the_older_parent_is_no_cycle_either) {
  for (const std::uint32_t age : {0u, 7u}) {
    graph_builder builder;
    const auto parent = builder.block({.size = 80, .site = age == 0 ? 1u : 5u, .age_ms = age});
    const auto child = builder.object("5Child", {.size = 80, .site = 3});
    builder.share(parent, 0, child);
    builder.point(child, 5, parent);
    const auto found = summarize(builder.build()).cycles;
    ASSERT_EQ(found.shapes.size(), 1);
    EXPECT_EQ(found.shapes[0].held_by, hold::linked);
  }
}

TEST(ownership_rules, a_plain_pointer_to_an_object_with_virtual_functions_leaves_doubt) {
  graph_builder builder;
  const auto owner = builder.object("5Owner", {.size = 80, .site = 1});
  const auto part = builder.block({.size = 80, .site = 2, .type = builder.type("4Part")});
  builder.point(owner, 5, part);
  builder.share(part, 2, owner);
  const auto doubted = summarize(builder.build()).cycles;
  EXPECT_EQ(doubted.shapes[0].held_by, hold::shared);
  EXPECT_FALSE(doubted.cycles[0].proven);
  EXPECT_TRUE(doubted.shapes[0].weaken.empty());
  summary_options told;
  told.cycles.evidence = [&](std::uint32_t block, std::uint32_t word) {
    return block == owner && word == 5 ? field_kind::owner : field_kind::unknown;
  };
  const auto known = summarize(builder.build(), told).cycles;
  EXPECT_TRUE(known.cycles[0].proven);
  EXPECT_EQ(known.shapes[0].weaken.size(), 1);
}

TEST(ownership_rules, a_deleter_that_owns_the_object_is_a_cycle) {
  graph_builder builder;
  const auto object = builder.separate_object("1A", {.size = 80});
  // Here the deleter keeps a shared_ptr to the object it is for: in the control block itself.
  builder.share(object + 1, 4, object);
  const auto found = summarize(builder.build()).cycles;
  ASSERT_EQ(found.shapes.size(), 1);
  EXPECT_EQ(found.shapes[0].held_by, hold::shared);
  EXPECT_TRUE(found.cycles[0].proven);
}

}  // namespace
}  // namespace track::analysis::graph
