// Reads of memory that may not be there. Floor 2, freestanding.
//
// A word is read only where its page was seen readable: in the window of the current stack, or
// after the kernel was asked (rt_sigprocmask reads the set before it looks at `how`, so an invalid
// `how` tells without effect). One thread; allocates nothing, leaves errno alone.
#pragma once

#include <bit>
#include <cstdint>

namespace track::unwind {

inline constexpr std::uintptr_t page_size = 4096;
inline constexpr std::uintptr_t page_mask = ~(page_size - 1);

// Outside of what the sanitizers watch: the stacks of others are read here on purpose.
inline std::uintptr_t load_word(std::uintptr_t address) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  std::uintptr_t word;
  asm volatile("movq (%1), %0" : "=r"(word) : "r"(address) : "memory");
  return word;
#else
  using any_word [[gnu::may_alias, gnu::aligned(1)]] = const std::uintptr_t;
  return *reinterpret_cast<any_word*>(address);
#endif
}

// Whether the page of `address` can be read. cost: a system call.
bool page_readable(std::uintptr_t address);

// Whether all of [address, address + size) can be read. cost: a system call a page.
bool range_readable(std::uintptr_t address, std::uintptr_t size);

// What is known readable: the stack that the capture starts on, kept from capture to capture, and
// a second range for this capture alone, for the stack beyond a signal frame.
class memory_window {
 public:
  memory_window(std::uintptr_t low, std::uintptr_t high) : low_(low), high_(high) {}

  std::uintptr_t low() const { return low_; }
  std::uintptr_t high() const { return high_; }

  // Makes the window that of the stack with this stack pointer. False when it is another stack
  // than before: nothing kept from the last capture may be read without asking.
  bool enter(std::uintptr_t stack_pointer) {
    return stack_pointer - low_ < high_ - low_ || enter_elsewhere(stack_pointer);
  }

  // One comparison: a slot that is not aligned gets its low bits on top.
  bool on_current_stack(std::uintptr_t slot) const {
    return std::rotr(slot - low_, 3) < (high_ - low_) >> 3;
  }
  bool readable(std::uintptr_t slot) { return on_current_stack(slot) || ask(slot); }
  bool load(std::uintptr_t slot, std::uintptr_t& word) {
    if (!readable(slot)) {
      return false;
    }
    word = load_word(slot);
    return true;
  }

 private:
  bool enter_elsewhere(std::uintptr_t stack_pointer);
  bool ask(std::uintptr_t slot);
  bool ask_page(std::uintptr_t page);
  static bool extend(std::uintptr_t& low, std::uintptr_t& high, std::uintptr_t page);

  std::uintptr_t low_;
  std::uintptr_t high_;
  std::uintptr_t other_low_ = 0;
  std::uintptr_t other_high_ = 0;
};

}  // namespace track::unwind
