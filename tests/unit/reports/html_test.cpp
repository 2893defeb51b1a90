#include "reports/html.hpp"

#include <memory>

#include <gtest/gtest.h>
#include <libdeflate.h>
#include <nlohmann/json.hpp>

#include "reports/html_data.hpp"
#include "reports/html_page.hpp"
#include "tests/unit/reports/ci_reports.hpp"

namespace track::reports {
namespace {

namespace ci = test::ci;

using nlohmann::json;

std::string from_base64(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text.substr(0, text.find('='))) {
    const std::size_t digit = digits.find(c);
    EXPECT_NE(digit, std::string::npos) << c;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>(bits >> count & 0xff);
    }
  }
  return bytes;
}

std::string inflated(const std::string& packed) {
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> tool(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  std::string plain(64u << 20, '\0');
  std::size_t size = 0;
  EXPECT_EQ(libdeflate_gzip_decompress(tool.get(), packed.data(), packed.size(), plain.data(),
                                       plain.size(), &size),
            LIBDEFLATE_SUCCESS);
  plain.resize(size);
  return plain;
}

json data_of(const model::report& report, const html_extras& extras = {}) {
  return json::parse(html_data(report, extras));
}

json shown(const json& data, const json& frame) {
  return {data["texts"][frame[0].get<std::size_t>()], data["texts"][frame[1].get<std::size_t>()],
          frame[2], data["texts"][frame[3].get<std::size_t>()], frame[4]};
}

TEST(html_report, the_page_holds_its_data_between_what_was_bundled) {
  if (!has_html()) {
    GTEST_SKIP() << why_no_html;
  }
  const model::report report = ci::report_of(model::finding_kind::lost);
  const std::string page = render_html(report, {});
  const std::size_t mark = html_page.find(html_data_mark);
  const std::string_view tail = html_page.substr(mark + html_data_mark.size());
  ASSERT_NE(mark, std::string_view::npos);
  EXPECT_EQ(tail.find(html_data_mark), std::string_view::npos);
  EXPECT_TRUE(page.starts_with(html_page.substr(0, mark)));
  EXPECT_TRUE(page.ends_with(tail));
  const std::string data = page.substr(mark, page.size() - mark - tail.size());
  EXPECT_EQ(data.size() % 4, 0u);
  EXPECT_EQ(json::parse(inflated(from_base64(data))), data_of(report));
}

// Two bytes of padding, one, none.
TEST(html_report, every_length_comes_back_from_base64) {
  if (!has_html()) {
    GTEST_SKIP() << why_no_html;
  }
  const std::size_t frame = html_page.size() - html_data_mark.size();
  for (std::size_t extra = 0; extra < 24; ++extra) {
    html_extras extras;
    for (std::size_t i = 0; i < extra; ++i) {
      extras.name += static_cast<char>('a' + i * 7 % 26);
    }
    const model::report report = ci::report_of(model::finding_kind::lost);
    const std::string page = render_html(report, extras);
    const std::string data = page.substr(html_page.find(html_data_mark), page.size() - frame);
    EXPECT_EQ(json::parse(inflated(from_base64(data)))["name"],
              extra == 0 ? json() : json(extras.name));
  }
}

TEST(html_report, findings_are_those_of_the_json_with_numbered_frames) {
  const json data = data_of(ci::report_of(model::finding_kind::lost), {.name = "app.track"});
  EXPECT_EQ(data["name"], "app.track");
  EXPECT_EQ(data["outcome"], "found");
  EXPECT_EQ(data["main"], json::array({0}));
  const json& finding = data["report"]["findings"][0];
  EXPECT_EQ(finding["kind"], "lost");
  EXPECT_EQ(finding["bytes"], 1234);
  EXPECT_EQ(finding["place"], "src/session.cpp:42");
  EXPECT_EQ(finding["counts"], true);
  EXPECT_TRUE(ci::has(finding["remedy"], "delete it"));
  std::vector<json> frames;
  for (const json& number : finding["stack"]) {
    frames.push_back(shown(data, data["frames"][number.get<std::size_t>()]));
  }
  ASSERT_EQ(frames.size(), 4u);
  EXPECT_EQ(frames[0][4], 0);  // the standard library's
  EXPECT_EQ(frames[1], json({"make_session(int)", "src/session.cpp", 42, "app", 4}));
}

TEST(html_report, equal_frames_are_told_once) {
  const json data = data_of(ci::report_of(
      {ci::finding_of(model::finding_kind::lost), ci::finding_of(model::finding_kind::cycle)}));
  EXPECT_EQ(data["frames"].size(), 4u);
  EXPECT_EQ(data["report"]["findings"][0]["stack"], data["report"]["findings"][1]["stack"]);
}

TEST(html_report, names_that_mean_harm_are_data_and_nothing_else) {
  model::finding finding = ci::finding_of(model::finding_kind::lost);
  const std::string hostile("</script><script>alert(1)</script>\0\xff\x80-->]]>", 43);
  finding.title = finding.type = finding.allocated.edit(1).function = hostile;
  const json data = data_of(ci::report_of({finding}));
  EXPECT_TRUE(ci::has(data["report"]["findings"][0]["title"], "</script><script>"));
  if (has_html()) {
    const std::string page = render_html(ci::report_of({finding}), {.name = hostile});
    EXPECT_FALSE(ci::has(page, "alert(1)"));
    EXPECT_EQ(ci::count_of(page, "</script>"), ci::count_of(std::string(html_page), "</script>"));
  }
}

TEST(html_report, findings_beyond_the_detailed_ones_are_lines) {
  std::vector<model::finding> many(most_detailed_findings + 2,
                                   ci::finding_of(model::finding_kind::lost));
  many.back().title = "the last";
  many.back().blocks = 77;
  const json data = data_of(ci::report_of(many));
  EXPECT_EQ(data["report"]["findings"].size(), most_detailed_findings);
  const json& others = data["others"];
  ASSERT_EQ(others["kind"].size(), 2u);
  EXPECT_EQ(others["kind"][1], "lost");
  EXPECT_EQ(data["texts"][others["title"][1].get<std::size_t>()], "the last");
  EXPECT_EQ(data["texts"][others["place"][1].get<std::size_t>()], "src/session.cpp:42");
  EXPECT_EQ(others["blocks"], json::array({2, 77}));
  EXPECT_EQ(data["not_listed"]["findings"], 0);
  EXPECT_EQ(data["headline"], "10,002 lost");
}

TEST(html_report, charts_are_columns_with_numbered_names) {
  html_extras extras;
  model::call_tree tree;
  tree.nodes.resize(3);
  tree.nodes[0].function = "all";
  tree.nodes[1].function = "main";
  tree.nodes[1].module = "app";
  tree.nodes[2].parent = 1;
  tree.nodes[2].module = "app";
  tree.nodes[2].offset = 0x12;
  tree.nodes[2].values = {1, 2, 3, 4};
  tree.nodes_left_out = 5;
  extras.charts.trees.push_back(tree);
  model::timeline line;
  line.program = "app";
  line.peak_bytes = 9;
  line.points = {{0, 0, 0}, {10, 1, 7}};
  extras.charts.timelines.push_back(line);
  const json charts = data_of(ci::report_of(model::finding_kind::lost), extras)["charts"];
  EXPECT_EQ(charts["trees"][0]["parent"], json::array({0, 0, 1}));
  EXPECT_EQ(charts["trees"][0]["values"][3], json::array({0, 0, 4}));
  EXPECT_EQ(charts["trees"][0]["left_out"], 5);
  const json data = data_of(ci::report_of(model::finding_kind::lost), extras);
  EXPECT_EQ(data["texts"][charts["trees"][0]["function"][2].get<std::size_t>()], "app+0x12");
  EXPECT_EQ(charts["timelines"][0]["at_ms"], json::array({0, 10}));
  EXPECT_EQ(charts["timelines"][0]["live_bytes"], json::array({0, 7}));
  EXPECT_EQ(charts["timelines"][0]["peak_bytes"], 9);
  EXPECT_EQ(charts["timelines"][0]["capture"], json());
}

TEST(html_report, sources_stand_by_file_and_line) {
  html_extras extras;
  extras.sources[{"src/session.cpp", 42}] = {41, {"{", "  make();", "}"}};
  const json data = data_of(ci::report_of(model::finding_kind::lost), extras);
  EXPECT_EQ(data["sources"][0], json({{"file", "src/session.cpp"},
                                      {"line", 42},
                                      {"first_line", 41},
                                      {"lines", {"{", "  make();", "}"}}}));
}

}  // namespace
}  // namespace track::reports
