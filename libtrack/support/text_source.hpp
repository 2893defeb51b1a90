// Texts too large to be held whole: made piece by piece, and written as they are made. Floor 2.
#pragma once

#include <functional>
#include <string_view>

namespace track {

// Takes the next piece; false: it wants no more.
using text_sink = std::function<bool(std::string_view)>;

// Gives all of a text to a sink, or as much of it as the sink wants.
using text_source = std::function<void(const text_sink&)>;

}  // namespace track
