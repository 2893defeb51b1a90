#include "libtrack/analysis/graph/cycles.hpp"

#include <gtest/gtest.h>

#include "libtrack/analysis/graph/graph_summary.hpp"
#include "tests/unit/analysis/graph/graph_builder.hpp"
#include "tests/unit/analysis/graph/shapes.hpp"

namespace track::analysis::graph {
namespace {

using test::graph_builder;
using test::library;

std::vector<cycle_shape> shapes_of(const graph_builder& builder,
                                   const cycle_options& options = {}) {
  summary_options all;
  all.cycles = options;
  return summarize(builder.build(), all).cycles.shapes;
}

const cycle_edge* edge_between(const cycle_shape& shape, std::uint32_t from_site,
                               std::uint32_t to_site) {
  for (const cycle_edge& each : shape.edges) {
    if (shape.members[each.from].site == from_site && shape.members[each.to].site == to_site) {
      return &each;
    }
  }
  return nullptr;
}

class both_libraries : public ::testing::TestWithParam<library> {};
INSTANTIATE_TEST_SUITE_P(cycles, both_libraries,
                         ::testing::Values(library::libstdcxx, library::libcxx));

TEST_P(both_libraries, two_objects_that_own_each_other_are_a_proven_cycle) {
  graph_builder builder;
  const auto session = builder.object("7Session", {.size = 48, .site = 1}, GetParam());
  const auto peer = builder.object("4Peer", {.size = 40, .site = 2}, GetParam());
  const auto name = builder.block({.size = 100});
  builder.share(session, 4, peer);
  builder.share(peer, 3, session);
  builder.point(peer, 2, name);
  const auto made = summarize(builder.build());
  ASSERT_EQ(made.cycles.cycles.size(), 1);
  EXPECT_TRUE(made.cycles.cycles[0].proven);
  ASSERT_EQ(made.cycles.shapes.size(), 1);
  const cycle_shape& shape = made.cycles.shapes[0];
  EXPECT_EQ(shape.held_by, hold::shared);
  EXPECT_EQ(shape.members.size(), 2);
  EXPECT_EQ(shape.edges.size(), 2);
  EXPECT_EQ(shape.blocks, 2);
  EXPECT_EQ(shape.bytes, 88);
  EXPECT_EQ(shape.proven, 1);
  ASSERT_NE(edge_between(shape, 1, 2), nullptr);
  EXPECT_EQ(edge_between(shape, 1, 2)->word, 4);
  EXPECT_EQ(edge_between(shape, 1, 2)->kind, link_kind::strong);
  EXPECT_EQ(made.causes.all[made.cycle_causes[0]].retained_bytes, 188);
}

TEST_P(both_libraries, objects_with_separate_control_blocks_are_linked_past_them) {
  graph_builder builder;
  const auto one = builder.separate_object("1A", {.site = 1}, GetParam());
  const auto other = builder.separate_object("1B", {.site = 2}, GetParam());
  builder.share(one, 0, other);
  builder.share(other, 2, one);
  const auto shapes = shapes_of(builder);
  ASSERT_EQ(shapes.size(), 1);
  EXPECT_EQ(shapes[0].proven, 1);
  EXPECT_EQ(shapes[0].blocks, 4);
  EXPECT_EQ(shapes[0].members.size(), 4);
  std::size_t controls = 0;
  for (const cycle_members& each : shapes[0].members) {
    controls += each.control ? 1 : 0;
  }
  EXPECT_EQ(controls, 2);
  EXPECT_EQ(shapes[0].edges.size(), 2);
  for (const cycle_edge& each : shapes[0].edges) {
    EXPECT_FALSE(shapes[0].members[each.to].control);
    EXPECT_EQ(each.kind, link_kind::strong);
  }
}

TEST_P(both_libraries, an_object_may_own_itself) {
  graph_builder builder;
  const auto self = builder.object("4Self", {}, GetParam());
  builder.share(self, 3, self);
  const auto shapes = shapes_of(builder);
  ASSERT_EQ(shapes.size(), 1);
  EXPECT_EQ(shapes[0].held_by, hold::shared);
  EXPECT_EQ(shapes[0].proven, 1);
  ASSERT_EQ(shapes[0].weaken.size(), 1);
  EXPECT_EQ(shapes[0].weaken[0].reason, advice_reason::only_one);
}

TEST(cycles, a_chain_of_owners_is_none) {
  graph_builder builder;
  const auto first = builder.object("1A");
  const auto second = builder.object("1B");
  builder.share(first, 3, second);
  EXPECT_TRUE(shapes_of(builder).empty());
}

TEST(cycles, through_a_vectors_storage_its_places_are_one_edge) {
  graph_builder builder;
  test::add_family(builder, {.site = 1}, {.size = 64, .site = 3}, {.site = 2});
  const auto shapes = shapes_of(builder);
  ASSERT_EQ(shapes.size(), 1);
  EXPECT_EQ(shapes[0].held_by, hold::shared);
  EXPECT_EQ(shapes[0].proven, 1);
  EXPECT_EQ(shapes[0].edges.size(), 3);
  const cycle_edge* places = edge_between(shapes[0], 3, 2);
  ASSERT_NE(places, nullptr);
  EXPECT_TRUE(places->many);
  EXPECT_EQ(places->word, 0);
  EXPECT_EQ(places->links, 3);
  EXPECT_EQ(edge_between(shapes[0], 1, 3)->kind, link_kind::raw);
}

// What is storage by its type belongs to the field that leads to it; two words of one field are
// one.
TEST(cycles, what_lies_in_a_container_belongs_to_its_field) {
  graph_builder builder;
  const test::family made =
      test::add_family(builder, {.site = 1}, {.size = 64, .site = 3}, {.site = 2});
  const auto second = builder.block({.size = 64, .site = 3});
  builder.point(made.parent, 3, second);
  builder.share(second, 0, made.children[0]);
  cycle_options options;
  options.is_storage = [&](std::uint32_t block) {
    return block == made.storage || block == second;
  };
  options.field_start = [](std::uint32_t, std::uint32_t word) { return word == 3 ? 2 : word; };
  const auto shapes = shapes_of(builder, options);
  ASSERT_EQ(shapes.size(), 1);
  EXPECT_EQ(shapes[0].proven, 1);
  EXPECT_EQ(shapes[0].blocks, 6);
  EXPECT_EQ(shapes[0].edges.size(), 2);
  const cycle_edge* children = edge_between(shapes[0], 1, 2);
  ASSERT_NE(children, nullptr);
  EXPECT_EQ(children->word, 2);
  EXPECT_EQ(children->kind, link_kind::strong);
  EXPECT_EQ(children->links, 4);
  ASSERT_EQ(shapes[0].weaken.size(), 1);
  EXPECT_EQ(&shapes[0].edges[shapes[0].weaken[0].edge], edge_between(shapes[0], 2, 1));
}

TEST(cycles, storage_that_two_objects_lead_to_is_a_member) {
  graph_builder builder;
  const test::family made = test::add_family(builder, {.site = 1}, {.site = 3}, {.site = 2});
  builder.point(made.children[0], 2, made.storage);
  cycle_options options;
  options.is_storage = [&](std::uint32_t block) { return block == made.storage; };
  options.evidence = [](std::uint32_t, std::uint32_t word) {
    return word == 2 ? field_kind::owner : field_kind::unknown;
  };
  const auto shapes = shapes_of(builder, options);
  ASSERT_EQ(shapes.size(), 1);
  ASSERT_EQ(shapes[0].members.size(), 3);
  for (const cycle_members& member : shapes[0].members) {
    EXPECT_FALSE(member.storage);
  }
  EXPECT_NE(edge_between(shapes[0], 1, 3), nullptr);
}

TEST(cycles, through_list_nodes_that_point_at_each_other) {
  graph_builder builder;
  const auto owner = builder.object("5Owner", {.site = 1});
  const auto first = builder.block({.site = 2});
  const auto second = builder.block({.site = 2});
  builder.point(owner, 2, first);
  builder.point(owner, 3, second);
  builder.point(first, 0, second);
  builder.point(first, 1, owner, 16);
  builder.point(second, 0, owner, 16);
  builder.point(second, 1, first);
  const auto item = builder.object("4Item", {.site = 3});
  builder.share(first, 2, item);
  builder.share(item, 3, owner);
  const auto shapes = shapes_of(builder);
  ASSERT_EQ(shapes.size(), 1);
  EXPECT_EQ(shapes[0].held_by, hold::shared);
  EXPECT_EQ(shapes[0].proven, 1);
  EXPECT_EQ(shapes[0].blocks, 4);
}

TEST(cycles, through_a_lambda_on_the_heap) {
  graph_builder builder;
  const auto button = builder.object("6Button", {.site = 1});
  const auto lambda = builder.block({.site = 2});
  builder.point(button, 2, lambda);
  builder.share(lambda, 0, button);
  const auto shapes = shapes_of(builder);
  ASSERT_EQ(shapes.size(), 1);
  EXPECT_EQ(shapes[0].proven, 1);
  ASSERT_EQ(shapes[0].weaken.size(), 1);
  EXPECT_EQ(shapes[0].edges[shapes[0].weaken[0].edge].kind, link_kind::strong);
}

TEST(cycles, aliasing_pointers_lead_to_what_they_own) {
  graph_builder builder;
  const auto one = builder.object("1A", {.site = 1});
  const auto other = builder.object("1B", {.site = 2});
  const auto part = builder.block({.site = 3});
  builder.point(one, 3, part);
  builder.share(one, 4, other);
  builder.alias(other, 3, one, part);
  const auto shapes = shapes_of(builder);
  ASSERT_EQ(shapes.size(), 1);
  EXPECT_EQ(shapes[0].proven, 1);
  ASSERT_NE(edge_between(shapes[0], 2, 1), nullptr);
  EXPECT_EQ(edge_between(shapes[0], 2, 1)->kind, link_kind::strong);
  EXPECT_EQ(edge_between(shapes[0], 2, 3), nullptr);
}

TEST(cycles, the_control_block_of_an_array_is_at_its_end) {
  graph_builder builder;
  const auto array = builder.array(64);
  const auto object = builder.object("1A", {.site = 2});
  builder.share(array, 2, object);
  builder.share(object, 3, array);
  const auto shapes = shapes_of(builder);
  ASSERT_EQ(shapes.size(), 1);
  EXPECT_EQ(shapes[0].held_by, hold::shared);
  EXPECT_EQ(shapes[0].proven, 1);
}

TEST(cycles, a_raw_ring_by_one_field_is_a_ring_and_is_not_proven) {
  graph_builder builder;
  for (std::uint32_t i = 0; i < 3; ++i) {
    builder.block({.site = 1});
  }
  for (std::uint32_t i = 0; i < 3; ++i) {
    builder.point(i, 1, (i + 1) % 3);
  }
  const auto shapes = shapes_of(builder);
  ASSERT_EQ(shapes.size(), 1);
  EXPECT_EQ(shapes[0].held_by, hold::ring);
  EXPECT_EQ(shapes[0].proven, 0);
  ASSERT_EQ(shapes[0].edges.size(), 1);
  EXPECT_EQ(shapes[0].edges[0].word, 1);
  EXPECT_EQ(shapes[0].edges[0].kind, link_kind::raw);
  EXPECT_TRUE(shapes[0].weaken.empty());
}

TEST(cycles, two_nodes_of_a_ring_answer_by_the_same_field) {
  graph_builder builder;
  const auto one = builder.block({.site = 1});
  const auto other = builder.block({.site = 1});
  builder.point(one, 1, other);
  builder.point(other, 1, one);
  const auto shapes = shapes_of(builder);
  ASSERT_EQ(shapes.size(), 1);
  EXPECT_EQ(shapes[0].held_by, hold::ring);
}

TEST(cycles, a_list_by_next_and_previous_is_only_linked) {
  graph_builder builder;
  for (std::uint32_t i = 0; i < 5; ++i) {
    builder.block({.site = 1});
  }
  for (std::uint32_t i = 0; i < 5; ++i) {
    builder.point(i, 0, (i + 1) % 5);
    builder.point((i + 1) % 5, 1, i);
  }
  const auto shapes = shapes_of(builder);
  ASSERT_EQ(shapes.size(), 1);
  EXPECT_EQ(shapes[0].held_by, hold::linked);
}

TEST(cycles, a_block_that_points_into_itself_is_none) {
  graph_builder builder;
  const auto text = builder.block();
  builder.point(text, 0, text, 16);
  const auto made = summarize(builder.build());
  ASSERT_EQ(made.cycles.cycles.size(), 1);
  EXPECT_EQ(made.cycles.cycles[0].shape, no_block);
  EXPECT_TRUE(made.cycles.shapes.empty());
}

TEST(cycles, intrusive_counts_are_told_by_the_field_and_never_proven) {
  graph_builder builder;
  const auto one = builder.block({.site = 1});
  const auto other = builder.block({.site = 2});
  builder.point(one, 1, other);
  builder.point(other, 2, one);
  const auto shapes = shapes_of(
      builder, {.type_of = {}, .evidence = [](auto, auto) { return field_kind::intrusive; }});
  ASSERT_EQ(shapes.size(), 1);
  EXPECT_EQ(shapes[0].held_by, hold::intrusive);
  EXPECT_EQ(shapes[0].proven, 0);
  EXPECT_EQ(shapes[0].edges[0].kind, link_kind::intrusive);
  EXPECT_TRUE(shapes[0].weaken.empty());
}

TEST(cycles, a_thousand_of_one_shape_are_one) {
  graph_builder builder;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const auto one = builder.object("1A", {.size = 48, .site = 1});
    const auto other = builder.object("1B", {.size = 40, .site = 2});
    builder.share(one, 3, other);
    builder.share(other, 4, one);
  }
  const auto other_field = builder.object("1A", {.site = 1});
  const auto last = builder.object("1B", {.site = 2});
  builder.share(other_field, 5, last);
  builder.share(last, 4, other_field);
  const auto shapes = shapes_of(builder);
  ASSERT_EQ(shapes.size(), 2);
  EXPECT_EQ(shapes[0].count, 1000);
  EXPECT_EQ(shapes[0].proven, 1000);
  EXPECT_EQ(shapes[0].blocks, 2000);
  EXPECT_EQ(shapes[0].bytes, 88000);
  EXPECT_EQ(shapes[0].members[0].blocks, 1000);
  EXPECT_EQ(shapes[0].edges[0].links, 1000);
  EXPECT_EQ(shapes[1].count, 1);
}

TEST(cycles, vectors_of_different_lengths_make_one_shape) {
  graph_builder builder;
  for (std::uint32_t children = 1; children < 20; ++children) {
    const auto parent = builder.object("6Parent", {.site = 1});
    const auto storage = builder.block({.size = 16 * children, .site = 3});
    builder.point(parent, 2, storage);
    for (std::uint32_t i = 0; i < children; ++i) {
      const auto child = builder.object("5Child", {.site = 2});
      builder.share(storage, i * 2, child);
      builder.share(child, 3, parent);
    }
  }
  const auto shapes = shapes_of(builder);
  ASSERT_EQ(shapes.size(), 1);
  EXPECT_EQ(shapes[0].count, 19);
}

TEST(cycles, the_callers_types_group_members) {
  graph_builder builder;
  const auto one = builder.separate_object("1A", {.site = 1});
  const auto other = builder.separate_object("1A", {.site = 2});
  builder.share(one, 0, other);
  builder.share(other, 0, one);
  EXPECT_EQ(shapes_of(builder)[0].members.size(), 3);
  const std::vector<std::uint32_t> types = {7, 8, 7, 8};
  const auto shapes = shapes_of(
      builder, {.type_of = [&types](std::uint32_t block) { return types[block]; }, .evidence = {}});
  ASSERT_EQ(shapes.size(), 1);
  ASSERT_EQ(shapes[0].members.size(), 2);
  EXPECT_EQ(shapes[0].members[0].type, 7);
  EXPECT_EQ(shapes[0].edges.size(), 1);
  EXPECT_EQ(shapes[0].edges[0].links, 2);
}

TEST(cycles, only_causes_are_looked_at) {
  graph_builder builder;
  const auto owner = builder.block();
  const auto one = builder.object("1A");
  const auto other = builder.object("1B");
  builder.share(one, 3, other);
  builder.share(other, 3, one);
  builder.share(owner, 0, one);
  EXPECT_TRUE(shapes_of(builder).empty());
}

}  // namespace
}  // namespace track::analysis::graph
