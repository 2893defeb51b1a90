// Where a pointer that a call just returned goes: a walk over the machine code behind the call.
// Floor 4, inside of symbols.
//
// Straight on, past conditional jumps, until the function ends or an instruction comes that is not
// known here. Knows the part of x86-64 that compilers use to move pointers; registers and stack
// slots hold the pointer only as long as that is certain. Bounded. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace track::symbols {

// Registers as DWARF numbers them.
enum class machine_register : std::uint8_t { rax, rdx, rcx, rbx, rsi, rdi, rbp, rsp, r8 };

// A slot of the stack: register (rbp or rsp) and distance.
using stack_slot = std::pair<machine_register, std::int64_t>;

// Who has the pointer before the instruction at `address`.
struct pointer_holders {
  std::uint64_t address = 0;
  std::uint32_t registers = 0;  // bit n: the register that DWARF numbers n
  std::vector<stack_slot> slots;

  bool has(unsigned dwarf_register) const {
    return dwarf_register < 16 && (registers >> dwarf_register & 1) != 0;
  }
};

struct pointer_use {
  enum class kind : std::uint8_t { argument, returned };
  kind is = kind::argument;
  unsigned argument = 0;     // from 0
  std::uint64_t target = 0;  // of the call; 0 unknown
};

struct pointer_flow {
  std::vector<pointer_holders> holders;  // one for each change
  std::vector<pointer_use> uses;         // in order
};

// `code`: what follows the call, from its return address `address` on.
pointer_flow follow_pointer(std::span<const std::uint8_t> code, std::uint64_t address);

}  // namespace track::symbols
