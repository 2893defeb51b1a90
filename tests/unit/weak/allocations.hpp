// The test binary's operator new: counts what is held, and fails when told to.
#pragma once

#include <cstddef>

namespace allocations {

// Bytes that operator new gave out and nobody gave back, as malloc rounds them.
std::size_t live_bytes();

// On this thread: how many calls of operator new there were.
std::size_t calls();

// While it exists, the n-th next call of operator new on this thread (from 0) and all after it
// throw bad_alloc.
class failing_from {
 public:
  explicit failing_from(std::size_t n);
  ~failing_from();
  failing_from(const failing_from&) = delete;
  failing_from& operator=(const failing_from&) = delete;
};

// Runs act(n) with the n-th allocation failing, for n = 0, 1, ... until it comes through; act must
// throw bad_alloc till then. Returns how often it failed.
template <class Act>
std::size_t until_it_works(Act act) {
  for (std::size_t n = 0;; ++n) {
    if (act(n)) {
      return n;
    }
  }
}

}  // namespace allocations
