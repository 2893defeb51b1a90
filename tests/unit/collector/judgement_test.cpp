#include "tools/collector/judgement.hpp"

#include <gtest/gtest.h>

#include "libtrack/ledger/format.hpp"
#include "tests/unit/analysis/graph/graph_builder.hpp"

namespace track::tools {
namespace {

// Sites 1 to 3 are the program's, 4 is libc's own, made before main.
ledger::process_image some_process() {
  ledger::process_image image;
  image.modules.resize(3);
  image.modules[1].path = "/opt/app";
  image.modules[2].path = "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2";
  image.nodes.resize(5);
  image.sites.resize(5);
  for (std::uint32_t i = 1; i < 5; ++i) {
    image.nodes[i].module = module_id{i == 4 ? 2u : 1u};
    image.sites[i].node = node_id{i};
  }
  return image;
}

TEST(judgement, classes_are_memchecks_and_what_runtimes_made_is_reachable) {
  test::graph_builder builder;
  const auto kept = builder.block({.size = 100, .site = 1});
  builder.point_from_root(builder.root(), 0, kept);
  const auto lost = builder.block({.size = 20, .site = 2});
  builder.point(lost, 1, builder.block({.size = 3, .site = 2}));
  builder.block({.size = 50, .site = 4});
  const model::heap_classes classes = classify(builder.build(), some_process());
  EXPECT_EQ(classes.definitely_lost.bytes, 20u);
  EXPECT_EQ(classes.indirectly_lost.bytes, 3u);
  EXPECT_EQ(classes.still_reachable.bytes, 150u);
  EXPECT_EQ(classes.still_reachable.blocks, 2u);
}

TEST(judgement, a_verdict_tells_what_was_lost_since_the_last_one) {
  const auto image = some_process();
  leak_judge judge;
  test::graph_builder builder;
  builder.block({.size = 10, .site = 1});
  EXPECT_EQ(judge.judge(builder.build(), image).lost_blocks, 0u) << "the first tells nothing";
  EXPECT_EQ(judge.judge(builder.build(), image).lost_blocks, 0u);
  builder.block({.size = 30, .site = 2});
  builder.block({.size = 40, .site = 3});
  builder.block({.size = 5, .site = 3});
  builder.block({.size = 7, .site = 4});
  builder.block({.size = 8, .site = 1, .inherited = true});
  const auto verdict = judge.judge(builder.build(), image);
  EXPECT_EQ(verdict.lost_blocks, 3u);
  EXPECT_EQ(verdict.lost_bytes, 75u);
  EXPECT_EQ(verdict.cycles, 0u);
  ASSERT_EQ(verdict.sites, 2u);
  EXPECT_EQ(verdict.site[0].site, 3u) << "the largest first";
  EXPECT_EQ(verdict.site[0].blocks, 2u);
  EXPECT_EQ(verdict.site[0].bytes, 45u);
  EXPECT_EQ(verdict.site[1].site, 2u);
  EXPECT_EQ(judge.judge(builder.build(), image).lost_blocks, 0u) << "told once";
}

TEST(judgement, what_seemed_to_be_held_for_a_while_is_not_told_again) {
  const auto image = some_process();
  leak_judge judge;
  judge.judge(test::graph_builder().build(), image);
  test::graph_builder builder;
  const auto lost = builder.block({.size = 10, .site = 1});
  EXPECT_EQ(judge.judge(builder.build(), image).lost_blocks, 1u);
  test::graph_builder held = builder;
  held.point_from_root(held.root(), 0, lost);
  EXPECT_EQ(judge.judge(held.build(), image).lost_blocks, 0u);
  EXPECT_EQ(judge.judge(builder.build(), image).lost_blocks, 0u);
  // Another block at the same place is another one.
  judge.judge(test::graph_builder().build(), image);
  EXPECT_EQ(judge.judge(builder.build(), image).lost_blocks, 1u);
}

TEST(judgement, what_was_made_before_the_last_verdict_is_nobodys_fault_now) {
  const auto image = some_process();
  leak_judge judge;
  auto before = test::graph_builder().build();
  before.clock_ms = 1000;
  judge.judge(before, image);
  test::graph_builder builder;
  builder.block({.size = 10, .site = 1, .age_ms = 300});
  builder.block({.size = 20, .site = 2, .age_ms = 100});
  auto now = builder.build();
  now.clock_ms = 1200;
  const auto verdict = judge.judge(now, image);
  EXPECT_EQ(verdict.lost_blocks, 1u);
  EXPECT_EQ(verdict.lost_bytes, 20u);
}

TEST(judgement, cycles_are_counted_and_marked) {
  const auto image = some_process();
  leak_judge judge;
  judge.judge(test::graph_builder().build(), image);
  test::graph_builder builder;
  const auto one = builder.object("7Session", {.size = 48, .site = 1});
  const auto other = builder.object("4Peer", {.size = 40, .site = 2});
  builder.share(one, 3, other);
  builder.share(other, 4, one);
  const auto verdict = judge.judge(builder.build(), image);
  EXPECT_EQ(verdict.cycles, 1u);
  EXPECT_EQ(verdict.lost_blocks, 2u);
  ASSERT_EQ(verdict.sites, 2u);
  EXPECT_EQ(verdict.site[0].cyclic, 1u);
}

TEST(judgement, a_graph_that_was_not_seen_whole_is_skewed) {
  leak_judge judge;
  auto graph = test::graph_builder().build();
  graph.notes[0] = 1;
  EXPECT_EQ(judge.judge(graph, some_process()).skewed, 1u);
}

TEST(judgement, processes_do_not_share_what_is_known) {
  const auto image = some_process();
  leak_judge judge;
  test::graph_builder builder;
  builder.block({.size = 10, .site = 1});
  auto mine = builder.build();
  judge.judge(mine, image);
  auto other = test::graph_builder().build();
  other.process = 7;
  judge.judge(other, image);
  other = builder.build();
  other.process = 7;
  EXPECT_EQ(judge.judge(other, image).lost_blocks, 1u);
  EXPECT_EQ(judge.judge(mine, image).lost_blocks, 0u);
}

TEST(judgement, only_the_still_that_was_asked_for_is_answered) {
  std::vector<std::uint64_t> room(sizeof(ledger::slot_header) / 8 + 1);
  const std::span<std::byte> slot(reinterpret_cast<std::byte*>(room.data()), room.size() * 8);
  auto& header = *reinterpret_cast<ledger::slot_header*>(room.data());
  ledger::verdict_record verdict = {};
  verdict.lost_blocks = 9;
  EXPECT_FALSE(asks_verdict(slot, 0)) << "nobody asks";
  header.verdict_asked = 6;
  EXPECT_FALSE(asks_verdict(slot, 4));
  give_verdict(slot, 4, verdict);
  EXPECT_EQ(header.verdict_given, 0u);
  EXPECT_TRUE(asks_verdict(slot, 5));
  give_verdict(slot, 5, verdict);
  EXPECT_EQ(header.verdict_given, 6u);
  EXPECT_EQ(header.verdict.lost_blocks, 9u);
}

}  // namespace
}  // namespace track::tools
