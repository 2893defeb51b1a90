// SCHEMA.md is true: its views are the file's, its worked example gives what it says.
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "libtrack/capture/reader.hpp"
#include "tests/unit/capture/image_builder.hpp"

namespace track {
namespace {

std::string page() {
  std::ifstream file(LIBTRACK_SCHEMA_PAGE);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The text between ```NAME and ```.
std::string fenced(const std::string& text, const std::string& name) {
  const std::size_t start = text.find("```" + name + "\n");
  if (start == std::string::npos) {
    return "";
  }
  const std::size_t from = start + name.size() + 4;
  return text.substr(from, text.find("```", from) - from);
}

std::string example_capture(const test::temporary_folder& folder) {
  test::image_builder builder;
  builder.site({{"/opt/app", 0x20}, {"/opt/app", 0x10}}, allocation_function::malloc, 10, 4, 16);
  builder.site({{"/opt/app", 0x30}, {"/opt/app", 0x10}}, allocation_function::operator_new, 3, 0,
               100);
  builder.end_by_exit();
  test::fake_names names;
  names.add("/opt/app", 0x20, {{"make_session(int)", "session.cpp", 42, false}});
  names.add("/opt/app", 0x30, {{"parse(char const*)", "parse.cpp", 7, false}});
  auto writer = capture::writer::create(folder.file("p"), test::test_info());
  EXPECT_TRUE(writer->add_process(builder.image, test::exited()));
  return *writer->finalize(folder.file("c.track"), {&names});
}

TEST(schema_page, worked_example_gives_what_it_says) {
  const test::temporary_folder folder;
  auto opened = capture::reader::open(example_capture(folder));
  ASSERT_TRUE(opened);
  std::string answer;
  const auto add_line = [&answer](const std::vector<std::string>& cells) {
    std::string line;
    for (const std::string& cell : cells) {
      line += (line.empty() ? "" : " | ") + cell;
    }
    answer += line + "\n";
  };
  const auto add_row = [&add_line](const capture::query_row& row) {
    std::vector<std::string> cells;
    for (const capture::query_value& value : row) {
      cells.push_back(value.null ? "NULL" : value.text);
    }
    add_line(cells);
    return true;
  };
  const auto done = opened->query(fenced(page(), "sql"), {add_line, add_row});
  ASSERT_TRUE(done) << done.failure().message;
  EXPECT_EQ(answer, fenced(page(), "answer"));
}

TEST(schema_page, names_every_view) {
  const test::temporary_folder folder;
  auto opened = capture::reader::open(example_capture(folder));
  ASSERT_TRUE(opened);
  const auto views = opened->views();
  ASSERT_TRUE(views);
  for (const std::string& view : *views) {
    EXPECT_NE(page().find("`" + view.substr(0, view.find(' ')) + "`"), std::string::npos) << view;
  }
}

}  // namespace
}  // namespace track
