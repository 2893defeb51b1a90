// Objects that a program registered: survivors, overdue ones, types of blocks, who holds them.
#include <algorithm>

#include <gtest/gtest.h>

#include "libtrack/analysis/gate.hpp"
#include "libtrack/analysis/report.hpp"
#include "libtrack/analysis/tracked_objects.hpp"
#include "tests/unit/analysis/capture_of.hpp"
#include "tests/unit/analysis/graph/graph_builder.hpp"

namespace track::analysis {
namespace {

const std::vector<test::code_place> open_session = {{"/opt/app", 0x20}, {"/opt/app", 0x10}};
const std::vector<test::code_place> start_up = {{"/opt/app", 0x30}, {"/opt/app", 0x10}};

// Site 1 opens sessions; the graph has two blocks of 72 bytes, the first held by a global.
class tracked_objects : public testing::Test {
 protected:
  tracked_objects() {
    builder_.site(open_session, allocation_function::operator_new, 2, 2, 72);
    held_ = graph_.block({.size = 72, .site = 1});
    lost_ = graph_.block({.size = 72, .site = 1});
    graph_.point_from_root(graph_.root(), 1, held_);
    built_ = graph_.build();
  }

  // Of a process that ran for 1,500 ms.
  void add(const test::object_facts& facts,
           const std::vector<test::code_place>& at = open_session) {
    builder_.object(at, facts);
  }

  capture::contents all() {
    builder_.end_by_exit();
    test::fake_names names;
    names.add("/opt/app", 0x10, {{"main", "m.cpp", 3, false}});
    names.add("/opt/app", 0x20, {{"open_session(int)", "m.cpp", 30, false}});
    names.add("/opt/app", 0x30, {{"start_up()", "m.cpp", 40, false}});
    capture::contents made = test::capture_of({{builder_.image, end_}}, &names);
    capture::still_row still;
    still.at_ms = still_at_ms_;
    still.trigger = ledger::graph::trigger::exit_end;
    made.stills.push_back(still);
    return made;
  }

  model::report gathered(gather_options options = {}) {
    const capture::contents made = all();
    options.graphs = [this](std::uint64_t) -> result<still_graph> {
      return still_graph{built_, {}};
    };
    auto report = gather_report(made, options);
    EXPECT_TRUE(report);
    return *report;
  }

  static std::vector<model::finding> of_kind(const model::report& report, model::finding_kind kind,
                                             bool tracked = true) {
    std::vector<model::finding> found;
    for (const model::finding& finding : report.findings) {
      if (finding.kind == kind && finding.tracked == tracked) {
        found.push_back(finding);
      }
    }
    return found;
  }

