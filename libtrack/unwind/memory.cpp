#include "libtrack/unwind/memory.hpp"

#include <cerrno>

#include "libtrack/base/syscall.hpp"

namespace track::unwind {

namespace {

// One growth of a range asks for so many pages at most: a frame of a megabyte.
constexpr std::uintptr_t reach = 256 * page_size;

constexpr std::uintptr_t user_end = std::uintptr_t{1} << 47;

}  // namespace

bool page_readable(std::uintptr_t address) {
  constexpr long no_such_how = 0x7fff;
  if (address < page_size || address >= user_end) {
    return false;
  }
  return raw::call(SYS_rt_sigprocmask, no_such_how, static_cast<long>(address & page_mask), 0, 8) ==
         -EINVAL;
}

bool range_readable(std::uintptr_t address, std::uintptr_t size) {
  if (size == 0 || address + size < address) {
    return false;
  }
  for (std::uintptr_t page = address & page_mask; page < address + size; page += page_size) {
    if (!page_readable(page)) {
      return false;
    }
  }
  return true;
}

bool memory_window::extend(std::uintptr_t& low, std::uintptr_t& high, std::uintptr_t page) {
  if (page < low) {
    if (low - page > reach) {
      return false;
    }
    while (low > page && page_readable(low - page_size)) {
      low -= page_size;
    }
    return low <= page;
  }
  if (page - high >= reach) {
    return false;
  }
  while (high <= page && page_readable(high)) {
    high += page_size;
  }
  return high > page;
}

bool memory_window::enter_elsewhere(std::uintptr_t stack_pointer) {
  const std::uintptr_t page = stack_pointer & page_mask;
  if (low_ != high_ && extend(low_, high_, page)) {
    return true;
  }
  low_ = high_ = page;
  extend(low_, high_, page);
  return false;
}

bool memory_window::ask_page(std::uintptr_t page) {
  if ((page >= low_ && page < high_) || (page >= other_low_ && page < other_high_)) {
    return true;
  }
  if (page >= user_end || page < page_size) {
    return false;
  }
  if (low_ != high_ && extend(low_, high_, page)) {
    return true;
  }
  if (other_low_ != other_high_ && extend(other_low_, other_high_, page)) {
    return true;
  }
  other_low_ = other_high_ = page;
  return extend(other_low_, other_high_, page);
}

bool memory_window::ask(std::uintptr_t slot) {
  if (slot > user_end) {
    return false;
  }
  return ask_page(slot & page_mask) && ask_page((slot + sizeof(std::uintptr_t) - 1) & page_mask);
}

}  // namespace track::unwind
