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

// Whether there is something that holds it, so that one may ask what.
bool is_held(const model::finding& finding) {
  return finding.kind != model::finding_kind::lost &&
         finding.kind != model::finding_kind::mismatch && !finding.fingerprint.empty();
}

// "reports/app.track" → "app.html"
std::string page_name(const std::string& capture) {
  std::string name = capture.substr(capture.rfind('/') + 1);
  const std::size_t end = name.rfind('.');
  name.resize(end == std::string::npos || end == 0 ? name.size() : end);
  return name + ".html";
}

std::string next_command(const model::report& report, const text_options& options) {
  if (options.capture.empty()) {
    return "";
  }
  const std::string capture = shell_word(escape_control(options.capture));
  const std::vector<const model::finding*> found = findings_that_count(report);
  if (!found.empty() && options.can_be_asked && is_held(*found.front())) {
    return "track why " + escape_control(found.front()->fingerprint) + " " + capture;
  }
  if (!found.empty()) {
    return has_html() ? fmt::format("track report {} -f html -o {}", capture,
                                    shell_word(escape_control(page_name(options.capture))))
                      : "track report " + capture + " --full-stacks";
  }
  if (report.judgement) {
    return outcome_of(report) == outcome::incomplete ? "track report " + capture : "";
  }
  return std::any_of(report.processes.begin(), report.processes.end(),
                     [](const model::process& process) { return !process.quality.complete; })
             ? "track doctor"
         : options.can_be_asked ? "track sites " + capture + " --by peak"
                                : "";
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
  constexpr std::string_view words[] = {"", "", "pass: ", "FAIL: ", "INCOMPLETE: "};
  const outcome what = outcome_of(report);
  const bool is_good = what == outcome::clean || what == outcome::pass;
  const std::string next = next_command(report, options);
  return painted(options.color, is_good ? tone::heading : tone::bad,
                 fmt::format("verdict: {}{}", report.judgement ? words[static_cast<int>(what)] : "",
                             headline_of(report))) +
         (next.empty() ? "" : "; next: " + next) + "\n";
}

}  // namespace track::reports
