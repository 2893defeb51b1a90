#include "libtrack/unwind/call_frame.hpp"

namespace track::unwind {

namespace {

enum : std::uint8_t {
  cfa_advance_loc = 0x40,
  cfa_offset = 0x80,
  cfa_restore = 0xc0,
  cfa_nop = 0x00,
  cfa_set_loc = 0x01,
  cfa_advance_loc1 = 0x02,
  cfa_advance_loc2 = 0x03,
  cfa_advance_loc4 = 0x04,
  cfa_offset_extended = 0x05,
  cfa_restore_extended = 0x06,
  cfa_undefined = 0x07,
  cfa_same_value = 0x08,
  cfa_register = 0x09,
  cfa_remember_state = 0x0a,
  cfa_restore_state = 0x0b,
  cfa_def_cfa = 0x0c,
  cfa_def_cfa_register = 0x0d,
  cfa_def_cfa_offset = 0x0e,
  cfa_def_cfa_expression = 0x0f,
  cfa_expression = 0x10,
  cfa_offset_extended_sf = 0x11,
  cfa_def_cfa_sf = 0x12,
  cfa_def_cfa_offset_sf = 0x13,
  cfa_val_offset = 0x14,
  cfa_val_offset_sf = 0x15,
  cfa_val_expression = 0x16,
  cfa_gnu_args_size = 0x2e,
  cfa_gnu_negative_offset_extended = 0x2f
};

constexpr unsigned remembered_rows = 4;

// Runs CFA programs on one row.
class row_machine {
 public:
  row_machine(const frame_description& description, std::uintptr_t address, frame_row& row)
      : description_(description), address_(address), row_(row), at_(description.pc_begin) {}

  bool run_initial() {
    initial_ = nullptr;
    return run(description_.initial_instructions, true);
  }
  bool run_rest(const frame_row& initial) {
    initial_ = &initial;
    return run(description_.instructions, false);
  }

 private:
  bool run(byte_cursor code, bool whole) {
    while (code.left() != 0 && (whole || at_ <= address_)) {
      if (!step(code) || code.failed) {
        return false;
      }
    }
    return true;
  }

  bool step(byte_cursor& code) {
    const auto op = code.fixed<std::uint8_t>();
    const std::uint8_t low = op & 0x3f;
    switch (op & 0xc0) {
      case cfa_advance_loc:
        advance(low);
        return true;
      case cfa_offset:
        set(low, how::at_offset, factored(code.uleb()));
        return true;
      case cfa_restore:
        restore(low);
        return true;
      default:
        return op <= cfa_same_value ? step_basic(op, code) : step_extended(op, code);
    }
  }

  bool step_basic(std::uint8_t op, byte_cursor& code) {
    switch (op) {
      case cfa_nop:
        return true;
      case cfa_set_loc:
        at_ = code.pointer(description_.encoding);
        return true;
      case cfa_advance_loc1:
        advance(code.fixed<std::uint8_t>());
        return true;
      case cfa_advance_loc2:
        advance(code.fixed<std::uint16_t>());
        return true;
      case cfa_advance_loc4:
        advance(code.fixed<std::uint32_t>());
        return true;
      case cfa_offset_extended:
        return set_next(code, how::at_offset, false);
      case cfa_restore_extended:
        restore(code.uleb());
        return true;
      case cfa_undefined:
        set(code.uleb(), how::undefined, 0);
        return true;
      default:
        set(code.uleb(), how::unsaved, 0);
        return true;
    }
  }

  bool step_extended(std::uint8_t op, byte_cursor& code) {
    switch (op) {
      case cfa_register: {
        const std::uint64_t target = code.uleb();
        set(target, how::in_register, static_cast<std::int64_t>(code.uleb()));
        return true;
      }
      case cfa_remember_state:
        return remember();
      case cfa_restore_state:
        return recall();
      case cfa_expression:
        return set_expression(code, how::at_expression);
      case cfa_val_expression:
        return set_expression(code, how::is_expression);
      case cfa_offset_extended_sf:
        return set_next(code, how::at_offset, true);
      case cfa_val_offset:
        return set_next(code, how::is_offset, false);
      case cfa_val_offset_sf:
        return set_next(code, how::is_offset, true);
      case cfa_gnu_args_size:
        code.uleb();
        return true;
      case cfa_gnu_negative_offset_extended: {
        const std::uint64_t target = code.uleb();
        set(target, how::at_offset, -factored(code.uleb()));
        return true;
      }
      default:
        return step_cfa(op, code);
    }
  }

