#include <gtest/gtest.h>

#include "libtrack/capture/reader.hpp"
#include "tests/unit/capture/image_builder.hpp"

namespace track {
namespace {

class capture_query : public testing::Test {
 protected:
  capture_query() {
    test::image_builder builder;
    builder.site({{"/opt/app", 0x20}, {"/opt/app", 0x10}}, allocation_function::malloc, 10, 4, 16);
    builder.site({{"/opt/app", 0x30}}, allocation_function::operator_new, 3, 0, 100);
    builder.end_by_exit();
    test::fake_names names;
    names.add("/opt/app", 0x20, {{"make()", "a.cpp", 3, false}});
    auto writer = capture::writer::create(folder_.file("p"), test::test_info());
    EXPECT_TRUE(writer->add_process(builder.image, test::exited()));
    EXPECT_TRUE(writer->sample(0, 5010, {100, 2, 120}));
    path_ = *writer->finalize(folder_.file("c.track"), {&names});
  }

  result<std::vector<std::vector<std::string>>> ask(const std::string& sql) {
    auto opened = capture::reader::open(path_);
    EXPECT_TRUE(opened);
    std::vector<std::vector<std::string>> rows;
    const auto done = opened->query(sql, {[](const std::vector<std::string>&) {},
                                          [&rows](const capture::query_row& row) {
                                            auto& cells = rows.emplace_back();
                                            for (const capture::query_value& value : row) {
                                              cells.push_back(value.text);
                                            }
                                            return true;
                                          }});
    if (!done) {
      return done.failure();
    }
    return rows;
  }

  void expect_refused(const std::string& sql) {
    const auto rows = ask(sql);
    ASSERT_FALSE(rows) << sql;
    EXPECT_EQ(rows.failure().code, error_code::usage) << sql;
  }

  test::temporary_folder folder_;
  std::string path_;
};

TEST_F(capture_query, totals_of_a_process) {
  const auto rows = ask("SELECT allocations, live_bytes, end FROM v1_processes");
  ASSERT_TRUE(rows) << rows.failure().message;
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ((*rows)[0], (std::vector<std::string>{"13", "64", "exited"}));
}

TEST_F(capture_query, every_view_answers) {
  auto opened = capture::reader::open(path_);
  ASSERT_TRUE(opened);
  const auto views = opened->views();
  ASSERT_TRUE(views);
  EXPECT_GE(views->size(), 10u);
  for (const std::string& view : *views) {
    const std::string name = view.substr(0, view.find(' '));
    EXPECT_TRUE(ask("SELECT * FROM " + name)) << name;
  }
}

TEST_F(capture_query, joins_functions_and_recursion_are_admitted) {
  const auto rows =
      ask("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) "
          "SELECT s.caller, sum(c.live_bytes), (SELECT max(i) FROM n) FROM v1_counters c "
          "JOIN v1_sites s USING (site) WHERE s.caller IS NOT NULL GROUP BY 1");
  ASSERT_TRUE(rows) << rows.failure().message;
  EXPECT_EQ((*rows)[0], (std::vector<std::string>{"make()", "64", "3"}));
}

TEST_F(capture_query, stacks_come_innermost_first) {
  const auto rows =
      ask("SELECT k.position, f.offset FROM v1_sites s JOIN v1_stacks k USING (stack) "
          "JOIN v1_frames f USING (frame) WHERE s.site = 1 ORDER BY k.position");
  ASSERT_TRUE(rows) << rows.failure().message;
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ((*rows)[0], (std::vector<std::string>{"0", "32"}));
  EXPECT_EQ((*rows)[1], (std::vector<std::string>{"1", "16"}));
}

TEST_F(capture_query, aggregates_over_joined_views_are_admitted) {
  const auto rows =
      ask("SELECT s.stack, group_concat(coalesce(f.function, f.offset), '<') FROM v1_stacks s "
          "JOIN v1_frames f USING (frame) GROUP BY s.stack ORDER BY 2");
  ASSERT_TRUE(rows) << rows.failure().message;
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ((*rows)[0][1], "48");
  EXPECT_EQ((*rows)[1][1], "make()<16");
}

TEST_F(capture_query, every_pair_of_views_can_be_joined_grouped_and_counted) {
  auto opened = capture::reader::open(path_);
  ASSERT_TRUE(opened);
  const auto views = opened->views();
  ASSERT_TRUE(views);
  for (const std::string& one : *views) {
    for (const std::string& other : *views) {
      const std::string pair = " FROM " + one.substr(0, one.find(' ')) + " a, " +
                               other.substr(0, other.find(' ')) + " b";
      for (const char* head : {"SELECT count(*)", "SELECT DISTINCT b.*", "SELECT 1"}) {
        const auto rows = ask(head + pair);
        EXPECT_TRUE(rows) << head << pair << ": " << (rows ? "" : rows.failure().message);
      }
      EXPECT_TRUE(ask("SELECT * FROM (SELECT a.*" + pair + ") GROUP BY 1 ORDER BY 1")) << pair;
    }
  }
}

TEST_F(capture_query, a_name_of_its_own_may_be_that_of_a_table) {
  const auto rows =
      ask("WITH sites AS (SELECT 7 AS site) SELECT site, (SELECT count(*) FROM sites) "
          "FROM sites");
  ASSERT_TRUE(rows) << rows.failure().message;
  EXPECT_EQ((*rows)[0], (std::vector<std::string>{"7", "1"}));
}

TEST_F(capture_query, tables_and_writes_are_refused) {
  expect_refused("SELECT count(*) FROM sites");
  expect_refused("WITH v1_mine AS (SELECT * FROM sites) SELECT * FROM v1_mine");
  expect_refused("SELECT s.site FROM v1_sites s JOIN sites ON sites.id = s.site");
  expect_refused("SELECT * FROM v1_sites WHERE site IN (SELECT id FROM sites)");
  expect_refused("SELECT * FROM main.sites");
  expect_refused("SELECT count(*) FROM sqlite_schema");
  expect_refused("SELECT * FROM pragma_table_info('sites')");
  expect_refused("INSERT INTO v1_sites VALUES (1, 2, 3, 4)");
  expect_refused("SELECT * FROM sites");
  expect_refused("SELECT (SELECT max(pid) FROM processes) FROM v1_capture");
  expect_refused("SELECT sql FROM sqlite_schema");
  expect_refused("DELETE FROM meta");
  expect_refused("CREATE TEMP TABLE t (a)");
  expect_refused("ATTACH 'x' AS y");
  expect_refused("PRAGMA user_version = 9");
  expect_refused("SELECT load_extension('x')");
  expect_refused("SELECT 1; SELECT 2");
  expect_refused("");
  expect_refused("SELECT nothing FROM v1_sites");
}

}  // namespace
}  // namespace track
