#include "reports/stack_text.hpp"

#include <fmt/format.h>

#include "reports/format.hpp"

namespace track::reports {

std::string painted(bool color, tone how, std::string_view text) {
  constexpr const char* codes[] = {"", "\033[1m", "\033[1;31m", "\033[33m", "\033[2m"};
  if (!color || how == tone::plain) {
    return std::string(text);
  }
  return fmt::format("{}{}\033[0m", codes[static_cast<int>(how)], text);
}

std::string stack_text(const model::stack& frames, bool color, std::size_t most) {
  if (frames.empty()) {
    return "    (no stack)\n";
  }
  std::string text;
  const std::size_t shown = frames.size() > most ? most - 1 : frames.size();
  for (std::size_t i = 0; i < shown; ++i) {
    const model::frame& frame = frames[i];
    std::string place;
    if (!frame.function.empty()) {
      place = frame_place(frame);
      place += frame.inlined ? ", inlined" : "";
    }
    place += frame.unloaded ? (place.empty() ? "unloaded" : ", unloaded") : "";
    text += fmt::format("    {} {}", i == 0 ? "at" : "by", frame_name(frame));
    text += place.empty() ? "\n" : "  " + painted(color, tone::dim, "(" + place + ")") + "\n";
  }
  if (shown < frames.size()) {
    text += painted(color, tone::dim,
                    fmt::format("    … {} more frames (--full-stacks)", frames.size() - shown)) +
            "\n";
  }
  return text;
}

}  // namespace track::reports
