#include "libtrack/analysis/grouping.hpp"

#include <gtest/gtest.h>

#include "libtrack/analysis/source_places.hpp"

namespace track::analysis {
namespace {

model::finding found_in(const std::string& function, const std::string& module,
                        const std::string& type, std::uint64_t bytes) {
  model::finding finding;
  finding.kind = model::finding_kind::lost;
  finding.fingerprint = std::string(16, function.back());
  finding.processes = {0};
  finding.allocated_by = "malloc";
  finding.type = type;
  finding.blocks = 1;
  finding.bytes = bytes;
  finding.retained = model::block_sum{2, bytes + 10};
  model::frame frame;
  frame.function = function;
  frame.module = module;
  frame.file = "/build/src/" + function + ".cpp";
  frame.line = 7;
  finding.allocated = {frame};
  return finding;
}

model::report three_findings() {
  model::report report;
  report.findings = {found_in("a", "app", "Session", 10), found_in("b", "libx.so", "Session", 30),
                     found_in("b", "libx.so", "Peer", 20)};
  return report;
}

TEST(grouping, without_by_nothing_changes) {
  model::report report = three_findings();
  group_findings(report, group_by::nothing);
  EXPECT_EQ(report.findings.size(), 3u);
  EXPECT_FALSE(report.findings[0].group);
  EXPECT_EQ(report.by, "");
}

TEST(grouping, types_are_summed_up_over_sites) {
  model::report report = three_findings();
  group_findings(report, group_by::type);
  ASSERT_EQ(report.findings.size(), 2u);
  const model::finding& session = report.findings[0];
  EXPECT_EQ(session.group->name, "Session");
  EXPECT_EQ(session.group->findings, 2u);
  EXPECT_EQ(session.blocks, 2u);
  EXPECT_EQ(session.bytes, 40u);
  EXPECT_EQ(session.retained->bytes, 60u);
  EXPECT_EQ(session.fingerprint, std::string(16, 'b'));
  EXPECT_EQ(session.stacks.size(), 1u);
  EXPECT_EQ(session.title,
            "40 bytes in 2 blocks of Session lost in 2 findings, the largest from b "
            "(b.cpp:7)");
  EXPECT_EQ(report.findings[1].group->findings, 1u);
}

TEST(grouping, sites_and_modules_lose_the_type_that_differs) {
  for (const group_by by : {group_by::site, group_by::module}) {
    model::report report = three_findings();
    group_findings(report, by);
    ASSERT_EQ(report.findings.size(), 2u);
    EXPECT_EQ(report.findings[0].group->name, by == group_by::site ? "b" : "libx.so");
    EXPECT_EQ(report.findings[0].type, "");
    EXPECT_EQ(report.findings[0].bytes, 50u);
    EXPECT_EQ(report.findings[1].type, "Session");
  }
}

TEST(grouping, kinds_and_cycles_stay_apart) {
  model::report report = three_findings();
  report.findings[1].kind = model::finding_kind::survivor;
  report.findings[2].kind = model::finding_kind::cycle;
  report.findings.push_back(report.findings[2]);
  group_findings(report, group_by::module);
  EXPECT_EQ(report.findings.size(), 4u);
}

TEST(grouping, totals_stay_the_same) {
  for (const group_by by : {group_by::site, group_by::type, group_by::module}) {
    model::report report = three_findings();
    group_findings(report, by);
    std::uint64_t bytes = 0;
    std::uint64_t findings = 0;
    for (const model::finding& finding : report.findings) {
      bytes += finding.bytes;
      findings += finding.group->findings;
    }
    EXPECT_EQ(bytes, 60u);
    EXPECT_EQ(findings, 3u);
  }
}

TEST(source_places, whole_folders_are_mapped_by_the_first_that_fits) {
  const source_places places = {{{"/build/src", "/mine"}, {"/build", "/b"}, {".", "/here"}}, ""};
  EXPECT_EQ(mapped_path(places, "/build/src/a.cpp"), "/mine/a.cpp");
  EXPECT_EQ(mapped_path(places, "/build/srcs/a.cpp"), "/b/srcs/a.cpp");
  EXPECT_EQ(mapped_path(places, "/builds/a.cpp"), "/builds/a.cpp");
  EXPECT_EQ(mapped_path(places, "./a.cpp"), "/here/a.cpp");
  EXPECT_EQ(mapped_path(places, "../a.cpp"), "../a.cpp");
  EXPECT_EQ(mapped_path(places, ""), "");
}

TEST(source_places, the_innermost_frame_inside_the_root_is_the_place) {
  model::report report = three_findings();
  model::frame inner = report.findings[0].allocated[0];
  inner.file = "/build/other/vendor.cpp";
  report.findings[0].allocated = {inner, report.findings[0].allocated[0]};
  report.findings[1].allocated.edit(0).file = "/build/src/../src/deep/b.cpp";
  report.findings[2].allocated.edit(0).file = "/build/srcs/b.cpp";
  locate_findings(report, {{}, "/build/src"});
  ASSERT_TRUE(report.findings[0].location && report.findings[1].location);
  EXPECT_EQ(report.findings[0].location->file, "a.cpp");
  EXPECT_EQ(report.findings[1].location->file, "deep/b.cpp");
  EXPECT_FALSE(report.findings[2].location);
  EXPECT_NE(report.findings[1].title.find("(deep/b.cpp:7)"), std::string::npos);
}

// Those of one leak, as two callers show it.
std::vector<model::finding> of_two_callers(model::finding_kind kind) {
  std::vector<model::finding> both = {found_in("b", "app", "Session", 10),
                                      found_in("b", "app", "Session", 30)};
  for (model::finding& each : both) {
    each.kind = kind;
    each.state = model::finding_state::added;
  }
  both[1].processes = {1};
  both[1].allocated.edit(0).line = 8;
  return both;
}

TEST(compared_findings, one_for_each_fingerprint_kind_and_state) {
  model::report report;
  report.findings = of_two_callers(model::finding_kind::lost);
  report.findings.push_back(report.findings[0]);
  report.findings[2].state = model::finding_state::known;
  join_compared(report);
  ASSERT_EQ(report.findings.size(), 2u);
  const model::finding& sum = report.findings[0];
  EXPECT_EQ(sum.blocks, 2u);
  EXPECT_EQ(sum.bytes, 40u);
  EXPECT_EQ(sum.retained->bytes, 60u);
  EXPECT_EQ(sum.processes, (std::vector<std::uint64_t>{0, 1}));
  EXPECT_EQ(sum.allocated[0].line, 8u);
  ASSERT_EQ(sum.stacks.size(), 1u);
  EXPECT_EQ(sum.stacks[0].role, "member");
  EXPECT_FALSE(sum.group);
  EXPECT_EQ(sum.title, "40 bytes in 2 blocks of Session lost, from malloc in b (b.cpp:8)");
}

TEST(compared_findings, few_of_the_other_stacks_are_kept) {
  model::report report;
  for (std::uint64_t line = 1; line <= 100; ++line) {
    report.findings.push_back(of_two_callers(model::finding_kind::lost)[0]);
    report.findings.back().allocated.edit(0).line = line;
  }
  join_compared(report);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].blocks, 100u);
  EXPECT_EQ(report.findings[0].stacks.size(), 2u);
}

TEST(compared_findings, cycles_of_one_shape_are_one_and_keep_their_members_stacks) {
  model::report report;
  report.findings = of_two_callers(model::finding_kind::cycle);
  for (model::finding& each : report.findings) {
    each.cycle.emplace();
    each.cycle->members = {{"Session", 1, 10}};
    each.cycle->count = 3;
  }
  report.findings.push_back(report.findings[0]);
  report.findings[2].cycle->members[0].type = "Peer";
  join_compared(report);
  ASSERT_EQ(report.findings.size(), 2u);
  EXPECT_EQ(report.findings[0].cycle->count, 6u);
  EXPECT_EQ(report.findings[0].cycle->members[0].bytes, 20u);
  EXPECT_TRUE(report.findings[0].stacks.empty());
}

TEST(compared_findings, caches_stay_one_by_one) {
  model::report report;
  report.findings = of_two_callers(model::finding_kind::cache);
  join_compared(report);
  EXPECT_EQ(report.findings.size(), 2u);
}

}  // namespace
}  // namespace track::analysis
