#include "libtrack/analysis/grouping.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "libtrack/analysis/findings.hpp"
#include "libtrack/analysis/looks.hpp"
#include "libtrack/analysis/merge.hpp"
#include "libtrack/analysis/user_frames.hpp"

namespace track::analysis {
namespace {

constexpr std::size_t most_stacks = 8;  // of a sum, beside the largest finding's
constexpr std::size_t most_compared_stacks = 2;

const char* name_of(group_by by) {
  constexpr const char* names[] = {"", "site", "type", "module", "label", "tag", "test"};
  return names[static_cast<int>(by)];
}

std::string name_in(const model::finding& finding, group_by by) {
  switch (by) {
    case group_by::type:
      return finding.type;
    case group_by::label:
      return finding.label;
    case group_by::tag:
      return finding.tag;
    case group_by::test:
      return finding.test;
    default:
      break;
  }
  const model::frame* frame = primary_frame(telling_stack(finding));
  if (frame == nullptr) {
    return {};
  }
  return by == group_by::module || frame->function.empty() ? frame->module : frame->function;
}

bool is_sum_of_blocks(model::finding_kind kind) {
  return kind == model::finding_kind::lost || kind == model::finding_kind::possibly_lost ||
         kind == model::finding_kind::survivor;
}

using group_key = std::tuple<model::finding_kind, bool, bool, bool, bool, std::string>;

group_key key_of(const model::finding& finding, group_by by, look_table& looks) {
  std::string key = finding.group->name;
  if (by == group_by::site) {
    key = finding.fingerprint + finding.allocated_by + '\0' + looks.of(finding.allocated);
  }
  return {finding.kind,    finding.proven,  finding.suppressed,
          finding.runtime, finding.tracked, std::move(key)};
}

group_key key_when_compared(const model::finding& finding) {
  std::string key = finding.fingerprint + (finding.state ? model::name_of(*finding.state) : "");
  if (finding.mismatch) {
    key += '\0' + std::string(model::name_of(finding.mismatch->kind)) + '\0' +
           finding.mismatch->released_by + (finding.mismatch->certain ? "!" : "");
  }
  if (finding.cycle) {
    for (const model::cycle_member& member : finding.cycle->members) {
      key += '\0' + member.type;
    }
    key += finding.cycle->proven ? "!" : "";
  }
  return {finding.kind,    finding.proven,  finding.suppressed,
          finding.runtime, finding.tracked, std::move(key)};
}

template <typename T>
void keep_if_equal(T& into, const T& other, T unknown) {
  if (into != other) {
    into = std::move(unknown);
  }
}

// What further stacks of these kinds mean is told by their roles.
bool takes_member_stacks(model::finding_kind kind) {
  return kind != model::finding_kind::cycle && kind != model::finding_kind::mismatch;
}

void add(model::finding& sum, model::finding&& more, std::size_t most, look_table& looks) {
  sum.processes.insert(sum.processes.end(), more.processes.begin(), more.processes.end());
  std::sort(sum.processes.begin(), sum.processes.end());
  sum.processes.erase(std::unique(sum.processes.begin(), sum.processes.end()), sum.processes.end());
  sum.blocks += more.blocks;
  sum.bytes += more.bytes;
  add_blocks(sum.definite, more.definite);
  // What is lost hangs from one cause each; survivors may keep one another.
  if (sum.kind == model::finding_kind::survivor) {
    sum.retained.reset();
  } else {
    add_blocks(sum.retained, more.retained);
  }
  sum.age_ms = joined_ages(sum.age_ms, more.age_ms);
  sum.weak = sum.weak || more.weak;
  keep_if_equal(sum.still, more.still, {});
  keep_if_equal(sum.type, more.type, {});
  keep_if_equal(sum.label, more.label, {});
  keep_if_equal(sum.tag, more.tag, {});
  keep_if_equal(sum.test, more.test, {});
  keep_if_equal(sum.allocated_by, more.allocated_by, {});
  keep_if_equal(sum.unloaded_module, more.unloaded_module, {});
  if (sum.cycle && more.cycle) {
    add_cycle(*sum.cycle, *more.cycle);
  }
  if (takes_member_stacks(sum.kind) && sum.stacks.size() < most &&
      looks.of(sum.allocated) != looks.of(more.allocated)) {
    sum.stacks.push_back({"member", std::move(more.allocated)});
  }
  sum.group->findings += more.group->findings;
}

}  // namespace

void group_findings(model::report& report, group_by by) {
  if (by == group_by::nothing) {
    return;
  }
  report.by = name_of(by);
  std::vector<model::finding> all = std::exchange(report.findings, {});
  std::stable_sort(all.begin(), all.end(), [](const model::finding& a, const model::finding& b) {
    return a.bytes > b.bytes;
  });
  look_table looks;
  std::map<group_key, std::size_t> places;
  for (model::finding& finding : all) {
    finding.group = model::finding_group{name_in(finding, by), 1};
    const bool sums_up = is_sum_of_blocks(finding.kind);
    const auto [place, is_new] =
        sums_up ? places.try_emplace(key_of(finding, by, looks), report.findings.size())
                : std::pair(places.end(), true);
    if (is_new) {
      report.findings.push_back(std::move(finding));
    } else {
      add(report.findings[place->second], std::move(finding), most_stacks, looks);
    }
  }
  for (model::finding& finding : report.findings) {
    if (finding.group->findings > 1) {
      finding.title = title_of(finding);
    }
  }
}

void join_compared(model::report& report) {
  std::vector<model::finding> all = std::exchange(report.findings, {});
  std::stable_sort(all.begin(), all.end(), [](const model::finding& a, const model::finding& b) {
    return a.bytes > b.bytes;
  });
  look_table looks;
  std::map<group_key, std::size_t> places;
  for (model::finding& finding : all) {
    const bool can_join = finding.kind == model::finding_kind::cycle ||
                          finding.kind == model::finding_kind::mismatch ||
                          is_sum_of_blocks(finding.kind);
    const auto [place, is_new] =
        can_join ? places.try_emplace(key_when_compared(finding), report.findings.size())
                 : std::pair(places.end(), true);
    if (is_new) {
      report.findings.push_back(std::move(finding));
      continue;
    }
    model::finding& sum = report.findings[place->second];
    sum.group.emplace();
    finding.group.emplace();
    add(sum, std::move(finding), most_compared_stacks, looks);
    sum.group.reset();
    sum.title = title_of(sum);
  }
}

}  // namespace track::analysis
