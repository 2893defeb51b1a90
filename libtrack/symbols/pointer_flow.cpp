#include "libtrack/symbols/pointer_flow.hpp"

#include <algorithm>
#include <array>

namespace track::symbols {

namespace {

constexpr int most_instructions = 160;
constexpr std::size_t most_slots = 16;

// Hardware numbers of registers; DWARF orders the first eight differently.
constexpr unsigned rax = 0;
constexpr unsigned rdx = 2;
constexpr unsigned rsp = 4;
constexpr unsigned rbp = 5;
constexpr std::array<unsigned, 6> arguments = {7, 6, 2, 1, 8, 9};  // rdi, rsi, rdx, rcx, r8, r9
constexpr std::uint32_t kept_by_calls = 1U << 3 | 1U << rbp | 1U << rsp | 0xf000U;

unsigned dwarf_number(unsigned hardware) {
  constexpr std::array<unsigned, 8> numbers = {0, 2, 1, 3, 7, 6, 4, 5};
  return hardware < 8 ? numbers[hardware] : hardware;
}

// r/m of an instruction: a register, or memory.
struct operand {
  bool is_register = false;
  unsigned number = 0;         // of the register
  bool has_base_only = false;  // [base + distance]
  unsigned base = 0;
  std::int64_t distance = 0;
};

class follower {
 public:
  follower(std::span<const std::uint8_t> code, std::uint64_t address)
      : code_(code), address_(address) {}

  pointer_flow run() {
    for (int i = 0; i < most_instructions && (registers_ != 0 || !slots_.empty()); ++i) {
      note();
      if (!step()) {
        break;
      }
    }
    return std::move(flow_);
  }

 private:
  void note() {
    std::uint32_t registers = 0;
    for (unsigned i = 0; i < 16; ++i) {
      registers |= (registers_ >> i & 1) << dwarf_number(i);
    }
    if (flow_.holders.empty() || flow_.holders.back().registers != registers ||
        flow_.holders.back().slots != slots_) {
      flow_.holders.push_back({address_ + at_, registers, slots_});
    }
  }

  bool has(std::size_t bytes) const { return at_ <= code_.size() && code_.size() - at_ >= bytes; }
  std::uint8_t byte() { return has(1) ? code_[at_++] : (is_broken_ = true, std::uint8_t{0}); }

  std::int64_t signed_number(std::size_t bytes) {
    if (!has(bytes)) {
      is_broken_ = true;
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      value |= std::uint64_t{code_[at_ + i]} << (8 * i);
    }
    at_ += bytes;
    const unsigned unused = static_cast<unsigned>(64 - 8 * bytes);
    return static_cast<std::int64_t>(value << unused) >> unused;
  }

  // One instruction; false ends the walk.
  bool step() {
    rex_ = 0;
    is_narrow_ = false;
    is_repeated_ = false;
    std::uint8_t code = byte();
    for (; code == 0x66 || code == 0xf2 || code == 0xf3; code = byte()) {
      is_narrow_ = is_narrow_ || code == 0x66;
      is_repeated_ = is_repeated_ || code != 0x66;
    }
    if ((code & 0xf0) == 0x40) {
      rex_ = code;
      code = byte();
    }
    const bool goes_on = code == 0x0f ? two_byte(byte()) : one_byte(code);
    return goes_on && !is_broken_;
  }

  bool is_wide() const { return (rex_ & 8) != 0; }

  operand read_operand() {
    const std::uint8_t modrm = byte();
    const unsigned mode = modrm >> 6;
    register_ = (modrm >> 3 & 7U) | (rex_ & 4U) << 1;
    operand place;
    unsigned base = modrm & 7U;
    if (mode == 3) {
      place.is_register = true;
      place.number = base | (rex_ & 1U) << 3;
      return place;
    }
    place.has_base_only = true;
    bool is_absolute = mode == 0 && base == 5;
    if (base == 4) {
      const std::uint8_t scale = byte();
      base = scale & 7U;
      is_absolute = mode == 0 && base == 5;
      place.has_base_only = (scale >> 3 & 7U) == 4 && (rex_ & 2) == 0;
    }
    place.has_base_only = place.has_base_only && !is_absolute;
    place.base = base | (rex_ & 1U) << 3;
    place.distance = mode == 1 ? signed_number(1) : mode == 2 || is_absolute ? signed_number(4) : 0;
    return place;
  }

