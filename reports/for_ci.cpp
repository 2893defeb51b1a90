#include "reports/for_ci.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "libtrack/support/text.hpp"
#include "reports/finding_text.hpp"
#include "reports/user_frames.hpp"

namespace track::reports {
namespace {

using model::finding_kind;
using model::finding_state;

bool is_held_against(const model::finding& finding) {
  const bool grows = !finding.growth || finding.growth->verdict == model::growth_verdict::growing;
  const bool may_be_fine =
      finding.kind == finding_kind::cache || finding.kind == finding_kind::growth;
  return finding.kind != finding_kind::survivor && !finding.suppressed && !finding.runtime &&
         (grows || !may_be_fine);
}

bool is_named_in(const std::string& fault, const model::finding& finding) {
  return !finding.fingerprint.empty() &&
         fault.find("[" + finding.fingerprint + "]") != std::string::npos;
}

bool is_note(std::string_view code) {
  return code == "no_collector";  // the second table of libtrack/model/QUALITY.md
}

// Gaps of a judgement are "RUN: process 0 (app): CODE: DETAIL"; the last two, as one text.
std::string known_reason(const std::string& gap, const std::set<std::string>& reasons) {
  for (std::size_t at = gap.find(": "); at != std::string::npos; at = gap.find(": ", at + 1)) {
    const auto reason = reasons.find(gap.substr(at + 2));
    if (reason != reasons.end()) {
      return *reason;
    }
  }
  return "";
}

std::string joined(const evidence_gap& gap) {
  return gap.code + ": " + gap.detail;
}

std::vector<evidence_gap> gaps_of_processes(const model::report& report) {
  std::vector<evidence_gap> gaps;
  for (const model::process& process : report.processes) {
    if (process.quality.complete) {
      continue;
    }
    const std::string who = fmt::format("process {} ({})", process.number, program_of(process));
    const std::size_t before = gaps.size();
    for (const model::quality_reason& reason : process.quality.reasons) {
      if (!is_note(reason.code)) {
        gaps.push_back({who, reason.code, reason.detail});
      }
    }
    if (gaps.size() == before) {
      gaps.push_back({who, "evidence", "the evidence is incomplete"});
    }
  }
  return gaps;
}

}  // namespace

bool is_fault_kind(finding_kind kind) {
  return kind == finding_kind::lost || kind == finding_kind::cycle ||
         kind == finding_kind::overdue || kind == finding_kind::mismatch;
}

bool counts(const model::finding& finding) {
  return is_held_against(finding) &&
         (!finding.state || finding.state == finding_state::added ||
          finding.state == finding_state::grown || finding.state == finding_state::changed);
}

bool fails(const model::report& report, const model::finding& finding) {
  if (!report.judgement) {
    return counts(finding);
  }
  const model::judgement& judged = *report.judgement;
  if (judged.result != model::verdict::fail || !finding.state || !counts(finding)) {
    return false;
  }
  return is_fault_kind(finding.kind) ||
         std::any_of(judged.faults.begin(), judged.faults.end(),
                     [&](const std::string& fault) { return is_named_in(fault, finding); });
}

std::vector<std::string> other_faults(const model::report& report) {
  if (!report.judgement) {
    return {};
  }
  std::vector<std::string> faults = report.judgement->faults;
  for (const model::finding& finding : report.findings) {
    if (fails(report, finding)) {
      std::erase_if(faults, [&](const std::string& fault) { return is_named_in(fault, finding); });
    }
  }
  return faults;
}

std::vector<evidence_gap> gaps_of(const model::report& report) {
  std::vector<evidence_gap> gaps = gaps_of_processes(report);
  if (!report.judgement) {
    if (report.processes.empty()) {
      gaps.push_back({"track", "evidence", "there is no process: this proves nothing"});
    }
    return gaps;
  }
  std::set<std::string> reasons;
  std::set<std::string> demanded;
  std::transform(gaps.begin(), gaps.end(), std::inserter(reasons, reasons.end()), joined);
  std::vector<evidence_gap> others;
  for (const std::string& gap : report.judgement->gaps) {
    const std::string reason = known_reason(gap, reasons);
    if (reason.empty()) {
      others.push_back(
          {fmt::format("track {}", model::name_of(report.judgement->by)), "evidence", gap});
    }
    demanded.insert(reason);
  }
  for (evidence_gap& gap : gaps) {
    gap.is_demanded = demanded.contains(joined(gap));
  }
  gaps.insert(gaps.begin(), others.begin(), others.end());
  std::stable_partition(gaps.begin(), gaps.end(),
                        [](const evidence_gap& gap) { return gap.is_demanded; });
  return gaps;
}

const model::frame* place_of(const model::finding& finding) {
  if (finding.location) {
    return finding.location.get();
  }
  const model::stack& frames = finding.allocated.empty() && !finding.stacks.empty()
                                   ? finding.stacks.front().frames
                                   : finding.allocated;
  const auto user = std::find_if(frames.begin(), frames.end(), is_user_frame);
  return frames.empty() ? nullptr : user == frames.end() ? &frames.front() : &*user;
}

std::string program_of(const model::process& process) {
  const std::string& path = process.program.empty() && !process.command.empty()
                                ? process.command.front()
                                : process.program;
  const std::string name = path.substr(path.rfind('/') + 1);
  return name.empty() ? "(unknown program)" : name;
}

std::string shortened(std::string_view text, std::size_t most) {
  if (text.size() <= most) {
    return std::string(text);
  }
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string details_of(const model::finding& finding, frames wanted, std::size_t most) {
  constexpr std::size_t longest_line = 400;
  model::finding shown = finding;
  if (wanted == frames::of_users) {
    shown.allocated = user_frames_of(shown.allocated);
    for (model::named_stack& stack : shown.stacks) {
      stack.frames = user_frames_of(stack.frames);
    }
  }
  const std::string whole = finding_text(shown, {});
  std::string text;
  for (std::size_t at = 0; at < whole.size() && text.size() <= most;) {
    const std::size_t end = std::min(whole.find('\n', at), whole.size());
    const std::string_view line = std::string_view(whole).substr(at, end - at);
    text += line.starts_with("  remedy:") ? "" : shortened(line, longest_line) + "\n";
    at = end + 1;
  }
  return text.size() <= most ? text : shortened(text, most) + "\n";
}

uncounted uncounted_of(const model::report& report) {
  uncounted sums;
  for (const model::finding& finding : report.findings) {
    if (finding.suppressed) {
      ++sums.suppressed;
    } else if (finding.state == finding_state::fixed) {
      ++sums.fixed;
    } else if (finding.kind == finding_kind::survivor) {
      ++sums.survivors;
    } else if (finding.state == finding_state::moved) {
      ++sums.moved;
    } else if (finding.state == finding_state::known || finding.state == finding_state::shrunk) {
      ++sums.known;
    }
  }
  return sums;
}

}  // namespace track::reports
