#include "libtrack/unwind/walk.hpp"

namespace track::unwind {

[[gnu::noinline]] step_result stepper::step_carefully(position& at, rule by, std::uintptr_t& slot) {
  switch (by.kind()) {
    case rule_kind::plain:
    case rule_kind::deref:
      return step_by_slots(at, by, slot);
    case rule_kind::signal:
      return step_over_signal(at, slot);
    case rule_kind::outermost:
      return step_result::outermost;
    case rule_kind::general:
      return step_general(at, slot);
    case rule_kind::none:
      break;
  }
  return step_result::no_rule;
}

step_result stepper::step_by_slots(position& at, rule by, std::uintptr_t& slot) {
  std::uintptr_t cfa = (by.cfa_from_rbp() ? at.frame_pointer : at.stack_pointer) +
                       static_cast<std::uintptr_t>(by.cfa_offset());
  if (by.kind() == rule_kind::deref && !memory_.load(cfa, cfa)) {
    return step_result::unreadable;
  }
  const std::uintptr_t return_slot = cfa - sizeof(std::uintptr_t);
  position caller = {0, cfa, at.frame_pointer, 1};
  if (cfa <= at.stack_pointer || cfa % sizeof(std::uintptr_t) != 0 ||
      !memory_.load(return_slot, caller.pc)) {
    return step_result::unreadable;
  }
  slot = slot_unchanged;
  if (by.saved() != saved_rbp::unchanged) {
    slot = (by.saved() == saved_rbp::at_cfa ? cfa : at.frame_pointer) +
           static_cast<std::uintptr_t>(by.rbp_offset());
    if (!memory_.load(slot, caller.frame_pointer)) {
      return step_result::unreadable;
    }
  }
  if (by.kind() == rule_kind::deref || !memory_.on_current_stack(return_slot) ||
      (slot != slot_unchanged && !memory_.on_current_stack(slot))) {
    slot = slot_walk_again;
  }
  at = caller;
  return step_result::moved;
}

step_result stepper::step_over_signal(position& at, std::uintptr_t& slot) {
  machine_state state = {};
  if (!leave_signal_frame(at.stack_pointer, state, memory_)) {
    return step_result::unreadable;
  }
  return take(at, state, {}, false, slot);
}

// First with what is known at hand, which is enough for PLT code; else with all registers, by the
// walk from the unwinder itself.
step_result stepper::step_general(position& at, std::uintptr_t& slot) {
  machine_state state = {};
  state.set(register_pc, at.pc);
  state.set(register_rsp, at.stack_pointer);
  state.set(register_rbp, at.frame_pointer);
  state.exact = at.exact();
  step_trace trace;
  const step_result result = step_out(state, memory_, trace);
  if (result == step_result::outermost ||
      (result == step_result::moved && state.has(register_rbp))) {
    return result == step_result::moved ? take(at, state, trace, state.reads == 0, slot) : result;
  }
  if (!find_full_state(at.pc, at.stack_pointer, memory_, full_)) {
    return result == step_result::moved ? take(at, state, trace, false, slot) : result;
  }
  const step_result full_result = step_out(full_, memory_, trace);
  if (full_result != step_result::moved) {
    full_.known = 0;
    return full_result;
  }
  return take(at, full_, trace, false, slot);
}

step_result stepper::take(position& at, const machine_state& state, const step_trace& trace,
                          bool repeatable, std::uintptr_t& slot) {
  const std::uintptr_t stack_pointer = state.value[register_rsp];
  slot = slot_walk_again;
  if (repeatable && !state.exact && trace.return_slot + sizeof(std::uintptr_t) == stack_pointer &&
      memory_.on_current_stack(trace.return_slot)) {
    if (trace.frame_pointer_unchanged) {
      slot = slot_unchanged;
    } else if (memory_.on_current_stack(trace.frame_pointer_slot)) {
      slot = trace.frame_pointer_slot;
    }
  }
  at = {state.value[register_pc], stack_pointer,
        state.has(register_rbp) ? state.value[register_rbp] : 0,
        std::uintptr_t{state.exact ? 0u : 1u}};
  return step_result::moved;
}

}  // namespace track::unwind
