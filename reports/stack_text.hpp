// A stack, and words in colour, for the text renderers. Floor 4.
#pragma once

#include <string>
#include <string_view>

#include "libtrack/model/report.hpp"

namespace track::reports {

enum class tone { plain, heading, bad, warn, dim };

std::string painted(bool color, tone how, std::string_view text);

// One line a frame, "    at NAME  (PLACE)": those that people wrote, if there are any, and of them
// the innermost `most`; what is left out is counted. All when `most` is SIZE_MAX.
std::string stack_text(const model::stack& frames, bool color, std::size_t most);

inline constexpr std::size_t frames_shown = 12;

}  // namespace track::reports
