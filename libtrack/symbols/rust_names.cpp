#include "libtrack/symbols/rust_names.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace track::symbols::rust {

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr std::array<unsigned, 4> lead = {0, 0xc0, 0xe0, 0xf0};
  out += static_cast<char>(lead[static_cast<std::size_t>(more)] | c >> (6 * more));
  for (int i = more - 1; i >= 0; --i) {
    out += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3f));
  }
}

std::optional<std::string> decode_punycode(std::string_view plain, std::string_view coded) {
  std::vector<std::uint32_t> text(plain.begin(), plain.end());
  std::uint64_t n = 128;
  std::uint64_t i = 0;
  std::uint64_t bias = 72;
  bool first = true;
  while (!coded.empty()) {
    const std::uint64_t before = i;
    std::uint64_t weight = 1;
    for (std::uint64_t k = 36;; k += 36) {
      if (coded.empty() || weight > 0x10ffff'0000 || !(is_digit(coded[0]) || is_lower(coded[0]))) {
        return std::nullopt;
      }
      const char c = coded.front();
      const auto digit = static_cast<std::uint64_t>(is_digit(c) ? c - '0' + 26 : c - 'a');
      coded.remove_prefix(1);
      i += digit * weight;
      const std::uint64_t threshold = k <= bias ? 1 : std::min<std::uint64_t>(k - bias, 26);
      if (digit < threshold) {
        break;
      }
      weight *= 36 - threshold;
    }
    const std::uint64_t count = text.size() + 1;
    std::uint64_t delta = (i - before) / (first ? 700 : 2);
    delta += delta / count;
    std::uint64_t k = 0;
    for (; delta > 455; k += 36) {
      delta /= 35;
    }
    bias = k + 36 * delta / (delta + 38);
    first = false;
    n += i / count;
    i %= count;
    if (n > 0x10ffff || count > 1'000) {
      return std::nullopt;
    }
    text.insert(text.begin() + static_cast<std::ptrdiff_t>(i), static_cast<std::uint32_t>(n));
    ++i;
  }
  std::string out;
  for (const std::uint32_t c : text) {
    append_utf8(out, c);
  }
  return out;
}

}  // namespace track::symbols::rust
