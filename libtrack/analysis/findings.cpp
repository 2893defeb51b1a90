#include "libtrack/analysis/findings.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "libtrack/analysis/cycle_findings.hpp"
#include "libtrack/analysis/function_name.hpp"
#include "libtrack/analysis/processes.hpp"
#include "libtrack/analysis/user_frames.hpp"
#include "libtrack/support/units.hpp"

namespace track::analysis {
namespace {

std::string frame_text(const model::frame& frame, std::string_view file) {
  std::string text = frame.function.empty() ? frame.module : frame.function;
  if (!file.empty()) {
    text += " (" + std::string(file);
    text += frame.line ? ":" + std::to_string(*frame.line) + ")" : ")";
  }
  return text;
}

std::string place_of(const model::stack& frames) {
  const model::frame* best = primary_frame(frames);
  return best == nullptr ? "an unknown place" : frame_text(*best, file_name(best->file));
}

// Within the source root, when that is asked for.
std::string place_of(const model::finding& finding, const model::stack& frames) {
  return finding.location ? frame_text(*finding.location, finding.location->file)
                          : place_of(frames);
}

std::string blocks_text(std::uint64_t bytes, std::uint64_t blocks) {
  return std::to_string(bytes) + (bytes == 1 ? " byte in " : " bytes in ") +
         std::to_string(blocks) + (blocks == 1 ? " block" : " blocks");
}

// Site 0 of a ledger: what found no place of its own.
bool is_of_others(const model::finding& finding) {
  return finding.allocated.empty() && finding.allocated_by == name_of(allocation_function::unknown);
}

std::string survivor_title(const model::finding& finding) {
  return blocks_text(finding.bytes, finding.blocks) +
         (is_of_others(finding)
              ? " of sites that found no place in the ledger"
              : " from " + finding.allocated_by + " in " + place_of(finding, finding.allocated));
}

std::string objects_text(const model::finding& finding) {
  std::string text = finding.blocks == 1 ? "" : std::to_string(finding.blocks) + " ";
  text += finding.type.empty() ? (finding.blocks == 1 ? "an object" : "objects") : finding.type;
  text += finding.type.empty() || finding.blocks == 1 ? "" : " objects";
  return text + (finding.label.empty() ? "" : " '" + finding.label + "'");
}

std::string overdue_title(const model::finding& finding) {
  std::string late = short_duration(finding.overdue_ms.value_or(0)) + " ago";
  if (const std::size_t round = late.find(".0 s"); round != std::string::npos) {
    late.erase(round, 2);
  }
  return objects_text(finding) + " should have been gone" +
         (finding.blocks == 1 ? " " + late : ", the first of them " + late);
}

std::string tracked_title(const model::finding& finding) {
  return objects_text(finding) + " alive, registered in " + place_of(finding, finding.allocated);
}

// Of a sum over several findings.
std::string group_title(const model::finding& finding) {
  if (finding.tracked) {
    return objects_text(finding) + " alive, registered in " +
           std::to_string(finding.group->findings) + " ways, the largest in " +
           place_of(finding, finding.allocated);
  }
  std::string text = blocks_text(finding.bytes, finding.blocks);
  text += finding.type.empty() ? "" : " of " + finding.type;
  text += finding.kind == model::finding_kind::lost            ? " lost"
          : finding.kind == model::finding_kind::possibly_lost ? " possibly lost"
                                                               : "";
  return text + " in " + std::to_string(finding.group->findings) + " findings, the largest from " +
         place_of(finding, finding.allocated);
}

std::string unload_text(const model::finding& finding) {
  return finding.unloaded_module.empty() ? ""
                                         : " when " + finding.unloaded_module + " was unloaded";
}

std::string lost_title(const model::finding& finding) {
  return blocks_text(finding.bytes, finding.blocks) +
         (finding.type.empty() ? "" : " of " + finding.type) +
         (finding.kind == model::finding_kind::lost ? " lost" : " possibly lost") +
         unload_text(finding) +
         (finding.allocated_by.empty() ? ", in " : ", from " + finding.allocated_by + " in ") +
         place_of(finding, finding.allocated);
}

std::string mismatch_title(const model::finding& finding) {
  const model::mismatch& what = *finding.mismatch;
  const std::string times =
      finding.blocks == 1 ? "" : ", " + std::to_string(finding.blocks) + " times";
  switch (what.kind) {
    case model::mismatch_class::family:
      return finding.allocated_by + " released by " + what.released_by + times + ": allocated in " +
             place_of(finding, finding.allocated);
    case model::mismatch_class::double_free:
      return "released twice, by " + what.released_by + times + ": in " +
             place_of(finding, finding.stacks.front().frames);
    case model::mismatch_class::foreign_free:
      return what.released_by + " of a pointer that was never allocated" + times + ": in " +
             place_of(finding, finding.stacks.front().frames);
    case model::mismatch_class::size:
      return what.released_by + " with a wrong size (" +
             std::to_string(what.size_given.value_or(0)) + ")" + times + ": allocated in " +
             place_of(finding, finding.allocated);
    case model::mismatch_class::alignment:
      break;
  }
  return what.released_by + " with a wrong alignment" + times + ": allocated in " +
         place_of(finding, finding.allocated);
}

const char* release_role(ledger::mismatch_kind kind) {
  return kind == ledger::mismatch_kind::double_free ? "freed_again" : "freed";
}

void note_process(std::vector<std::uint64_t>& processes, std::uint64_t process) {
  if (processes.empty() || processes.back() != process) {
    processes.push_back(process);
  }
}

model::finding describe_mismatch(const capture::contents& all, code_index& code,
                                 const capture::mismatch_row& row) {
  const capture::site_row& site = all.sites[row.allocation_site];
  const std::string& exe = all.processes[process_index(all, row.process)].exe;
  model::finding finding;
  finding.kind = model::finding_kind::mismatch;
  finding.allocated_by = row.allocation_site == 0 ? "" : name_of(site.function);
  finding.allocated = code.stack(site.stack);
  finding.stacks.push_back({release_role(row.kind), code.stack(row.release_stack)});
  const fingerprint print =
      code.fingerprint_of(site.stack != 0 ? site.stack : row.release_stack, exe);
  finding.fingerprint = print.digits;
  finding.weak = print.weak;
  model::mismatch what;
  what.kind = static_cast<model::mismatch_class>(static_cast<int>(row.kind) - 1);
  what.released_by = name_of(row.function);
  what.certain = row.certain;
  if (row.kind == ledger::mismatch_kind::size) {
    what.size_given = row.size_given;
  }
  what.first_at_ms = row.first_at_ms;
  finding.mismatch = what;
  return finding;
}

// Blocks of sites that look the same, gathered over processes.
struct survivor_sum {
  std::uint32_t site = 0;  // the first of them
  std::vector<std::uint64_t> processes;
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> youngest_ms;
  std::optional<std::uint64_t> oldest_ms;
};

std::uint64_t positive(std::uint64_t more, std::uint64_t less) {
  return more > less ? more - less : 0;
}

void add_survivors(const capture::counter_row& row, bool proven, survivor_sum& sum) {
  std::uint64_t blocks = positive(row.allocations, row.frees);
  std::uint64_t bytes = positive(row.bytes_allocated, row.bytes_freed);
  if (proven) {
    const capture::survivors& left = *row.surviving;
    blocks = left.blocks;
    bytes = left.bytes;
    if (left.youngest_age_ms && (!sum.youngest_ms || *left.youngest_age_ms < *sum.youngest_ms)) {
      sum.youngest_ms = left.youngest_age_ms;
    }
    if (left.oldest_age_ms && (!sum.oldest_ms || *left.oldest_age_ms > *sum.oldest_ms)) {
      sum.oldest_ms = left.oldest_age_ms;
    }
  }
  sum.blocks += blocks;
  sum.bytes += bytes;
  if (blocks != 0) {
    note_process(sum.processes, row.process);
  }
}

model::finding describe_survivor(const capture::contents& all, code_index& code, bool proven,
                                 survivor_sum sum) {
  const capture::site_row& site = all.sites[sum.site];
  const std::string& exe = all.processes[process_index(all, sum.processes.front())].exe;
  const fingerprint print = code.fingerprint_of(site.stack, exe);
  model::finding finding;
  finding.kind = model::finding_kind::survivor;
  finding.fingerprint = print.digits;
  finding.weak = print.weak;
  finding.runtime = code.is_runtime_only(site.stack);
  finding.proven = proven;
  finding.processes = std::move(sum.processes);
  finding.allocated_by = name_of(site.function);
  finding.blocks = sum.blocks;
  finding.bytes = sum.bytes;
  if (sum.youngest_ms && sum.oldest_ms) {
    finding.age_ms = model::age{sum.youngest_ms, std::nullopt, sum.oldest_ms};
  }
  finding.allocated = code.stack(site.stack);
  finding.title = survivor_title(finding);
  return finding;
}

}  // namespace

namespace {

std::string rate_text(const model::growth& growth) {
  if (growth.verdict != model::growth_verdict::growing) {
    return growth.verdict == model::growth_verdict::undecided ? "growth undecided" : "not growing";
  }
  const double entries = growth.entries_per_s.value_or(0);
  const double bytes = growth.bytes_per_s.value_or(0);
  std::string text = "growing by ";
  if (entries >= 0.05) {
    char number[32];
    std::snprintf(number, sizeof number, entries < 10 ? "%.1f" : "%.0f", entries);
    text += std::string(number) + " entries and ";
  }
  return text + short_bytes(static_cast<std::int64_t>(bytes)) + " a second";
}

std::string counted(std::uint64_t count, const char* one, const char* several) {
  return std::to_string(count) + " " + (count == 1 ? one : several);
}

std::string cache_title(const model::finding& finding) {
  const model::cache& cache = *finding.cache;
  std::string title = cache.owner.empty() ? std::string("somebody's ") : cache.owner + ", ";
  title += cache.container + ": " +
           (cache.entries ? counted(*cache.entries, "entry", "entries")
                          : short_bytes(static_cast<std::int64_t>(finding.bytes))) +
           ", ";
  return title + (finding.growth ? rate_text(*finding.growth) : "growth unknown");
}

std::string growth_title(const model::finding& finding) {
  return short_bytes(static_cast<std::int64_t>(finding.bytes)) + " in " +
         counted(finding.blocks, "block", "blocks") + ", " + rate_text(*finding.growth) +
         ": allocated in " + place_of(finding, finding.allocated);
}

}  // namespace

std::string title_of(const model::finding& finding) {
  if (finding.group && finding.group->findings > 1) {
    return group_title(finding);
  }
  switch (finding.kind) {
    case model::finding_kind::survivor:
      return finding.tracked ? tracked_title(finding) : survivor_title(finding);
    case model::finding_kind::overdue:
      return finding.overdue_ms ? overdue_title(finding) : finding.title;
    case model::finding_kind::lost:
    case model::finding_kind::possibly_lost:
      return lost_title(finding);
    case model::finding_kind::cycle:
      return finding.cycle ? cycle_title(finding) : finding.title;
    case model::finding_kind::mismatch:
      return finding.mismatch && !finding.stacks.empty() ? mismatch_title(finding) : finding.title;
    case model::finding_kind::cache:
      return finding.cache ? cache_title(finding) : finding.title;
    case model::finding_kind::growth:
      return finding.growth ? growth_title(finding) : finding.title;
    default:
      return finding.title;
  }
}

std::vector<model::finding> find_mismatches(const capture::contents& all, code_index& code) {
  using key = std::tuple<ledger::mismatch_kind, std::uint32_t, allocation_function, std::uint32_t,
                         release_function, bool>;
  std::map<key, model::finding> merged;
  for (const capture::mismatch_row& row : all.mismatches) {
    if (row.kind == ledger::mismatch_kind::none) {
      continue;
    }
    const capture::site_row& site = all.sites[row.allocation_site];
    const key same{row.kind,      code.visible_stack(site.stack),
                   site.function, code.visible_stack(row.release_stack),
                   row.function,  row.certain};
    auto found = merged.find(same);
    if (found == merged.end()) {
      found = merged.emplace(same, describe_mismatch(all, code, row)).first;
    }
    found->second.blocks += row.count;
    found->second.bytes += row.bytes;
    note_process(found->second.processes, row.process);
  }
  std::vector<model::finding> findings;
  for (auto& [same, finding] : merged) {
    finding.title = mismatch_title(finding);
    findings.push_back(std::move(finding));
  }
  return findings;
}

std::vector<model::finding> find_survivors(const capture::contents& all, code_index& code,
                                           const std::set<std::uint64_t>& told) {
  using key = std::tuple<std::uint32_t, allocation_function, bool, bool>;
  std::map<key, survivor_sum> sums;
  for (const capture::counter_row& row : all.counters) {
    const capture::process_row& process = all.processes[process_index(all, row.process)];
    if (process.end.kind != capture::end_kind::execed && !told.contains(row.process)) {
      const bool proven = process.survivors_valid && row.surviving.has_value();
      const capture::site_row& site = all.sites[row.site];
      survivor_sum& sum =
          sums[{code.visible_stack(site.stack), site.function, proven, row.site == 0}];
      sum.site = sum.processes.empty() ? row.site : sum.site;
      add_survivors(row, proven, sum);
    }
  }
  std::vector<model::finding> findings;
  for (auto& [same, sum] : sums) {
    if (sum.blocks != 0) {
      findings.push_back(describe_survivor(all, code, std::get<2>(same), std::move(sum)));
    }
  }
  return findings;
}

}  // namespace track::analysis
