#include "reports/lead_text.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "libtrack/support/text.hpp"
#include "reports/for_ci.hpp"
#include "reports/format.hpp"
#include "reports/html.hpp"
#include "reports/remedy.hpp"
#include "reports/stack_text.hpp"
#include "reports/summary.hpp"

namespace track::reports {
namespace {

constexpr std::size_t longest_title = 200;

std::string place_text(const model::finding& finding) {
  const model::frame* frame = place_of(finding);
  if (frame == nullptr) {
    return "";
  }
  const std::string name = shortened(frame_name(*frame), longest_title);
  const std::string place = frame_place(*frame);
  return "     in " + name + (name == place ? "" : " (" + place + ")") + "\n";
}

// "reports/app.track" → "app.html"
std::string page_name(const text_options& options) {
  std::string name = options.capture.substr(options.capture.rfind('/') + 1);
  name = name.substr(0, std::min(name.rfind('.'), name.rfind('@')));
  const bool is_plain =
      options.files == 1 && !name.empty() && name.find_first_of("*?[") == std::string::npos;
  return shell_word(escape_control(is_plain ? name + ".html" : "report.html"));
}

std::string next_command(const model::report& report, const text_options& options) {
  const std::vector<const model::finding*> found = findings_that_count(report);
  if (!found.empty()) {
    const model::finding& first = *found.front();
    // What nothing holds has no ways to show; a still is what knows them.
    const bool is_held = first.kind != model::finding_kind::lost &&
                         first.kind != model::finding_kind::mismatch && first.still;
    if (is_held && !options.askable.empty()) {
      return "track why " + escape_control(first.fingerprint) + " " + options.askable;
    }
    return options.again.empty() ? ""
           : has_html()          ? options.again + " -f html -o " + page_name(options)
                                 : options.again + " --full-stacks";
  }
  const bool is_complete =
      std::all_of(report.processes.begin(), report.processes.end(),
                  [](const model::process& process) { return process.quality.complete; });
  return report.judgement          ? ""
         : !is_complete            ? "track doctor"
         : options.askable.empty() ? ""
                                   : "track sites " + options.askable + " --by peak";
}

}  // namespace

std::string shell_word(const std::string& name) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./%+=:,@-";
  if (!name.empty() && name.find_first_not_of(plain) == std::string::npos) {
    return name;
  }
  std::string word = "'";
  for (const char c : name) {
    word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return word + "'";
}

std::string remedy_text(const model::finding& finding, const text_options& options) {
  const std::string remedy = remedy_of(finding);
  return remedy.empty()
             ? ""
             : fmt::format("  {} {}\n", painted(options.color, tone::heading, "remedy:"), remedy);
}

std::string lead_text(const model::report& report, const text_options& options) {
  const std::vector<const model::finding*> found = findings_that_count(report);
  std::string text;
  for (std::size_t i = 0; i < std::min(found.size(), main_findings); ++i) {
    const model::finding& finding = *found[i];
    text += fmt::format(
        "  {}  {}  {}\n", i + 1,
        painted(options.color, tone::bad, shortened(escape_control(finding.title), longest_title)),
        painted(options.color, tone::dim, "[" + finding.fingerprint + "]"));
    text += place_text(finding);
    const std::string remedy = remedy_text(finding, options);
    text += remedy.empty() ? "" : "   " + remedy;
  }
  return text.empty() ? ""
                      : painted(options.color, tone::heading, "look at first") + "\n" + text + "\n";
}

std::string last_line(const model::report& report, const text_options& options) {
  constexpr std::string_view words[] = {"", "", "pass: ", "FAIL: ", "INCOMPLETE: ", "", "", ""};
  const outcome what = outcome_of(report);
  const bool is_good =
      what != outcome::found && what != outcome::fail && what != outcome::incomplete;
  const std::string next = next_command(report, options);
  return painted(options.color, is_good ? tone::heading : tone::bad,
                 fmt::format("verdict: {}{}", report.judgement ? words[static_cast<int>(what)] : "",
                             headline_of(report))) +
         (next.empty() ? "" : "; next: " + next) + "\n";
}

}  // namespace track::reports
