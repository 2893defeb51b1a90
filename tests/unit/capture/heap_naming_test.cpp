#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include "libtrack/capture/reader.hpp"
#include "tests/unit/capture/image_builder.hpp"
#include "tests/unit/capture/stream_builder.hpp"

namespace track {
namespace {

using capture::pointer_kind;
using namespace ledger::graph;

// Knows a class by its vtable, the type of one site, a global variable; counts what it is asked.
class fake_heaps final : public capture::name_source, public capture::heap_name_source {
 public:
  capture::module_names resolve(const capture::module_key&,
                                std::span<const std::uint64_t> offsets) override {
    capture::module_names names;
    names.chains.resize(offsets.size(), {{"make()", "", 0, false}});
    return names;
  }
  capture::heap_name_source* heaps() override { return this; }

  bool set_modules(std::span<const capture::loaded_module> modules) override {
    modules_.assign(modules.begin(), modules.end());
    return false;
  }
  std::uint32_t type_of_vtable(std::uint64_t, std::string_view mangled) override {
    return mangled == "7Session" ? 70 : 0;
  }
  std::uint32_t type_of_site(std::span<const capture::allocating_frame> stack,
                             std::uint64_t size_bytes) override {
    ++sites_asked;
    const bool known = size_bytes == 80 && stack.size() == 1 && stack[0].offset == 0x60 &&
                       modules_.at(stack[0].module).key.path == "/opt/app" &&
                       stack[0].functions == std::vector<std::string>{"make()"};
    return known ? 80 : 0;
  }
  capture::type_row facts(std::uint32_t type) override {
    return type == 70 ? capture::type_row{"Session", 72, 0, false}
                      : capture::type_row{"Pair", 16, 0, true};
  }
  std::optional<capture::field_row> field_at(std::uint32_t type, std::uint64_t offset) override {
    ++fields_asked;
    if (type == 70 && offset == 16) {
      return capture::field_row{"peer", "Peer*", 0, pointer_kind::raw};
    }
    if (type == 80 && offset == 8) {
      return capture::field_row{"second", "std::shared_ptr<Session>", 0, pointer_kind::strong};
    }
    return std::nullopt;
  }
  std::optional<capture::variable_row> variable_at(std::uint64_t address) override {
    return address == 0x555500004018
               ? std::optional(capture::variable_row{"g_sessions", "[3]", "Session*", 24})
               : std::nullopt;
  }
  std::optional<capture::variable_row> thread_local_at(std::uint32_t program,
                                                       std::uint64_t below_pointer) override {
    return modules_.at(program).key.path == "/opt/app" && below_pointer == 0x20
               ? std::optional(capture::variable_row{"t_current", "", "Session*", 0})
               : std::nullopt;
  }

  int sites_asked = 0;
  int fields_asked = 0;

