// The reading commands from outside: what they print and the exit statuses of the contract.
#include <sys/wait.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>

#include <gtest/gtest.h>

#include "libtrack/capture/writer.hpp"
#include "tests/unit/capture/image_builder.hpp"

namespace track {
namespace {

struct answer {
  int status = -1;
  std::string output;  // stdout, then stderr
};

class reading_commands : public testing::Test {
 protected:
  reading_commands() {
    test::image_builder builder;
    builder.site({{"/opt/app", 0x20}, {"/opt/app", 0x10}}, allocation_function::malloc, 10, 4, 16);
    builder.site({{"/opt/app", 0x30}, {"/opt/app", 0x10}}, allocation_function::malloc, 2, 1, 4096);
    builder.end_by_exit();
    test::fake_names names;
    names.add("/opt/app", 0x10, {{"main", "m.cpp", 3, false}});
    names.add("/opt/app", 0x20, {{"small()", "m.cpp", 30, false}});
    names.add("/opt/app", 0x30, {{"large()", "m.cpp", 40, false}});
    auto writer = capture::writer::create(folder_.file("p"), test::test_info());
    EXPECT_TRUE(writer->add_process(builder.image, test::exited()));
    EXPECT_TRUE(writer->finalize(folder_.file("app.1.track"), {&names}));
  }

  answer track(const std::string& arguments, const std::string& redirection = "2>&1") {
    const std::string command =
        "cd '" + folder_.file(".") + "' && '" LIBTRACK_COMMAND "' " + arguments + " " + redirection;
    answer got;
    FILE* pipe = popen(command.c_str(), "r");
    char buffer[4096];
    for (std::size_t size; (size = fread(buffer, 1, sizeof(buffer), pipe)) != 0;) {
      got.output.append(buffer, size);
    }
    const int status = pclose(pipe);
    got.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return got;
  }

  void expect(const std::string& arguments, int status, const std::string& part) {
    const answer got = track(arguments);
    EXPECT_EQ(got.status, status) << arguments << "\n" << got.output;
    EXPECT_NE(got.output.find(part), std::string::npos) << arguments << "\n" << got.output;
  }

  test::temporary_folder folder_;
};

TEST_F(reading_commands, newest_capture_here_is_the_default) {
  expect("report", 0, "large()");
  expect("survivors", 0, "small()");
  expect("sites --by allocations", 0, "10 allocations");
  expect("report app.1.track -f json", 0, "\"schema\": \"libtrack.report\"");
}

TEST_F(reading_commands, filters_and_limits) {
  expect("survivors --min-bytes 1k", 0, "4.0 KiB");
  EXPECT_EQ(track("survivors --min-bytes 1k").output.find("small()"), std::string::npos);
  EXPECT_EQ(track("report --function '!large*'").output.find("large()"), std::string::npos);
  expect("report --limit 1", 0, "findings not shown: 1");
  expect("report --limit 1 -f json", 0, "\"truncated\": true");
  expect("report --kind mismatch", 0, "the evidence is complete");
}

TEST_F(reading_commands, usage_errors_are_two) {
  expect("", 2, "track: ");
  expect("reprot", 2, "track: ");
  expect("report --kind nonsense", 2, "no kind of finding");
  expect("report -f html", 2, "not in this version");
  expect("report --type 'T*'", 2, "not in this version");
  expect("report --suppressions x", 2, "not in this version");
  expect("report --min-bytes much", 2, "track: ");
  expect("sites --by age", 2, "track: ");
  expect("export -f pprof", 2, "not in this version");
  expect("query 'DROP TABLE meta'", 2, "track: query");
}

TEST_F(reading_commands, unreadable_input_is_three) {
  expect("report missing.track", 3, "missing.track");
  std::ofstream(folder_.file("text.track")) << "no capture at all";
  expect("report text.track", 3, "neither a capture nor a ledger");
  expect("symbolize text.track", 3, "track: ");
}

TEST_F(reading_commands, a_folder_without_captures_says_how_to_make_one) {
  const answer got = track("report", "2>&1");
  EXPECT_EQ(got.status, 0);
  std::filesystem::remove(folder_.file("app.1.track"));
  expect("report", 2, "track run");
}

TEST_F(reading_commands, output_that_cannot_be_written_is_seventy_four) {
  EXPECT_EQ(track("report", ">/dev/full 2>/dev/null").status, 74);
  EXPECT_EQ(track("report", ">&- 2>/dev/null").status, 74);
  EXPECT_EQ(track("query 'SELECT * FROM v1_sites'", ">/dev/full 2>/dev/null").status, 74);
  EXPECT_EQ(track("--help", ">/dev/full 2>/dev/null").status, 74);
  expect("report -o /proc/none", 74, "/proc/none");
}

TEST_F(reading_commands, output_goes_to_a_file) {
  EXPECT_EQ(track("export --by leaked -o out.folded").output, "");
  std::ifstream file(folder_.file("out.folded"));
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), "main;large();malloc 4096\nmain;small();malloc 64\n");
}

TEST_F(reading_commands, query_takes_sql_with_and_without_a_capture) {
  expect("query", 0, "v1_counters (");
  expect("query 'SELECT sum(allocations) FROM v1_counters'", 0, "12");
  expect("query app.1.track 'SELECT sum(allocations) AS n FROM v1_counters' -f json", 0,
         "{\"n\":12}");
}

TEST_F(reading_commands, help_has_an_example_each) {
  for (const char* command : {"report", "survivors", "sites", "query", "symbolize", "export"}) {
    expect(std::string(command) + " --help", 0, "Example: track " + std::string(command));
  }
  expect("--version", 0, "track ");
}

TEST_F(reading_commands, no_colour_into_a_pipe_unless_asked_for) {
  EXPECT_EQ(track("report").output.find('\033'), std::string::npos);
  EXPECT_NE(track("report --color always").output.find('\033'), std::string::npos);
}

TEST_F(reading_commands, symbolize_keeps_the_capture_readable) {
  expect("symbolize app.1.track", 0, "");
  expect("report", 0, "large()");
}

}  // namespace
}  // namespace track
