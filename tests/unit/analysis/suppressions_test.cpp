#include "libtrack/analysis/suppressions.hpp"

#include <gtest/gtest.h>

#include "libtrack/analysis/mangled_pattern.hpp"

namespace track::analysis {
namespace {

constexpr const char* today = "2026-11-22";

model::finding lost_session() {
  model::finding finding;
  finding.kind = model::finding_kind::lost;
  finding.fingerprint = "0123456789abcdef";
  finding.processes = {0};
  finding.allocated_by = "operator new";
  finding.blocks = 3;
  finding.bytes = 72;
  model::frame inlined;
  inlined.function = "std::make_unique<Session>(int&&)";
  inlined.file = "/usr/include/c++/unique_ptr.h";
  inlined.module = "app";
  inlined.module_path = "/opt/bin/app";
  inlined.inlined = true;
  model::frame frame = inlined;
  frame.function = "net::make_session(int)";
  frame.file = "/src/session.cpp";
  frame.line = 42;
  frame.inlined = false;
  model::frame outer = frame;
  outer.function = "main";
  outer.file = "/src/main.cpp";
  finding.allocated = {inlined, frame, outer};
  return finding;
}

bool suppresses(const std::string& text, const model::finding& finding = lost_session()) {
  const auto parsed = parse_suppressions(text, "f.supp", today);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.failure().message);
  return parsed && parsed->entries.size() == 1 && matches(parsed->entries[0], finding);
}

std::string wrong(const std::string& text) {
  const auto parsed = parse_suppressions(text, "f.supp", today);
  EXPECT_FALSE(parsed) << text;
  EXPECT_TRUE(parsed || parsed.failure().code == error_code::usage);
  return parsed ? "" : parsed.failure().message;
}

TEST(suppressions, leak_lines_match_function_source_and_module) {
  EXPECT_TRUE(suppresses("leak:make_session"));
  EXPECT_TRUE(suppresses("leak:/src/session"));
  EXPECT_TRUE(suppresses("leak:/opt/bin/app$"));
  EXPECT_TRUE(suppresses("leak:^net::make*int"));
  EXPECT_TRUE(suppresses("leak:^net::make_session$"));
  EXPECT_TRUE(suppresses("leak:_ZN3net12make_sessionEi"));
  EXPECT_FALSE(suppresses("leak:^make_session"));
  EXPECT_FALSE(suppresses("leak:session$x"));
  EXPECT_FALSE(suppresses("mismatch:make_session"));
}

TEST(suppressions, templates_are_leak_sanitizers) {
  EXPECT_TRUE(template_matches("ab", "xaby"));
  EXPECT_TRUE(template_matches("^ab", "aby"));
  EXPECT_FALSE(template_matches("^ab", "xab"));
  EXPECT_TRUE(template_matches("ab$", "xab"));
  EXPECT_FALSE(template_matches("ab$", "aby"));
  EXPECT_TRUE(template_matches("^a*c$", "abbc"));
  EXPECT_TRUE(template_matches("a*c$", "acbc"));
  EXPECT_FALSE(template_matches("^a*c$", "abcd"));
  EXPECT_FALSE(template_matches("a", ""));
  EXPECT_FALSE(template_matches("abc$", "bc"));
}

TEST(suppressions, a_fingerprint_is_any_kind) {
  model::finding finding = lost_session();
  EXPECT_TRUE(suppresses("fingerprint:0123456789abcdef", finding));
  finding.kind = model::finding_kind::mismatch;
  EXPECT_TRUE(suppresses("fingerprint:0123456789abcdef", finding));
  EXPECT_FALSE(suppresses("fingerprint:0123456789abcde0", finding));
}

std::string block(const std::string& lines, const std::string& kind = "Memcheck:Leak") {
  return "{\n  a name\n  " + kind + "\n" + lines + "}\n";
}

TEST(suppressions, valgrind_blocks_match_the_innermost_frames) {
  EXPECT_TRUE(suppresses(block("fun:_Znwm\nfun:net::make_session*\n")));
  EXPECT_TRUE(suppresses(block("fun:_Znwm\nfun:_ZN3net12make_sessionEi\nfun:main\n")));
  EXPECT_TRUE(suppresses(block("fun:_Znwm\nfun:*make_unique*\nfun:*make_session*\n")));
  EXPECT_TRUE(suppresses(block("...\nfun:main\n")));
  EXPECT_TRUE(suppresses(block("fun:*\nobj:/opt/bin/*\n")));
  EXPECT_TRUE(suppresses(block("...\nsrc:session.cpp:42\n")));
  EXPECT_TRUE(suppresses(block("fun:_ZnwmRKSt9nothrow_t\n...\n")));
  EXPECT_FALSE(suppresses(block("...\nsrc:session.cpp:43\n")));
  EXPECT_FALSE(suppresses(block("fun:malloc\nfun:net::make_session*\n")));
  EXPECT_FALSE(suppresses(block("fun:net::make_session*\n")));
  EXPECT_FALSE(suppresses(block("fun:_Znwm\nfun:main\n")));
  EXPECT_FALSE(suppresses(block("fun:_Znwm\nfun:*\nfun:*\nfun:*\nfun:*\n")));
}

TEST(suppressions, kinds_of_leaks_are_memchecks) {
  model::finding finding = lost_session();
  EXPECT_TRUE(suppresses(block("match-leak-kinds: definite\n...\n"), finding));
  EXPECT_FALSE(suppresses(block("match-leak-kinds: possible,reachable\n...\n"), finding));
  finding.kind = model::finding_kind::possibly_lost;
  EXPECT_TRUE(suppresses(block("match-leak-kinds: possible,reachable\n...\n"), finding));
  finding.kind = model::finding_kind::mismatch;
  EXPECT_FALSE(suppresses(block("...\n"), finding));
}

TEST(suppressions, other_faults_are_counted_and_ignored) {
  const auto parsed =
      parse_suppressions(block("fun:a\n", "Memcheck:Cond") + block("fun:a\n", "Helgrind:Race") +
                             "{\n  n\n  Memcheck:Param\n  write(buf)\n  fun:b\n}\n" +
                             block("fun:a\n", "Memcheck,Addrcheck:Leak"),
                         "f.supp", today);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->other_kinds, 3u);
  EXPECT_EQ(parsed->entries.size(), 1u);
}

