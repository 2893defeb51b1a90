#include "libtrack/analysis/quality.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "libtrack/analysis/function_name.hpp"

namespace track::analysis {
namespace {

using ledger::loss;

std::uint64_t lost(const capture::process_row& process, loss what) {
  return process.losses[static_cast<std::size_t>(what)];
}

std::uint64_t lost(const capture::process_row& process, std::initializer_list<loss> whats) {
  std::uint64_t sum = 0;
  for (const loss what : whats) {
    sum += lost(process, what);
  }
  return sum;
}

std::string signal_text(const capture::process_end& end) {
  return end.signal ? "signal " + std::to_string(*end.signal) : "a signal";
}

void judge_end(const capture::process_row& process, model::quality& judged) {
  if (process.from_checkpoint) {
    add_reason(judged, "collector_lost",
               "the capture was not finished; evidence up to the last checkpoint");
  }
  switch (process.end.kind) {
    case capture::end_kind::signaled:
      if (!process.survivors_valid) {
        add_reason(judged, "killed_before_still",
                   "ended by " + signal_text(process.end) +
                       (process.end.oom_killed.value_or(false) ? " (out of memory)" : "") +
                       " before destructors ran; survivors come from the counters");
      }
      break;
    case capture::end_kind::exited:
      if (!process.survivors_valid) {
        add_reason(judged, "end_unseen",
                   "exited without passing the recorder's last handler; survivors come from the "
                   "counters");
      }
      break;
    case capture::end_kind::running:
      add_reason(judged, "still_running", "alive when this was read");
      break;
    case capture::end_kind::unknown:
      add_reason(judged, "end_unknown", "nobody saw how it ended");
      break;
    case capture::end_kind::execed:
      break;
  }
}

void judge_losses(const capture::process_row& process, model::quality& judged) {
  judged.events_lost = lost(process, {loss::table_full, loss::nested_overflow, loss::missed_free});
  judged.stacks_truncated =
      lost(process, {loss::truncated_depth, loss::truncated_unknown, loss::truncated_memory});
  const auto report = [&judged](const char* code, std::uint64_t count, const char* detail) {
    if (count != 0) {
      add_reason(judged, code, std::to_string(count) + " " + detail);
    }
  };
  if (lost(process, loss::allocator_bypassed) != 0) {
    add_reason(judged, "allocator_in_executable",
               "the program's own malloc is called first; its blocks cannot be seen");
  }
  report("events_lost", lost(process, {loss::table_full, loss::nested_overflow}),
         "allocations or frees could not be noted");
  report("frees_missed", lost(process, loss::missed_free),
         "blocks were freed in a way that was not seen");
  report("ledger_full",
         lost(process, {loss::nodes_full, loss::sites_full, loss::modules_full, loss::strings_full,
                        loss::mismatches_full, loss::threads_full, loss::objects_full}),
         "entries found no place in the ledger; their counts stand under 'others'");
  report("raw_clone_child", lost(process, loss::raw_clone),
         "children were made by raw clone; their inherited blocks are unknown");
  report("stacks_truncated", lost(process, {loss::truncated_unknown, loss::truncated_memory}),
         "stacks end where they could not be unwound");
}

// Without its last still nothing says what of the survivors is lost.
void judge_stills(const capture::contents& all, const capture::process_row& process,
                  model::quality& judged) {
  constexpr auto at_end = ledger::graph::trigger::exit_end;
  const capture::still_row* last = nullptr;
  for (const capture::still_row& still : all.stills) {
    last = still.process == process.id && still.trigger == at_end ? &still : last;
  }
  if (last == nullptr) {
    if (lost(process, loss::leak_check_off) != 0) {
      add_reason(judged, "leak_check_off",
                 "the program wants none (__lsan_is_turned_off); what is lost is not known");
      return;
    }
    const bool wanted = (all.exit_stills >> static_cast<unsigned>(at_end) & 1) != 0;
    if (wanted && process.survivors_valid && process.end.kind == capture::end_kind::exited) {
      add_reason(judged, "still_failed",
                 "no still of the heap could be taken at its end; what is lost is not known");
    }
    return;
  }
  constexpr std::pair<const char*, const char*> notes[] = {
      {"registers_missing", "threads whose registers are not known; nothing is called lost"},
      {"thread_not_stopped", "threads ran on while memory was copied; nothing is called lost"},
      {"threads_unseen", "threads found no room in the still; nothing is called lost"},
      {"mappings_unseen", "the list of memory was cut; nothing is called lost"},
      {"memory_unreadable", "bytes of blocks could not be read"}};
  for (std::size_t i = 0; i < std::size(notes); ++i) {
    if (last->notes[i] != 0) {
      add_reason(judged, notes[i].first, std::to_string(last->notes[i]) + " " + notes[i].second);
    }
  }
}

std::string describe(const capture::untracked_process& child) {
  std::string text = child.exe.empty() ? "a child" : "'" + child.exe + "'";
  if (child.pid != 0) {
    text += " (pid " + std::to_string(child.pid) + ")";
  }
  return text + ": " + child.reason;
}

void judge_untracked(const capture::contents& all, std::vector<model::quality>& judged) {
  if (judged.empty()) {
    return;
  }
  for (const capture::untracked_process& child : all.untracked) {
    if (child.asked_for) {
      continue;
    }
    std::size_t owner = 0;
    for (std::size_t i = 0; i < all.processes.size(); ++i) {
      owner = child.parent_process == all.processes[i].id ? i : owner;
    }
    add_reason(judged[owner], "process_untracked", describe(child));
  }
  if (all.processes_lost != 0) {
    add_reason(judged.front(), "processes_lost",
               std::to_string(all.processes_lost) + " processes found no place in the ledger");
  }
}

// Counts what has no name among the frames of one process after the other; a stack that the
// process showed before is not walked again.
class name_census {
 public:
  name_census(const capture::contents& all, const code_index& code)
      : all_(all),
        code_(code),
        stack_seen_(all.stacks.size()),
        frame_seen_(all.frames.size()),
        module_seen_(all.modules.size()) {}