  test::image_builder builder_{0};
  capture::process_end end_ = test::exited();
  std::uint64_t still_at_ms_ = 1499;
  test::graph_builder graph_;
  capture::heap_graph built_;
  std::uint32_t held_ = 0;
  std::uint32_t lost_ = 0;
};

TEST_F(tracked_objects, are_no_findings_when_nobody_asks_and_nothing_is_due) {
  add({.type = "Session", .due_at_ms = 1500});
  const model::report report = gathered();
  EXPECT_TRUE(of_kind(report, model::finding_kind::survivor).empty());
  EXPECT_TRUE(of_kind(report, model::finding_kind::overdue).empty());
  ASSERT_TRUE(report.processes[0].objects);
  EXPECT_EQ(report.processes[0].objects->alive, 1u);
}

TEST_F(tracked_objects, of_a_program_that_has_none_are_unknown) {
  EXPECT_FALSE(gathered().processes[0].objects);
}

TEST_F(tracked_objects, are_overdue_when_their_time_is_past) {
  add({.type = "Session",
       .label = "of alice",
       .tag = "import",
       .test = "login.ends",
       .born_at_ms = 100,
       .due_at_ms = 500});
  const std::vector<model::finding> found = of_kind(gathered(), model::finding_kind::overdue);
  ASSERT_EQ(found.size(), 1u);
  const model::finding& late = found[0];
  EXPECT_EQ(late.title, "Session 'of alice' should have been gone 1 s ago");
  EXPECT_EQ(late.overdue_ms, 1000u);
  EXPECT_EQ(late.type, "Session");
  EXPECT_EQ(late.label, "of alice");
  EXPECT_EQ(late.tag, "import");
  EXPECT_EQ(late.test, "login.ends");
  EXPECT_EQ(late.blocks, 1u);
  EXPECT_EQ(late.bytes, 64u);
  EXPECT_EQ(late.age_ms->max_ms, 1400u);
  ASSERT_EQ(late.allocated.size(), 2u);
  EXPECT_EQ(late.allocated[0].function, "open_session(int)");
  EXPECT_FALSE(late.path) << "it lies in no block";
}

TEST_F(tracked_objects, have_the_fingerprint_of_blocks_from_there) {
  add({.type = "Session", .due_at_ms = 500});
  const model::report report = gathered();
  const auto late = of_kind(report, model::finding_kind::overdue);
  const auto lost = of_kind(report, model::finding_kind::lost, false);
  ASSERT_EQ(late.size(), 1u);
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_EQ(late[0].fingerprint, lost[0].fingerprint);
}

TEST_F(tracked_objects, that_are_overdue_alike_are_one_finding) {
  add({.type = "Session", .due_at_ms = 700});
  add({.type = "Session", .due_at_ms = 500});
  add({.type = "Session", .label = "other", .due_at_ms = 500});
  add({.type = "Session", .dead = true});
  const model::report report = gathered();
  const auto late = of_kind(report, model::finding_kind::overdue);
  ASSERT_EQ(late.size(), 2u);
  const auto two = std::ranges::find(late, 2u, &model::finding::blocks);
  ASSERT_NE(two, late.end());
  EXPECT_EQ(two->title, "2 Session objects should have been gone, the first of them 1 s ago");
  EXPECT_EQ(report.processes[0].objects->alive, 3u);
  EXPECT_EQ(report.processes[0].objects->overdue, 3u);
  EXPECT_EQ(report.processes[0].objects->dead, 1u);
}

TEST_F(tracked_objects, without_a_type_are_objects) {
  add({.type = "", .due_at_ms = 500});
  EXPECT_EQ(of_kind(gathered(), model::finding_kind::overdue)[0].title,
            "an object should have been gone 1 s ago");
}

TEST_F(tracked_objects, dead_ones_are_neither_survivors_nor_overdue) {
  add({.type = "Session", .due_at_ms = 500, .dead = true});
  const model::report report = gathered({.objects = object_survivors::alone});
  EXPECT_TRUE(of_kind(report, model::finding_kind::survivor).empty());
  EXPECT_TRUE(of_kind(report, model::finding_kind::overdue).empty());
  EXPECT_EQ(report.processes[0].objects->dead, 1u);
  EXPECT_EQ(report.processes[0].objects->alive, 0u);
}

TEST_F(tracked_objects, alone_leave_blocks_out) {
  add({.type = "Session", .label = "of alice"});
  add({.type = "Session", .label = "of bob"});
  const model::report report = gathered({.objects = object_survivors::alone});
  EXPECT_EQ(of_kind(report, model::finding_kind::survivor).size(), 2u);
  EXPECT_TRUE(of_kind(report, model::finding_kind::survivor, false).empty());
  EXPECT_TRUE(of_kind(report, model::finding_kind::survivor)[0].proven);
}

TEST_F(tracked_objects, of_a_killed_program_are_not_proven_to_survive) {
  add({.type = "Session"});
  builder_.end_by_exit();
  builder_.image.survivors_valid = false;
  const capture::contents made = test::capture_of({{builder_.image, test::exited()}});
  const auto report = gather_report(made, {.objects = object_survivors::alone});
  ASSERT_EQ(report->findings.size(), 1u);
  EXPECT_FALSE(report->findings[0].proven);
}

TEST_F(tracked_objects, of_a_process_that_lived_no_millisecond_survive_all_the_same) {
  add({.type = "Session", .born_at_ms = 0});
  builder_.image.end_mono_ms = builder_.image.start_mono_ms;
  const capture::contents made = test::capture_of({{builder_.image, test::exited()}});
  EXPECT_EQ(gather_report(made, {.objects = object_survivors::alone})->findings.size(), 1u);
}

TEST_F(tracked_objects, of_a_program_that_became_another_are_no_survivors) {
  add({.type = "Session"});
  end_.kind = capture::end_kind::execed;
  EXPECT_TRUE(of_kind(gathered({.objects = object_survivors::alone}), model::finding_kind::survivor)
                  .empty());
}

TEST_F(tracked_objects, give_their_type_to_the_block_they_lie_in) {
  add({.type = "Session", .label = "of alice", .address = built_.address[lost_] + 8});
  add({.type = "Part", .address = built_.address[lost_] + 16, .bytes = 8});
  const auto lost = of_kind(gathered(), model::finding_kind::lost, false);
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_EQ(lost[0].type, "Session") << "the largest one's";
  EXPECT_EQ(lost[0].label, "of alice");
}

TEST_F(tracked_objects, beside_a_block_give_it_nothing) {
  add({.type = "Session", .address = built_.address[lost_] + 72});
  EXPECT_EQ(of_kind(gathered(), model::finding_kind::lost, false)[0].type, "");
}

TEST_F(tracked_objects, born_after_a_still_are_not_in_it) {
  still_at_ms_ = 400;
  add({.type = "Session", .address = built_.address[lost_], .born_at_ms = 500});
  EXPECT_EQ(of_kind(gathered(), model::finding_kind::lost, false)[0].type, "");
}

TEST_F(tracked_objects, of_which_some_of_many_blocks_have_one_leave_the_label_unknown) {
  graph_.block({.size = 72, .site = 1});
  built_ = graph_.build();
  add({.type = "", .label = "of alice", .address = built_.address[lost_]});
  const auto lost = of_kind(gathered(), model::finding_kind::lost, false);
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_EQ(lost[0].blocks, 2u);
  EXPECT_EQ(lost[0].label, "");
}

TEST_F(tracked_objects, in_a_block_that_is_told_with_their_type_are_not_told_again) {
  add({.type = "Session", .address = built_.address[held_]});
  add({.type = "Session", .address = built_.address[lost_]});
  add({.type = "Cache", .address = 0x1000}, start_up);
  const model::report report =
      gathered({.typed = true, .objects = object_survivors::beside_blocks});
  const auto objects = of_kind(report, model::finding_kind::survivor);
  ASSERT_EQ(objects.size(), 1u);
  EXPECT_EQ(objects[0].type, "Cache");
  std::uint64_t sessions = 0;
  for (const model::finding& block : of_kind(report, model::finding_kind::survivor, false)) {
    sessions += block.type == "Session" ? block.blocks : 0;
  }
  EXPECT_EQ(sessions, 2u);
}

TEST_F(tracked_objects, that_are_overdue_tell_who_holds_them) {
  add({.type = "Session", .address = built_.address[held_] + 8, .due_at_ms = 500});
  add({.type = "Session", .label = "lost", .address = built_.address[lost_], .due_at_ms = 500});
  const auto late = of_kind(gathered(), model::finding_kind::overdue);
  ASSERT_EQ(late.size(), 2u);
  const auto held = std::ranges::find(late, "", &model::finding::label);
  ASSERT_TRUE(held->path);
  EXPECT_EQ(held->path->size(), 2u);
  EXPECT_EQ(held->path->front().kind, model::step_kind::global);
  EXPECT_EQ(held->path->back().type, "Session");
  EXPECT_EQ(held->still, 0u);
  const auto lost = std::ranges::find(late, "lost", &model::finding::label);
  EXPECT_FALSE(lost->path);
}

TEST_F(tracked_objects, are_judged_at_the_still_that_is_asked_for) {
  still_at_ms_ = 600;
  add({.type = "Session", .label = "then", .due_at_ms = 500});
  add({.type = "Session", .label = "later", .due_at_ms = 700});
  still_choice last;
  last.how = still_choice::by::last;
  const auto late = of_kind(gathered({.still = last}), model::finding_kind::overdue);
  ASSERT_EQ(late.size(), 1u);
  EXPECT_EQ(late[0].label, "then");
  EXPECT_EQ(late[0].overdue_ms, 100u);
}

TEST_F(tracked_objects, are_summed_up_by_what_they_have_in_common) {
  add({.type = "Session", .label = "of alice", .tag = "import", .test = "one"});
  add({.type = "Session", .label = "of bob", .tag = "import", .test = "two"}, start_up);
  add({.type = "Peer", .label = "of bob", .tag = "export"});
  const auto sums = [this](group_by by) {
    model::report report = gathered({.objects = object_survivors::alone});
    report_options options;
    options.wanted.kinds = {model::finding_kind::survivor};
    options.by = by;
    arrange_report(report, options);
    std::map<std::string, std::uint64_t> found;
    for (const model::finding& finding : report.findings) {
      found[finding.group->name] += finding.blocks;
    }
    return found;
  };
  using expected = std::map<std::string, std::uint64_t>;
  EXPECT_EQ(sums(group_by::type), (expected{{"Session", 2}, {"Peer", 1}}));
  EXPECT_EQ(sums(group_by::label), (expected{{"of alice", 1}, {"of bob", 2}}));
  EXPECT_EQ(sums(group_by::tag), (expected{{"import", 2}, {"export", 1}}));
  EXPECT_EQ(sums(group_by::test), (expected{{"one", 1}, {"two", 1}, {"", 1}}));
}

TEST_F(tracked_objects, are_filtered_by_label_and_test) {
  add({.type = "Session", .label = "of alice", .test = "login.ends"});
  add({.type = "Session", .label = "of bob", .test = "login.fails"});
  add({.type = "Session"});
  using globs = std::vector<std::string>;
  const auto admitted = [this](const globs& labels, const globs& tests) {
    filter wanted;
    wanted.labels = labels;
    wanted.tests = tests;
    const model::report report = gathered({.objects = object_survivors::alone});
    return std::ranges::count_if(report.findings, [&wanted](const model::finding& finding) {
      return finding.tracked && admits(wanted, finding);
    });
  };
  EXPECT_EQ(admitted({}, {}), 3);
  EXPECT_EQ(admitted({"of *"}, {}), 2);
  EXPECT_EQ(admitted({"!of bob"}, {}), 2);
  EXPECT_EQ(admitted({}, {"login.ends"}), 1);
  EXPECT_EQ(admitted({"of bob"}, {"login.ends"}), 0);
}

TEST_F(tracked_objects, that_are_overdue_fail_the_gate_and_can_be_accepted) {
  add({.type = "Session", .address = built_.address[held_], .due_at_ms = 500});
  const model::report report = gathered();
  gate_rule rule;
  rule.faults = {model::finding_kind::overdue};
  gate strict(rule, {});
  strict.add(report, "app.track");
  model::report judged = report;
  EXPECT_EQ(strict.judge(judged).result, model::verdict::fail);
  gate lenient(rule, standings_of(report, {}));
  lenient.add(report, "app.track");
  judged = report;
  EXPECT_EQ(lenient.judge(judged).result, model::verdict::pass);
}

TEST_F(tracked_objects, that_are_overdue_are_suppressed_as_such_alone) {
  add({.type = "Session", .due_at_ms = 500});
  for (const auto& [line, suppressed] :
       {std::pair("overdue:open_session", true), std::pair("leak:open_session", false),
        std::pair("overdue:start_up", false)}) {
    suppression_set known("2026-11-22");
    ASSERT_TRUE(known.add(line, "known.supp"));
    const auto late = of_kind(gathered({.suppressions = &known}), model::finding_kind::overdue);
    ASSERT_EQ(late.size(), 1u);
    EXPECT_EQ(late[0].suppressed, suppressed) << line;
  }
}

TEST_F(tracked_objects, that_found_no_place_make_the_evidence_incomplete) {
  builder_.image.lost[static_cast<std::size_t>(ledger::loss::objects_full)] = 3;
  const model::report report = gathered();
  EXPECT_FALSE(report.processes[0].quality.complete);
  EXPECT_EQ(report.processes[0].quality.reasons[0].code, "ledger_full");
}

}  // namespace
}  // namespace track::analysis
