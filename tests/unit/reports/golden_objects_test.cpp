// Tracked objects as text and JSON, held against files in tests/golden.
// TRACK_UPDATE_GOLDEN=1 writes them anew; read the difference before you keep it.

#include <gtest/gtest.h>

#include "libtrack/analysis/report.hpp"
#include "reports/json.hpp"
#include "reports/read_json.hpp"
#include "reports/text.hpp"
#include "tests/unit/analysis/capture_of.hpp"
#include "tests/unit/analysis/graph/graph_builder.hpp"
#include "tests/unit/reports/golden.hpp"

namespace track {
namespace {

// A session that should be gone and hangs from a global, two more, a dead one, a cache.
class golden_objects : public testing::Test {
 protected:
  golden_objects() {
    const std::vector<test::code_place> in_session = {{"/opt/app", 0x20}, {"/opt/app", 0x10}};
    const std::vector<test::code_place> in_main = {{"/opt/app", 0x10}};
    const auto session = graph_.block({.size = 72, .site = 1, .age_ms = 1400});
    graph_.point_from_root(graph_.root(), 1, session);
    const capture::heap_graph built = graph_.build();
    names_.variables[built.roots[0].start + 8] = {"app::g_sessions", "", "Session *", 0};
    test::image_builder builder(0);
    builder.site(in_session, allocation_function::operator_new, 1, 1, 72);
    builder.object(in_session, {.type = "Session",
                                .label = "of alice",
                                .tag = "import",
                                .test = "login.ends",
                                .address = built.address[session],
                                .bytes = 72,
                                .due_at_ms = 500});
    builder.object(in_session, {.type = "Session",
                                .label = "of bob",
                                .tag = "import",
                                .address = 0x20,
                                .bytes = 72,
                                .born_at_ms = 300});
    builder.object(in_session, {.type = "Session",
                                .label = "of bob",
                                .tag = "import",
                                .address = 0x200,
                                .bytes = 72,
                                .born_at_ms = 400});
    builder.object(in_session, {.type = "Session", .label = "gone", .dead = true});
    builder.object(in_main, {.type = "Cache", .address = 0x300, .bytes = 4096});
    builder.end_by_exit();
    test::fake_names names;
    names.add("/opt/app", 0x10, {{"main", "/src/main.cpp", 12, false}});
    names.add("/opt/app", 0x20, {{"make_session(int)", "/src/session.cpp", 42, false}});
    all_ = test::capture_of({{builder.image, test::exited()}}, &names);
    capture::still_row still;
    still.at_ms = 1499;
    still.pause_us = 1200;
    still.blocks = 1;
    still.bytes = 72;
    all_.stills.push_back(still);
  }

  model::report report_by(analysis::group_by by, analysis::object_survivors objects) {
    analysis::gather_options gathering;
    gathering.objects = objects;
    gathering.graphs = [this](std::uint64_t) -> result<analysis::still_graph> {
      return analysis::still_graph{graph_.build(), names_};
    };
    auto report = analysis::gather_report(all_, gathering);
    EXPECT_TRUE(report);
    analysis::report_options options;
    options.tool_version = "0.1.0";
    options.show_reachable = objects != analysis::object_survivors::none;
    options.by = by;
    analysis::arrange_report(*report, options);
    return *report;
  }

  capture::contents all_;
  test::graph_builder graph_;
  capture::heap_names names_;
};

TEST_F(golden_objects, what_is_overdue_as_text_and_json) {
  const model::report report =
      report_by(analysis::group_by::nothing, analysis::object_survivors::none);
  reports::text_options text;
  text.capture = text.askable = "app.1000.track";
  text.again = "track report app.1000.track";
  test::expect_golden("overdue.txt", reports::render_text(report, text));
  test::expect_golden("overdue.json", reports::render_json(report));
  const auto read = reports::read_report_json(reports::render_json(report), "overdue.json");
  ASSERT_TRUE(read) << read.failure().message;
  EXPECT_EQ(reports::render_json(*read), reports::render_json(report));
}

TEST_F(golden_objects, survivors_by_label_as_text_and_json) {
  const model::report report =
      report_by(analysis::group_by::label, analysis::object_survivors::alone);
  reports::text_options text;
  text.survivors_only = true;
  test::expect_golden("objects.txt", reports::render_text(report, text));
  test::expect_golden("objects.json", reports::render_json(report));
}

}  // namespace
}  // namespace track
