#include "reports/gitlab.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libtrack/support/text.hpp"
#include "reports/for_ci.hpp"
#include "reports/format.hpp"
#include "reports/primary_place.hpp"

namespace track::reports {
namespace {

using json = nlohmann::ordered_json;
using model::finding_kind;

// Lists of merge requests show a line of it.
constexpr std::size_t most_bytes = 1000;

const char* severity_of(finding_kind kind) {
  switch (kind) {
    case finding_kind::mismatch:
      return "blocker";
    case finding_kind::lost:
    case finding_kind::cycle:
    case finding_kind::overdue:
      return "critical";
    case finding_kind::cache:
    case finding_kind::growth:
      return "major";
    case finding_kind::possibly_lost:
      return "minor";
    case finding_kind::survivor:
      break;
  }
  return "info";
}

// Of a judged report only what was compared: gates leave survivors and caches alone.
bool is_listed(const model::report& report, const model::finding& finding) {
  return counts(finding) && (!report.judgement || finding.state);
}

// "location.path: the relative path to the file": GitLab appends it to the commit in a link and
// stops reading the list at an entry that has none.
std::string relative_path(std::string_view path) {
  while (path.starts_with('/') || path.starts_with("./")) {
    path.remove_prefix(path.starts_with('/') ? 1 : 2);
  }
  return path.empty() || path == "." ? "unknown" : escape_control(path);
}

class issue_list {
 public:
  void add(const std::string& check, const char* severity, const std::string& fingerprint,
           const std::string& description, const primary_place& place) {
    list_.push_back({{"description", shortened(escape_control(description), most_bytes)},
                     {"check_name", check},
                     {"fingerprint", unique(fingerprint)},
                     {"severity", severity},
                     {"location",
                      {{"path", relative_path(place.file)},
                       {"lines", {{"begin", std::max(place.line.value_or(1), 1U)}}}}}});
  }

  std::string printed() const {
    return list_.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  }

 private:
  // Entries with equal fingerprints are shown as one.
  std::string unique(const std::string& fingerprint) {
    const std::size_t number = ++seen_[fingerprint];
    return number == 1 ? fingerprint : fmt::format("{}-{}", fingerprint, number);
  }

  json list_ = json::array();
  std::unordered_map<std::string, std::size_t> seen_;
};

// FNV-1a.
std::string print_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  }
  return fmt::format("{:016x}", hash);
}

// One entry a reason, however many processes it is of; what is of no process by itself.
void add_missing_evidence(const model::report& report, issue_list& issues) {
  std::map<std::string, std::vector<evidence_gap>> by_reason;
  for (const evidence_gap& gap : gaps_of(report)) {
    if (gap.is_demanded) {
      by_reason[gap.code == "evidence" ? gap.code + gap.detail : gap.code].push_back(gap);
    }
  }
  for (const auto& [reason, gaps] : by_reason) {
    const evidence_gap& first = gaps.front();
    issues.add("incomplete-evidence", "critical", print_of("incomplete-evidence " + reason),
               "incomplete evidence" +
                   (gaps.size() == 1 ? "" : " of " + count_text(gaps.size()) + " processes") +
                   ": " + first.who + ": " + first.code + ": " + first.detail,
               program_place(report));
  }
}

}  // namespace

std::string render_gitlab(const model::report& report) {
  issue_list issues;
  add_missing_evidence(report, issues);
  for (const model::finding& finding : report.findings) {
    if (is_listed(report, finding)) {
      issues.add(model::name_of(finding.kind), severity_of(finding.kind), finding.fingerprint,
                 finding.title, primary_place_of(report, finding));
    }
  }
  return issues.printed();
}

}  // namespace track::reports