TEST(suppressions, bad_lines_say_where_and_what_to_do) {
  EXPECT_EQ(wrong("\nleek:x").find("f.supp:2: 'leek:x' is no suppression; write leak:"), 0u);
  EXPECT_EQ(wrong("leak:").find("f.supp:1: "), 0u);
  EXPECT_EQ(wrong("fingerprint:12").find("f.supp:1: '12' is no fingerprint"), 0u);
  EXPECT_EQ(wrong("# until: 2027-13-01\nleak:x").find("f.supp:1: "), 0u);
  EXPECT_EQ(wrong("{\n n\n Memcheck:Leak\n fun:a\n").find("f.supp:1: the block"), 0u);
  EXPECT_EQ(wrong(block("frame:a\n")).find("f.supp:4: "), 0u);
  EXPECT_EQ(wrong(block("match-leak-kinds: sure\nfun:a\n")).find("f.supp:4: "), 0u);
  EXPECT_EQ(wrong(block("")).find("f.supp:1: "), 0u);
  EXPECT_EQ(wrong("{\n}\n").find("f.supp:1: "), 0u);
}

TEST(suppressions, comments_belong_to_the_next_entry) {
  const auto parsed = parse_suppressions(
      "# owner: net\n# until: 2026-11-22\nleak:a\nleak:b\n# until: 2026-11-21\n" + block("fun:a\n"),
      "f.supp", today);
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->entries.size(), 3u);
  EXPECT_EQ(parsed->entries[0].use.owner, "net");
  EXPECT_FALSE(parsed->entries[0].expired);  // its last day
  EXPECT_EQ(parsed->entries[1].use.owner, "");
  EXPECT_TRUE(parsed->entries[2].expired);
}

model::report report_with_a_still() {
  model::report report;
  report.processes.resize(1);
  report.processes[0].heap.emplace();
  report.processes[0].heap->definitely_lost = {4, 100};
  report.processes[0].heap->indirectly_lost = {5, 500};
  model::finding finding = lost_session();
  finding.retained = model::block_sum{5, 172};
  report.findings.push_back(finding);
  return report;
}

TEST(suppressions, used_unused_and_expired_are_told_over_all_reports) {
  suppression_set set(today);
  ASSERT_TRUE(set.add("leak:make_session\nleak:other\n# until: 2020-01-01\nleak:main\n", "a"));
  ASSERT_TRUE(set.add("leak:make_session\nleak:other\n# until: 2020-01-01\nleak:main\n", "a"));
  for (int i = 0; i < 2; ++i) {
    model::report report = report_with_a_still();
    set.apply(report);
    EXPECT_TRUE(report.findings[0].suppressed);
  }
  const model::suppression_uses uses = set.uses();
  ASSERT_EQ(uses.used.size(), 1u);
  EXPECT_EQ(uses.used[0].findings, 2u);
  EXPECT_EQ(uses.used[0].blocks, 6u);
  ASSERT_EQ(uses.unused.size(), 1u);
  EXPECT_EQ(uses.unused[0].name, "leak:other");
  ASSERT_EQ(uses.expired.size(), 1u);
  EXPECT_EQ(uses.expired[0].line, 4u);
}

TEST(suppressions, blocks_move_to_the_class_suppressed_and_none_is_lost) {
  suppression_set set(today);
  ASSERT_TRUE(set.add("leak:make_session\n", "a"));
  model::report report = report_with_a_still();
  set.apply(report);
  const model::heap_classes& heap = *report.processes[0].heap;
  EXPECT_EQ(heap.definitely_lost.blocks, 1u);
  EXPECT_EQ(heap.indirectly_lost.blocks, 3u);
  EXPECT_EQ(heap.suppressed.blocks, 5u);
  EXPECT_EQ(heap.definitely_lost.bytes + heap.indirectly_lost.bytes + heap.suppressed.bytes, 600u);
}

TEST(mangled_pattern, whole_names_are_demangled_and_parts_give_scopes) {
  EXPECT_EQ(demangled_pattern("_Z12make_sessioni"), "make_session(int)");
  EXPECT_EQ(demangled_pattern("_ZN3net6*"), "net::*");
  EXPECT_EQ(demangled_pattern("_ZN3net12make*"), "net::make*");
  EXPECT_EQ(demangled_pattern("malloc"), "");
  EXPECT_EQ(demangled_pattern("_Z*"), "");
  EXPECT_EQ(demangled_type("*7Session"), "Session");
  EXPECT_TRUE(wildcard_matches("operator new[]*", "operator new[](unsigned long)"));
}

}  // namespace
}  // namespace track::analysis
