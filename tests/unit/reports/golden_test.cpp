// The whole way from a decoded process to text and JSON, held against files in tests/golden.
// TRACK_UPDATE_GOLDEN=1 writes them anew; read the difference before you keep it.

#include "tests/unit/reports/golden.hpp"

#include <gtest/gtest.h>

#include "libtrack/analysis/report.hpp"
#include "libtrack/capture/reader.hpp"
#include "reports/folded.hpp"
#include "reports/json.hpp"
#include "reports/text.hpp"
#include "tests/unit/capture/image_builder.hpp"

namespace track {
namespace {

test::fake_names example_names() {
  test::fake_names names;
  names.add("/opt/app", 0x10, {{"main", "/src/main.cpp", 12, false}});
  names.add("/opt/app", 0x20,
            {{"std::make_unique<Session>(int&&)", "/usr/include/c++/unique_ptr.h", 1065, true},
             {"make_session(int)", "/src/session.cpp", 42, false}});
  names.add("/opt/app", 0x30, {{"parse(char const*)", "/src/parse.cpp", 7, false}});
  names.add("/opt/app", 0x40, {{"close_all()", "/src/main.cpp", 30, false}});
  names.add("/lib/libstdc++.so.6", 0x50, {{"pool::pool()", "", 0, false}});
  names.add("/lib64/ld-linux-x86-64.so.2", 0x60, {{"call_init", "", 0, false}});
  return names;
}

test::image_builder root_process() {
  test::image_builder root(0);
  root.site({{"/opt/app", 0x20}, {"/opt/app", 0x10}}, allocation_function::operator_new, 12, 3, 72);
  const site_id parse = root.site({{"/opt/app", 0x30}, {"/opt/app", 0x10}},
                                  allocation_function::operator_new_array, 5, 0, 4000);
  root.site({{"/lib/libstdc++.so.6", 0x50}, {"/lib64/ld-linux-x86-64.so.2", 0x60}},
            allocation_function::malloc, 1, 1, 72704);
  root.site({{"/opt/plugin.so", 0x99}, {"/opt/app", 0x10}}, allocation_function::malloc, 1, 1, 16);
  root.image.modules.back().unloaded_mono_ms = 6000;
  root.image.reallocations = 2;
  root.image.mismatches.resize(1);
  ledger::mismatch_image mismatch;
  mismatch.kind = ledger::mismatch_kind::family;
  mismatch.allocation_site = parse;
  mismatch.release_node = root.stack({{"/opt/app", 0x40}, {"/opt/app", 0x10}});
  mismatch.function = release_function::operator_delete;
  mismatch.count = 2;
  mismatch.bytes = 8000;
  mismatch.first_mono_ms = root.image.start_mono_ms + 120;
  root.image.mismatches.push_back(mismatch);
  root.image.args = {"./app", "--verbose"};
  root.end_by_exit();
  return root;
}

test::image_builder killed_child() {
  test::image_builder child(1);
  child.image.parent_process = 0;
  child.image.origin = ledger::process_origin::fork;
  child.image.inherited_frees = 4;
  child.site({{"/opt/app", 0x30}, {"/opt/app", 0x10}}, allocation_function::malloc, 9, 6, 100);
  return child;
}

class golden : public testing::Test {
 protected:
  golden() {
    auto writer = capture::writer::create(folder_.file("p"), test::test_info());
    EXPECT_TRUE(writer->add_process(root_process().image, test::exited(3)));
    capture::process_end killed;
    killed.kind = capture::end_kind::signaled;
    killed.signal = 9;
    killed.oom_killed = true;
    killed.duration_ms = 61500;
    EXPECT_TRUE(writer->add_process(killed_child().image, killed));
    test::fake_names names = example_names();
    all_ = *capture::reader::open(*writer->finalize(folder_.file("c.track"), {&names}))->load();
    options_.tool_version = "0.1.0";
    text_.capture = text_.askable = "app.1000.track";
    text_.again = "track report app.1000.track";
  }

  test::temporary_folder folder_;
  capture::contents all_;
  analysis::report_options options_;
  reports::text_options text_;
};

TEST_F(golden, report_text) {
  test::expect_golden("report.txt",
                      reports::render_text(analysis::make_report(all_, options_), text_));
}

TEST_F(golden, report_json) {
  test::expect_golden("report.json", reports::render_json(analysis::make_report(all_, options_)));
}

TEST_F(golden, survivors_text) {
  text_ = {};
  text_.survivors_only = true;
  options_.wanted.kinds = {model::finding_kind::survivor};
  options_.show_reachable = true;
  options_.limit = 2;
  test::expect_golden("survivors.txt",
                      reports::render_text(analysis::make_report(all_, options_), text_));
}

TEST_F(golden, sites_in_every_order) {
  std::string text;
  for (const auto by :
       {analysis::site_order::live, analysis::site_order::peak, analysis::site_order::allocations,
        analysis::site_order::temporary, analysis::site_order::lifetime}) {
    analysis::sites_options options;
    options.by = by;
    const model::site_report report = analysis::make_site_report(all_, options);
    text += "== " + report.by + "\n" + reports::render_text(report, {});
  }
  test::expect_golden("sites.txt", text);
}

TEST_F(golden, sites_json) {
  analysis::sites_options options;
  options.tool_version = "0.1.0";
  options.by = analysis::site_order::peak;
  options.limit = 1;
  test::expect_golden("sites.json",
                      reports::render_json(analysis::make_site_report(all_, options)));
}

TEST_F(golden, folded) {
  analysis::sites_options options;
  options.by = analysis::site_order::peak;
  test::expect_golden("peak.folded", reports::render_folded(
                                         analysis::make_site_report(all_, options),
                                         [](const model::site& site) { return site.peak_bytes; }));
}

}  // namespace
}  // namespace track
