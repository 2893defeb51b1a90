#include "libtrack/analysis/graph/containers.hpp"

#include <gtest/gtest.h>

#include "tests/unit/analysis/graph/graph_builder.hpp"

namespace track::analysis::graph {
namespace {

using test::graph_builder;

// Kin are blocks of one site; a root is one variable.
container_list containers_of(const capture::heap_graph& heap,
                             std::vector<std::uint32_t> singles = {}) {
  container_options options;
  options.kin = heap.site;
  options.singles = singles;
  options.variable_of = [](std::uint32_t root, std::uint32_t) { return root + 1; };
  return find_containers(heap, options);
}

constexpr std::uint32_t entries = 20;

std::vector<std::uint32_t> nodes_of(graph_builder& builder, std::uint32_t site,
                                    std::uint32_t count = entries) {
  std::vector<std::uint32_t> nodes;
  for (std::uint32_t i = 0; i < count; ++i) {
    nodes.push_back(builder.block({.site = site}));
  }
  return nodes;
}

TEST(containers, nodes_that_are_linked_are_one) {
  graph_builder builder;
  const auto root = builder.root();
  const auto list = nodes_of(builder, 1);
  builder.point_from_root(root, 0, list.front());
  for (std::uint32_t i = 0; i + 1 < entries; ++i) {
    builder.point(list[i], 0, list[i + 1]);
  }
  const auto found = containers_of(builder.build());
  ASSERT_EQ(found.all.size(), 1u);
  EXPECT_EQ(found.all[0].entries, entries);
  EXPECT_EQ(found.all[0].links, entries - 1);
  EXPECT_TRUE(found.all[0].storages.empty());
  ASSERT_EQ(found.all[0].holders.size(), 1u);
  EXPECT_TRUE(found.all[0].holders[0].is_root);
  EXPECT_EQ(found.all[0].holders[0].from, root);
}

TEST(containers, a_stray_pointer_into_the_middle_parts_nothing) {
  graph_builder builder;
  const auto root = builder.root();
  const auto tree = nodes_of(builder, 1);
  for (std::uint32_t i = 1; i < entries; ++i) {
    builder.point(tree[(i - 1) / 2], i % 2, tree[i]);
    builder.point(tree[i], 2, tree[(i - 1) / 2]);
  }
  builder.point_from_root(root, 3, tree[0]);
  const auto cursor = builder.root();
  builder.point_from_root(cursor, 0, tree[2]);
  const auto found = containers_of(builder.build());
  ASSERT_EQ(found.all.size(), 1u);
  EXPECT_EQ(found.all[0].entries, entries);
  EXPECT_EQ(found.all[0].holders.size(), 2u);
}

TEST(containers, an_array_of_pointers_stores_its_targets_and_their_chains) {
  graph_builder builder;
  const auto root = builder.root();
  const auto table = builder.block({.size = 512, .site = 9});
  const auto heads = nodes_of(builder, 1);
  const auto behind = nodes_of(builder, 1);
  builder.point_from_root(root, 0, table);
  for (std::uint32_t i = 0; i < entries; ++i) {
    builder.point(table, i, heads[i]);
    builder.point(heads[i], 0, behind[i]);
  }
  const auto found = containers_of(builder.build());
  ASSERT_EQ(found.all.size(), 1u);
  EXPECT_EQ(found.all[0].entries, 2 * entries);
  EXPECT_EQ(found.all[0].storages, std::vector<std::uint32_t>{table});
  ASSERT_EQ(found.all[0].holders.size(), 1u);
  EXPECT_TRUE(found.all[0].holders[0].is_root) << "who holds the storage holds it";
}

TEST(containers, a_variable_with_many_pointers_is_an_array_too) {
  graph_builder builder;
  const auto root = builder.root();
  const auto heads = nodes_of(builder, 1);
  for (std::uint32_t i = 0; i < entries; ++i) {
    builder.point_from_root(root, i, heads[i]);
  }
  const auto found = containers_of(builder.build());
  ASSERT_EQ(found.all.size(), 1u);
  EXPECT_EQ(found.all[0].entries, entries);
  ASSERT_EQ(found.all[0].holders.size(), 1u);
  EXPECT_EQ(found.all[0].holders[0].places, entries);
}

TEST(containers, two_of_one_kind_stay_two) {
  graph_builder builder;
  for (int i = 0; i < 2; ++i) {
    const auto root = builder.root();
    const auto list = nodes_of(builder, 1);
    builder.point_from_root(root, 0, list.front());
    for (std::uint32_t at = 0; at + 1 < entries; ++at) {
      builder.point(list[at], 0, list[at + 1]);
    }
  }
  const auto found = containers_of(builder.build());
  ASSERT_EQ(found.all.size(), 2u);
  EXPECT_NE(found.all[0].holders[0].from, found.all[1].holders[0].from);
}

TEST(containers, what_is_stored_in_two_arrays_belongs_to_the_first) {
  graph_builder builder;
  const auto root = builder.root();
  const auto one = builder.block({.size = 512, .site = 9});
  const auto other = builder.block({.size = 512, .site = 9});
  const auto objects = nodes_of(builder, 1);
  builder.point_from_root(root, 0, one);
  builder.point_from_root(root, 1, other);
  for (std::uint32_t i = 0; i < entries; ++i) {
    builder.point(one, i, objects[i]);
    builder.point(other, i, objects[i]);
  }
  const auto found = containers_of(builder.build());
  ASSERT_EQ(found.all.size(), 1u);
  EXPECT_EQ(found.all[0].entries, entries);
  EXPECT_EQ(found.all[0].storages, std::vector<std::uint32_t>{one});
}

TEST(containers, few_blocks_and_what_is_like_nothing_are_none_unless_asked_for) {
  graph_builder builder;
  const auto root = builder.root();
  const auto few = nodes_of(builder, 1, 3);
  builder.point(few[0], 0, few[1]);
  builder.point(few[1], 0, few[2]);
  builder.point_from_root(root, 0, few[0]);
  const auto unknown = nodes_of(builder, 0);
  for (std::uint32_t i = 0; i + 1 < entries; ++i) {
    builder.point(unknown[i], 0, unknown[i + 1]);
  }
  builder.point_from_root(root, 1, unknown[0]);
  EXPECT_TRUE(containers_of(builder.build()).all.empty());
  const auto asked = containers_of(builder.build(), {unknown[4]});
  ASSERT_EQ(asked.all.size(), 1u);
  EXPECT_EQ(asked.all[0].entries, 1u);
  EXPECT_EQ(asked.of[unknown[4]], 0u);
}

TEST(containers, pointers_back_are_one_holder_of_many_places) {
  graph_builder builder;
  const auto root = builder.root();
  const auto list = nodes_of(builder, 1);
  const auto values = nodes_of(builder, 2);
  builder.point_from_root(root, 0, list.front());
  for (std::uint32_t i = 0; i < entries; ++i) {
    builder.point(list[i], 0, list[(i + 1) % entries]);
    builder.point(list[i], 2, values[i]);
    builder.point(values[i], 0, list[i]);
  }
  const auto found = containers_of(builder.build());
  ASSERT_EQ(found.all.size(), 1u);
  ASSERT_EQ(found.all[0].holders.size(), 2u);
  std::uint32_t most = 0;
  for (const holder& each : found.all[0].holders) {
    most = std::max(most, each.places);
    EXPECT_EQ(each.is_root, each.places == 1);
  }
  EXPECT_EQ(most, entries);
}

}  // namespace
}  // namespace track::analysis::graph
