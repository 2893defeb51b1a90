// Reads numbers and texts of a graph's stream. Floor 4.
//
// Private to libtrack/capture. Reads without looking for the end: the caller keeps `read_ahead`
// zero bytes behind its input, and asks afterwards whether the end was passed. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "libtrack/ledger/graph_format.hpp"

namespace track::capture {

// A record of edges is the longest: 31 bytes each.
inline constexpr std::size_t read_ahead = 64 * 1024;
inline constexpr std::uint64_t longest_text = 32 * 1024;
static_assert(ledger::graph::max_edges * 31 + longest_text < read_ahead);

class graph_cursor {
 public:
  graph_cursor(const std::byte* at, const std::byte* end) : at_(at), end_(end) {}

  const std::byte* at() const { return at_; }
  bool at_end() const { return at_ == end_; }
  // Nothing was wrong with the numbers, and all of them were there.
  bool sound() const { return !bad_ && at_ <= end_; }

  std::uint8_t byte() { return static_cast<std::uint8_t>(*at_++); }

  std::uint64_t number() {
    std::uint64_t value = byte();
    if (value < 0x80) {
      return value;
    }
    value &= 0x7f;
    for (unsigned shift = 7;; shift += 7) {
      const std::uint64_t next = byte();
      if (next < 0x80) {
        bad_ |= shift == 63 && next > 1;
        return value | next << shift;
      }
      if (shift == 63) {
        bad_ = true;
        return value;
      }
      value |= (next & 0x7f) << shift;
    }
  }

  // A number below `limit`; else the input is bad and it is 0.
  std::uint64_t below(std::uint64_t limit) {
    const std::uint64_t value = number();
    if (value < limit) {
      return value;
    }
    bad_ = true;
    return 0;
  }

  std::string text() {
    const std::uint64_t size = number();
    if (size > longest_text || at_ > end_ || size > static_cast<std::uint64_t>(end_ - at_)) {
      bad_ = true;
      return {};
    }
    const std::string_view found(reinterpret_cast<const char*>(at_),
                                 static_cast<std::size_t>(size));
    at_ += size;
    return std::string(found);
  }

  static std::int64_t unzigzag(std::uint64_t value) {
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }

 private:
  const std::byte* at_;
  const std::byte* end_;
  bool bad_ = false;
};

}  // namespace track::capture
