#include "libtrack/analysis/graph/advice.hpp"

#include <gtest/gtest.h>

#include "libtrack/analysis/graph/graph_summary.hpp"
#include "tests/unit/analysis/graph/graph_builder.hpp"
#include "tests/unit/analysis/graph/shapes.hpp"

namespace track::analysis::graph {
namespace {

using test::graph_builder;

// The one shape of a heap, by the sites that the advised edges lead from and to.
struct advised {
  cycle_shape shape;

  explicit advised(const graph_builder& builder) {
    const auto shapes = summarize(builder.build()).cycles.shapes;
    EXPECT_EQ(shapes.size(), 1);
    shape = shapes.at(0);
    EXPECT_EQ(shape.proven, shape.count);
  }
  std::size_t count() const { return shape.weaken.size(); }
  const cycle_edge& edge(std::size_t i = 0) const { return shape.edges[shape.weaken.at(i).edge]; }
  std::uint32_t from(std::size_t i = 0) const { return shape.members[edge(i).from].site; }
  std::uint32_t to(std::size_t i = 0) const { return shape.members[edge(i).to].site; }
  advice_reason reason(std::size_t i = 0) const { return shape.weaken.at(i).reason; }
};

TEST(advice, the_edge_to_the_older_object_is_the_one) {
  graph_builder builder;
  test::add_couple(builder, {.site = 1, .age_ms = 10}, {.site = 2, .age_ms = 20});
  const advised found(builder);
  ASSERT_EQ(found.count(), 1);
  EXPECT_EQ(found.to(), 2);
  EXPECT_EQ(found.reason(), advice_reason::older);
}

TEST(advice, of_the_same_age_the_kind_allocated_first_counts_as_older) {
  graph_builder builder;
  test::add_couple(builder, {.site = 8}, {.site = 3});
  const advised found(builder);
  ASSERT_EQ(found.count(), 1);
  EXPECT_EQ(found.to(), 3);
  EXPECT_EQ(found.reason(), advice_reason::earlier);
}

TEST(advice, many_children_point_weakly_to_their_parent) {
  graph_builder builder;
  test::add_family(builder, {.site = 2}, {.site = 3}, {.site = 1});
  const advised found(builder);
  ASSERT_EQ(found.count(), 1);
  EXPECT_EQ(found.from(), 1);
  EXPECT_EQ(found.to(), 2);
  EXPECT_EQ(found.reason(), advice_reason::fewer);
}

TEST(advice, age_is_that_of_the_object_that_storage_belongs_to) {
  graph_builder builder;
  test::add_family(builder, {.site = 1, .age_ms = 30}, {.site = 3, .age_ms = 5},
                   {.site = 2, .age_ms = 20}, 1);
  const advised found(builder);
  ASSERT_EQ(found.count(), 1);
  EXPECT_EQ(found.to(), 1);
  EXPECT_EQ(found.reason(), advice_reason::older);
}

TEST(advice, where_age_and_number_disagree_there_is_none) {
  graph_builder builder;
  test::add_family(builder, {.site = 1, .age_ms = 10}, {.site = 3, .age_ms = 5},
                   {.site = 2, .age_ms = 20});
  EXPECT_EQ(advised(builder).count(), 0);
}

TEST(advice, a_single_field_is_the_only_choice) {
  graph_builder builder;
  const auto one = builder.object("6Person", {.site = 1});
  const auto other = builder.object("6Person", {.site = 1});
  builder.share(one, 3, other);
  builder.share(other, 3, one);
  const advised found(builder);
  ASSERT_EQ(found.count(), 1);
  EXPECT_EQ(found.edge().word, 3);
  EXPECT_EQ(found.reason(), advice_reason::only_one);
}

TEST(advice, the_only_field_without_which_all_goes_is_the_one) {
  graph_builder builder;
  const auto top = builder.object("4Node", {.size = 80, .site = 1});
  for (const std::uint32_t word : {3u, 5u}) {
    const auto child = builder.object("4Node", {.size = 80, .site = 1});
    builder.share(top, word, child);
    builder.share(child, 7, top);
  }
  const advised found(builder);
  ASSERT_EQ(found.count(), 1);
  EXPECT_EQ(found.edge().word, 7);
  EXPECT_EQ(found.reason(), advice_reason::only_one);
}

TEST(advice, next_and_previous_of_one_age_are_a_draw) {
  graph_builder builder;
  const auto one = builder.object("4Node", {.size = 80, .site = 1});
  const auto other = builder.object("4Node", {.size = 80, .site = 1});
  builder.share(one, 3, other);
  builder.share(other, 5, one);
  EXPECT_EQ(advised(builder).count(), 0);
}

TEST(advice, previous_leads_to_the_older_node) {
  graph_builder builder;
  const auto one = builder.object("4Node", {.size = 80, .site = 1, .age_ms = 9});
  const auto other = builder.object("4Node", {.size = 80, .site = 1, .age_ms = 8});
  builder.share(one, 3, other);
  builder.share(other, 5, one);
  const advised found(builder);
  ASSERT_EQ(found.count(), 1);
  EXPECT_EQ(found.edge().word, 5);
}

TEST(advice, two_cycles_in_one_need_two_edges) {
  graph_builder builder;
  const auto hub = builder.object("3Hub", {.size = 80, .site = 1, .age_ms = 9});
  const auto left = builder.object("4Left", {.size = 80, .site = 2, .age_ms = 8});
  const auto right = builder.object("5Right", {.size = 80, .site = 3, .age_ms = 7});
  builder.share(hub, 3, left);
  builder.share(hub, 5, right);
  builder.share(left, 3, hub);
  builder.share(right, 3, hub);
  const advised found(builder);
  ASSERT_EQ(found.count(), 2);
  EXPECT_EQ(found.to(0), 1);
  EXPECT_EQ(found.to(1), 1);
  EXPECT_EQ(found.reason(0), advice_reason::older);
}

TEST(advice, an_edge_outside_of_the_cycle_would_not_do) {
  graph_builder builder;
  const auto first = builder.object("1A", {.size = 80, .site = 1, .age_ms = 9});
  const auto second = builder.object("1B", {.size = 80, .site = 2, .age_ms = 8});
  const auto third = builder.object("1C", {.size = 80, .site = 3, .age_ms = 7});
  builder.share(first, 3, second);
  builder.share(second, 3, third);
  builder.share(third, 3, first);
  builder.share(first, 5, third);
  const advised found(builder);
  ASSERT_EQ(found.count(), 1);
  EXPECT_EQ(found.from(), 3);
  EXPECT_EQ(found.to(), 1);
}

TEST(advice, all_cycles_of_a_shape_have_to_agree) {
  graph_builder builder;
  for (const std::uint32_t age : {1u, 99u}) {
    test::add_couple(builder, {.site = 1, .age_ms = age}, {.site = 2, .age_ms = 50});
  }
  const advised found(builder);
  EXPECT_EQ(found.shape.count, 2);
  ASSERT_EQ(found.count(), 1);
  EXPECT_EQ(found.to(), 1);
  EXPECT_EQ(found.reason(), advice_reason::earlier);
}

}  // namespace
}  // namespace track::analysis::graph
