#include <unistd.h>

#include <array>
#include <fstream>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include "libtrack/capture/reader.hpp"
#include "libtrack/capture/still_frames.hpp"
#include "libtrack/capture/writer.hpp"
#include "tests/unit/capture/image_builder.hpp"
#include "tests/unit/capture/stream_builder.hpp"

namespace track {
namespace {

using capture::still_key;
using test::small_stream;
using test::stream_builder;

struct heard final : capture::still_sink {
  void payload(still_key still, std::span<const std::byte> bytes, bool last) override {
    auto& into = streams[still];
    into.insert(into.end(), bytes.begin(), bytes.end());
    ended += last ? 1 : 0;
  }
  void broken(still_key still) override { given_up.push_back(still); }

  std::map<still_key, std::vector<std::byte>> streams;
  std::vector<still_key> given_up;
  int ended = 0;
};

void append(std::vector<std::byte>& to, std::span<const std::byte> more) {
  to.insert(to.end(), more.begin(), more.end());
}

TEST(still_frames, streams_of_two_processes_come_apart_however_reads_cut_them) {
  const stream_builder stream = small_stream();
  const auto one = stream.frames(1, 0, 10);
  const auto two = stream.frames(2, 3, 20);
  std::vector<std::byte> mixed;
  append(mixed, std::span(one).first(34));
  append(mixed, two);
  append(mixed, std::span(one).subspan(34));
  for (const std::size_t step : {1u, 7u, 33u, 100u, 5000u}) {
    capture::still_frames frames;
    heard sink;
    for (std::size_t at = 0; at < mixed.size(); at += step) {
      frames.feed(std::span(mixed).subspan(at, std::min(step, mixed.size() - at)), sink);
    }
    frames.finish(sink);
    EXPECT_EQ(sink.ended, 2);
    EXPECT_TRUE(sink.given_up.empty());
    EXPECT_EQ((sink.streams[{1, 0}]), stream.bytes());
    EXPECT_EQ((sink.streams[{2, 3}]), stream.bytes());
  }
}

TEST(still_frames, a_gap_gives_the_stream_up_once_and_leaves_others_alone) {
  const stream_builder stream = small_stream();
  const auto whole = stream.frames(1, 0, 10);
  std::vector<std::byte> damaged;
  append(damaged, std::span(whole).first(34));
  append(damaged, std::span(whole).subspan(2 * 34));
  append(damaged, stream.frames(2, 0));
  capture::still_frames frames;
  heard sink;
  frames.feed(damaged, sink);
  frames.finish(sink);
  EXPECT_EQ(sink.given_up, (std::vector<still_key>{{1, 0}}));
  EXPECT_EQ((sink.streams[{2, 0}]), stream.bytes());
}

TEST(still_frames, rubbish_is_skipped_and_an_open_stream_breaks_at_the_end) {
  const stream_builder stream = small_stream();
  std::vector<std::byte> bytes(100, std::byte{0x47});
  append(bytes, stream.frames(1, 0));
  const auto open = stream.frames(5, 0, 10);
  append(bytes, std::span(open).first(34 + 20));
  capture::still_frames frames;
  heard sink;
  frames.feed(bytes, sink);
  EXPECT_EQ((sink.streams[{1, 0}]), stream.bytes());
  EXPECT_TRUE(sink.given_up.empty());
  frames.finish(sink);
  EXPECT_EQ(sink.given_up, (std::vector<still_key>{{5, 0}}));
}

// --- in a capture -----------------------------------------------------------------------------

test::image_builder program() {
  test::image_builder builder;
  for (std::uint64_t place = 1; place <= 6; ++place) {
    builder.site({{"/opt/app", place * 16}}, allocation_function::malloc, 2, 1, 72);
  }
  builder.image.stills_begun = 1;
  builder.end_by_exit();
  return builder;
}

result<capture::writer> new_writer(const test::temporary_folder& folder) {
  return capture::writer::create(folder.file("c.track.partial"), test::test_info());
}

std::optional<std::uint64_t> add(capture::writer& writer, still_key still,
                                 const stream_builder& stream) {
  const auto bytes = std::span(stream.bytes());
  const auto body = bytes.first(bytes.size() - stream.tail().size());
  EXPECT_TRUE(writer.add_graph(still, body, false));
  const auto added = writer.add_graph(still, stream.tail(), true);
  EXPECT_TRUE(added) << added.failure().message;
  return added ? *added : std::nullopt;
}

capture::reader open(const std::string& path) {
  auto opened = capture::reader::open(path);
  EXPECT_TRUE(opened) << (opened ? "" : opened.failure().message);
  return *std::move(opened);
}

TEST(stills, a_graph_comes_back_with_the_sites_of_the_capture) {
  const test::temporary_folder folder;
  auto writer = new_writer(folder);
  ASSERT_TRUE(writer);
  // Another process first, so that sites are numbered otherwise than in the ledger.
  test::image_builder other(7);
  other.site({{"/opt/other", 0x99}}, allocation_function::calloc, 1, 1, 8);
  other.end_by_exit();
  ASSERT_TRUE(writer->add_process(other.image, test::exited()));
  EXPECT_EQ(add(*writer, {0, 0}, small_stream()), 0u);
  ASSERT_TRUE(writer->add_process(program().image, test::exited()));
  ASSERT_TRUE(writer->finalize(folder.file("c.track"), {}));

  capture::reader opened = open(folder.file("c.track"));
  const auto all = opened.load();
  ASSERT_TRUE(all) << all.failure().message;
  ASSERT_EQ(all->stills.size(), 1u);
  const capture::still_row& still = all->stills[0];
  EXPECT_EQ(still.id, 0u);
  EXPECT_EQ(still.process, 0u);
  EXPECT_EQ(still.trigger, ledger::graph::trigger::exit_end);
  EXPECT_EQ(still.blocks, 2u);
  EXPECT_EQ(still.bytes, 112u);
  EXPECT_EQ(still.pause_us, 250u);
  EXPECT_EQ(still.notes[0], 1u);
  EXPECT_EQ(all->processes[0].stills_begun, 1u);

  const auto graph = opened.load_graph(0);
  ASSERT_TRUE(graph) << graph.failure().message;
  ASSERT_EQ(graph->block_count(), 2u);
  EXPECT_EQ(graph->bytes, still.bytes);
  for (std::uint32_t block = 0; block < 2; ++block) {
    const capture::site_row& site = all->sites.at(graph->site[block]);
    EXPECT_EQ(all->frames[all->stacks[site.stack].frame].offset, (block + 5) * 16u);
  }
  EXPECT_EQ(opened.load_graph(1).failure().code, error_code::not_found);
}

TEST(stills, a_growing_capture_has_them_and_one_of_an_unknown_process_waits) {
  const test::temporary_folder folder;
  auto writer = new_writer(folder);
  ASSERT_TRUE(writer);
  add(*writer, {0, 0}, small_stream());
  add(*writer, {9, 0}, small_stream());
  ASSERT_TRUE(writer->add_process(program().image, test::exited()));

  capture::reader opened = open(folder.file("c.track.partial"));
  const auto all = opened.load();
  ASSERT_TRUE(all) << all.failure().message;
  ASSERT_EQ(all->stills.size(), 1u);
  EXPECT_EQ(opened.load_graph(0)->block_count(), 2u);
}

TEST(stills, one_that_did_not_come_to_its_end_leaves_nothing_behind) {
  const test::temporary_folder folder;
  auto writer = new_writer(folder);
  ASSERT_TRUE(writer);
  const std::vector<std::byte> part(std::size_t{3} << 20, std::byte{1});
  ASSERT_TRUE(writer->add_graph({0, 0}, part, false));
  ASSERT_TRUE(writer->add_graph({0, 1}, part, false));
  ASSERT_TRUE(writer->drop_graph({0, 0}));
  ASSERT_TRUE(writer->add_process(program().image, test::exited()));
  ASSERT_TRUE(writer->finalize(folder.file("c.track"), {}));

  SQLite::Database file(folder.file("c.track"));
  EXPECT_EQ(file.execAndGet("SELECT count(*) FROM graph_chunks").getInt(), 0);
  EXPECT_EQ(file.execAndGet("SELECT count(*) FROM stills").getInt(), 0);
}

TEST(stills, a_graph_without_head_or_totals_is_an_error_and_is_dropped) {
  const test::temporary_folder folder;
  auto writer = new_writer(folder);
  ASSERT_TRUE(writer);
  const std::vector<std::byte> rubbish(100, std::byte{0x55});
  const auto added = writer->add_graph({0, 0}, rubbish, true);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.failure().code, error_code::bad_input);
  EXPECT_EQ(add(*writer, {0, 0}, small_stream()), 0u) << "the place is free again";
}

TEST(stills, a_large_graph_is_stored_in_parts) {
  const test::temporary_folder folder;
  auto writer = new_writer(folder);
  ASSERT_TRUE(writer);
  stream_builder stream;
  stream.begin();
  constexpr std::uint32_t blocks = 400'000;
  for (std::uint32_t i = 0; i < blocks; ++i) {
    stream.block(0x100000 + std::uint64_t{i} * 32, 24, i % 6 + 1);
    stream.edges({{0, i / 2}});
  }
  stream.last_frame().end();
  add(*writer, {0, 0}, stream);
  ASSERT_TRUE(writer->add_process(program().image, test::exited()));
  ASSERT_TRUE(writer->finalize(folder.file("c.track"), {}));

  capture::reader opened = open(folder.file("c.track"));
  const auto graph = opened.load_graph(0);
  ASSERT_TRUE(graph) << graph.failure().message;
  EXPECT_EQ(graph->block_count(), blocks);
  EXPECT_EQ(graph->edges.back().target, (blocks - 1) / 2);
}

// A capture with one still, changed by `sql`.
std::string failure_after(const std::string& sql) {
  const test::temporary_folder folder;
  auto writer = new_writer(folder);
  add(*writer, {0, 0}, small_stream());
  EXPECT_TRUE(writer->add_process(program().image, test::exited()));
  EXPECT_TRUE(writer->finalize(folder.file("c.track"), {}));
  SQLite::Database(folder.file("c.track"), SQLite::OPEN_READWRITE).exec(sql);
  capture::reader opened = open(folder.file("c.track"));
  const auto graph = opened.load_graph(0);
  if (graph) {
    return "none";
  }
  EXPECT_EQ(graph.failure().code, error_code::bad_input);
  return graph.failure().message;
}

TEST(stills, damage_is_an_error_and_sites_that_are_not_there_are_unknown) {
  EXPECT_EQ(failure_after("UPDATE stills SET blocks = 4000000000, edges = 4000000000"), "none");
  EXPECT_NE(failure_after("UPDATE stills SET stream_bytes = 5"), "none");
  EXPECT_NE(failure_after("UPDATE graph_chunks SET chunk = 1"), "none");
  EXPECT_NE(failure_after("UPDATE graph_chunks SET records = x'00112233'"), "none");
  EXPECT_NE(failure_after("DELETE FROM graph_chunks"), "none");
  EXPECT_EQ(failure_after("DELETE FROM site_numbers"), "none");
  EXPECT_EQ(failure_after("UPDATE site_numbers SET sites = x'0011'"), "none");
}

}  // namespace
}  // namespace track
