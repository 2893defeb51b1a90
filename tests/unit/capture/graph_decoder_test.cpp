#include "libtrack/capture/graph_decoder.hpp"

#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/capture/stream_builder.hpp"

namespace track {
namespace {

using namespace ledger::graph;
using capture::decode_graph;
using test::small_stream;
using test::stream_builder;

std::string failure_of(const stream_builder& stream) {
  const auto graph = decode_graph(stream.bytes());
  return graph ? "none" : graph.failure().message;
}

void expect_small(const capture::heap_graph& graph) {
  EXPECT_EQ(graph.trigger, trigger::exit_end);
  EXPECT_EQ(graph.at_mono_ms, 5000u);
  EXPECT_EQ(graph.threads, 2u);
  EXPECT_EQ(graph.pause_us, 250u);
  EXPECT_EQ(graph.notes[0], 1u);
  EXPECT_TRUE(graph.is_skewed());
  ASSERT_EQ(graph.modules.size(), 1u);
  EXPECT_EQ(graph.modules[0].end, 0x555500005000u);
  EXPECT_EQ(graph.modules[0].path, "/opt/app");
  ASSERT_EQ(graph.types.size(), 2u);
  EXPECT_EQ(graph.types[1].mangled, "7Session");
  ASSERT_EQ(graph.block_count(), 2u);
  EXPECT_EQ(graph.address[1], 0x555500010060u);
  EXPECT_EQ(graph.bytes_of(0), 72u);
  EXPECT_EQ(graph.bytes, 112u);
  EXPECT_EQ(graph.site, (std::vector<std::uint32_t>{5, 6}));
  EXPECT_EQ(graph.type, (std::vector<std::uint32_t>{1, 0}));
  EXPECT_FALSE(graph.inherited[0] || graph.inherited[1]);
  EXPECT_EQ(graph.first_edge, (std::vector<std::uint32_t>{0, 1, 3}));
  ASSERT_EQ(graph.edges.size(), 3u);
  EXPECT_EQ(graph.edges[0].target, 1u);
  EXPECT_EQ(graph.edges[0].word, 2u);
  EXPECT_EQ(graph.edges[2].word, 4u);
  EXPECT_EQ(graph.edges[2].interior, 1u);
  EXPECT_EQ(graph.interior_of(graph.interiors, 2).offset, 16u);
  EXPECT_EQ(graph.interior_of(graph.interiors, 2).flags, multiple_inheritance);
  ASSERT_EQ(graph.roots.size(), 1u);
  EXPECT_EQ(graph.roots[0].kind, root_kind::segment);
  EXPECT_EQ(graph.first_root_edge, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(graph.root_edges[0].word, 3u);
}

TEST(graph_decoder, a_small_heap_comes_back) {
  const auto graph = decode_graph(small_stream().bytes());
  ASSERT_TRUE(graph) << graph.failure().message;
  expect_small(*graph);
}

TEST(graph_decoder, pieces_may_be_cut_anywhere) {
  const stream_builder stream = small_stream();
  const std::span<const std::byte> all(stream.bytes());
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    capture::graph_decoder decoder({}, all.size());
    ASSERT_TRUE(decoder.feed(all.first(cut)));
    ASSERT_TRUE(decoder.feed(all.subspan(cut)));
    const auto graph = decoder.finish();
    ASSERT_TRUE(graph) << graph.failure().message;
    expect_small(*graph);
  }
}

TEST(graph_decoder, a_stream_that_ends_early_is_incomplete_wherever_it_ends) {
  const stream_builder stream = small_stream();
  const std::span<const std::byte> all(stream.bytes());
  for (std::size_t size = 0; size < all.size(); ++size) {
    const auto graph = decode_graph(all.first(size));
    ASSERT_FALSE(graph) << size;
    EXPECT_EQ(graph.failure().code, error_code::bad_input);
    EXPECT_NE(graph.failure().message.find("offset"), std::string::npos);
  }
}

TEST(graph_decoder, records_run_across_its_window) {
  stream_builder stream;
  stream.begin();
  constexpr std::uint32_t blocks = 300'000;
  for (std::uint32_t i = 0; i < blocks; ++i) {
    stream.block(0x100000 + std::uint64_t{i} * 32, 24, i % 1000 + 1);
    stream.edges({{0, (i + 1) % blocks}, {2, blocks - 1 - i, 8, length64}});
  }
  stream.last_frame().end();
  const auto graph = decode_graph(stream.bytes());
  ASSERT_TRUE(graph) << graph.failure().message;
  ASSERT_EQ(graph->block_count(), blocks);
  ASSERT_EQ(graph->edges.size(), 2u * blocks);
  for (std::uint32_t i = 0; i < blocks; ++i) {
    ASSERT_EQ(graph->address[i], 0x100000 + std::uint64_t{i} * 32);
    ASSERT_EQ(graph->site[i], i % 1000 + 1);
    ASSERT_EQ(graph->edges[2 * i].target, (i + 1) % blocks);
    ASSERT_EQ(graph->edges[2 * i + 1].target, blocks - 1 - i);
    ASSERT_EQ(graph->interiors[i].edge, 2 * i + 1);
  }
}

TEST(graph_decoder, blocks_of_the_parent_are_inherited_and_sites_count_from_the_fork) {
  stream_builder stream;
  stream.begin(trigger::exit_end, 100).block(64, 8, 99).block(128, 8, 103).last_frame().end();
  const auto graph = decode_graph(stream.bytes());
  ASSERT_TRUE(graph) << graph.failure().message;
  EXPECT_EQ(graph->site, (std::vector<std::uint32_t>{0, 3}));
  EXPECT_TRUE(graph->inherited[0]);
  EXPECT_FALSE(graph->inherited[1]);
}

TEST(graph_decoder, large_sizes_and_ages_that_run_backwards) {
  stream_builder stream;
  stream.begin()
      .block(4096, std::uint64_t{6} << 30, 1, 0, 0x12, 0xfffffff0)
      .block(std::uint64_t{7} << 30, 0)
      .edges({})
      .last_frame()
      .end();
  EXPECT_NE(failure_of(stream).find("edges"), std::string::npos);
  stream_builder sound;
  sound.begin()
      .block(4096, std::uint64_t{6} << 30, 1, 0, 0x12, 0xfffffff0)
      .block(std::uint64_t{7} << 30, 0)
      .last_frame()
      .end();
  const auto graph = decode_graph(sound.bytes());
  ASSERT_TRUE(graph) << graph.failure().message;
  EXPECT_EQ(graph->bytes_of(0), std::uint64_t{6} << 30);
  EXPECT_EQ(graph->bytes_of(1), 0u);
  EXPECT_EQ(graph->age_ms[0], 0u);
}

TEST(graph_decoder, counts_come_back_and_must_lie_within_their_block) {
  const auto with_counts = [](std::uint64_t offset) {
    stream_builder stream;
    stream.begin().block(64, 32).counts(0, offset, 2, 1, control_shape::libstdcxx).last_frame();
    return stream.end();
  };
  const auto graph = decode_graph(with_counts(16).bytes());
  ASSERT_TRUE(graph) << graph.failure().message;
  ASSERT_EQ(graph->counts.size(), 1u);
  EXPECT_EQ(graph->counts[0].owners(), 2u);
  EXPECT_NE(failure_of(with_counts(24)).find("control block"), std::string::npos);
  EXPECT_NE(failure_of(with_counts(~0ull)).find("control block"), std::string::npos);
}

TEST(graph_decoder, what_makes_no_sense_is_refused) {
  const auto with = [](auto&& change) {
    stream_builder stream;
    stream.begin().root(root_kind::stack, 0x1000, 64).block(64, 32);
    change(stream);
    return failure_of(stream.last_frame().end());
  };
  EXPECT_EQ(with([](stream_builder&) {}), "none");
  EXPECT_NE(with([](stream_builder& s) { s.edges({{4, 0}}); }), "none") << "a word too far";
  EXPECT_NE(with([](stream_builder& s) { s.edges({{0, 1}}); }), "none") << "no such block";
  EXPECT_NE(with([](stream_builder& s) { s.edges({{0, 0xffffffff}}); }), "none");
  EXPECT_NE(with([](stream_builder& s) { s.edges({{0, 0, 32, 1}}); }), "none") << "past its end";
  EXPECT_NE(with([](stream_builder& s) { s.block(64, 8); }), "none") << "the same address";
  EXPECT_NE(with([](stream_builder& s) { s.block(128, 8, 1, 1); }), "none") << "no such type";
  EXPECT_NE(with([](stream_builder& s) { s.block(128, 8, 1, 0, 0xf0); }), "none") << "function";
  EXPECT_NE(with([](stream_builder& s) { s.block(128, ~0ull); }), "none") << "size";
  EXPECT_NE(with([](stream_builder& s) { s.begin(); }), "none") << "begins twice";
  EXPECT_NE(with([](stream_builder& s) { s.byte(99); }), "none") << "unknown record";
  EXPECT_NE(with([](stream_builder& s) { s.tag(record::edges).number(std::uint64_t{1} << 40); }),
            "none")
      << "a forged count";
  EXPECT_NE(
      with([](stream_builder& s) { s.tag(record::module).number(0).number(0).number(~0ull); }),
      "none")
      << "a forged length";
  EXPECT_NE(with([](stream_builder& s) { s.end().byte(9); }), "none") << "goes on behind its end";
}

TEST(graph_decoder, a_newer_stream_is_told_from_a_corrupt_one) {
  stream_builder stream;
  stream.begin(trigger::exit_end, 0, 2).last_frame().end();
  EXPECT_NE(failure_of(stream).find("newer"), std::string::npos);
}

TEST(graph_decoder, head_and_totals_are_read_without_the_rest) {
  const stream_builder stream = small_stream();
  const auto head = capture::read_graph_head(stream.bytes());
  ASSERT_TRUE(head);
  EXPECT_EQ(head->at_mono_ms, 5000u);
  const auto totals = capture::read_graph_totals(stream.tail());
  ASSERT_TRUE(totals);
  EXPECT_EQ(totals->blocks, 2u);
  EXPECT_EQ(totals->bytes, 112u);
  EXPECT_EQ(totals->notes[0], 1u);
  EXPECT_FALSE(capture::read_graph_totals(stream.bytes()));
  EXPECT_FALSE(capture::read_graph_totals(stream.tail().first(stream.tail().size() - 1)));
  EXPECT_FALSE(capture::read_graph_head(stream.tail()));
}

// The bytes of the page's dump: lines of "OFFSET  bytes  # comment".
std::vector<std::byte> dump_of(const std::string& path) {
  std::ifstream page(path);
  std::vector<std::byte> bytes;
  std::string line;
  while (std::getline(page, line) && line != "```hexdump") {
  }
  while (std::getline(page, line) && line != "```") {
    std::istringstream words(line.substr(0, line.find('#')));
    std::size_t offset = 0;
    words >> std::hex >> offset;
    EXPECT_EQ(offset, bytes.size());
    for (unsigned value = 0; words >> value;) {
      bytes.push_back(static_cast<std::byte>(value));
    }
  }
  return bytes;
}

TEST(graph_page, its_example_is_the_small_heap) {
  const std::vector<std::byte> bytes = dump_of(LIBTRACK_GRAPH_PAGE);
  EXPECT_EQ(bytes, small_stream().frames(0, 0));
}

}  // namespace
}  // namespace track