 private:
  std::vector<capture::loaded_module> modules_;
};

// A session, and two arrays of pairs that point to it from different elements.
test::stream_builder stream() {
  test::stream_builder made;
  made.begin()
      .module(0x555500000000, 0x5000, "/opt/app")
      .root(root_kind::segment, 0x555500004000, 0x1000)
      .root_edges({{3, 0}, {9, 1}})
      .root(root_kind::tls, 0x7f0000001000, 0x1000, 1, 0x800)
      .root_edges({{0xfc, 0}})
      .type(0x555500003d10, control_shape::none, "7Session")
      .block(0x10000, 72, 5, 1)
      .edges({{2, 1}})
      .block(0x20000, 80, 6)
      .edges({{1, 0}, {5, 0}, {9, 0}})
      .block(0x30000, 80, 6)
      .edges({{3, 0}})
      .last_frame()
      .end();
  return made;
}

std::string make_capture(const test::temporary_folder& folder, capture::name_source* names) {
  auto writer = capture::writer::create(folder.file("c.track.partial"), test::test_info());
  const test::stream_builder made = stream();
  const auto all = std::span(made.bytes());
  EXPECT_TRUE(writer->add_graph({0, 0}, all.first(all.size() - made.tail().size()), false));
  EXPECT_TRUE(writer->add_graph({0, 0}, made.tail(), true));
  test::image_builder program;
  for (std::uint64_t place = 1; place <= 6; ++place) {
    program.site({{"/opt/app", place * 16}}, allocation_function::malloc, 2, 1, 72);
  }
  program.end_by_exit();
  EXPECT_TRUE(writer->add_process(program.image, test::exited()));
  return *writer->finalize(folder.file("c.track"), {names});
}

void expect_names(capture::reader& opened) {
  const auto graph = opened.load_graph(0);
  ASSERT_TRUE(graph) << graph.failure().message;
  const auto names = opened.load_heap_names(*graph);
  ASSERT_TRUE(names) << names.failure().message;
  ASSERT_EQ(names->type_of_block.size(), 3u);
  const std::uint32_t session = names->type_of_block[0];
  const std::uint32_t pairs = names->type_of_block[1];
  EXPECT_EQ(names->types[session].name, "Session");
  EXPECT_EQ(names->types[pairs].name, "Pair");
  EXPECT_EQ(names->type_of_block[2], pairs);
  ASSERT_NE(names->field_at(session, 16), nullptr);
  EXPECT_EQ(names->field_at(session, 16)->path, "peer");
  EXPECT_EQ(names->field_at(session, 24), nullptr);
  for (const std::uint64_t element : {0u, 2u, 4u}) {
    const auto* field = names->field_at(pairs, element * 16 + 8);
    ASSERT_NE(field, nullptr);
    EXPECT_EQ(field->kind, pointer_kind::strong);
  }
  ASSERT_NE(names->variable_at(0x555500004018), nullptr);
  EXPECT_EQ(names->variable_at(0x555500004018)->path, "[3]");
  EXPECT_EQ(names->variable_at(0x555500004048), nullptr);
  ASSERT_NE(names->variable_at(0x7f00000017e0), nullptr);
  EXPECT_EQ(names->variable_at(0x7f00000017e0)->name, "t_current");
}

TEST(heap_naming, answers_are_kept_in_the_capture_and_each_question_is_asked_once) {
  const test::temporary_folder folder;
  fake_heaps heaps;
  auto opened = capture::reader::open(make_capture(folder, &heaps));
  ASSERT_TRUE(opened);
  expect_names(*opened);
  EXPECT_EQ(heaps.sites_asked, 1);
  EXPECT_EQ(heaps.fields_asked, 2);
}

TEST(heap_naming, a_capture_is_named_later_and_again_without_loss) {
  const test::temporary_folder folder;
  const std::string path = make_capture(folder, nullptr);
  {
    auto opened = capture::reader::open(path);
    const auto graph = opened->load_graph(0);
    const auto names = opened->load_heap_names(*graph);
    ASSERT_TRUE(names);
    EXPECT_EQ(names->types.size(), 1u);
    EXPECT_EQ(names->type_of_block, (std::vector<std::uint32_t>{0, 0, 0}));
    fake_heaps heaps;
    ASSERT_TRUE(opened->name(heaps));
    expect_names(*opened);
  }
  fake_heaps heaps;
  ASSERT_TRUE(capture::symbolize(path, heaps));
  ASSERT_TRUE(capture::symbolize(path, heaps));
  auto opened = capture::reader::open(path);
  ASSERT_TRUE(opened);
  expect_names(*opened);
}

TEST(heap_naming, forged_types_are_errors_or_unknown) {
  const test::temporary_folder folder;
  fake_heaps heaps;
  const std::string path = make_capture(folder, &heaps);
  const auto load = [&path](const char* sql) {
    SQLite::Database(path, SQLite::OPEN_READWRITE).exec(sql);
    auto opened = capture::reader::open(path);
    const auto graph = opened->load_graph(0);
    return opened->load_heap_names(*graph);
  };
  const auto unknown = load("UPDATE vtables SET type = 99; UPDATE site_types SET type = -1");
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->type_of_block, (std::vector<std::uint32_t>{0, 0, 0}));
  EXPECT_FALSE(load("UPDATE fields SET kind = 200"));
  EXPECT_FALSE(load("UPDATE fields SET kind = 1; UPDATE types SET id = id + 5"));
}

}  // namespace
}  // namespace track
