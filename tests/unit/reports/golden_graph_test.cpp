// What a still tells, from a graph to text, JSON and pictures, held against files in tests/golden.
// TRACK_UPDATE_GOLDEN=1 writes them anew; read the difference before you keep it.

#include <gtest/gtest.h>

#include "libtrack/analysis/code_index.hpp"
#include "libtrack/analysis/gate.hpp"
#include "libtrack/analysis/report.hpp"
#include "libtrack/analysis/why.hpp"
#include "reports/dot.hpp"
#include "reports/heap_text.hpp"
#include "reports/json.hpp"
#include "reports/junit.hpp"
#include "reports/markdown.hpp"
#include "reports/read_json.hpp"
#include "reports/text.hpp"
#include "reports/verdict_text.hpp"
#include "tests/unit/analysis/capture_of.hpp"
#include "tests/unit/analysis/graph/graph_builder.hpp"
#include "tests/unit/reports/golden.hpp"

namespace track {
namespace {

// A session and a peer that own each other, a lost list, a table that a global holds.
class golden_graph : public testing::Test {
 protected:
  golden_graph() {
    test::image_builder builder(0);
    const auto site = [&builder](std::uint64_t offset, allocation_function function) {
      builder.site({{"/opt/app", offset}, {"/opt/app", 0x10}}, function, 9, 9, 8);
    };
    site(0x20, allocation_function::operator_new);
    site(0x30, allocation_function::operator_new);
    site(0x40, allocation_function::malloc);
    builder.end_by_exit();
    test::fake_names names;
    names.add("/opt/app", 0x10, {{"main", "/src/main.cpp", 12, false}});
    names.add("/opt/app", 0x20, {{"make_session(int)", "/src/session.cpp", 42, false}});
    names.add("/opt/app", 0x30, {{"Session::connect()", "/src/session.cpp", 50, false}});
    names.add("/opt/app", 0x40, {{"parse(char const*)", "/src/parse.cpp", 7, false}});
    all_ = test::capture_of({{builder.image, test::exited()}}, &names);
    capture::still_row still;
    still.at_ms = 1499;
    still.pause_us = 1200;
    still.blocks = 7;
    all_.stills.push_back(still);
    build_graph();
  }

  void build_graph() {
    for (int i = 0; i < 2; ++i) {
      const auto session = builder_.object("7Session", {.size = 48, .site = 1, .age_ms = 900});
      const auto peer = builder_.object("4Peer", {.size = 40, .site = 2, .age_ms = 500});
      builder_.share(session, 3, peer);
      builder_.share(peer, 4, session);
    }
    const auto head = builder_.block({.size = 24, .site = 3, .age_ms = 100});
    builder_.point(head, 1, builder_.block({.size = 1000, .site = 3, .age_ms = 100}));
    const auto kept = builder_.block({.size = 64, .site = 3, .age_ms = 1400});
    builder_.point_from_root(builder_.root(), 1, kept);
    names_.types = {{}, {"Session", 32, 16, false}, {"Peer", 24, 16, false}};
    names_.type_of_block = {1, 2, 1, 2, 0, 0, 0};
    names_.fields[capture::heap_names::field_key(1, 24)] = {"peer", "std::shared_ptr<Peer>", 0,
                                                            capture::pointer_kind::strong};
    names_.fields[capture::heap_names::field_key(2, 32)] = {"session", "std::shared_ptr<Session>",
                                                            0, capture::pointer_kind::strong};
    const capture::heap_graph graph = builder_.build();
    names_.variables[graph.roots[0].start + 8] = {"app::g_table", "entries", "Entry *", 0};
  }

  model::report gathered(bool retained = false, analysis::suppression_set* known = nullptr) {
    analysis::gather_options options;
    options.suppressions = known;
    options.retained = retained;
    options.graphs = [this](std::uint64_t) -> result<analysis::still_graph> {
      return analysis::still_graph{builder_.build(), names_};
    };
    auto report = analysis::gather_report(all_, options);
    EXPECT_TRUE(report);
    return *report;
  }

  model::report arranged(model::report report) {
    analysis::report_options options;
    options.tool_version = "0.1.0";
    options.show_reachable = true;
    analysis::arrange_report(report, options);
    return report;
  }

  capture::contents all_;
  test::graph_builder builder_;
  capture::heap_names names_;
};

TEST_F(golden_graph, report_text_and_json) {
  const model::report report = arranged(gathered(true));
  reports::text_options text;
  text.capture = text.askable = "app.1000.track";
  text.again = "track report app.1000.track";
  test::expect_golden("heap.txt", reports::render_text(report, text));
  test::expect_golden("heap.json", reports::render_json(report));
  test::expect_golden("heap.junit.xml", reports::render_junit(report));
  test::expect_golden("heap.md", reports::render_markdown(report));
}

TEST_F(golden_graph, json_of_a_still_is_read_back_whole) {
  const std::string json = reports::render_json(arranged(gathered(true)));
  const auto report = reports::read_report_json(json, "heap.json");
  ASSERT_TRUE(report) << report.failure().message;
  EXPECT_EQ(reports::render_json(*report), json);
}

TEST_F(golden_graph, gate_text_and_json) {
  analysis::suppression_set known("2026-11-22");
  ASSERT_TRUE(known.add("# owner: parsers\nleak:parse\nleak:never\n# until: 2026-01-01\nleak:old\n",
                        "known.supp"));
  model::report report = gathered(false, &known);
  report.suppressions = known.uses();
  analysis::gate gate({}, {});
  gate.add(report, "app.1000.track");
  report.judgement = gate.judge(report);
  report = arranged(std::move(report));
  test::expect_golden("gate.txt", reports::render_verdict(report, {}));
  test::expect_golden("gate.json", reports::render_json(report));
  test::expect_golden("gate.junit.xml", reports::render_junit(report));
  test::expect_golden("gate.md", reports::render_markdown(report));
}

TEST_F(golden_graph, why_and_pictures) {
  const capture::heap_graph graph = builder_.build();
  analysis::code_index code(all_);
  const analysis::heap_view view(all_, code, graph, names_);
  std::string text;
  std::string pictures;
  for (const char* what : {"Peer", "Session"}) {
    auto why = analysis::explain(view, what, 0);
    ASSERT_TRUE(why);
    why->still = gathered().stills[0];
    text += reports::render_text(*why, {});
    pictures += reports::render_dot(*why);
  }
  const std::string print = code.fingerprint_of(all_.sites[3].stack, "/opt/app").digits;
  auto table = analysis::explain(view, print, 0);
  ASSERT_TRUE(table);
  table->still = gathered().stills[0];
  test::expect_golden("why.txt", text + reports::render_text(*table, {}));
  test::expect_golden("why.json", reports::render_json(*table));
  for (const model::finding& finding : gathered().findings) {
    pictures += finding.cycle ? reports::render_dot(finding) : "";
  }
  test::expect_golden("heap.dot", pictures);
}

TEST_F(golden_graph, stills) {
  test::expect_golden("stills.txt", reports::render_stills_text(arranged(gathered()), {}));
}

}  // namespace
}  // namespace track