  bool step_cfa(std::uint8_t op, byte_cursor& code) {
    switch (op) {
      case cfa_def_cfa:
      case cfa_def_cfa_sf: {
        const std::uint64_t base = code.uleb();
        const std::int64_t offset = op == cfa_def_cfa ? static_cast<std::int64_t>(code.uleb())
                                                      : signed_factored(code.sleb());
        return define(base, offset);
      }
      case cfa_def_cfa_register:
        return define(code.uleb(), row_.cfa_value);
      case cfa_def_cfa_offset:
        row_.cfa_value = static_cast<std::int64_t>(code.uleb());
        return !row_.cfa_is_expression;
      case cfa_def_cfa_offset_sf:
        row_.cfa_value = signed_factored(code.sleb());
        return !row_.cfa_is_expression;
      case cfa_def_cfa_expression:
        row_.cfa_is_expression = true;
        row_.cfa_value = expression(code);
        return true;
      default:
        return false;
    }
  }

  void advance(std::uint64_t delta) { at_ += delta * description_.code_alignment; }

  std::int64_t factored(std::uint64_t offset) const {
    return signed_factored(static_cast<std::int64_t>(offset));
  }
  std::int64_t signed_factored(std::int64_t offset) const {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(offset) *
                                     static_cast<std::uint64_t>(description_.data_alignment));
  }

  // Vector and mask registers have numbers above ours; no walk needs them.
  void set(std::uint64_t target, how rule, std::int64_t value) {
    if (target < register_count) {
      row_.rule[target] = rule;
      row_.value[target] = value;
    }
  }
  bool set_next(byte_cursor& code, how rule, bool is_signed) {
    const std::uint64_t target = code.uleb();
    set(target, rule, is_signed ? signed_factored(code.sleb()) : factored(code.uleb()));
    return true;
  }
  bool set_expression(byte_cursor& code, how rule) {
    const std::uint64_t target = code.uleb();
    set(target, rule, expression(code));
    return true;
  }
  void restore(std::uint64_t target) {
    if (target < register_count && initial_ != nullptr) {
      set(target, initial_->rule[target], initial_->value[target]);
    }
  }
  bool define(std::uint64_t base, std::int64_t offset) {
    row_.cfa_register = static_cast<std::uint8_t>(base);
    row_.cfa_is_expression = false;
    row_.cfa_value = offset;
    return base < register_count;
  }
  std::int64_t expression(byte_cursor& code) {
    const auto address = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(code.at));
    code.skip(code.uleb());
    return address;
  }
  bool remember() {
    if (depth_ == remembered_rows) {
      return false;
    }
    remembered_[depth_++] = row_;
    return true;
  }
  bool recall() {
    if (depth_ == 0) {
      return false;
    }
    row_ = remembered_[--depth_];
    return true;
  }

  const frame_description& description_;
  std::uintptr_t address_;
  frame_row& row_;
  std::uintptr_t at_;
  const frame_row* initial_ = nullptr;
  unsigned depth_ = 0;
  frame_row remembered_[remembered_rows];
};

}  // namespace

bool find_row(const frame_description& description, std::uintptr_t address, frame_row& row) {
  row = {};
  row.cfa_register = register_rsp;
  row_machine machine(description, address, row);
  if (!machine.run_initial()) {
    return false;
  }
  const frame_row initial = row;
  return machine.run_rest(initial);
}

byte_cursor expression_at(std::int64_t value) {
  // The length was checked against the description when the row was made.
  const auto* at = reinterpret_cast<const std::uint8_t*>(static_cast<std::uintptr_t>(value));
  byte_cursor length{at, at + 10, false};
  const std::uint64_t size = length.uleb();
  return {length.at, length.at + size, false};
}

}  // namespace track::unwind
