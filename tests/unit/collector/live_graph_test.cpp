#include "tools/collector/live_graph.hpp"

#include <span>

#include <gtest/gtest.h>

#include "tests/unit/capture/stream_builder.hpp"

namespace track::tools {
namespace {

using ledger::graph::trigger;

std::vector<std::byte> stream_of(trigger what = trigger::exit_end) {
  test::stream_builder builder;
  builder.begin(what).block(0x1000, 40).edges({{1, 1}}).block(0x1040, 24);
  return builder.end().bytes();
}

live_graph::chooser choosing(trigger wanted) {
  return [wanted](capture::still_key, trigger what) {
    return what == wanted ? std::optional(capture::graph_totals{}) : std::nullopt;
  };
}

TEST(live_graph, a_chosen_stream_in_any_pieces_becomes_a_graph) {
  const auto bytes = stream_of();
  for (std::size_t cut = 20; cut < bytes.size(); cut += 3) {
    live_graph graph(choosing(trigger::exit_end));
    EXPECT_TRUE(graph.payload({4, 2}, std::span(bytes).first(cut), false));
    EXPECT_EQ(graph.graph(), nullptr);
    EXPECT_TRUE(graph.payload({4, 2}, std::span(bytes).subspan(cut), true));
    ASSERT_NE(graph.graph(), nullptr);
    EXPECT_EQ(graph.graph()->process, 4u);
    EXPECT_EQ(graph.graph()->still, 2u);
    EXPECT_EQ(graph.graph()->block_count(), 2u);
  }
}

TEST(live_graph, others_pass_by_and_do_not_come_in_between) {
  const auto wanted = stream_of();
  const auto other = stream_of(trigger::exit_begin);
  live_graph graph(choosing(trigger::exit_end));
  EXPECT_FALSE(graph.payload({4, 1}, std::span(other).first(30), false));
  EXPECT_TRUE(graph.payload({4, 2}, std::span(wanted).first(30), false));
  EXPECT_FALSE(graph.payload({4, 1}, std::span(other).subspan(30), true));
  EXPECT_FALSE(graph.payload({5, 0}, wanted, true)) << "one at a time";
  EXPECT_TRUE(graph.payload({4, 2}, std::span(wanted).subspan(30), true));
  EXPECT_NE(graph.graph(), nullptr);
}

TEST(live_graph, once_taken_the_next_one_may_be_chosen) {
  const auto bytes = stream_of();
  live_graph graph(choosing(trigger::exit_end));
  graph.payload({4, 0}, bytes, true);
  EXPECT_TRUE(graph.take());
  EXPECT_FALSE(graph.take());
  EXPECT_TRUE(graph.payload({4, 1}, bytes, true));
  EXPECT_EQ(graph.take()->still, 1u);
}

TEST(live_graph, to_ask_before_it_is_whole_changes_nothing) {
  const auto bytes = stream_of();
  live_graph graph(choosing(trigger::exit_end));
  graph.payload({4, 0}, std::span(bytes).first(30), false);
  EXPECT_FALSE(graph.take());
  EXPECT_TRUE(graph.payload({4, 0}, std::span(bytes).subspan(30), true));
  EXPECT_TRUE(graph.take());
}

TEST(live_graph, what_is_broken_or_makes_no_sense_is_no_graph) {
  const auto bytes = stream_of();
  live_graph graph(choosing(trigger::exit_end));
  graph.payload({4, 0}, std::span(bytes).first(30), false);
  graph.broken({4, 0});
  EXPECT_EQ(graph.graph(), nullptr);
  auto wrong = bytes;
  wrong.back() ^= std::byte{1};
  wrong[wrong.size() - 4] ^= std::byte{0x7f};
  EXPECT_TRUE(graph.payload({4, 1}, wrong, true));
  EXPECT_EQ(graph.graph(), nullptr);
  EXPECT_TRUE(graph.payload({4, 2}, bytes, true));
  EXPECT_NE(graph.graph(), nullptr);
}

}  // namespace
}  // namespace track::tools