  bool holds(unsigned hardware) const { return (registers_ >> hardware & 1) != 0; }

  void set(unsigned hardware, bool holds_it) {
    registers_ = (registers_ & ~(1U << hardware)) | (holds_it ? 1U << hardware : 0);
    if (hardware == rsp || hardware == rbp) {
      forget_slots(hardware);
    }
  }

  static std::optional<stack_slot> slot_of(const operand& place) {
    const bool is_slot =
        !place.is_register && place.has_base_only && (place.base == rsp || place.base == rbp);
    return is_slot ? std::optional(stack_slot{
                         place.base == rsp ? machine_register::rsp : machine_register::rbp,
                         place.distance})
                   : std::nullopt;
  }

  bool holds(const operand& place) const {
    if (place.is_register) {
      return holds(place.number);
    }
    const auto slot = slot_of(place);
    return slot && std::find(slots_.begin(), slots_.end(), *slot) != slots_.end();
  }

  void forget_slots(unsigned hardware) {
    const auto base = hardware == rsp ? machine_register::rsp : machine_register::rbp;
    std::erase_if(slots_, [&](const stack_slot& each) { return each.first == base; });
  }

  // The operand is overwritten; by the pointer or by something else.
  void write(const operand& place, bool holds_it) {
    if (place.is_register) {
      set(place.number, holds_it);
      return;
    }
    const auto slot = slot_of(place);
    if (!slot) {
      return;
    }
    constexpr std::int64_t widest = 32;
    std::erase_if(slots_, [&](const stack_slot& each) {
      return each.first == slot->first && each.second > slot->second - 8 &&
             each.second < slot->second + widest;
    });
    if (holds_it && slots_.size() < most_slots) {
      slots_.push_back(*slot);
    }
  }

  bool one_byte(std::uint8_t code) {
    if (code < 0x40) {
      return arithmetic(code);
    }
    if (code >= 0x50 && code <= 0x5f) {
      push_or_pop(code);
      return true;
    }
    if (code >= 0x70 && code <= 0x7f) {
      at_ += 1;
      return true;
    }
    if (code >= 0xb0 && code <= 0xbf) {
      set((code & 7U) | (rex_ & 1U) << 3, false);
      signed_number(code < 0xb8 ? 1 : is_wide() ? 8 : is_narrow_ ? 2 : 4);
      return true;
    }
    return move(code);
  }

  bool move(std::uint8_t code) {
    switch (code) {
      case 0x63:
      case 0x8a:
        read_operand();
        set(register_, false);
        return true;
      case 0x88:
        write(read_operand(), false);
        return true;
      case 0x89: {
        const operand place = read_operand();
        write(place, is_wide() && holds(register_));
        return true;
      }
      case 0x8b: {
        const operand place = read_operand();
        set(register_, is_wide() && holds(place));
        return true;
      }
      case 0x8d: {
        const operand place = read_operand();
        set(register_,
            is_wide() && place.has_base_only && place.distance == 0 && holds(place.base));
        return true;
      }
      case 0xc6:
      case 0xc7:
        write(read_operand(), false);
        signed_number(code == 0xc6 ? 1 : is_narrow_ ? 2 : 4);
        return true;
      default:
        return groups(code);
    }
  }

  bool groups(std::uint8_t code) {
    switch (code) {
      case 0x80:
      case 0x81:
      case 0x83:
      case 0xc0:
      case 0xc1: {
        const operand place = read_operand();
        const bool compares = (register_ & 7) == 7 && code < 0xc0;
        if (!compares) {
          write(place, false);
        }
        signed_number(code != 0x81 ? 1 : is_narrow_ ? 2 : 4);
        return true;
      }
      case 0xd0:
      case 0xd1:
      case 0xd2:
      case 0xd3:
        write(read_operand(), false);
        return true;
      default:
        return unary_groups(code);
    }
  }

  bool unary_groups(std::uint8_t code) {
    switch (code) {
      case 0xf6:
      case 0xf7: {
        const operand place = read_operand();
        const unsigned what = register_ & 7;
        if (what < 2) {
          signed_number(code == 0xf6 ? 1 : is_narrow_ ? 2 : 4);
        } else if (what < 4) {
          write(place, false);
        } else {
          set(rax, false);
          set(rdx, false);
        }
        return true;
      }
      case 0xfe:
      case 0xff: {
        const operand place = read_operand();
        const unsigned what = register_ & 7;
        if (what < 2) {
          write(place, false);
        } else if (what == 2) {
          call(0);
        } else if (what == 6) {
          forget_slots(rsp);
        }
        return what < 3 || what == 6;
      }
      default:
        return control(code);
    }
  }

