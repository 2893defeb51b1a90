#include "libtrack/unwind/machine.hpp"

namespace track::unwind {

namespace {

constexpr std::uint8_t signal_return_code[] = {0x48, 0xc7, 0xc0, 0x0f, 0x00,
                                               0x00, 0x00, 0x0f, 0x05};

// Where the kernel's ucontext keeps each DWARF register: r8 to r15, then these.
constexpr std::uint8_t context_offset[register_count] = {0x90, 0x88, 0x98, 0x80, 0x70, 0x68,
                                                         0x78, 0xa0, 0x28, 0x30, 0x38, 0x40,
                                                         0x48, 0x50, 0x58, 0x60, 0xa8};

constexpr unsigned longest_full_walk = 4096;

bool find_cfa(const frame_row& row, machine_state& state, memory_window& memory,
              std::uintptr_t& cfa) {
  if (row.cfa_is_expression) {
    return evaluate(expression_at(row.cfa_value), false, 0, state, memory, cfa);
  }
  if (!state.has(row.cfa_register)) {
    return false;
  }
  cfa = state.value[row.cfa_register] + static_cast<std::uintptr_t>(row.cfa_value);
  return true;
}

// One register of the caller. `slot` tells where it was read, 0 for nowhere.
bool find_register(const frame_row& row, unsigned number, std::uintptr_t cfa, machine_state& state,
                   memory_window& memory, std::uintptr_t& value, std::uintptr_t& slot) {
  const std::int64_t operand = row.value[number];
  slot = 0;
  switch (row.rule[number]) {
    case how::unsaved:
      value = state.value[number];
      return state.has(number);
    case how::undefined:
      return false;
    case how::at_offset:
      slot = cfa + static_cast<std::uintptr_t>(operand);
      return memory.load(slot, value);
    case how::is_offset:
      value = cfa + static_cast<std::uintptr_t>(operand);
      return true;
    case how::in_register:
      if (operand < 0 || operand >= std::int64_t{register_count} ||
          !state.has(static_cast<unsigned>(operand))) {
        return false;
      }
      value = state.value[operand];
      return true;
    case how::at_expression:
      return evaluate(expression_at(operand), true, cfa, state, memory, slot) &&
             memory.load(slot, value);
    case how::is_expression:
      return evaluate(expression_at(operand), true, cfa, state, memory, value);
  }
  return false;
}

// The state of the caller by `row`. A register that cannot be told is unknown from then on.
step_result apply(const frame_description& description, const frame_row& row, machine_state& state,
                  memory_window& memory, step_trace& trace) {
  if (row.rule[description.return_register] == how::undefined) {
    return step_result::outermost;
  }
  std::uintptr_t cfa = 0;
  if (!find_cfa(row, state, memory, cfa)) {
    return step_result::no_rule;
  }
  machine_state caller = {};
  std::uintptr_t slot = 0;
  for (unsigned number = 0; number < register_pc; ++number) {
    std::uintptr_t value = 0;
    if (find_register(row, number, cfa, state, memory, value, slot)) {
      caller.set(number, value);
      if (number == register_rbp) {
        trace.frame_pointer_slot = slot;
      }
    }
  }
  trace.frame_pointer_unchanged = row.rule[register_rbp] == how::unsaved;
  if (row.rule[register_rsp] == how::unsaved) {
    caller.set(register_rsp, cfa);
  }
  std::uintptr_t pc = 0;
  if (row.rule[description.return_register] == how::unsaved ||
      !find_register(row, description.return_register, cfa, state, memory, pc, slot)) {
    return row.rule[description.return_register] == how::at_offset ? step_result::unreadable
                                                                   : step_result::no_rule;
  }
  trace.return_slot = slot == cfa - sizeof(std::uintptr_t) ? slot : 0;
  caller.set(register_pc, pc);
  caller.exact = description.signal_frame;
  caller.reads = state.reads;
  if (!caller.has(register_rsp) || (!caller.exact && cfa <= state.value[register_rsp])) {
    return step_result::unreadable;
  }
  state = caller;
  return step_result::moved;
}

}  // namespace

bool is_signal_return(std::uintptr_t pc) {
  return range_readable(pc, sizeof(signal_return_code)) &&
         __builtin_memcmp(reinterpret_cast<const void*>(pc), signal_return_code,
                          sizeof(signal_return_code)) == 0;
}

bool leave_signal_frame(std::uintptr_t stack_pointer, machine_state& state, memory_window& memory) {
  machine_state interrupted_state = {};
  for (unsigned number = 0; number < register_count; ++number) {
    std::uintptr_t value = 0;
    if (!memory.load(stack_pointer + context_offset[number], value)) {
      return false;
    }
    interrupted_state.set(number, value);
  }
  interrupted_state.exact = true;
  interrupted_state.reads = state.reads;
  state = interrupted_state;
  return true;
}

step_result step_out(machine_state& state, memory_window& memory, step_trace& trace) {
  trace = {};
  module_info module;
  frame_description description;
  frame_row row;
  const std::uintptr_t address = state.lookup_address();
  if (!find_module(address, module) || module.eh_frame_header == nullptr ||
      !find_description(module, address, description)) {
    if (!is_signal_return(state.value[register_pc])) {
      return step_result::no_rule;
    }
    return leave_signal_frame(state.value[register_rsp], state, memory) ? step_result::moved
                                                                        : step_result::unreadable;
  }
  if (!find_row(description, address, row)) {
    return step_result::no_rule;
  }
  return apply(description, row, state, memory, trace);
}

[[gnu::noinline]] bool find_full_state(std::uintptr_t pc, std::uintptr_t stack_pointer,
                                       memory_window& memory, machine_state& state) {
  std::uintptr_t here[8];
  asm volatile(
      "leaq 0(%%rip), %%rax\n\t"
      "movq %%rax, 0(%0)\n\t"
      "movq %%rbx, 8(%0)\n\t"
      "movq %%rbp, 16(%0)\n\t"
      "movq %%rsp, 24(%0)\n\t"
      "movq %%r12, 32(%0)\n\t"
      "movq %%r13, 40(%0)\n\t"
      "movq %%r14, 48(%0)\n\t"
      "movq %%r15, 56(%0)"
      :
      : "r"(here)
      : "rax", "memory");
  if (!state.has(register_pc)) {
    constexpr unsigned numbers[] = {register_pc, 3, register_rbp, register_rsp, 12, 13, 14, 15};
    for (unsigned i = 0; i < 8; ++i) {
      state.set(numbers[i], here[i]);
    }
    state.exact = true;
  }
  step_trace trace;
  for (unsigned steps = 0; steps < longest_full_walk; ++steps) {
    if (state.value[register_pc] == pc && state.value[register_rsp] == stack_pointer) {
      return true;
    }
    if (step_out(state, memory, trace) != step_result::moved) {
      state.known = 0;
      return false;
    }
  }
  state.known = 0;
  return false;
}

}  // namespace track::unwind
