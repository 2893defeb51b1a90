#include "libtrack/analysis/tracked_objects.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "libtrack/analysis/findings.hpp"
#include "libtrack/analysis/processes.hpp"

namespace track::analysis {
namespace {

using capture::object_row;

// visible stack, type, label, tag, test
using object_look =
    std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;

object_look look_of(code_index& code, const object_row& object) {
  return {code.visible_stack(object.stack), object.type, object.label, object.tag, object.test};
}

std::uint64_t age_of(const object_row& object, std::uint64_t now_ms) {
  return now_ms - std::min(now_ms, object.born_at_ms);
}

model::age ages_of(std::vector<std::uint64_t>& ages_ms) {
  std::sort(ages_ms.begin(), ages_ms.end());
  return {ages_ms.front(), ages_ms[ages_ms.size() / 2], ages_ms.back()};
}

// What is the same for all objects of a look.
model::finding describe(const capture::contents& all, code_index& code, const object_row& example) {
  const std::string& exe = all.processes[process_index(all, example.process)].exe;
  const fingerprint print = code.fingerprint_of(example.stack, exe);
  model::finding finding;
  finding.fingerprint = print.digits;
  finding.weak = print.weak;
  finding.tracked = true;
  finding.type = all.object_names[example.type];
  finding.label = all.object_names[example.label];
  finding.tag = all.object_names[example.tag];
  finding.test = all.object_names[example.test];
  finding.allocated = code.stack(example.stack);
  return finding;
}

std::uint64_t still_at_ms(const capture::contents& all, const capture::heap_graph& graph) {
  for (const capture::still_row& still : all.stills) {
    if (still.process == graph.process && still.number == graph.still) {
      return still.at_ms;
    }
  }
  return ~std::uint64_t{0};
}

}  // namespace

std::vector<placed_object> place_objects(const capture::contents& all,
                                         const capture::heap_graph& graph) {
  std::vector<placed_object> placed;
  const std::uint64_t at_ms = still_at_ms(all, graph);
  for (const object_row& object : all.objects) {
    if (object.process != graph.process || object.dead || object.born_at_ms > at_ms) {
      continue;
    }
    const std::size_t before = graph.address.count_to(object.address);
    const auto block = static_cast<std::uint32_t>(before - 1);
    if (before != 0 && object.address - graph.address[block] < graph.bytes_of(block)) {
      placed.push_back({block, &object});
    }
  }
  std::sort(placed.begin(), placed.end(), [](const placed_object& a, const placed_object& b) {
    return std::tuple(a.block, ~a.object->bytes, a.object->serial) <
           std::tuple(b.block, ~b.object->bytes, b.object->serial);
  });
  return placed;
}

std::vector<model::finding> find_live_objects(const capture::contents& all, code_index& code,
                                              const moment_of& judged_at_ms,
                                              const std::vector<bool>& counted) {
  struct sum {
    model::finding finding;
    std::vector<std::uint64_t> ages_ms;
  };
  std::map<std::tuple<std::uint64_t, object_look>, sum> sums;
  for (std::size_t i = 0; i < all.objects.size(); ++i) {
    const object_row& object = all.objects[i];
    const capture::process_row& process = all.processes[process_index(all, object.process)];
    const std::optional<std::uint64_t> now_ms = judged_at_ms(process);
    if (object.dead || process.end.kind == capture::end_kind::execed || !now_ms ||
        *now_ms < object.born_at_ms || (i < counted.size() && counted[i])) {
      continue;
    }
    const auto [place, is_new] = sums.try_emplace({object.process, look_of(code, object)});
    auto& [finding, ages_ms] = place->second;
    if (is_new) {
      finding = describe(all, code, object);
      finding.kind = model::finding_kind::survivor;
      finding.proven = process.survivors_valid;
      finding.processes = {object.process};
    }
    finding.blocks += 1;
    finding.bytes += object.bytes;
    ages_ms.push_back(age_of(object, *now_ms));
  }
  std::vector<model::finding> findings;
  for (auto& [look, sum] : sums) {
    sum.finding.age_ms = ages_of(sum.ages_ms);
    sum.finding.title = title_of(sum.finding);
    findings.push_back(std::move(sum.finding));
  }
  return findings;
}

std::vector<overdue_objects> find_overdue(const capture::contents& all, code_index& code,
                                          const moment_of& judged_at_ms) {
  std::map<std::tuple<std::uint64_t, object_look>, std::vector<const object_row*>> late;
  for (const object_row& object : all.objects) {
    const auto now_ms = judged_at_ms(all.processes[process_index(all, object.process)]);
    if (!object.dead && object.due_at_ms && now_ms && *object.due_at_ms < *now_ms &&
        object.born_at_ms <= *now_ms) {
      late[{object.process, look_of(code, object)}].push_back(&object);
    }
  }
  std::vector<overdue_objects> found;
  for (auto& [look, objects] : late) {
    std::stable_sort(objects.begin(), objects.end(),
                     [](const auto* a, const auto* b) { return *a->due_at_ms < *b->due_at_ms; });
    const object_row& first = *objects.front();
    const capture::process_row& process = all.processes[process_index(all, first.process)];
    const std::uint64_t now_ms = judged_at_ms(process).value_or(0);
    overdue_objects group;
    model::finding& finding = group.finding;
    finding = describe(all, code, first);
    finding.kind = model::finding_kind::overdue;
    finding.processes = {process.id};
    finding.overdue_ms = now_ms - *first.due_at_ms;
    std::vector<std::uint64_t> ages_ms;
    for (const object_row* object : objects) {
      finding.blocks += 1;
      finding.bytes += object->bytes;
      ages_ms.push_back(age_of(*object, now_ms));
    }
    finding.age_ms = ages_of(ages_ms);
    finding.title = title_of(finding);
    group.objects = std::move(objects);
    found.push_back(std::move(group));
  }
  return found;
}

void count_objects(const capture::contents& all, const std::vector<overdue_objects>& overdue,
                   std::vector<model::process>& processes) {
  const auto counts_of = [&](std::uint64_t process) -> model::object_counts& {
    std::optional<model::object_counts>& counts = processes[process_index(all, process)].objects;
    return counts ? *counts : counts.emplace();
  };
  for (const object_row& object : all.objects) {
    model::object_counts& counts = counts_of(object.process);
    ++(object.dead ? counts.dead : counts.alive);
  }
  for (const overdue_objects& each : overdue) {
    counts_of(each.objects.front()->process).overdue += each.objects.size();
  }
}

}  // namespace track::analysis
