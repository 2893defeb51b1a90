#include "libtrack/unwind/machine.hpp"

namespace track::unwind {

namespace {

enum : std::uint8_t {
  op_addr = 0x03,
  op_deref = 0x06,
  op_const1u = 0x08,
  op_const1s = 0x09,
  op_const2u = 0x0a,
  op_const2s = 0x0b,
  op_const4u = 0x0c,
  op_const4s = 0x0d,
  op_const8u = 0x0e,
  op_const8s = 0x0f,
  op_constu = 0x10,
  op_consts = 0x11,
  op_dup = 0x12,
  op_drop = 0x13,
  op_over = 0x14,
  op_pick = 0x15,
  op_swap = 0x16,
  op_rot = 0x17,
  op_abs = 0x19,
  op_and = 0x1a,
  op_div = 0x1b,
  op_minus = 0x1c,
  op_mod = 0x1d,
  op_mul = 0x1e,
  op_neg = 0x1f,
  op_not = 0x20,
  op_or = 0x21,
  op_plus = 0x22,
  op_plus_uconst = 0x23,
  op_shl = 0x24,
  op_shr = 0x25,
  op_shra = 0x26,
  op_xor = 0x27,
  op_bra = 0x28,
  op_eq = 0x29,
  op_ge = 0x2a,
  op_gt = 0x2b,
  op_le = 0x2c,
  op_lt = 0x2d,
  op_ne = 0x2e,
  op_skip = 0x2f,
  op_lit0 = 0x30,
  op_reg0 = 0x50,
  op_breg0 = 0x70,
  op_regx = 0x90,
  op_bregx = 0x92,
  op_deref_size = 0x94,
  op_nop = 0x96
};

class expression_machine {
 public:
  expression_machine(byte_cursor code, machine_state& state, memory_window& memory)
      : begin_(code.at), code_(code), state_(state), memory_(memory) {}

  void push(std::uintptr_t value) {
    if (depth_ == stack_size) {
      failed_ = true;
      return;
    }
    stack_[depth_++] = value;
  }

  bool run(std::uintptr_t& result) {
    constexpr int most_operations = 1000;
    for (int done = 0; code_.left() != 0; ++done) {
      if (done == most_operations) {
        return false;
      }
      step(code_.fixed<std::uint8_t>());
      if (failed_ || code_.failed) {
        return false;
      }
    }
    result = pop();
    return !failed_;
  }

 private:
  static constexpr unsigned stack_size = 32;

  std::uintptr_t pop() { return take(0, true); }
  std::uintptr_t peek(unsigned below_top) { return take(below_top, false); }
  std::uintptr_t take(unsigned below_top, bool remove) {
    if (below_top >= depth_) {
      failed_ = true;
      return 0;
    }
    const std::uintptr_t value = stack_[depth_ - 1 - below_top];
    depth_ -= remove ? 1 : 0;
    return value;
  }

  void push_signed(std::int64_t value) { push(static_cast<std::uintptr_t>(value)); }

  void push_register(std::uint64_t number, std::int64_t offset) {
    if (number >= register_count || !state_.has(static_cast<unsigned>(number))) {
      failed_ = true;
      return;
    }
    push(state_.value[number] + static_cast<std::uintptr_t>(offset));
  }

  void step(std::uint8_t op) {
    if (op >= op_lit0 && op < op_reg0) {
      push(op - op_lit0);
    } else if (op >= op_reg0 && op < op_breg0) {
      push_register(op - op_reg0, 0);
    } else if (op >= op_breg0 && op < op_regx) {
      push_register(op - op_breg0, code_.sleb());
    } else if (op <= op_consts) {
      step_constant(op);
    } else if (op <= op_rot) {
      step_stack(op);
    } else if (op >= op_and && op <= op_ne && op != op_bra && op != op_neg && op != op_not &&
               op != op_plus_uconst) {
      const std::uintptr_t right = pop();
      const std::uintptr_t left = pop();
      push(combine(op, left, right));
    } else {
      step_other(op);
    }
  }

  void step_constant(std::uint8_t op) {
    switch (op) {
      case op_addr:
      case op_const8u:
      case op_const8s:
        return push(code_.fixed<std::uint64_t>());
      case op_deref:
        return load(sizeof(std::uintptr_t));
      case op_const1u:
        return push(code_.fixed<std::uint8_t>());
      case op_const1s:
        return push_signed(code_.fixed<std::int8_t>());
      case op_const2u:
        return push(code_.fixed<std::uint16_t>());
      case op_const2s:
        return push_signed(code_.fixed<std::int16_t>());
      case op_const4u:
        return push(code_.fixed<std::uint32_t>());
      case op_const4s:
        return push_signed(code_.fixed<std::int32_t>());
      case op_constu:
        return push(code_.uleb());
      case op_consts:
        return push_signed(code_.sleb());
      default:
        failed_ = true;
    }
  }

