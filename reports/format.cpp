#include "reports/format.hpp"

#include <fmt/format.h>

#include <array>

namespace track::reports {
namespace {

std::uint64_t magnitude(std::int64_t value) {
  return value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
}

// Length of the UTF-8 sequence at the start of `text`; 0: none that is well-formed.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0x80                     ? 1
                             : first >= 0xc2 && first < 0xe0  ? 2
                             : first >= 0xe0 && first < 0xf0  ? 3
                             : first >= 0xf0 && first <= 0xf4 ? 4
                                                              : 0;
  if (length == 0 || length > text.size()) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) {
      return 0;
    }
  }
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool outside = (first == 0xed && byte(1) >= 0xa0) || (first == 0xf4 && byte(1) >= 0x90);
  return overlong || outside ? 0 : length;
}

// C1 controls and the marks that turn the direction of text around.
bool drives_terminal(std::string_view sequence) {
  const auto byte = [&sequence](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 1) {
    return byte(0) < 0x20 || byte(0) == 0x7f;
  }
  if (sequence.size() == 2) {
    return byte(0) == 0xc2 && byte(1) < 0xa0;
  }
  return sequence.size() == 3 && byte(0) == 0xe2 &&
         ((byte(1) == 0x80 && byte(2) >= 0xa8 && byte(2) <= 0xae) ||
          (byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9));
}

std::string offset_text(const model::frame& frame) {
  const std::string module = frame.module.empty() ? "??" : printable(frame.module);
  return frame.offset ? fmt::format("{}+0x{:x}", module, *frame.offset) : module;
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
  constexpr std::array<const char*, 6> units = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) {
    return fmt::format("{} B", bytes);
  }
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string size_text(std::int64_t bytes) {
  return (bytes < 0 ? "-" : "") + size_text(magnitude(bytes));
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

std::string duration_text(std::uint64_t milliseconds) {
  const std::uint64_t seconds = milliseconds / 1000;
  if (milliseconds < 1000) {
    return fmt::format("{} ms", milliseconds);
  }
  if (seconds < 60) {
    return fmt::format("{}.{} s", seconds, milliseconds % 1000 / 100);
  }
  if (seconds < 3600) {
    return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  }
  return fmt::format("{} h {} min", seconds / 3600, seconds % 3600 / 60);
}

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const std::size_t taken = length == 0 ? 1 : length;
    if (length == 0 || drives_terminal(text.substr(0, length))) {
      for (std::size_t i = 0; i < taken; ++i) {
        shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
      }
    } else {
      shown += text.substr(0, length);
    }
    text.remove_prefix(taken);
  }
  return shown;
}

std::string frame_name(const model::frame& frame) {
  return frame.function.empty() ? offset_text(frame) : printable(frame.function);
}

std::string frame_place(const model::frame& frame) {
  if (frame.file.empty()) {
    return offset_text(frame);
  }
  return frame.line ? fmt::format("{}:{}", printable(frame.file), *frame.line)
                    : printable(frame.file);
}

}  // namespace track::reports
