#include "reports/user_frames.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace track::reports {
namespace {

template <std::size_t Count>
bool starts_with_any(std::string_view text, const std::array<std::string_view, Count>& heads) {
  return std::any_of(heads.begin(), heads.end(),
                     [text](std::string_view head) { return text.starts_with(head); });
}

// Without the return type that templates have: "void std::f<int>(int)" → "std::f<int>(int)".
std::string_view without_return_type(std::string_view function) {
  std::size_t start = 0;
  int depth = 0;
  for (std::size_t i = 0; i < function.size(); ++i) {
    const char c = function[i];
    depth += c == '<' ? 1 : c == '>' ? -1 : 0;
    if (depth == 0 && c == '(') {
      break;
    }
    start = depth == 0 && c == ' ' ? i + 1 : start;
  }
  return function.substr(start);
}

}  // namespace

bool is_user_frame(const model::frame& frame) {
  constexpr std::array<std::string_view, 8> modules = {
      "libc.so",      "libc-2.",  "libstdc++.so", "libc++.so",
      "libc++abi.so", "ld-linux", "libpthread.",  "libtrack_preload"};
  // C++'s, then Rust's; a crate or namespace may well be called core or alloc.
  constexpr std::array<std::string_view, 20> names = {
      "std::",          "__gnu_cxx::",         "__cxxabiv1::",   "alloc::alloc::",
      "alloc::vec::",   "alloc::raw_vec::",    "alloc::boxed::", "alloc::string::",
      "alloc::slice::", "alloc::sync::",       "alloc::rc::",    "alloc::collections::",
      "alloc::fmt::",   "core::ops::function", "core::iter::",   "core::option::",
      "core::result::", "core::ptr::",         "<alloc::",       "<core::"};
  return !starts_with_any(frame.module, modules) && !frame.function.starts_with("operator new") &&
         !frame.function.starts_with("operator delete") && frame.function != "_start" &&
         !starts_with_any(without_return_type(frame.function), names);
}

model::stack user_frames_of(const model::stack& frames) {
  model::stack kept = frames.only(is_user_frame);
  return kept.empty() ? frames : kept;
}

}  // namespace track::reports
