#include "libtrack/analysis/comparison.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

namespace track::analysis {
namespace {

using model::finding_kind;
using model::finding_state;

constexpr std::uint64_t least_tolerance = 2;
constexpr std::uint64_t tolerance_part = 10;  // one tenth

using standing_key = std::pair<std::string, finding_kind>;

standing_key key_of(const standing& one) {
  return {one.fingerprint, one.kind};
}

void add_names(std::vector<std::string>& into, const std::vector<std::string>& names) {
  into.insert(into.end(), names.begin(), names.end());
  std::sort(into.begin(), into.end());
  into.erase(std::unique(into.begin(), into.end()), into.end());
}

std::string program_of(const model::process& process) {
  const std::string& name = process.program.empty() && !process.command.empty()
                                ? process.command.front()
                                : process.program;
  return name.substr(name.rfind('/') + 1);
}

bool share_a_name(const std::vector<std::string>& some, const std::vector<std::string>& sorted) {
  return std::any_of(some.begin(), some.end(), [&sorted](const std::string& name) {
    return std::binary_search(sorted.begin(), sorted.end(), name);
  });
}

bool is_lost_kind(finding_kind kind) {
  return kind == finding_kind::lost || kind == finding_kind::possibly_lost ||
         kind == finding_kind::cycle;
}

model::block_range sum_of(const model::block_range& a, const model::block_range& b) {
  return {a.min + b.min, a.max + b.max};
}

finding_state state_in(const model::block_range& before, const model::block_range& now,
                       const tolerance& allowed, finding_state otherwise) {
  if (now.max > allowed.beyond(before.max)) {
    return finding_state::grown;
  }
  return now.max < before.min ? finding_state::shrunk : otherwise;
}

// Pairs old and new standings, the surest way first.
class pairing {
 public:
  pairing(const std::vector<standing>& before, const std::vector<standing>& now,
          const tolerance& allowed)
      : before_(before), now_(now), allowed_(allowed), gone_(before.size(), true) {
    made_.now.resize(now.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      before_by_print_.emplace(before[i].fingerprint, i);
    }
    for (std::size_t i = 0; i < now.size(); ++i) {
      now_by_print_.emplace(now[i].fingerprint, i);
    }
  }

  comparison pair() {
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < now_.size(); ++i) {
      if (!pair_equal(i)) {
        left.push_back(i);
      }
    }
    std::erase_if(left, [this](std::size_t i) { return pair_changed(i); });
    for (const std::size_t i : left) {
      pair_moved(i);
    }
    for (std::size_t i = 0; i < gone_.size(); ++i) {
      // What may be absent from a run is not fixed by that.
      if (gone_[i] && before_[i].blocks.min != 0) {
        made_.fixed.push_back(i);
      }
    }
    return std::move(made_);
  }

 private:
  using by_print = std::multimap<std::string_view, std::size_t>;

  void settle(std::size_t i, const model::block_range& before, const model::block_range& now,
              finding_state otherwise) {
    made_.now[i] = {state_in(before, now, allowed_, otherwise), before};
  }

  // Of one family among those with the fingerprint of now_[i].
  std::vector<std::size_t> likes(const by_print& all, const std::vector<standing>& list,
                                 std::size_t i) const {
    std::vector<std::size_t> found;
    const auto [first, last] = all.equal_range(now_[i].fingerprint);
    for (auto each = first; each != last; ++each) {
      if (is_same_family(list[each->second].kind, now_[i].kind)) {
        found.push_back(each->second);
      }
    }
    return found;
  }

  bool pair_equal(std::size_t i) {
    bool found = false;
    for (const std::size_t old : likes(before_by_print_, before_, i)) {
      if (before_[old].kind == now_[i].kind) {
        gone_[old] = false;
        found = true;
        settle(i, before_[old].blocks, now_[i].blocks, finding_state::known);
      }
    }
    return found;
  }

  // The same place, of another kind: counts of all kinds together are what must not grow.
  bool pair_changed(std::size_t i) {
    model::block_range before;
    model::block_range now;
    const std::vector<std::size_t> olds = likes(before_by_print_, before_, i);
    for (const std::size_t old : olds) {
      gone_[old] = false;
      before = sum_of(before, before_[old].blocks);
    }
    for (const std::size_t each : likes(now_by_print_, now_, i)) {
      now = sum_of(now, now_[each].blocks);
    }
    if (!olds.empty()) {
      settle(i, before, now, finding_state::changed);
    }
    return !olds.empty();
  }

