#include "reports/format.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "libtrack/support/text.hpp"
#include "libtrack/support/units.hpp"

namespace track::reports {
namespace {

std::uint64_t magnitude(std::int64_t value) {
  return value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
}

std::string offset_text(const model::frame& frame) {
  const std::string module = frame.module.empty() ? "??" : escape_control(frame.module);
  return frame.offset ? fmt::format("{}+0x{:x}", module, *frame.offset) : module;
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
  return short_bytes(static_cast<std::int64_t>(std::min<std::uint64_t>(bytes, INT64_MAX)));
}

std::string count_text(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string count_text(std::int64_t count) {
  return (count < 0 ? "-" : "") + count_text(magnitude(count));
}

std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count_text(count), noun, count == 1 ? "" : "s");
}

std::string frame_name(const model::frame& frame) {
  return frame.function.empty() ? offset_text(frame) : escape_control(frame.function);
}

std::string frame_place(const model::frame& frame) {
  if (frame.file.empty()) {
    return offset_text(frame);
  }
  return frame.line ? fmt::format("{}:{}", escape_control(frame.file), *frame.line)
                    : escape_control(frame.file);
}

}  // namespace track::reports
