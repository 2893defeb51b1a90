#include "libtrack/analysis/looks.hpp"

#include <string_view>

namespace track::analysis {
namespace {

void append(std::string& look, std::string_view text) {
  look += text;
  look += '\0';
}

void append(std::string& look, std::uint32_t number) {
  look.append(reinterpret_cast<const char*>(&number), sizeof number);
}

// As within one capture: frames with a line are told apart by what is shown of them, other ones by
// their address.
std::string look_of(const model::frame& frame) {
  std::string look;
  append(look, frame.function);
  append(look, frame.module);
  append(look, frame.file);
  const bool placed = !frame.function.empty() && frame.line;
  append(look,
         placed ? std::to_string(*frame.line) : "+" + std::to_string(frame.offset.value_or(0)));
  look += frame.inlined ? 'i' : '-';
  look += frame.unloaded ? 'u' : '-';
  return look;
}

}  // namespace

std::uint32_t look_table::number_of(const model::shared_frame& frame) {
  const auto [known, is_new] = known_.try_emplace(frame, 0);
  if (is_new) {
    const auto next = static_cast<std::uint32_t>(numbers_.size());
    known->second = numbers_.try_emplace(look_of(*frame), next).first->second;
  }
  return known->second;
}

void look_table::append_stack(std::string& look, const model::stack& frames) {
  append(look, static_cast<std::uint32_t>(frames.size()));
  for (const model::shared_frame& frame : frames.shared()) {
    append(look, number_of(frame));
  }
}

std::string look_table::of(const model::stack& frames) {
  std::string look;
  append_stack(look, frames);
  return look;
}

std::string look_table::of(const model::finding& finding) {
  std::string look;
  append(look, model::name_of(finding.kind));
  append(look, finding.fingerprint);
  append(look, finding.allocated_by);
  append(look, finding.type);
  append(look, finding.unloaded_module);
  append(look, finding.label);
  append(look, finding.tag);
  append(look, finding.test);
  look += finding.tracked ? 't' : '-';
  look += finding.proven ? 'p' : '-';
  look += finding.suppressed ? 's' : '-';
  look += finding.runtime ? 'r' : '-';
  append_stack(look, finding.allocated);
  for (const model::named_stack& each : finding.stacks) {
    append(look, each.role);
    append_stack(look, each.frames);
  }
  if (finding.cycle) {
    for (const model::cycle_member& member : finding.cycle->members) {
      append(look, member.type);
    }
    look += finding.cycle->proven ? 'p' : '-';
  }
  if (finding.mismatch) {
    append(look, model::name_of(finding.mismatch->kind));
    append(look, finding.mismatch->released_by);
    look += finding.mismatch->certain ? 'c' : '-';
  }
  return look;
}

}  // namespace track::analysis
