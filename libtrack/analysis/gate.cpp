#include "libtrack/analysis/gate.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "libtrack/analysis/function_name.hpp"
#include "libtrack/analysis/quality.hpp"
#include "libtrack/support/units.hpp"

namespace track::analysis {
namespace {

using model::finding_state;

// A gap that is the gate's own: the classes of blocks were not asked for, so nobody can be sure.
constexpr const char* no_still = "no_still";

constexpr std::size_t callers_that_tell = 3;

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_required(const model::process& process, required evidence) {
  const bool root = !process.parent;
  const bool exited = process.exit.kind == model::exit_kind::exited;
  switch (evidence) {
    case required::root:
      return root;
    case required::exited:
      return exited;
    case required::all:
      return true;
    case required::root_and_exited:
      break;
  }
  return root || exited;
}

std::string name_of_process(const model::process& process, const std::string& run) {
  const std::string program(file_name(process.program.empty() && !process.command.empty()
                                          ? process.command.front()
                                          : process.program));
  return run + ": process " + std::to_string(process.number) +
         (program.empty() ? "" : " (" + program + ")");
}

std::string blocks_text(const model::block_range& blocks) {
  const std::string text = blocks.min == blocks.max
                               ? std::to_string(blocks.max)
                               : std::to_string(blocks.min) + "-" + std::to_string(blocks.max);
  return text + (blocks.max == 1 ? " block" : " blocks");
}

std::uint64_t lost_bytes(const model::report& run) {
  std::uint64_t sum = 0;
  for (const model::finding& finding : run.findings) {
    const bool is_lost =
        finding.kind == model::finding_kind::lost || finding.kind == model::finding_kind::cycle;
    if (is_lost && !finding.suppressed && !finding.runtime) {
      sum += finding.retained ? finding.retained->bytes : finding.bytes;
    }
  }
  return sum;
}

model::finding finding_of(const standing& gone) {
  model::finding finding;
  finding.kind = gone.kind;
  finding.fingerprint = gone.fingerprint;
  finding.title = std::string(model::name_of(gone.kind)) + " in " + gone.place + ", was " +
                  blocks_text(gone.blocks);
  finding.state = finding_state::fixed;
  finding.baseline = gone.blocks;
  return finding;
}

}  // namespace

std::string describe(const gate_rule& rule) {
  std::string kinds;
  for (const model::finding_kind kind : rule.faults) {
    kinds += (kinds.empty() ? "" : ", ") + std::string(model::name_of(kind));
  }
  std::string text = "no new " + kinds + "; none beyond its range";
  text += rule.allowed.strict ? "" : " + max(2, 10 %)";
  if (rule.max_lost_bytes) {
    text += "; at most " + short_bytes(static_cast<std::int64_t>(*rule.max_lost_bytes)) +
            " lost in a run";
  }
  if (rule.max_growth_per_s) {
    text += "; nothing growing by more than " +
            short_bytes(static_cast<std::int64_t>(*rule.max_growth_per_s)) + " a second";
  }
  constexpr const char* evidence[] = {"the root process and all that exited", "the root process",
                                      "every process that exited", "every process"};
  text += "; complete evidence of ";
  text += evidence[static_cast<int>(rule.evidence)];
  if (!rule.allowed_gaps.empty()) {
    text += " but for";
    for (const std::string& code : rule.allowed_gaps) {
      text += " " + code;
    }
  }
  return text;
}

bool gate::is_fault(model::finding_kind kind) const {
  return std::find(rule_.faults.begin(), rule_.faults.end(), kind) != rule_.faults.end();
}

void gate::add(const model::report& run, const std::string& name) {
  standing_options options;
  options.survivors = is_fault(model::finding_kind::survivor);
  runs_.push_back(standings_of(run, options));
  programs_.push_back(programs_of(run));
  const bool empty =
      std::all_of(run.processes.begin(), run.processes.end(), [](const model::process& process) {
        return process.totals.allocations == 0 && !process.heap;
      });
  if (empty) {
    empty_runs_.push_back(name);
  }
  look_for_gaps(run, name);
  look_for_losses(run, name);
  look_for_growth(run, name);
}

void gate::look_for_growth(const model::report& run, const std::string& name) {
  for (const model::finding& finding : run.findings) {
    const bool counts = rule_.max_growth_per_s && !finding.suppressed && !finding.runtime &&
                        finding.growth && finding.growth->verdict == model::growth_verdict::growing;
    if (counts &&
        finding.growth->bytes_per_s.value_or(0) > static_cast<double>(*rule_.max_growth_per_s)) {
      faults_.push_back(name + ": over the " +
                        short_bytes(static_cast<std::int64_t>(*rule_.max_growth_per_s)) +
                        " a second that are allowed: " + finding.title);
    }
  }
}

void gate::look_for_gaps(const model::report& run, const std::string& name) {
  if (run.processes.empty()) {
    gaps_.push_back(name + ": holds no process");
  }
  for (const model::process& process : run.processes) {
    if (!is_required(process, rule_.evidence)) {
      continue;
    }
    for (const model::quality_reason& reason : process.quality.reasons) {
      if (!is_note(reason.code) && !contains(rule_.allowed_gaps, reason.code)) {
        gaps_.push_back(name_of_process(process, name) + ": " + reason.code + ": " + reason.detail);
      }
    }
    const bool should_have_still = process.exit.kind == model::exit_kind::exited;
    if (should_have_still && !process.heap && process.quality.complete &&
        !contains(rule_.allowed_gaps, no_still)) {
      gaps_.push_back(name_of_process(process, name) + ": " + no_still +
                      ": no still of the heap was taken at its end, so what is lost is not known");
    }
  }
}

void gate::look_for_losses(const model::report& run, const std::string& name) {
  const std::uint64_t lost = lost_bytes(run);
  if (rule_.max_lost_bytes && lost > *rule_.max_lost_bytes) {
    faults_.push_back(name + ": " + short_bytes(static_cast<std::int64_t>(lost)) +
                      " are lost, over the " +
                      short_bytes(static_cast<std::int64_t>(*rule_.max_lost_bytes)) + " allowed");
  }
}

void gate::expect_all(model::judgement& judged) const {
  const bool expects = rule_.expected_runs || !rule_.expected_programs.empty();
  if (expects) {
    for (const std::string& name : empty_runs_) {
      judged.gaps.push_back(name + ": is empty: it has neither an allocation nor a still");
    }
  }
  if (rule_.expected_runs && runs_.size() < *rule_.expected_runs) {
    judged.gaps.push_back("expected " + std::to_string(*rule_.expected_runs) +
                          " captures, there are " + std::to_string(runs_.size()));
  }
  for (const std::string& program : rule_.expected_programs) {
    const std::string name(file_name(program));
    const bool ran = std::any_of(programs_.begin(), programs_.end(),
                                 [&name](const std::vector<std::string>& names) {
                                   return std::binary_search(names.begin(), names.end(), name);
                                 });
    if (!ran) {
      judged.gaps.push_back("expected program " + program + " is missing or ran untracked");
    }
  }
}

std::string gate::fault_text(const standing& found, const compared& against) const {
  const std::string what = std::string(model::name_of(found.kind)) + " in " + found.place + " [" +
                           found.fingerprint + "]: ";
  return against.before
             ? what + blocks_text(found.blocks) + ", accepted are " + blocks_text(*against.before)
             : "new " + what + blocks_text(found.blocks);
}

void gate::judge_standings(model::report& sum, model::judgement& judged) const {
  const std::vector<standing> now = standings_of_runs(runs_, programs_);
  comparison compared = compare(accepted_, now, rule_.allowed);
  std::set<std::string> ran;
  for (const std::vector<std::string>& names : programs_) {
    ran.insert(names.begin(), names.end());
  }
  keep_fixed_of(compared, accepted_, {ran.begin(), ran.end()});
  std::size_t weak = 0;
  std::map<std::string, std::size_t> new_by_place;
  for (std::size_t i = 0; i < now.size(); ++i) {
    const finding_state state = compared.now[i].state;
    const bool bad = state == finding_state::added || state == finding_state::grown;
    if (bad && is_fault(now[i].kind)) {
      judged.faults.push_back(fault_text(now[i], compared.now[i]));
      new_by_place[now[i].place] += state == finding_state::added ? 1 : 0;
    }
    weak += now[i].weak && is_fault(now[i].kind) ? 1 : 0;
  }
  for (const auto& [place, count] : new_by_place) {
    if (count >= callers_that_tell) {
      judged.remarks.push_back(std::to_string(count) + " of the new ones are in " + place +
                               ": one fault with as many callers, most likely");
    }
  }
  if (weak != 0) {
    judged.remarks.push_back(
        "weak fingerprints, which the next build may change, for want of "
        "names: " +
        std::to_string(weak));
  }
  mark_states(sum, accepted_, now, compared);
}

model::judgement gate::judge(model::report& sum) {
  model::judgement judged;
  judged.rule = describe(rule_);
  judge_standings(sum, judged);
  judged.faults.insert(judged.faults.end(), faults_.begin(), faults_.end());
  judged.gaps = gaps_;
  expect_all(judged);
  judged.result = !judged.faults.empty() ? model::verdict::fail
                  : !judged.gaps.empty() ? model::verdict::incomplete
                                         : model::verdict::pass;
  return judged;
}

void mark_states(model::report& report, const std::vector<standing>& before,
                 const std::vector<standing>& now, const comparison& found) {
  std::map<std::pair<std::string, model::finding_kind>, std::size_t> places;
  for (std::size_t i = 0; i < now.size(); ++i) {
    places.emplace(std::pair(now[i].fingerprint, now[i].kind), i);
  }
  for (model::finding& finding : report.findings) {
    const auto place = places.find({finding.fingerprint, finding.kind});
    if (place != places.end() && !finding.suppressed && !finding.runtime) {
      finding.state = found.now[place->second].state;
      finding.baseline = found.now[place->second].before;
    }
  }
  for (const std::size_t gone : found.fixed) {
    report.findings.push_back(finding_of(before[gone]));
  }
}

}  // namespace track::analysis
