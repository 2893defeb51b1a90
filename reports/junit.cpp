#include "reports/junit.hpp"

#include <string_view>

#include <fmt/format.h>

#include "libtrack/support/text.hpp"
#include "reports/for_ci.hpp"
#include "reports/format.hpp"
#include "reports/remedy.hpp"

namespace track::reports {
namespace {

constexpr std::size_t longest_text = 4096;
constexpr std::size_t longest_name = 200;
constexpr std::size_t longest_details = 65536;

// `text` is UTF-8 without control characters but for line feeds of our own.
std::string marked_up(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("\xef\xbf\xbe") || rest.starts_with("\xef\xbf\xbf")) {
      out += "\xef\xbf\xbd";  // U+FFFE and U+FFFF are no characters of XML
      i += 2;
      continue;
    }
    switch (text[i]) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      default:
        out += text[i];
    }
  }
  return out;
}

// For an attribute, of text from anywhere.
std::string attribute(std::string_view text, std::size_t most = longest_text) {
  return marked_up(shortened(escape_control(text), most));
}

struct suite {
  std::string cases;
  std::uint64_t tests = 0;
  std::uint64_t failures = 0;
  std::uint64_t errors = 0;
  std::uint64_t skipped = 0;

  // `outcome`: an element, or nothing of a case that passed.
  void add(const std::string& classname, const std::string& name, const std::string& outcome) {
    ++tests;
    cases += fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"0\"", classname, name);
    cases += outcome.empty() ? "/>\n" : ">\n      " + outcome + "\n    </testcase>\n";
  }
};

std::string element(const char* tag, std::string_view type, std::string_view message,
                    const std::string& body) {
  return fmt::format("<{0} type=\"{1}\" message=\"{2}\">{3}</{0}>", tag, attribute(type),
                     attribute(message), marked_up(body));
}

std::string skipped_element(std::string_view message) {
  return fmt::format("<skipped message=\"{}\"/>", attribute(message));
}

std::string classname_of(const model::report& report, const model::finding& finding) {
  for (const model::process& process : report.processes) {
    if (!finding.processes.empty() && process.number == finding.processes.front()) {
      return attribute(program_of(process));
    }
  }
  return "track";
}

std::string failure_of(const model::finding& finding) {
  const std::string remedy = remedy_of(finding);
  return element("failure", model::name_of(finding.kind), finding.title,
                 details_of(finding, frames::all, longest_details) +
                     (remedy.empty() ? "" : "remedy: " + shortened(remedy, longest_text) + "\n"));
}

void add_finding(suite& all, const model::report& report, const model::finding& finding) {
  if (finding.state == model::finding_state::fixed) {
    return;
  }
  const std::string name = attribute(finding.test.empty() ? finding.title : finding.test,
                                     finding.test.empty() ? longest_name : longest_text) +
                           " [" + attribute(finding.fingerprint) + "]";
  std::string outcome;
  if (finding.suppressed) {
    outcome = skipped_element("suppressed");
    ++all.skipped;
  } else if (fails(report, finding)) {
    outcome = failure_of(finding);
    ++all.failures;
  }
  all.add(classname_of(report, finding), name, outcome);
}

std::string command_of(const model::report& report) {
  return std::string("track ") +
         model::name_of(report.judgement ? report.judgement->by : model::judge::gate);
}

void add_gap(suite& all, const model::report& report, const evidence_gap& gap) {
  std::string outcome;
  if (gap.is_demanded) {
    outcome = element("error", gap.code, gap.detail, "");
    ++all.errors;
  } else {
    outcome = skipped_element("not demanded: " + gap.detail);
    ++all.skipped;
  }
  all.add(command_of(report), attribute("evidence of " + gap.who + ": " + gap.code), outcome);
}

suite suite_of(const model::report& report) {
  suite all;
  for (const model::finding& finding : report.findings) {
    add_finding(all, report, finding);
  }
  for (const std::string& fault : other_faults(report)) {
    ++all.failures;
    all.add(command_of(report), attribute(fault, longest_name),
            element("failure", "rule", fault, ""));
  }
  for (const evidence_gap& gap : gaps_of(report)) {
    add_gap(all, report, gap);
  }
  if (report.truncated()) {
    ++all.skipped;
    all.add(command_of(report), "findings beyond the limit",
            skipped_element(plural(report.beyond_limit.findings, "more finding")));
  }
  if (all.tests == 0) {
    for (const model::process& process : report.processes) {
      all.add(attribute(program_of(process)),
              fmt::format("no new findings (process {})", process.number), "");
    }
  }
  return all;
}

double seconds_of(const model::report& report) {
  double sum = 0;
  for (const model::process& process : report.processes) {
    sum += static_cast<double>(process.duration_ms.value_or(0)) / 1000;
  }
  return sum;
}

}  // namespace

std::string render_junit(const model::report& report) {
  const suite all = suite_of(report);
  const std::string counts = fmt::format(
      "name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" "
      "time=\"{:.3f}\"",
      command_of(report), all.tests, all.failures, all.errors, all.skipped, seconds_of(report));
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {0}>\n  <testsuite {0}>\n{1}  "
      "</testsuite>\n</testsuites>\n",
      counts, all.cases);
}

}  // namespace track::reports
