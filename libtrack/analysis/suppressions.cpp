#include "libtrack/analysis/suppressions.hpp"

#include <algorithm>
#include <utility>

#include "libtrack/analysis/function_name.hpp"
#include "libtrack/analysis/mangled_pattern.hpp"

namespace track::analysis {
namespace {

using model::finding_kind;

// A frame as Valgrind's rules see it.
struct seen_frame {
  std::string function;  // as demanglers write it
  std::string reduced;
  const model::frame* frame = nullptr;  // none: the allocation function, which stacks leave out
};

std::vector<seen_frame> frames_of(const model::finding& finding, bool with_inlined) {
  std::vector<seen_frame> frames;
  if (!finding.allocated_by.empty()) {
    const std::string reduced = reduced_name(finding.allocated_by);
    frames.push_back({reduced, reduced, nullptr});
  }
  for (const model::frame& frame : finding.allocated) {
    if (with_inlined || !frame.inlined) {
      frames.push_back({frame.function, reduced_name(frame.function), &frame});
    }
  }
  return frames;
}

const std::string& path_of(const model::frame& frame) {
  return frame.module_path.empty() ? frame.module : frame.module_path;
}

bool function_matches(const frame_rule& rule, const seen_frame& seen) {
  if (seen.function.empty()) {
    return false;
  }
  const auto fits = [&seen](const std::string& pattern) {
    return wildcard_matches(pattern, seen.function) || wildcard_matches(pattern, seen.reduced);
  };
  if (fits(rule.pattern) || (!rule.demangled.empty() && fits(rule.demangled))) {
    return true;
  }
  // Overloads of operator new are one allocation function here.
  return seen.frame == nullptr && !rule.demangled.empty() &&
         reduced_name(rule.demangled) == seen.reduced;
}

bool source_matches(const frame_rule& rule, const seen_frame& seen) {
  return seen.frame != nullptr && !seen.frame->file.empty() &&
         (wildcard_matches(rule.pattern, seen.frame->file) ||
          wildcard_matches(rule.pattern, file_name(seen.frame->file))) &&
         (rule.line_number.empty() ||
          (seen.frame->line && std::to_string(*seen.frame->line) == rule.line_number));
}

bool frame_matches(const frame_rule& rule, const seen_frame& seen) {
  switch (rule.what) {
    case frame_rule::about::function:
      return function_matches(rule, seen);
    case frame_rule::about::object:
      return wildcard_matches(rule.pattern,
                              seen.frame == nullptr ? std::string() : path_of(*seen.frame));
    case frame_rule::about::source:
      return source_matches(rule, seen);
    case frame_rule::about::any:
      break;
  }
  return true;
}

// Rules describe the innermost frames; what calls them is free.
bool stack_matches(const std::vector<frame_rule>& rules, const std::vector<seen_frame>& frames) {
  // reached[i]: the rules so far end before frame i.
  std::vector<bool> reached(frames.size() + 1);
  reached[0] = true;
  for (const frame_rule& rule : rules) {
    std::vector<bool> next(frames.size() + 1);
    bool open = false;
    for (std::size_t i = 0; i <= frames.size(); ++i) {
      if (rule.what == frame_rule::about::any) {
        open = open || reached[i];
        next[i] = open;
      } else if (i != 0) {
        next[i] = reached[i - 1] && frame_matches(rule, frames[i - 1]);
      }
    }
    reached = std::move(next);
  }
  return std::find(reached.begin(), reached.end(), true) != reached.end();
}

bool pattern_matches(const std::string& pattern, const model::stack& frames) {
  const std::string demangled = demangled_pattern(pattern);
  return std::any_of(frames.begin(), frames.end(), [&](const model::frame& frame) {
    return template_matches(pattern, frame.function) ||
           template_matches(pattern, reduced_name(frame.function)) ||
           (!demangled.empty() && template_matches(demangled, frame.function)) ||
           template_matches(pattern, frame.file) || template_matches(pattern, path_of(frame));
  });
}

std::uint64_t less(std::uint64_t from, std::uint64_t what) {
  return from > what ? from - what : 0;
}

void move_blocks(model::block_sum& from, model::block_sum& to, std::uint64_t blocks,
                 std::uint64_t bytes) {
  to.blocks += std::min(blocks, from.blocks);
  to.bytes += std::min(bytes, from.bytes);
  from.blocks = less(from.blocks, blocks);
  from.bytes = less(from.bytes, bytes);
}

// What a suppressed finding held goes with it, as LeakSanitizer has it.
void move_to_suppressed(const model::finding& finding, model::heap_classes& heap) {
  if (finding.kind == finding_kind::possibly_lost) {
    move_blocks(heap.possibly_lost, heap.suppressed, finding.blocks, finding.bytes);
    return;
  }
  if (finding.kind != finding_kind::lost && finding.kind != finding_kind::cycle) {
    return;
  }
  const model::block_sum definite =
      finding.definite.value_or(model::block_sum{finding.blocks, finding.bytes});
  const model::block_sum all =
      finding.retained.value_or(model::block_sum{finding.blocks, finding.bytes});
  move_blocks(heap.definitely_lost, heap.suppressed, definite.blocks, definite.bytes);
  move_blocks(heap.indirectly_lost, heap.suppressed, less(all.blocks, definite.blocks),
              less(all.bytes, definite.bytes));
}

bool has_still(const model::finding& finding, const model::report& report) {
  return std::any_of(
      report.processes.begin(), report.processes.end(), [&finding](const model::process& process) {
        return process.heap && std::find(finding.processes.begin(), finding.processes.end(),
                                         process.number) != finding.processes.end();
      });
}

}  // namespace

bool template_matches(std::string_view pattern, std::string_view text) {
  const bool at_start = pattern.starts_with('^');
  pattern.remove_prefix(at_start ? 1 : 0);
  const bool at_end = pattern.ends_with('$');
  pattern.remove_suffix(at_end ? 1 : 0);
  if (text.empty()) {
    return false;
  }
  std::size_t from = 0;
  bool first = true;
  for (;;) {
    const std::size_t star = pattern.find('*');
    const std::string_view piece = pattern.substr(0, star);
    const bool last = star == std::string_view::npos;
    std::size_t found = text.find(piece, from);
    if (last && at_end) {
      const std::size_t tail = text.size() - std::min(piece.size(), text.size());
      found = text.ends_with(piece) && tail >= from ? tail : std::string_view::npos;
    }
    if (found == std::string_view::npos || (first && at_start && found != 0)) {
      return false;
    }
    if (last) {
      return true;
    }
    from = found + piece.size();
    first = false;
    pattern.remove_prefix(star + 1);
  }
}

bool matches(const suppression& entry, const model::finding& finding) {
  if (!entry.fingerprint.empty()) {
    return entry.fingerprint == finding.fingerprint;
  }
  if (std::find(entry.kinds.begin(), entry.kinds.end(), finding.kind) == entry.kinds.end()) {
    return false;
  }
  if (!entry.frames.empty()) {
    return stack_matches(entry.frames, frames_of(finding, true)) ||
           stack_matches(entry.frames, frames_of(finding, false));
  }
  if (finding.cache && (template_matches(entry.pattern, finding.cache->owner) ||
                        template_matches(entry.pattern, finding.cache->container))) {
    return true;
  }
  return pattern_matches(entry.pattern, finding.allocated) ||
         std::any_of(finding.stacks.begin(), finding.stacks.end(),
                     [&entry](const model::named_stack& each) {
                       return pattern_matches(entry.pattern, each.frames);
                     });
}

result<void> suppression_set::add(std::string_view text, const std::string& file) {
  std::string identity = file + '\n';
  identity += text;
  if (std::find(known_.begin(), known_.end(), identity) != known_.end()) {
    return {};
  }
  auto parsed = parse_suppressions(text, file, today_);
  if (!parsed) {
    return parsed.failure();
  }
  known_.push_back(std::move(identity));
  std::move(parsed->entries.begin(), parsed->entries.end(), std::back_inserter(entries_));
  other_kinds_ += parsed->other_kinds;
  return {};
}

void suppression_set::apply(model::report& report) {
  for (model::finding& finding : report.findings) {
    const auto entry = std::find_if(entries_.begin(), entries_.end(), [&](const suppression& each) {
      return !each.expired && matches(each, finding);
    });
    if (finding.suppressed || entry == entries_.end()) {
      continue;
    }
    finding.suppressed = true;
    model::suppression_use& use =
        finding.kind == finding_kind::survivor && has_still(finding, report) ? entry->of_held
                                                                             : entry->use;
    ++use.findings;
    use.blocks += finding.blocks;
    use.bytes += finding.bytes;
    for (model::process& process : report.processes) {
      if (finding.processes.size() == 1 && process.number == finding.processes.front() &&
          process.heap) {
        move_to_suppressed(finding, *process.heap);
      }
    }
  }
}

model::suppression_uses suppression_set::uses() const {
  model::suppression_uses uses;
  uses.other_kinds = other_kinds_;
  for (const suppression& entry : entries_) {
    model::suppression_use use = entry.use;
    if (use.findings == 0) {
      use.findings = entry.of_held.findings;
      use.blocks = entry.of_held.blocks;
      use.bytes = entry.of_held.bytes;
    }
    (entry.expired ? uses.expired : use.findings == 0 ? uses.unused : uses.used).push_back(use);
  }
  return uses;
}

}  // namespace track::analysis
