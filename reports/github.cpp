#include "reports/github.hpp"

#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "libtrack/support/text.hpp"
#include "reports/for_ci.hpp"
#include "reports/format.hpp"
#include "reports/markdown.hpp"
#include "reports/remedy.hpp"

namespace track::reports {
namespace {

constexpr std::size_t most_annotations = 9;
constexpr std::size_t longest_text = 1024;

// Of a property's value when `in_property`, else of the message.
std::string percent_escaped(std::string_view text, bool in_property) {
  std::string out;
  for (const char c : text) {
    const bool always = c == '%' || c == '\r' || c == '\n';
    if (always || (in_property && (c == ':' || c == ','))) {
      out += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out;
}

std::string printable(std::string_view text) {
  return shortened(escape_control(text), longest_text);
}

std::string command(const char* level, const std::string& properties, const std::string& message) {
  return fmt::format("::{} {}::{}\n", level, properties, percent_escaped(message, false));
}

std::string title_property(const std::string& title) {
  return "title=" + percent_escaped(printable(title), true);
}

// Names of files that are too long to be any are left out, not shortened to others'.
std::string place_properties(const model::frame* frame) {
  if (frame == nullptr || frame->file.empty() || frame->file.size() > longest_text) {
    return "";
  }
  return "file=" + percent_escaped(escape_control(frame->file), true) + "," +
         (frame->line ? fmt::format("line={},", *frame->line) : "");
}

bool is_error(const model::report& report, const model::finding& finding) {
  return fails(report, finding) && (report.judgement || is_fault_kind(finding.kind));
}

std::string annotation(const model::finding& finding, const char* level) {
  const std::string state = finding.state ? std::string(model::name_of(*finding.state)) + " " : "";
  const std::string remedy = remedy_of(finding);
  return command(level,
                 place_properties(place_of(finding)) +
                     title_property("track: " + state + model::name_of(finding.kind)),
                 printable(finding.title) + " [" + printable(finding.fingerprint) + "]" +
                     (remedy.empty() ? "" : "\nremedy: " + shortened(remedy, longest_text)));
}

}  // namespace

std::string render_github_annotations(const model::report& report) {
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
  for (const evidence_gap& gap : gaps_of(report)) {
    if (gap.is_demanded) {
      warnings.push_back(command("warning", title_property("track: incomplete evidence"),
                                 printable(gap.who + ": " + gap.code + ": " + gap.detail)));
    }
  }
  for (const model::finding& finding : report.findings) {
    if (is_error(report, finding)) {
      errors.push_back(annotation(finding, "error"));
    } else if (counts(finding)) {
      warnings.push_back(annotation(finding, "warning"));
    }
  }
  for (const std::string& fault : other_faults(report)) {
    errors.push_back(command("error", title_property("track gate"), printable(fault)));
  }
  errors.insert(errors.end(), warnings.begin(), warnings.end());
  std::string text;
  for (std::size_t i = 0; i < errors.size() && i < most_annotations; ++i) {
    text += errors[i];
  }
  const std::uint64_t more =
      report.beyond_limit.findings +
      (errors.size() > most_annotations ? errors.size() - most_annotations : 0);
  return more == 0 ? text
                   : text + fmt::format("::notice::{}: see the job's summary or track report\n",
                                        plural(more, "more finding"));
}

std::string render_github_summary(const model::report& report) {
  return render_markdown(report);
}

}  // namespace track::reports
