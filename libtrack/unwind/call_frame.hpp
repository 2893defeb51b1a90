// Call frame information: from an address to the row of unwind rules there. Floor 2, freestanding.
//
// The description (FDE with its CIE) is found by the sorted table of .eh_frame_hdr, else by reading
// .eh_frame from its start; every read is held inside the module's mapped range. The row is then
// computed by running the CFA program. Nothing allocates; a row is about 200 bytes, made on the
// stack of the caller, remembered rows go four deep.
// source: LSB core "Exception Frames"; DWARF 5 section 6.4.2.
#pragma once

#include <cstdint>

#include "libtrack/unwind/byte_cursor.hpp"
#include "libtrack/unwind/modules.hpp"

namespace track::unwind {

// DWARF numbers of the x86-64 registers that have a meaning here.
inline constexpr unsigned register_rbp = 6;
inline constexpr unsigned register_rsp = 7;
inline constexpr unsigned register_pc = 16;
inline constexpr unsigned register_count = 17;

struct frame_description {
  std::uintptr_t pc_begin;
  std::uintptr_t pc_end;
  byte_cursor initial_instructions;
  byte_cursor instructions;
  std::uint64_t code_alignment;
  std::int64_t data_alignment;
  std::uint8_t return_register;
  std::uint8_t encoding;
  bool has_augmentation;
  bool signal_frame;
};

// errors: false when nothing covers `address`, or what covers it is malformed or unknown.
bool find_description(const module_info& module, std::uintptr_t address, frame_description& found);

enum class how : std::uint8_t {
  unsaved,
  undefined,
  at_offset,      // saved at CFA + value
  is_offset,      // is CFA + value
  in_register,    // is in register `value`
  at_expression,  // saved where the expression at `value` says
  is_expression   // is what the expression at `value` says
};

// An expression is kept as the address of its length, a ULEB128 inside the description.
struct frame_row {
  std::int64_t value[register_count];
  how rule[register_count];
  std::uint8_t cfa_register;
  bool cfa_is_expression;
  std::int64_t cfa_value;  // offset, or address of the expression
};

// The row in force at `address`. errors: false for a malformed program, or one nested too deep.
bool find_row(const frame_description& description, std::uintptr_t address, frame_row& row);

// The bytes of an expression that a row points to.
byte_cursor expression_at(std::int64_t value);

}  // namespace track::unwind
