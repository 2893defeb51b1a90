// Numbers in blobs: unsigned LEB128, signed ones zigzag first. Floor 4.
//
// Private to libtrack/capture. The reader takes bytes that anybody may have written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace track::capture {

inline constexpr std::size_t longest_number = 10;  // bytes, of 64 bits

inline void append_number(std::vector<std::byte>& bytes, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) {
    bytes.push_back(static_cast<std::byte>(value | 0x80));
  }
  bytes.push_back(static_cast<std::byte>(value));
}

inline void append_signed(std::vector<std::byte>& bytes, std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  append_number(bytes, bits << 1 ^ static_cast<std::uint64_t>(value >> 63));
}

class number_reader {
 public:
  explicit number_reader(std::span<const std::byte> bytes) : rest_(bytes) {}

  // errors: nothing at the end, and for a number that does not fit.
  std::optional<std::uint64_t> next() {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < longest_number && i < rest_.size(); ++i) {
      const std::uint64_t bits = std::to_integer<std::uint64_t>(rest_[i] & std::byte{0x7f});
      if (i == longest_number - 1 && bits > 1) {
        return std::nullopt;
      }
      value |= bits << (7 * i);
      if ((rest_[i] & std::byte{0x80}) == std::byte{0}) {
        rest_ = rest_.subspan(i + 1);
        return value;
      }
    }
    return std::nullopt;
  }

  std::optional<std::uint32_t> next32() {
    const auto value = next();
    return value && *value <= UINT32_MAX ? std::optional(static_cast<std::uint32_t>(*value))
                                         : std::nullopt;
  }

  std::optional<std::int64_t> next_signed() {
    const auto bits = next();
    return bits ? std::optional(static_cast<std::int64_t>(*bits >> 1 ^ (0 - (*bits & 1))))
                : std::nullopt;
  }

  bool at_end() const { return rest_.empty(); }

 private:
  std::span<const std::byte> rest_;
};

}  // namespace track::capture