  bool control(std::uint8_t code) {
    switch (code) {
      case 0x84:
      case 0x85:
        read_operand();
        return true;
      case 0x90:
        return true;
      case 0x98:
        set(rax, false);
        return true;
      case 0x99:
        set(rdx, false);
        return true;
      case 0xc3:
        if (holds(rax)) {
          flow_.uses.push_back({pointer_use::kind::returned, 0, 0});
        }
        return false;
      case 0xc9:
        set(rbp, false);
        forget_slots(rsp);
        return true;
      case 0xe8: {
        const std::int64_t distance = signed_number(4);
        call(address_ + at_ + static_cast<std::uint64_t>(distance));
        return true;
      }
      case 0xe9:
      case 0xeb: {
        const std::int64_t distance = signed_number(code == 0xe9 ? 4 : 1);
        if (distance < 0 || static_cast<std::uint64_t>(distance) > code_.size()) {
          return false;
        }
        at_ += static_cast<std::size_t>(distance);
        return true;
      }
      default:
        return false;
    }
  }

  bool arithmetic(std::uint8_t code) {
    const unsigned form = code & 7U;
    const bool compares = code >= 0x38;
    if (form >= 6) {
      return false;
    }
    if (form >= 4) {
      signed_number(form == 4 ? 1 : is_narrow_ ? 2 : 4);
      if (!compares) {
        set(rax, false);
      }
      return true;
    }
    const operand place = read_operand();
    if (!compares && form < 2) {
      write(place, false);
    } else if (!compares) {
      set(register_, false);
    }
    return true;
  }

  void push_or_pop(std::uint8_t code) {
    forget_slots(rsp);
    if (code >= 0x58) {
      set((code & 7U) | (rex_ & 1U) << 3, false);
    }
  }

  bool two_byte(std::uint8_t code) {
    if (code >= 0x80 && code <= 0x8f) {
      signed_number(4);
      return true;
    }
    const bool writes_register = (code >= 0x40 && code <= 0x4f) || code == 0xaf || code == 0xb6 ||
                                 code == 0xb7 || code == 0xbe || code == 0xbf || code == 0x2c ||
                                 code == 0x2d || code == 0x50 || code == 0xd7;
    const bool stores_vector = code == 0x11 || code == 0x13 || code == 0x17 || code == 0x29 ||
                               code == 0x7f || code == 0xd6 || code == 0xe7;
    const bool is_vector = (code >= 0x10 && code <= 0x17) || (code >= 0x28 && code <= 0x2f) ||
                           (code >= 0x51 && code <= 0x6f) || code == 0x7e || code == 0xef ||
                           code == 0xd4 || code == 0x70 || code == 0xc6;
    const bool is_nothing = code == 0x1e || code == 0x1f;
    const bool sets_byte = code >= 0x90 && code <= 0x9f;
    if (!writes_register && !stores_vector && !is_vector && !is_nothing && !sets_byte) {
      return false;
    }
    const operand place = read_operand();
    const bool moves_out = code == 0x7e && !is_repeated_;
    if (writes_register) {
      set(register_, false);
    } else if ((stores_vector && !place.is_register) || sets_byte || moves_out) {
      write(place, false);
    }
    if (code == 0x70 || code == 0xc6) {
      signed_number(1);
    }
    return true;
  }

  void call(std::uint64_t target) {
    for (unsigned i = 0; i < arguments.size(); ++i) {
      if (holds(arguments[i])) {
        flow_.uses.push_back({pointer_use::kind::argument, i, target});
      }
    }
    registers_ &= kept_by_calls;
  }

  std::span<const std::uint8_t> code_;
  std::uint64_t address_;
  std::size_t at_ = 0;
  std::uint8_t rex_ = 0;
  unsigned register_ = 0;  // the reg field of the last operand
  bool is_narrow_ = false;
  bool is_repeated_ = false;
  bool is_broken_ = false;
  std::uint32_t registers_ = 1U << rax;
  std::vector<stack_slot> slots_;
  pointer_flow flow_;
};

}  // namespace

pointer_flow follow_pointer(std::span<const std::uint8_t> code, std::uint64_t address) {
  return follower(code, address).run();
}

}  // namespace track::symbols
