// Text in fixed buffers, without libc's formatting. Floor 3, freestanding.
#pragma once

#include <cstddef>
#include <cstdint>

#include <string.h>

namespace track::runtime {

// Appends to a buffer of fixed size; what does not fit is cut and told. Always ends in zero.
class text_buffer {
 public:
  text_buffer(char* place, std::size_t room) : place_(place), room_(room) { place_[0] = 0; }

  text_buffer& add(const char* text) { return add(text, strlen(text)); }

  text_buffer& add(const char* text, std::size_t size_bytes) {
    const std::size_t left = room_ - 1 - used_;
    const std::size_t taken = size_bytes < left ? size_bytes : left;
    fits_ &= taken == size_bytes;
    memcpy(place_ + used_, text, taken);
    used_ += taken;
    place_[used_] = 0;
    return *this;
  }

  text_buffer& add_number(std::uint64_t number) {
    char digits[20];
    std::size_t first = sizeof digits;
    do {
      digits[--first] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    return add(digits + first, sizeof digits - first);
  }

  bool fits() const { return fits_; }
  std::size_t size() const { return used_; }

 private:
  char* place_;
  std::size_t room_;
  std::size_t used_ = 0;
  bool fits_ = true;
};

// Reads decimal digits; `text` is moved behind them by the second form. False when there are none.
inline bool read_number(const char*& text, std::uint64_t& number) {
  const char* start = text;
  number = 0;
  while (*text >= '0' && *text <= '9') {
    number = number * 10 + static_cast<std::uint64_t>(*text++ - '0');
  }
  return text != start;
}

inline bool parse_number(const char* text, std::uint64_t& number) {
  return read_number(text, number);
}

// Shell pattern with `*` and `?`, the whole of `text`. `pattern_end` is one past the pattern.
bool matches_glob(const char* pattern, const char* pattern_end, const char* text);

}  // namespace track::runtime