  void step_stack(std::uint8_t op) {
    switch (op) {
      case op_dup:
        return push(peek(0));
      case op_drop:
        pop();
        return;
      case op_over:
        return push(peek(1));
      case op_pick:
        return push(peek(code_.fixed<std::uint8_t>()));
      default:
        return rotate(op == op_swap ? 2 : 3);
    }
  }

  // The top goes below `count` - 1 others.
  void rotate(unsigned count) {
    if (depth_ < count) {
      failed_ = true;
      return;
    }
    std::uintptr_t* const base = stack_ + depth_ - count;
    const std::uintptr_t top = base[count - 1];
    for (unsigned i = count - 1; i > 0; --i) {
      base[i] = base[i - 1];
    }
    base[0] = top;
  }

  std::uintptr_t combine(std::uint8_t op, std::uintptr_t left, std::uintptr_t right) {
    const auto signed_left = static_cast<std::intptr_t>(left);
    const auto signed_right = static_cast<std::intptr_t>(right);
    switch (op) {
      case op_and:
        return left & right;
      case op_or:
        return left | right;
      case op_xor:
        return left ^ right;
      case op_plus:
        return left + right;
      case op_minus:
        return left - right;
      case op_mul:
        return left * right;
      case op_div:
      case op_mod:
        return divide(op, signed_left, signed_right);
      case op_shl:
        return right < 64 ? left << right : 0;
      case op_shr:
        return right < 64 ? left >> right : 0;
      case op_shra:
        return static_cast<std::uintptr_t>(signed_left >> (right < 64 ? right : 63));
      default:
        return compare(op, signed_left, signed_right) ? 1 : 0;
    }
  }

  std::uintptr_t divide(std::uint8_t op, std::intptr_t left, std::intptr_t right) {
    if (right == 0) {
      failed_ = true;
      return 0;
    }
    if (op == op_mod) {
      return static_cast<std::uintptr_t>(left) % static_cast<std::uintptr_t>(right);
    }
    return right == -1 ? -static_cast<std::uintptr_t>(left)
                       : static_cast<std::uintptr_t>(left / right);
  }

  static bool compare(std::uint8_t op, std::intptr_t left, std::intptr_t right) {
    switch (op) {
      case op_eq:
        return left == right;
      case op_ge:
        return left >= right;
      case op_gt:
        return left > right;
      case op_le:
        return left <= right;
      case op_lt:
        return left < right;
      default:
        return left != right;
    }
  }

  void step_other(std::uint8_t op) {
    switch (op) {
      case op_abs: {
        const std::uintptr_t value = pop();
        return push(static_cast<std::intptr_t>(value) < 0 ? -value : value);
      }
      case op_neg:
        return push(-pop());
      case op_not:
        return push(~pop());
      case op_plus_uconst: {
        const std::uint64_t addend = code_.uleb();
        return push(pop() + addend);
      }
      case op_bra: {
        const auto offset = code_.fixed<std::int16_t>();
        return pop() != 0 ? jump(offset) : void();
      }
      case op_skip:
        return jump(code_.fixed<std::int16_t>());
      case op_regx:
        return push_register(code_.uleb(), 0);
      case op_bregx: {
        const std::uint64_t number = code_.uleb();
        return push_register(number, code_.sleb());
      }
      case op_deref_size:
        return load(code_.fixed<std::uint8_t>());
      case op_nop:
        return;
      default:
        failed_ = true;
    }
  }

  void jump(std::int16_t offset) {
    if (offset < begin_ - code_.at || offset > code_.end - code_.at) {
      failed_ = true;
      return;
    }
    code_.at += offset;
  }

  void load(unsigned size) {
    std::uintptr_t word = 0;
    if ((size != 1 && size != 2 && size != 4 && size != 8) || !memory_.load(pop(), word)) {
      failed_ = true;
      return;
    }
    ++state_.reads;
    push(size == 8 ? word : word & ((std::uintptr_t{1} << (size * 8)) - 1));
  }

  const std::uint8_t* begin_;
  byte_cursor code_;
  machine_state& state_;
  memory_window& memory_;
  bool failed_ = false;
  unsigned depth_ = 0;
  std::uintptr_t stack_[stack_size];
};

}  // namespace

bool evaluate(byte_cursor expression, bool has_initial, std::uintptr_t initial,
              machine_state& state, memory_window& memory, std::uintptr_t& result) {
  expression_machine machine(expression, state, memory);
  if (has_initial) {
    machine.push(initial);
  }
  return machine.run(result);
}

}  // namespace track::unwind
