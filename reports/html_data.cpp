#include "reports/html_data.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <nlohmann/json.hpp>

#include "reports/for_ci.hpp"
#include "reports/format.hpp"
#include "reports/json_finding.hpp"
#include "reports/remedy.hpp"
#include "reports/summary.hpp"
#include "reports/user_frames.hpp"

namespace track::reports {
namespace {

using json = ordered_json;

constexpr const char* name_of(outcome what) {
  constexpr const char* names[] = {"clean",      "found", "pass", "fail",
                                   "incomplete", "none",  "same", "differs"};
  return names[static_cast<int>(what)];
}

// Names may be of any length; nobody reads more of one, and browsers choke on many.
constexpr std::size_t longest_text = 2000;

// Texts by number, each once.
class text_table {
 public:
  std::uint32_t number_of(std::string text) {
    text = shortened(text, longest_text);
    const auto [found, added] = known_.try_emplace(text, static_cast<std::uint32_t>(texts_.size()));
    if (added) {
      texts_.push_back(text);
    }
    return found->second;
  }

  json take() { return std::move(texts_); }

 private:
  std::unordered_map<std::string, std::uint32_t> known_;
  json texts_ = json::array();
};

class frame_table {
 public:
  explicit frame_table(text_table& texts) : texts_(texts) {}

  json numbers_of(const model::stack& frames) {
    json numbers = json::array();
    for (const model::frame& frame : frames) {
      numbers.push_back(number_of(frame));
    }
    return numbers;
  }

  json take() { return std::move(frames_); }

 private:
  // function, file, line or 0, module, flags
  using row = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;

  std::uint32_t number_of(const model::frame& frame) {
    constexpr std::uint32_t inlined = 1;
    constexpr std::uint32_t unloaded = 2;
    constexpr std::uint32_t of_users = 4;
    const row made = {texts_.number_of(frame_name(frame)), texts_.number_of(frame.file),
                      frame.line.value_or(0), texts_.number_of(frame.module),
                      (frame.inlined ? inlined : 0) | (frame.unloaded ? unloaded : 0) |
                          (is_user_frame(frame) ? of_users : 0)};
    const auto [found, added] = known_.try_emplace(made, static_cast<std::uint32_t>(known_.size()));
    if (added) {
      const auto& [function, file, line, module, flags] = made;
      frames_.push_back({function, file, line, module, flags});
    }
    return found->second;
  }

  text_table& texts_;
  std::map<row, std::uint32_t> known_;
  json frames_ = json::array();
};

std::string place_text(const model::finding& finding) {
  const model::frame* frame = place_of(finding);
  return frame == nullptr ? "" : frame_place(*frame);
}

void clip(json& value) {
  if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    text = shortened(text, longest_text);
  } else if (value.is_structured()) {
    for (json& each : value) {
      clip(each);
    }
  }
}

json detailed(const model::finding& finding, frame_table& frames) {
  model::finding bare = finding;
  bare.allocated.clear();
  bare.stacks.clear();
  json made = json_of(bare);
  made["stack"] = frames.numbers_of(finding.allocated);
  for (const model::named_stack& stack : finding.stacks) {
    made["stacks"].push_back({{"role", stack.role}, {"frames", frames.numbers_of(stack.frames)}});
  }
  made["remedy"] = text_or_null(remedy_of(finding));
  made["place"] = text_or_null(place_text(finding));
  made["counts"] = counts(finding);
  clip(made);
  return made;
}

// Lines of a table: what is not told in full.
class short_findings {
 public:
  explicit short_findings(text_table& texts) : texts_(texts) {}

  void add(const model::finding& finding) {
    kinds_.push_back(model::name_of(finding.kind));
    fingerprints_.push_back(finding.fingerprint);
    titles_.push_back(texts_.number_of(finding.title));
    places_.push_back(texts_.number_of(place_text(finding)));
    blocks_.push_back(finding.blocks);
    bytes_.push_back(finding.bytes);
  }

  json take() {
    return {{"kind", std::move(kinds_)},    {"fingerprint", std::move(fingerprints_)},
            {"title", std::move(titles_)},  {"place", std::move(places_)},
            {"blocks", std::move(blocks_)}, {"bytes", std::move(bytes_)}};
  }