  void begin() { ++round_; }

  void add(std::uint32_t stack, model::quality& judged) {
    // Callers beyond the depth do not count, so a row may be met again with more of it left.
    std::uint32_t left = all_.depth_frames;
    for (std::uint32_t at = stack; at != 0 && !seen(at, left); at = all_.stacks[at].parent) {
      stack_seen_[at] = {round_, left--};
      const std::uint32_t frame = all_.stacks[at].frame;
      if (frame_seen_[frame] == round_) {
        continue;
      }
      frame_seen_[frame] = round_;
      judged.frames_unresolved += code_.is_named(frame) ? 0 : 1;
      add_module(all_.frames[frame].module, judged);
    }
  }

 private:
  struct visit {
    std::uint32_t round = 0;
    std::uint32_t left = 0;  // frames, this one included, that were looked at from here outwards
  };

  bool seen(std::uint32_t stack, std::uint32_t left) const {
    return left == 0 || (stack_seen_[stack].round == round_ && stack_seen_[stack].left >= left);
  }

  void add_module(std::uint32_t module, model::quality& judged) {
    const capture::module_row& row = all_.modules[module];
    if (module == 0 || module_seen_[module] == round_) {
      return;
    }
    module_seen_[module] = round_;
    if (!row.found.value_or(true) || !row.has_symbols.value_or(true)) {
      judged.modules_without_symbols.emplace_back(file_name(row.path));
    }
  }

  const capture::contents& all_;
  const code_index& code_;
  std::uint32_t round_ = 0;
  std::vector<visit> stack_seen_;
  std::vector<std::uint32_t> frame_seen_;
  std::vector<std::uint32_t> module_seen_;
};

void judge_counters(const capture::contents& all, const code_index& code,
                    std::vector<model::quality>& judged) {
  name_census census(all, code);
  auto counter = all.counters.begin();
  for (std::size_t i = 0; i < all.processes.size(); ++i) {
    census.begin();
    std::uint64_t torn = 0;
    for (; counter != all.counters.end() && counter->process == all.processes[i].id; ++counter) {
      census.add(all.sites[counter->site].stack, judged[i]);
      torn += counter->frees > counter->allocations ? counter->frees - counter->allocations : 0;
    }
    if (torn != 0) {
      add_reason(judged[i], "counts_torn",
                 std::to_string(torn) + " more blocks freed than allocated at their sites");
    }
    std::sort(judged[i].modules_without_symbols.begin(), judged[i].modules_without_symbols.end());
  }
}

}  // namespace

bool is_note(std::string_view code) {
  return code == "no_collector";
}

bool is_reason(std::string_view code) {
  constexpr std::string_view known[] = {"killed_before_still",
                                        "end_unseen",
                                        "still_running",
                                        "end_unknown",
                                        "collector_lost",
                                        "process_untracked",
                                        "processes_lost",
                                        "allocator_in_executable",
                                        "events_lost",
                                        "frees_missed",
                                        "ledger_full",
                                        "raw_clone_child",
                                        "stacks_truncated",
                                        "counts_torn",
                                        "names_incomplete",
                                        "no_collector",
                                        "still_failed",
                                        "registers_missing",
                                        "thread_not_stopped",
                                        "threads_unseen",
                                        "mappings_unseen",
                                        "memory_unreadable",
                                        "no_still"};
  return std::find(std::begin(known), std::end(known), code) != std::end(known);
}

void add_reason(model::quality& judged, const char* code, std::string detail) {
  judged.complete = judged.complete && is_note(code);
  judged.reasons.push_back({code, std::move(detail)});
}

std::vector<model::quality> judge_quality(const capture::contents& all, const code_index& code) {
  std::vector<model::quality> judged(all.processes.size());
  for (std::size_t i = 0; i < all.processes.size(); ++i) {
    judge_end(all.processes[i], judged[i]);
    judge_losses(all.processes[i], judged[i]);
    judge_stills(all, all.processes[i], judged[i]);
    if (!all.processes[i].end.ran_under_collector) {
      add_reason(judged[i], "no_collector",
                 "recorded by a plain preload: no time series, so growth is not judged");
    }
  }
  judge_untracked(all, judged);
  judge_counters(all, code, judged);
  return judged;
}

}  // namespace track::analysis
