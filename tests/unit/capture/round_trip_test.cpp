#include <sys/stat.h>

#include <fstream>

#include <gtest/gtest.h>

#include "libtrack/analysis/code_index.hpp"
#include "libtrack/capture/reader.hpp"
#include "tests/unit/capture/image_builder.hpp"

namespace track {
namespace {

using test::code_place;
using test::image_builder;

const std::vector<code_place> make_stack = {{"/opt/app", 0x20}, {"/opt/app", 0x10}};

capture::contents load(const std::string& path) {
  auto opened = capture::reader::open(path);
  EXPECT_TRUE(opened) << (opened ? "" : opened.failure().message);
  auto all = opened->load();
  EXPECT_TRUE(all) << (all ? "" : all.failure().message);
  return *all;
}

std::string write_capture(const test::temporary_folder& folder,
                          const std::vector<ledger::process_image>& images,
                          capture::name_source* names = nullptr) {
  auto writer = capture::writer::create(folder.file("c.track.partial"), test::test_info());
  EXPECT_TRUE(writer);
  for (const ledger::process_image& image : images) {
    EXPECT_TRUE(writer->add_process(image, test::exited()));
  }
  const auto path = writer->finalize(folder.file("c.track"), {names});
  EXPECT_TRUE(path);
  return *path;
}

TEST(capture_round_trip, counters_and_ends_come_back) {
  const test::temporary_folder folder;
  image_builder builder;
  builder.site(make_stack, allocation_function::malloc, 10, 4, 16);
  builder.image.reallocations = 3;
  builder.end_by_exit();
  const capture::contents all = load(write_capture(folder, {builder.image}));

  EXPECT_TRUE(all.complete);
  ASSERT_EQ(all.processes.size(), 1u);
  EXPECT_EQ(all.processes[0].end.code, 0);
  EXPECT_EQ(all.processes[0].end.duration_ms, 1500u);
  EXPECT_EQ(all.processes[0].start_unix_ms, 1795341601000);
  EXPECT_EQ(all.processes[0].reallocations, 3u);
  ASSERT_EQ(all.counters.size(), 1u);
  EXPECT_EQ(all.counters[0].allocations, 10u);
  EXPECT_EQ(all.counters[0].bytes_freed, 96u);
  ASSERT_TRUE(all.counters[0].surviving);
  EXPECT_EQ(all.counters[0].surviving->blocks, 4u);
  EXPECT_EQ(all.counters[0].surviving->oldest_age_ms, 1400u);
  EXPECT_EQ(all.counters[0].surviving->youngest_age_ms, 200u);
}

TEST(capture_round_trip, capture_is_private_and_leaves_no_companions) {
  const test::temporary_folder folder;
  image_builder builder;
  const std::string path = write_capture(folder, {builder.image});
  struct stat info = {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
  EXPECT_FALSE(std::filesystem::exists(path + ".partial-journal"));
}

TEST(capture_round_trip, same_stack_of_two_processes_is_one_site) {
  const test::temporary_folder folder;
  image_builder first(0);
  first.site(make_stack, allocation_function::malloc, 1, 1, 8);
  image_builder second(1);
  // The same file at another place in memory.
  second.stack({{"/opt/other", 0x1}});
  second.site(make_stack, allocation_function::malloc, 2, 2, 8);
  second.image.modules[2].build_id = first.image.modules[1].build_id;
  const capture::contents all = load(write_capture(folder, {first.image, second.image}));
  ASSERT_EQ(all.counters.size(), 2u);
  EXPECT_EQ(all.counters[0].site, all.counters[1].site);
}

TEST(capture_round_trip, another_build_of_a_module_is_another_site) {
  const test::temporary_folder folder;
  image_builder first(0);
  first.site(make_stack, allocation_function::malloc, 1, 1, 8);
  image_builder second(1);
  second.site(make_stack, allocation_function::malloc, 1, 1, 8);
  second.image.modules[1].build_id = {0xcd};
  const capture::contents all = load(write_capture(folder, {first.image, second.image}));
  ASSERT_EQ(all.counters.size(), 2u);
  EXPECT_NE(all.counters[0].site, all.counters[1].site);
}

TEST(capture_round_trip, stacks_cut_to_the_depth_asked_for_become_one) {
  const test::temporary_folder folder;
  auto info = test::test_info();
  info.depth_frames = 3;
  image_builder builder;
  std::vector<code_place> deep = {{"/opt/app", 1}, {"/opt/app", 2}, {"/opt/app", 3}};
  for (std::uint64_t i = 0; i < 5; ++i) {
    deep.push_back({"/opt/app", 100 + i});
    builder.site(deep, allocation_function::malloc, 2, 1, 8);
  }
  auto writer = capture::writer::create(folder.file("p"), info);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->add_process(builder.image, test::exited()));
  ASSERT_TRUE(writer->finalize(folder.file("c.track"), {}));
  const capture::contents all = load(folder.file("c.track"));
  ASSERT_EQ(all.counters.size(), 1u);
  EXPECT_EQ(all.counters[0].allocations, 10u);
  EXPECT_EQ(all.depth_frames, 3u);
  const std::uint32_t stack = all.sites[all.counters[0].site].stack;
  EXPECT_EQ(analysis::code_index(all).stack(stack).size(), 3u);
}

TEST(capture_round_trip, a_cut_stack_equals_a_short_one_and_one_of_another_process) {
  const test::temporary_folder folder;
  auto info = test::test_info();
  info.depth_frames = 2;
  image_builder first(0);
  first.site(make_stack, allocation_function::malloc, 1, 1, 8);
  image_builder second(1);
  second.site({{"/opt/app", 0x20}, {"/opt/app", 0x10}, {"/opt/app", 0x5}},
              allocation_function::malloc, 1, 1, 8);
  auto writer = capture::writer::create(folder.file("p"), info);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->add_process(first.image, test::exited()));
  ASSERT_TRUE(writer->add_process(second.image, test::exited()));
  ASSERT_TRUE(writer->finalize(folder.file("c.track"), {}));
  const capture::contents all = load(folder.file("c.track"));
  ASSERT_EQ(all.counters.size(), 2u);
  EXPECT_EQ(all.counters[0].site, all.counters[1].site);
}

TEST(capture_round_trip, equal_processes_share_every_row) {
  const test::temporary_folder folder;
  std::vector<ledger::process_image> images;
  for (std::uint64_t number = 0; number < 3; ++number) {
    image_builder builder(number);
    for (std::uint64_t i = 0; i < 9000; ++i) {
      builder.site({{"/opt/app", i % 100}, {"/opt/app", 1000 + i / 30}, {"/opt/app", 7}},
                   allocation_function::malloc, 1, 0, 8);
    }
    images.push_back(builder.image);
  }
  const capture::contents all = load(write_capture(folder, images));
  EXPECT_EQ(all.stacks.size(), 1u + 1 + 300 + 9000);
  EXPECT_EQ(all.sites.size(), 1u + 9000);
  ASSERT_EQ(all.counters.size(), 27000u);
  const auto& site = all.sites[all.counters[8999].site];
  const auto& frame = all.frames[all.stacks[site.stack].frame];
  EXPECT_EQ(frame.offset, 8999u % 100);
  EXPECT_EQ(all.frames[all.stacks[all.stacks[site.stack].parent].frame].offset, 1000u + 8999 / 30);
}

TEST(capture_round_trip, parents_in_a_circle_end) {
  const test::temporary_folder folder;
  image_builder builder;
  const site_id site = builder.site(make_stack, allocation_function::malloc, 1, 1, 8);
  const node_id inner = builder.image.sites[site.value].node;
  builder.image.nodes[builder.image.nodes[inner.value].parent.value].parent = inner;
  const capture::contents all = load(write_capture(folder, {builder.image}));
  EXPECT_EQ(all.counters.size(), 1u);
}

TEST(capture_round_trip, a_process_added_again_is_replaced) {
  const test::temporary_folder folder;
  image_builder before;
  before.site(make_stack, allocation_function::malloc, 1, 1, 8);
  image_builder after;
  after.site(make_stack, allocation_function::malloc, 7, 0, 8);
  const capture::contents all = load(write_capture(folder, {before.image, after.image}));
  ASSERT_EQ(all.counters.size(), 1u);
  EXPECT_EQ(all.counters[0].allocations, 7u);
}

TEST(capture_round_trip, names_are_kept_with_their_inline_chain) {
  const test::temporary_folder folder;
  image_builder builder;
  builder.site(make_stack, allocation_function::malloc, 1, 1, 8);
  test::fake_names names;
  names.add("/opt/app", 0x20, {{"inner()", "a.cpp", 3, true}, {"outer()", "a.cpp", 9, false}});
  const capture::contents all = load(write_capture(folder, {builder.image}, &names));
  EXPECT_TRUE(all.named);
  const auto stack = all.stacks[all.sites[all.counters[0].site].stack];
  const auto frame = all.frames[stack.frame];
  ASSERT_EQ(frame.name_count, 2u);
  EXPECT_EQ(all.strings[all.names[frame.first_name].function], "inner()");
  EXPECT_TRUE(all.names[frame.first_name].inlined);
  EXPECT_EQ(all.strings[all.names[frame.first_name + 1].function], "outer()");
  EXPECT_EQ(all.names[frame.first_name + 1].line, 9u);
}

TEST(capture_round_trip, symbolize_names_in_place_and_keeps_what_it_cannot_better) {
  const test::temporary_folder folder;
  image_builder builder;
  builder.site(make_stack, allocation_function::malloc, 1, 1, 8);
  test::fake_names first;
  first.add("/opt/app", 0x20, {{"inner()", "", 0, false}});
  const std::string path = write_capture(folder, {builder.image}, &first);
  test::fake_names second;
  second.add("/opt/app", 0x10, {{"main", "m.cpp", 5, false}});
  const auto done = capture::symbolize(path, second);
  ASSERT_TRUE(done) << done.failure().message;
  const capture::contents all = load(path);
  const auto inner = all.stacks[all.sites[all.counters[0].site].stack];
  const auto outer = all.stacks[inner.parent];
  EXPECT_EQ(all.strings[all.names[all.frames[inner.frame].first_name].function], "inner()");
  EXPECT_EQ(all.strings[all.names[all.frames[outer.frame].first_name].function], "main");
}

TEST(capture_round_trip, arguments_keep_every_byte) {
  const test::temporary_folder folder;
  image_builder builder;
  builder.image.args = {"app", "a \"b\" \\ c", "line\nfeed\x01", ""};
  const capture::contents all = load(write_capture(folder, {builder.image}));
  EXPECT_EQ(all.processes[0].args, builder.image.args);
}

TEST(capture_round_trip, finalize_replaces_an_older_capture) {
  const test::temporary_folder folder;
  std::ofstream(folder.file("c.track")) << "old";
  image_builder builder;
  EXPECT_EQ(load(write_capture(folder, {builder.image})).processes.size(), 1u);
}

TEST(capture_round_trip, a_folder_that_cannot_be_written_is_an_output_error) {
  const auto writer = capture::writer::create("/proc/none/c.partial", test::test_info());
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.failure().code, error_code::output);
}

}  // namespace
}  // namespace track
