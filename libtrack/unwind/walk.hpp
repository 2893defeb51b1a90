// One step outwards by a cached rule. Floor 2, freestanding.
//
// A position is what a 64-bit rule needs to know of a frame. The step says from which slot rbp
// came, so that a later capture can compare the slot instead of walking again. One thread;
// allocates nothing.
#pragma once

#include <cstdint>

#include "libtrack/unwind/machine.hpp"
#include "libtrack/unwind/memory.hpp"
#include "libtrack/unwind/rule.hpp"

namespace track::unwind {

struct position {
  std::uintptr_t pc;
  std::uintptr_t stack_pointer;
  std::uintptr_t frame_pointer;
  std::uintptr_t back;  // from pc into the instruction: 1 from a return address, else 0

  bool exact() const { return back == 0; }
  std::uintptr_t lookup_address() const { return pc - back; }
};

// Values of a slot that no slot has: rbp was unchanged; the step read more, or elsewhere, than a
// link can say, and is to be taken again.
inline constexpr std::uintptr_t slot_unchanged = 0;
inline constexpr std::uintptr_t slot_walk_again = 1;

class stepper {
 public:
  stepper(memory_window memory, std::uint32_t generation)
      : memory_(memory), mark_(rule_table::mark_of(generation)), generation_(generation) {
    full_.known = 0;
  }

  memory_window& memory() { return memory_; }

  rule rule_for(const position& at) const {
    const std::uintptr_t address = at.lookup_address();
    const rule found = shared_rules.find(address, mark_);
    return found.kind() != rule_kind::none ? found : make_rule(address, at.pc, generation_);
  }

  // `at` and `slot` never have their address taken on the short way, so that they stay in
  // registers from frame to frame.
  [[gnu::always_inline]] step_result step(position& at, rule by, std::uintptr_t& slot) {
    if (by.kind() == rule_kind::plain && step_plain(at, by, slot)) [[likely]] {
      return step_result::moved;
    }
    position moved = at;
    std::uintptr_t moved_slot = slot_walk_again;
    const step_result result = step_carefully(moved, by, moved_slot);
    at = moved;
    slot = moved_slot;
    return result;
  }

 private:
  [[gnu::always_inline]] bool step_plain(position& at, rule by, std::uintptr_t& slot) const {
    const std::uintptr_t base = by.cfa_from_rbp() ? at.frame_pointer : at.stack_pointer;
    const std::uintptr_t cfa = base + static_cast<std::uintptr_t>(by.cfa_offset());
    const std::uintptr_t return_slot = cfa - sizeof(std::uintptr_t);
    if (cfa <= at.stack_pointer || !memory_.on_current_stack(return_slot)) [[unlikely]] {
      return false;
    }
    std::uintptr_t frame_pointer = at.frame_pointer;
    std::uintptr_t from = slot_unchanged;
    if (by.saved() != saved_rbp::unchanged) {
      from = (by.saved() == saved_rbp::at_cfa ? cfa : at.frame_pointer) +
             static_cast<std::uintptr_t>(by.rbp_offset());
      if (!memory_.on_current_stack(from)) [[unlikely]] {
        return false;
      }
      frame_pointer = load_word(from);
    }
    slot = from;
    at.pc = load_word(return_slot);
    at.stack_pointer = cfa;
    at.frame_pointer = frame_pointer;
    at.back = 1;
    return true;
  }

  step_result step_carefully(position& at, rule by, std::uintptr_t& slot);
  step_result step_by_slots(position& at, rule by, std::uintptr_t& slot);
  step_result step_over_signal(position& at, std::uintptr_t& slot);
  step_result step_general(position& at, std::uintptr_t& slot);
  step_result take(position& at, const machine_state& state, const step_trace& trace,
                   bool repeatable, std::uintptr_t& slot);

  memory_window memory_;
  std::uint64_t mark_;
  std::uint32_t generation_;
  machine_state full_;  // the slow walk so far; nothing known: none yet
};

}  // namespace track::unwind
