// The stack that made a record of the registry, resolved when somebody asks. Floor 3.
//
// A number: of the preload's stacks where it runs, else of those that this library sampled by
// Boost.Stacktrace (set_stack_sampling). Names are found inside the process, without the preload
// and without another program. Valid in the process that made the record, not in its children.
// threads: any. cost: 8 bytes; addresses() microseconds; frames() milliseconds the first time, when
// debug information is read.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include <track/detail/api.hpp>

namespace track {

struct stack_frame {
  const void* address = nullptr;  // the return address
  std::string function;           // empty: no symbol
  std::string file;               // empty: no debug information
  std::size_t line = 0;
};

class LIBTRACK_API call_stack {
 public:
  constexpr call_stack() noexcept = default;
  constexpr call_stack(std::uint32_t number, std::uint32_t table) noexcept
      : number_(number), table_(table) {}

  // No stack was taken.
  bool empty() const noexcept { return number_ == 0; }

  // Innermost first, without the frames of this library. errors: bad_alloc.
  std::vector<const void*> addresses() const;
  std::vector<stack_frame> frames() const;

  // Equal stacks of one process are equal numbers; the order is any.
  friend auto operator<=>(const call_stack&, const call_stack&) noexcept = default;

 private:
  std::uint32_t number_ = 0;
  std::uint32_t table_ = 0;  // which registry: a child of fork has its own
};

// One line a frame, each ended by a newline: "  #0 function at file:line".
LIBTRACK_API std::string to_string(const call_stack& stack);
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                             const call_stack& stack) {
  return out << to_string(stack).c_str();
}

}  // namespace track
