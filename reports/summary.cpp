#include "reports/summary.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "reports/for_ci.hpp"
#include "reports/format.hpp"

namespace track::reports {
namespace {

bool is_whole(const model::report& report) {
  const std::vector<evidence_gap> gaps = gaps_of(report);
  return std::none_of(gaps.begin(), gaps.end(),
                      [](const evidence_gap& gap) { return gap.is_demanded; });
}

// Without a still only mismatches and what was told by the program are known.
bool knows_what_is_lost(const model::report& report) {
  return std::none_of(report.processes.begin(), report.processes.end(),
                      [](const model::process& process) {
                        return process.exit.kind == model::exit_kind::exited && !process.heap;
                      });
}

// "possibly_lost" as people write it.
std::string words_of(model::finding_kind kind) {
  std::string words = model::name_of(kind);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

bool is_diff(const model::report& report) {
  return report.judgement && report.judgement->by == model::judge::diff;
}

std::string joined(const std::string& text, std::uint64_t sum, std::string_view name) {
  return sum == 0 ? text
                  : fmt::format("{}{}{} {}", text, text.empty() ? "" : ", ", count_text(sum), name);
}

std::string differences_of(const model::report& report) {
  std::map<model::finding_state, std::uint64_t> sums;
  for (const model::finding& finding : report.findings) {
    if (finding.state && *finding.state != model::finding_state::known && !finding.suppressed) {
      ++sums[*finding.state];
    }
  }
  std::string text;
  for (const auto& [state, sum] : sums) {
    text = joined(text, sum, model::name_of(state));
  }
  return (text.empty() ? "no difference" : text) +
         (report.judgement->gaps.empty() ? "" : "; the evidence is incomplete");
}

// How to say that nothing counts, when other things are listed or were not asked for.
std::string nothing_in(const model::report& report) {
  const uncounted others = uncounted_of(report);
  const std::uint64_t survivors =
      others.survivors + report.beyond_limit.findings - report.beyond_limit.faults;
  if (report.judgement) {
    return "nothing new";
  }
  if (survivors != 0) {
    return (report.narrowed ? "" : "no leak is proven, ") + plural(survivors, "survivor") +
           " listed";
  }
  return report.narrowed          ? "nothing of what was asked for was found"
         : others.suppressed != 0 ? "all that was found is suppressed"
                                  : "nothing was found";
}

}  // namespace

std::vector<const model::finding*> findings_that_count(const model::report& report) {
  std::vector<const model::finding*> all;
  for (const model::finding& finding : report.findings) {
    if (counts(finding)) {
      all.push_back(&finding);
    }
  }
  std::stable_partition(all.begin(), all.end(), [&report](const model::finding* each) {
    return fails(report, *each) && (report.judgement || is_fault_kind(each->kind));
  });
  return all;
}

outcome outcome_of(const model::report& report) {
  if (is_diff(report)) {
    return report.judgement->result == model::verdict::pass         ? outcome::same
           : report.judgement->result == model::verdict::incomplete ? outcome::incomplete
                                                                    : outcome::differs;
  }
  if (report.judgement) {
    return report.judgement->result == model::verdict::pass   ? outcome::pass
           : report.judgement->result == model::verdict::fail ? outcome::fail
                                                              : outcome::incomplete;
  }
  if (report.beyond_limit.faults != 0 ||
      std::any_of(report.findings.begin(), report.findings.end(), counts)) {
    return outcome::found;
  }
  return !is_whole(report) || !knows_what_is_lost(report) ? outcome::incomplete
         : report.narrowed                                ? outcome::none
                                                          : outcome::clean;
}

std::string headline_of(const model::report& report) {
  if (is_diff(report)) {
    return differences_of(report);
  }
  std::map<model::finding_kind, std::uint64_t> sums;
  for (const model::finding& finding : report.findings) {
    sums[finding.kind] += counts(finding) ? 1 : 0;
  }
  std::string text;
  for (const auto& [kind, sum] : sums) {
    text = joined(text, sum, words_of(kind));
  }
  text = joined(text, report.beyond_limit.faults, "not listed");
  if (!text.empty()) {
    return text + (is_whole(report) ? "" : "; the evidence is incomplete");
  }
  if (outcome_of(report) == outcome::fail) {
    return "see the faults" + std::string(is_whole(report) ? "" : "; the evidence is incomplete");
  }
  return nothing_in(report) +
         (!is_whole(report) ? ", but the evidence is incomplete: this proves nothing"
          : report.judgement || report.narrowed ? ""
          : knows_what_is_lost(report)          ? ", and the evidence is complete"
                                       : ", but without a still it is not known what is lost");
}

}  // namespace track::reports
