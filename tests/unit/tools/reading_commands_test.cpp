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
  expect("report --kind mismatch", 0, "nothing of what was asked for was found");
}

TEST_F(reading_commands, a_folder_a_glob_and_several_names_are_one_report) {
  const std::string whole = folder_.file("app.1.track");
  std::filesystem::create_directory(folder_.file("nightly"));
  for (const char* name : {"nightly/a.track", "nightly/b.track", "nightly/c.track.partial"}) {
    std::filesystem::copy_file(whole, folder_.file(name));
  }
  std::ofstream(folder_.file("nightly/notes.txt")) << "no capture";
  expect("report nightly", 0, "nightly: 3 files, 3 processes");
  expect("report nightly", 0, "12.0 KiB in 3 blocks");
  expect("report 'nightly/*.track'", 0, "nightly/*.track: 2 files, 2 processes");
  expect("report 'nightly/[ab].track'", 0, "2 files, 2 processes");
  expect("report nightly/a.track nightly/b.track", 0, "2 files, 2 processes");
  expect("survivors nightly", 0, "in 3 processes");
  expect("report nightly -f json", 0, "\"capture\": \"nightly/a.track\"");
  // A file is read once, however it is named.
  expect("report nightly/a.track nightly/../nightly/a.track", 0, "nightly/a.track: 1 process");
  // What the shell would not expand is no glob when there is such a file.
  std::filesystem::rename(folder_.file("nightly/a.track"), folder_.file("nightly/[b].track"));
  expect("report 'nightly/[b].track'", 0, "[b].track: 1 process");
}

TEST_F(reading_commands, a_folder_with_one_bad_capture_is_refused_by_name) {
  std::ofstream(folder_.file("bad.track")) << "no capture at all";
  expect("report .", 3, "bad.track");
  std::filesystem::create_directory(folder_.file("empty"));
  expect("report empty", 3, "no captures");
  expect("report 'empty/*.track'", 3, "empty/*.track");
  expect("sites empty", 3, "no regular file");
}

TEST_F(reading_commands, own_json_is_read_back_and_rendered_again) {
  EXPECT_EQ(track("report app.1.track -f json -o report.json").output, "");
  const std::string from_capture = track("report app.1.track").output;
  std::string from_json = track("report report.json").output;
  EXPECT_NE(from_json.find("4.0 KiB in 1 block from malloc"), std::string::npos) << from_json;
  const auto behind_heading = [](const std::string& text) {
    const std::string whole = text.substr(text.find('\n'));
    return whole.substr(0, whole.find("verdict:"));
  };
  EXPECT_EQ(behind_heading(from_json), behind_heading(from_capture));
  EXPECT_EQ(track("report report.json -f json").output, track("report app.1.track -f json").output);
  expect("report report.json --function '*small*'", 0, "small()");
  EXPECT_EQ(track("report report.json --function '*small*'").output.find("large()"),
            std::string::npos);
  expect("report app.1.track report.json", 0, "2 files, 2 processes");
  EXPECT_EQ(track("sites app.1.track -f json -o sites.json").output, "");
  expect("report sites.json", 3, "track sites");
  std::ofstream(folder_.file("other.json")) << "{\"schema\": \"other\"}";
  expect("report other.json", 3, "schema is not JSON of `track report`");
  expect("sites report.json", 3, "neither a capture nor a ledger");
}

TEST_F(reading_commands, the_size_of_foreign_json_is_bounded) {
  const std::string path = folder_.file("huge.json");
  std::ofstream(path) << "{";
  std::filesystem::resize_file(path, std::uintmax_t{300} << 20);
  expect("report huge.json", 3, "larger than");
}

TEST_F(reading_commands, usage_errors_are_two) {
  expect("", 2, "track: ");
  expect("reprot", 2, "track: ");
  expect("report --kind nonsense", 2, "no kind of finding");
  expect("report ''", 2, "the name is empty");
  expect("sites ''", 2, "the name is empty");
  expect("report --limit -1", 2, "track: --limit");
  expect("tops 1", 2, "track: 'tops' is no command of this version");
  expect("top", 2, "PID|CAPTURE");
  expect("top 0", 2, "no number of a process");
  expect("top app.1.track --every 0s", 2, "--every");
  expect("why", 2, "WHAT");
  expect("why Session app.1.track@soon", 2, "names no still");
  expect("-x", 2, "-x");
  expect("sites --label 'T*'", 2, "--label");
  expect("report --suppressions missing.supp", 2, "missing.supp");
  expect("gate --baseline missing.txt", 2, "track baseline");
  expect("suppress nonsense", 2, "no fingerprint");
  expect("export -f dot", 2, "--of");
  expect("report --min-bytes much", 2, "track: ");
  expect("sites --by age", 2, "track: ");
  expect("export -f svg", 2, "svg");
  expect("query 'DROP TABLE meta'", 2, "track: query");
}

TEST_F(reading_commands, unreadable_input_is_three) {
  expect("report missing.track", 3, "missing.track");
  std::ofstream(folder_.file("text.track")) << "no capture at all";
  expect("report text.track", 3, "neither a capture nor a ledger");
  expect("symbolize text.track", 3, "track: ");
  expect("symbolize missing.track", 3, "check the path");
}

TEST_F(reading_commands, what_does_not_exist_is_one) {
  expect("why Session", 1, "no such still");
  expect("report app.1.track@exit_end", 1, "no such still");
  expect("suppress 0000000000000000", 1, "no finding");
  expect("stills", 0, "No still");
}

TEST_F(reading_commands, a_gate_without_a_still_knows_that_it_knows_nothing) {
  expect("gate", 4, "no_still");
  expect("gate --allow-incomplete no_still", 0, "gate: pass");
  expect("gate --allow-incomplete no_still --fail-on survivor", 1, "new survivor in large");
  expect("baseline", 0, "libtrack-baseline 1");
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

TEST_F(reading_commands, a_reader_that_has_seen_enough_is_no_news) {
  // More than a pipe holds, so that the writer meets its end.
  const answer got = track(
      "query \"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
      "LIMIT 200000) SELECT i FROM n, v1_processes\"",
      "2>said | head -n 1; cat said");
  EXPECT_EQ(got.output, "i\n");
}

TEST_F(reading_commands, names_in_suggestions_can_be_pasted) {
  std::filesystem::rename(folder_.file("app.1.track"), folder_.file("it's here.track"));
  expect("report \"it's here.track\"", 0, "track sites 'it'\\''s here.track'");
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
  expect("query mistyped.track", 3, "mistyped.track");
  expect("query app.1.track 'SELECT sum(allocations) AS n FROM v1_counters' -f json", 0,
         "{\"n\":12}");
}

TEST_F(reading_commands, help_has_an_example_each) {
  for (const char* command :
       {"report", "survivors", "sites", "query", "symbolize", "export", "cycles", "why", "stills",
        "diff", "top", "gate", "baseline", "suppress"}) {
    expect(std::string(command) + " --help", 0, "Example: track " + std::string(command));
    expect(std::string(command) + " --help", 0, "Usage: track " + std::string(command));
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
