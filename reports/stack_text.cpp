#include "reports/stack_text.hpp"

#include <fmt/format.h>

#include "reports/for_ci.hpp"
#include "reports/format.hpp"
#include "reports/user_frames.hpp"

namespace track::reports {
namespace {

// What calls main and a thread's function: the same in every stack.
bool is_start_code(const model::frame& frame) {
  return frame.function == "_start" || frame.function == "start_thread" ||
         frame.function == "clone" || frame.function == "clone3" ||
         frame.function.starts_with("__clone") || frame.function.starts_with("__libc_start_");
}

// How many frames are worth a line, unless all are asked for.
std::size_t telling_frames(const model::stack& frames, std::size_t most) {
  std::size_t count = frames.size();
  while (most != SIZE_MAX && count > 1 && is_start_code(frames[count - 1])) {
    --count;
  }
  return count;
}

// Template arguments fill pages; what is cut is there with all frames.
std::string name_text(const model::frame& frame, std::size_t most) {
  constexpr std::size_t longest = 240;
  const std::string name = frame_name(frame);
  return most == SIZE_MAX ? name : shortened(name, longest);
}

// What is not shown: between the others, and behind them.
std::string hidden_text(std::size_t of_libraries, std::size_t outer) {
  std::string text = of_libraries == 0 ? "" : plural(of_libraries, "frame") + " of libraries";
  text += of_libraries == 0 || outer == 0 ? "" : " and ";
  return text + (outer == 0 ? "" : plural(outer, "outer frame"));
}

}  // namespace

std::string painted(bool color, tone how, std::string_view text) {
  constexpr const char* codes[] = {"", "\033[1m", "\033[1;31m", "\033[33m", "\033[2m"};
  if (!color || how == tone::plain) {
    return std::string(text);
  }
  return fmt::format("{}{}\033[0m", codes[static_cast<int>(how)], text);
}

std::string stack_text(const model::stack& all, bool color, std::size_t most) {
  if (all.empty()) {
    return "    (no stack)\n";
  }
  std::string text;
  const model::stack frames = most == SIZE_MAX ? all : user_frames_of(all);
  const std::size_t telling = telling_frames(frames, most);
  const std::size_t shown = telling > most ? most - 1 : telling;
  for (std::size_t i = 0; i < shown; ++i) {
    const model::frame& frame = frames[i];
    std::string place;
    if (!frame.function.empty()) {
      place = frame_place(frame);
      place += frame.inlined ? ", inlined" : "";
    }
    place += frame.unloaded ? (place.empty() ? "unloaded" : ", unloaded") : "";
    text += fmt::format("    {} {}", i == 0 ? "at" : "by", name_text(frame, most));
    text += place.empty() ? "\n" : "  " + painted(color, tone::dim, "(" + place + ")") + "\n";
  }
  const std::string hidden = hidden_text(telling_frames(all, most) - telling, telling - shown);
  if (!hidden.empty()) {
    text += painted(color, tone::dim, "    … " + hidden + " (--full-stacks)") + "\n";
  }
  return text;
}

}  // namespace track::reports
