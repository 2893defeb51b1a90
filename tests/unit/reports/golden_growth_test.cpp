// Containers that only take in, from series and graph to text and JSON, held against files in
// tests/golden. TRACK_UPDATE_GOLDEN=1 writes them anew; read the difference before you keep it.
#include <algorithm>

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

constexpr std::uint32_t sessions = 40;
constexpr std::uint32_t jobs = 10;

// A map that a global holds and nobody empties; a list of which as much goes as comes; a site that
// grows and is held by nothing that is known.
class golden_growth : public testing::Test {
 protected:
  golden_growth() {
    test::image_builder builder(0);
    const auto site = [&builder](std::uint64_t offset, std::uint64_t made, std::uint64_t live) {
      builder.site({{"/opt/app", offset}, {"/opt/app", 0x10}}, allocation_function::operator_new,
                   made, live, 48);
    };
    site(0x20, sessions, sessions);
    site(0x30, 400, jobs);
    site(0x40, 80, 80);
    builder.end_by_exit();
    test::fake_names names;
    names.add("/opt/app", 0x10, {{"main", "/src/main.cpp", 12, false}});
    names.add("/opt/app", 0x20, {{"log_in(int)", "/src/session.cpp", 42, false}});
    names.add("/opt/app", 0x30, {{"enqueue()", "/src/jobs.cpp", 7, false}});
    names.add("/opt/app", 0x40, {{"note(char const*)", "/src/notes.cpp", 9, false}});
    all_ = test::capture_of({{builder.image, test::exited()}}, &names);
    capture::still_row still;
    still.trigger = ledger::graph::trigger::exit_begin;
    still.at_ms = 4000;
    still.blocks = sessions + jobs + 80;
    all_.stills.push_back(still);
    fill_series();
    build_graph();
  }

  void fill_series() {
    for (std::uint32_t i = 0; i < sessions; ++i) {
      const std::int64_t more = i < jobs ? 1 : 0;
      series_.push_back(
          {0, (i + 1) * 100, {{1, 1, 1, 48}, {2, 10, more, more * 48}, {3, 2, 2, 96}}});
    }
  }

  void build_graph() {
    std::uint32_t before = 0;
    for (std::uint32_t i = 0; i < sessions; ++i) {
      const auto node = builder_.block({.size = 48, .site = 1, .age_ms = 4000 - i * 100});
      builder_.point(node, 5, builder_.block({.size = 100, .site = 0}));
      names_.type_of_block.insert(names_.type_of_block.end(), {1, 0});
      if (i == 0) {
        builder_.point_from_root(builder_.root(), 1, node);
      } else {
        builder_.point(before, 2, node);
      }
      before = node;
    }
    const auto root = builder_.root();
    for (std::uint32_t i = 0; i < jobs; ++i) {
      const auto node = builder_.block({.size = 48, .site = 2, .age_ms = 100});
      if (i == 0) {
        builder_.point_from_root(root, 0, node);
      } else {
        builder_.point(before, 0, node);
      }
      before = node;
    }
    for (std::uint32_t i = 0; i < 80; ++i) {
      builder_.point_from_root(root, 9 + i,
                               builder_.block({.size = 48, .site = 3, .age_ms = 50 * i}));
    }
    names_.types = {{}, {"element of std::map<int, Session>", 48, 0, false}};
    const capture::heap_graph graph = builder_.build();
    names_.variables[graph.roots[0].start + 8] = {"app::g_sessions", "", "std::map<int, Session>",
                                                  8};
    names_.variables[graph.roots[1].start] = {"g_queue", "head", "job*", 0};
  }

  model::report gathered(bool all_containers) {
    analysis::gather_options options;
    options.series = &series_;
    options.all_containers = all_containers;
    options.graphs = [this](std::uint64_t) -> result<analysis::still_graph> {
      return analysis::still_graph{builder_.build(), names_};
    };
    auto report = analysis::gather_report(all_, options);
    EXPECT_TRUE(report);
    analysis::report_options wanted;
    wanted.tool_version = "0.1.0";
    wanted.wanted.kinds = {model::finding_kind::cache, model::finding_kind::growth};
    analysis::arrange_report(*report, wanted);
    return *std::move(report);
  }

  capture::contents all_;
  capture::series series_;
  test::graph_builder builder_;
  capture::heap_names names_;
};

TEST_F(golden_growth, text_and_json) {
  const model::report report = gathered(true);
  reports::text_options text;
  text.survivors_only = true;
  test::expect_golden("caches.txt", reports::render_text(report, text));
  test::expect_golden("caches.json", reports::render_json(report));
}

TEST_F(golden_growth, json_is_read_back_whole) {
  const std::string json = reports::render_json(gathered(true));
  const auto report = reports::read_report_json(json, "caches.json");
  ASSERT_TRUE(report) << report.failure().message;
  EXPECT_EQ(reports::render_json(*report), json);
}

TEST_F(golden_growth, what_a_growing_container_keeps_is_told_once) {
  const model::report report = gathered(false);
  ASSERT_EQ(report.findings.size(), 2u);
  const auto cache = std::find_if(
      report.findings.begin(), report.findings.end(),
      [](const model::finding& each) { return each.kind == model::finding_kind::cache; });
  ASSERT_NE(cache, report.findings.end());
  EXPECT_EQ(cache->cache->owner, "app::g_sessions");
  EXPECT_EQ(cache->cache->entries, sessions);
  EXPECT_EQ(cache->cache->inserted, sessions);
  EXPECT_EQ(cache->cache->evicted, 0u);
  EXPECT_EQ(cache->retained->blocks, 2 * sessions) << "with what its entries hold";
  EXPECT_EQ(cache->retained->bytes, sessions * 148u);
}

TEST_F(golden_growth, without_series_growth_is_unknown) {
  series_.clear();
  EXPECT_TRUE(gathered(false).findings.empty());
}

}  // namespace
}  // namespace track
