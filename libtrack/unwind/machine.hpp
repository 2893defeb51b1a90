// The slow walk: all registers, any rule, DWARF expressions. Floor 2, freestanding.
//
// For what a 64-bit rule cannot say: a CFA from rbx or r12, PLT code, hand-written assembly. A
// register that nobody told is unknown, and a rule that needs it fails instead of guessing.
// cost: about half a microsecond a frame. Reads memory through a memory_window only; nothing
// allocates; any thread, any context.
// source: DWARF 5 sections 2.5 and 6.4.3.
#pragma once

#include <cstdint>

#include "libtrack/unwind/call_frame.hpp"
#include "libtrack/unwind/memory.hpp"
#include "libtrack/unwind/unwind.hpp"

namespace track::unwind {

struct machine_state {
  std::uintptr_t value[register_count];
  std::uint32_t known;  // a bit a register
  bool exact;           // pc is an instruction, not a return address
  std::uint32_t reads;  // words of memory read so far by expressions

  bool has(unsigned number) const { return (known >> number & 1) != 0; }
  void set(unsigned number, std::uintptr_t to) {
    value[number] = to;
    known |= 1u << number;
  }
  std::uintptr_t lookup_address() const { return value[register_pc] - (exact ? 0 : 1); }
};

enum class step_result : std::uint8_t { moved, outermost, no_rule, unreadable };

struct step_trace {
  std::uintptr_t return_slot;         // where the return address was read; 0: not at one place
  std::uintptr_t frame_pointer_slot;  // the same for rbp; 0 also when it is unchanged
  bool frame_pointer_unchanged;
};

// What an expression gives; `initial` is pushed first when has_initial. errors: false for a
// malformed one, an unknown register, unreadable memory, more than 1,000 operations.
bool evaluate(byte_cursor expression, bool has_initial, std::uintptr_t initial,
              machine_state& state, memory_window& memory, std::uintptr_t& result);

// One frame outwards.
step_result step_out(machine_state& state, memory_window& memory, step_trace& trace);

// Registers by the kernel's signal frame; `stack_pointer` is the one after the restorer's address
// was popped, that is, the address of the ucontext.
bool leave_signal_frame(std::uintptr_t stack_pointer, machine_state& state, memory_window& memory);

// Whether the code at pc is the kernel's signal return: mov $15, %rax; syscall.
bool is_signal_return(std::uintptr_t pc);

// Makes `state` that of the frame with this pc and stack pointer, with all registers known that its
// callees saved. Starts from `state` when it has a pc, else from here, through the unwinder's own
// frames. errors: false when that frame is not met.
bool find_full_state(std::uintptr_t pc, std::uintptr_t stack_pointer, memory_window& memory,
                     machine_state& state);

}  // namespace track::unwind