  void pair_moved(std::size_t i) {
    std::size_t best = before_.size();
    std::tuple<std::size_t, bool> best_likeness = {0, false};
    for (std::size_t old = 0; old < before_.size(); ++old) {
      if (!gone_[old] || !is_same_family(before_[old].kind, now_[i].kind)) {
        continue;
      }
      const std::tuple<std::size_t, bool> like = {likeness(before_[old].frames, now_[i].frames),
                                                  before_[old].kind == now_[i].kind};
      if (std::get<0>(like) != 0 && like > best_likeness) {
        best = old;
        best_likeness = like;
      }
    }
    if (best != before_.size()) {
      gone_[best] = false;
      settle(i, before_[best].blocks, now_[i].blocks,
             before_[best].kind == now_[i].kind ? finding_state::moved : finding_state::changed);
    }
  }

  const std::vector<standing>& before_;
  const std::vector<standing>& now_;
  const tolerance& allowed_;
  std::vector<bool> gone_;
  by_print before_by_print_;
  by_print now_by_print_;
  comparison made_;
};

}  // namespace

std::uint64_t tolerance::beyond(std::uint64_t max) const {
  if (strict) {
    return max;
  }
  const std::uint64_t more = std::max(least_tolerance, max / tolerance_part);
  return max > UINT64_MAX - more ? UINT64_MAX : max + more;
}

bool is_same_family(finding_kind a, finding_kind b) {
  return a == b || (is_lost_kind(a) && is_lost_kind(b));
}

std::vector<std::string> programs_of(const model::report& run) {
  std::vector<std::string> names;
  for (const model::process& process : run.processes) {
    add_names(names, {program_of(process)});
  }
  return names;
}

std::vector<standing> standings_of(const model::report& run, const standing_options& options) {
  std::map<std::uint64_t, std::string> programs;
  for (const model::process& process : run.processes) {
    programs.emplace(process.number, program_of(process));
  }
  std::map<standing_key, standing> found;
  for (const model::finding& finding : run.findings) {
    if (finding.suppressed || finding.runtime ||
        (finding.kind == finding_kind::survivor && !options.survivors)) {
      continue;
    }
    const auto [place, is_new] = found.try_emplace({finding.fingerprint, finding.kind});
    standing& sum = place->second;
    if (is_new) {
      const std::vector<std::string> frames = user_frames(telling_stack(finding));
      sum.fingerprint = finding.fingerprint;
      sum.kind = finding.kind;
      sum.frames = keys_of(frames);
      sum.place = frames.empty() ? finding.allocated_by : frames.front();
    }
    sum.blocks = sum_of(sum.blocks, {finding.blocks, finding.blocks});
    sum.bytes += finding.bytes;
    sum.weak = sum.weak || finding.weak;
    for (const std::uint64_t number : finding.processes) {
      add_names(sum.programs, {programs[number]});
    }
  }
  std::vector<standing> list;
  for (auto& [key, sum] : found) {
    list.push_back(std::move(sum));
  }
  return list;
}

std::vector<standing> standings_of_runs(const std::vector<std::vector<standing>>& runs,
                                        const std::vector<std::vector<std::string>>& programs) {
  struct sum_of_runs {
    standing sum;
    std::set<std::size_t> seen;
  };
  std::map<standing_key, sum_of_runs> found;
  for (std::size_t run = 0; run < runs.size(); ++run) {
    for (const standing& one : runs[run]) {
      const auto [place, is_new] = found.try_emplace(key_of(one), sum_of_runs{one, {}});
      standing& sum = place->second.sum;
      sum.blocks.min = std::min(sum.blocks.min, one.blocks.min);
      sum.blocks.max = std::max(sum.blocks.max, one.blocks.max);
      sum.bytes = std::max(sum.bytes, one.bytes);
      sum.weak = sum.weak || one.weak;
      add_names(sum.programs, one.programs);
      place->second.seen.insert(run);
    }
  }
  std::vector<standing> list;
  for (auto& [key, each] : found) {
    for (std::size_t run = 0; run < runs.size(); ++run) {
      if (!each.seen.contains(run) && share_a_name(each.sum.programs, programs[run])) {
        each.sum.blocks.min = 0;
      }
    }
    list.push_back(std::move(each.sum));
  }
  return list;
}

std::size_t keep_fixed_of(comparison& found, const std::vector<standing>& before,
                          const std::vector<std::string>& programs) {
  return std::erase_if(
      found.fixed, [&](std::size_t old) { return !share_a_name(before[old].programs, programs); });
}

comparison compare(const std::vector<standing>& before, const std::vector<standing>& now,
                   const tolerance& allowed) {
  return pairing(before, now, allowed).pair();
}

}  // namespace track::analysis
