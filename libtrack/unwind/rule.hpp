// One unwind rule in 64 bits, and the table of rules that all threads share. Floor 2, freestanding.
//
// The table is direct mapped in pairs, in .bss, without locks: an entry is {key ^ rule, rule}; a
// reader that sees halves of two writes computes a wrong key and has a miss. It grows as rules are
// pushed out, so that a short program touches few of its pages. The key is the looked up address
// with the module generation above it, so that rules of an unloaded module are never found again.
// Any thread, any context; nothing allocates.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace track::unwind {

enum class rule_kind : std::uint8_t {
  none,       // no unwind information; never stored
  plain,      // CFA = register + offset
  deref,      // CFA = word at rbp + offset (a realigned stack)
  signal,     // the kernel's signal frame: registers are in the ucontext at rsp
  outermost,  // the return address is undefined
  general     // anything else: the interpreter walks it
};

enum class saved_rbp : std::uint8_t { unchanged, at_cfa, at_rbp };

// Offsets are kept in words.
class rule {
 public:
  constexpr rule() = default;
  constexpr explicit rule(std::uint64_t bits) : bits_(bits) {}
  constexpr rule(rule_kind kind, std::uint16_t module)
      : bits_(static_cast<std::uint64_t>(kind) | std::uint64_t{module} << module_shift) {}

  // errors: false when an offset does not fit or is no multiple of a word.
  constexpr bool set_cfa(bool from_rbp, std::int64_t offset) {
    if (!fits(offset, cfa_bits)) {
      return false;
    }
    bits_ |= (from_rbp ? cfa_rbp_flag : 0) | field(offset, cfa_bits) << cfa_shift;
    return true;
  }
  constexpr bool set_rbp(saved_rbp where, std::int64_t offset) {
    if (!fits(offset, rbp_bits)) {
      return false;
    }
    bits_ |= static_cast<std::uint64_t>(where) << saved_shift | field(offset, rbp_bits)
                                                                    << rbp_shift;
    return true;
  }

  constexpr std::uint64_t bits() const { return bits_; }
  constexpr rule_kind kind() const { return static_cast<rule_kind>(bits_ & kind_mask); }
  constexpr bool cfa_from_rbp() const { return (bits_ & cfa_rbp_flag) != 0; }
  constexpr std::intptr_t cfa_offset() const { return extend(cfa_shift, cfa_bits); }
  constexpr saved_rbp saved() const { return static_cast<saved_rbp>(bits_ >> saved_shift & 3); }
  constexpr std::intptr_t rbp_offset() const { return extend(rbp_shift, rbp_bits); }
  constexpr std::uint16_t module() const {
    return static_cast<std::uint16_t>(bits_ >> module_shift);
  }

 private:
  static constexpr std::uint64_t kind_mask = 7;
  static constexpr std::uint64_t cfa_rbp_flag = 8;
  static constexpr unsigned saved_shift = 4;
  static constexpr unsigned rbp_shift = 6, rbp_bits = 18;
  static constexpr unsigned module_shift = 24;
  static constexpr unsigned cfa_shift = 40, cfa_bits = 24;  // on top: one shift to read it

  static constexpr bool fits(std::int64_t offset, unsigned bits) {
    const std::int64_t limit = std::int64_t{1} << (bits - 1);
    return offset % 8 == 0 && offset / 8 >= -limit && offset / 8 < limit;
  }
  static constexpr std::uint64_t field(std::int64_t offset, unsigned bits) {
    return static_cast<std::uint64_t>(offset / 8) & ((std::uint64_t{1} << bits) - 1);
  }
  constexpr std::intptr_t extend(unsigned shift, unsigned bits) const {
    const auto top = static_cast<std::int64_t>(bits_ << (64 - shift - bits));
    return (top >> (64 - bits)) * 8;
  }

  std::uint64_t bits_ = 0;
};

class rule_table {
 public:
  // The generation's part of a key.
  static std::uint64_t mark_of(std::uint32_t generation) {
    return std::uint64_t{generation % generations} << 47;
  }

  // cost: two adjacent entries, one cache line. A miss is a rule of kind none.
  rule find(std::uintptr_t address, std::uint64_t mark) const {
    const std::uint64_t key = address ^ mark;
    const entry* pair = &entries_[place(key)];
    for (int i = 0; i < 2; ++i) {
      const std::uint64_t value = pair[i].value.load(std::memory_order_relaxed);
      if ((pair[i].check.load(std::memory_order_relaxed) ^ value) == key) {
        return rule(value);
      }
    }
    return rule();
  }

  void insert(std::uintptr_t address, std::uint64_t mark, rule found) {
    const std::uint64_t key = address ^ mark;
    entry* pair = &entries_[place(key)];
    if (pair[1].value.load(std::memory_order_relaxed) != 0) {
      note_pushed_out();
    }
    store(pair[1], pair[0].check.load(std::memory_order_relaxed),
          pair[0].value.load(std::memory_order_relaxed));
    store(pair[0], key ^ found.bits(), found.bits());
  }

  void clear() {
    for (entry& each : entries_) {
      store(each, 0, 0);
    }
  }

  static constexpr std::uint32_t generations = 1u << 17;

 private:
  struct entry {
    std::atomic<std::uint64_t> check;
    std::atomic<std::uint64_t> value;
  };
  static constexpr unsigned log2_entries = 15;
  static constexpr std::size_t most = (std::size_t{1} << log2_entries) - 2;
  static constexpr std::size_t least = (std::size_t{1} << 11) - 2;

  // No multiplication: every step of a walk waits for this.
  std::size_t place(std::uint64_t key) const {
    return (key ^ key >> log2_entries) & (least | more_.load(std::memory_order_relaxed));
  }
  // When an eighth of the pairs lost a rule the table is four times as large from then on. Rules
  // that are not where they belong then are made again.
  [[gnu::noinline, gnu::cold]] void note_pushed_out() {
    const std::size_t used = least | more_.load(std::memory_order_relaxed);
    if (used != most && pushed_out_.fetch_add(1, std::memory_order_relaxed) >= used / 16) {
      pushed_out_.store(0, std::memory_order_relaxed);
      more_.store((used << 2 | 6) & most, std::memory_order_relaxed);
    }
  }
  static void store(entry& at, std::uint64_t check, std::uint64_t value) {
    at.check.store(check, std::memory_order_relaxed);
    at.value.store(value, std::memory_order_relaxed);
  }

  // Bits of a place beyond `least`. All zero at the start: the table is in .bss.
  alignas(64) std::atomic<std::size_t> more_;
  std::atomic<std::size_t> pushed_out_;
  alignas(64) entry entries_[std::size_t{1} << log2_entries];
};

// The rule for `address`, made from the module's unwind information and stored. `pc` is the return
// address, or the interrupted instruction. cost: about a microsecond. errors: kind none.
rule make_rule(std::uintptr_t address, std::uintptr_t pc, std::uint32_t generation);

extern rule_table shared_rules;

}  // namespace track::unwind