 private:
  text_table& texts_;
  json kinds_ = json::array();
  json fingerprints_ = json::array();
  json titles_ = json::array();
  json places_ = json::array();
  json blocks_ = json::array();
  json bytes_ = json::array();
};

json timeline_of(const model::timeline& line) {
  json at_ms = json::array();
  json blocks = json::array();
  json bytes = json::array();
  for (const model::timeline_point& point : line.points) {
    at_ms.push_back(point.at_ms);
    blocks.push_back(point.live_blocks);
    bytes.push_back(point.live_bytes);
  }
  return {{"process", line.process},
          {"capture", text_or_null(line.capture)},
          {"program", text_or_null(line.program)},
          {"pid", line.pid},
          {"peak_bytes", line.peak_bytes},
          {"at_ms", std::move(at_ms)},
          {"live_blocks", std::move(blocks)},
          {"live_bytes", std::move(bytes)}};
}

json tree_of(const model::call_tree& tree, text_table& texts) {
  json parents = json::array();
  json functions = json::array();
  json modules = json::array();
  json values = json::array({json::array(), json::array(), json::array(), json::array()});
  for (const model::call_node& node : tree.nodes) {
    model::frame named;
    named.function = node.function;
    named.module = node.module;
    named.offset = node.offset;
    parents.push_back(node.parent);
    functions.push_back(texts.number_of(frame_name(named)));
    modules.push_back(texts.number_of(node.module));
    for (std::size_t i = 0; i < node.values.size(); ++i) {
      values[i].push_back(node.values[i]);
    }
  }
  return {{"parent", std::move(parents)},
          {"function", std::move(functions)},
          {"module", std::move(modules)},
          {"values", std::move(values)},
          {"left_out", tree.nodes_left_out}};
}

json sources_of(const source_excerpts& sources) {
  json list = json::array();
  for (const auto& [place, excerpt] : sources) {
    list.push_back({{"file", place.first},
                    {"line", place.second},
                    {"first_line", excerpt.first_line},
                    {"lines", excerpt.lines}});
  }
  return list;
}

json charts_of(const model::charts& charts, text_table& texts) {
  json timelines = json::array();
  std::transform(charts.timelines.begin(), charts.timelines.end(), std::back_inserter(timelines),
                 timeline_of);
  json trees = json::array();
  for (const model::call_tree& tree : charts.trees) {
    trees.push_back(tree_of(tree, texts));
  }
  return {{"timelines", std::move(timelines)},
          {"timelines_left_out", charts.timelines_left_out},
          {"trees", std::move(trees)}};
}

json main_findings_of(const model::report& report) {
  json numbers = json::array();
  for (const model::finding* finding : findings_that_count(report)) {
    const auto number = static_cast<std::size_t>(finding - report.findings.data());
    if (number < most_detailed_findings && numbers.size() < main_findings) {
      numbers.push_back(number);
    }
  }
  return numbers;
}

}  // namespace

std::string html_data(const model::report& report, const html_extras& extras) {
  text_table texts;
  frame_table frames(texts);
  short_findings others(texts);
  json details = json::array();
  model::left_out not_listed;
  for (std::size_t i = 0; i < report.findings.size(); ++i) {
    const model::finding& finding = report.findings[i];
    if (i < most_detailed_findings) {
      details.push_back(detailed(finding, frames));
    } else if (i < most_listed_findings) {
      others.add(finding);
    } else {
      ++not_listed.findings;
      not_listed.blocks += finding.blocks;
      not_listed.bytes += finding.bytes;
    }
  }
  json document = {{"name", text_or_null(extras.name)},
                   {"capture", text_or_null(extras.capture)},
                   {"outcome", name_of(outcome_of(report))},
                   {"headline", headline_of(report)},
                   {"main", main_findings_of(report)}};
  document["report"] = json_of(report, std::move(details));
  document["others"] = others.take();
  document["not_listed"] = {{"findings", not_listed.findings},
                            {"blocks", not_listed.blocks},
                            {"bytes", not_listed.bytes}};
  document["charts"] = charts_of(extras.charts, texts);
  document["sources"] = sources_of(extras.sources);
  document["frames"] = frames.take();
  document["texts"] = texts.take();
  return document.dump(-1, ' ', true, json::error_handler_t::replace);
}

}  // namespace track::reports
