// The stack as libgcc's unwinder sees it, from the frame where a capture of ours starts. Used by
// the unit tests and by the checking library; allocates nothing, but libgcc may.
#pragma once

#include <cstddef>
#include <cstdint>

#include <unwind.h>

#include "libtrack/unwind/unwind.hpp"

namespace track::unwind::test {

struct reference_stack {
  static constexpr std::size_t most = 1024;
  std::size_t count = 0;
  std::uintptr_t pc[most];  // innermost first
  registers start{};
  bool started = false;
};

inline _Unwind_Reason_Code take_frame(_Unwind_Context* context, void* data) {
  auto& stack = *static_cast<reference_stack*>(data);
  const std::uintptr_t pc = _Unwind_GetIP(context);
  if (!stack.started) {
    stack.started = pc == stack.start.pc && _Unwind_GetCFA(context) == stack.start.stack_pointer;
  }
  if (stack.started && pc != 0) {
    if (stack.count == reference_stack::most) {
      return _URC_END_OF_STACK;
    }
    stack.pc[stack.count++] = pc;
  }
  return _URC_NO_REASON;
}

inline void walk_reference(const registers& start, reference_stack& stack) {
  stack.count = 0;
  stack.start = start;
  stack.started = false;
  _Unwind_Backtrace(take_frame, &stack);
}

// How many frames differ; a missing or surplus frame counts as one. A stack of ours that was cut
// at the depth limit is compared as far as it goes.
inline std::size_t differing_frames(const stack_cache& ours, const reference_stack& theirs) {
  const std::size_t common = ours.count < theirs.count ? ours.count : theirs.count;
  std::size_t differing = 0;
  for (std::size_t i = 0; i < common; ++i) {
    differing += ours.frames[ours.count - 1 - i].return_address != theirs.pc[i] ? 1 : 0;
  }
  const bool theirs_goes_on = ours.end == stack_end::depth || theirs.count == theirs.most;
  if (ours.count > theirs.count && theirs.count < theirs.most) {
    differing += ours.count - theirs.count;
  } else if (ours.count < theirs.count && !theirs_goes_on) {
    differing += theirs.count - ours.count;
  }
  return differing;
}

}  // namespace track::unwind::test
