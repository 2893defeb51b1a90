#include "libtrack/support/units.hpp"

#include <array>
#include <cstdio>
#include <limits>
#include <span>

namespace track {

namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
constexpr std::string_view size_letters = "kmgtp";
constexpr std::array<unit, 5> duration_units = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<unit, 6> size_units = {{{"PiB", 1ULL << 50},
                                             {"TiB", 1ULL << 40},
                                             {"GiB", 1ULL << 30},
                                             {"MiB", 1ULL << 20},
                                             {"KiB", 1ULL << 10},
                                             {"", 1}}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// A decimal number, kept exact: its digits without the point, and how many stood behind the point.
struct decimal {
  unsigned __int128 digits = 0;
  unsigned __int128 scale = 1;
};

// Takes the number off the front of `text`; false when there is none or it is too long.
bool take_decimal(std::string_view& text, decimal& number) {
  bool any = false;
  bool point = false;
  while (!text.empty() && (is_digit(text.front()) || (text.front() == '.' && !point))) {
    if (text.front() == '.') {
      point = true;
    } else {
      if (number.digits > largest || number.scale > 1'000'000'000) {
        return false;
      }
      number.digits = number.digits * 10 + static_cast<unsigned>(text.front() - '0');
      number.scale *= point ? 10 : 1;
      any = true;
    }
    text.remove_prefix(1);
  }
  return any;
}

result<std::uint64_t> scaled(std::string_view whole, const decimal& number, std::uint64_t factor) {
  const unsigned __int128 value = number.digits * factor / number.scale;
  if (number.digits > largest || value > largest) {
    return error{error_code::usage, "'" + std::string(whole) + "' is too large"};
  }
  return static_cast<std::uint64_t>(value);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

// 0 when `name` is no unit of size.
std::uint64_t size_factor(std::string_view name) {
  if (name.empty() || name == "b") {
    return 1;
  }
  const std::size_t power = size_letters.find(name.front());
  const std::string_view rest = name.substr(1);
  if (power == std::string_view::npos || !(rest.empty() || rest == "b" || rest == "ib")) {
    return 0;
  }
  return 1ULL << (10 * (power + 1));
}

std::string exact(std::uint64_t value, std::span<const unit> units) {
  for (const unit& u : units) {
    if (u.factor == 1 || (value != 0 && value % u.factor == 0)) {
      return std::to_string(value / u.factor).append(u.name);
    }
  }
  return std::to_string(value);
}

template <typename... Args>
std::string print(const char* format, Args... args) {
  char text[64];
  std::snprintf(text, sizeof text, format, args...);
  return text;
}

}  // namespace

result<std::uint64_t> parse_bytes(std::string_view text) {
  std::string_view rest = text;
  decimal number;
  if (!take_decimal(rest, number)) {
    return error{error_code::usage,
                 "'" + std::string(text) + "' is no size; write for example 4096, 64k or 1.5MiB"};
  }
  while (!rest.empty() && rest.front() == ' ') {
    rest.remove_prefix(1);
  }
  const std::uint64_t factor = size_factor(lower(rest));
  if (factor == 0) {
    return error{error_code::usage, "unknown unit '" + std::string(rest) + "' in '" +
                                        std::string(text) + "'; units are k, M, G, T, P and KiB …"};
  }
  return scaled(text, number, factor);
}

std::string exact_bytes(std::uint64_t bytes) {
  return exact(bytes, size_units);
}

std::string short_bytes(std::int64_t bytes) {
  const std::uint64_t magnitude =
      bytes < 0 ? ~static_cast<std::uint64_t>(bytes) + 1 : static_cast<std::uint64_t>(bytes);
  const char* sign = bytes < 0 ? "-" : "";
  if (magnitude < 1024) {
    return print("%s%u B", sign, static_cast<unsigned>(magnitude));
  }
  constexpr std::array<const char*, 6> names = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(magnitude) / 1024;
  std::size_t power = 0;
  // What would be printed as 1024.0 belongs to the next unit.
  while (value >= 1023.95 && power + 1 < names.size()) {
    value /= 1024;
    ++power;
  }
  return print("%s%.1f %s", sign, value, names[power]);
}

result<std::uint64_t> parse_duration_ms(std::string_view text) {
  std::string_view rest = text;
  decimal number;
  if (take_decimal(rest, number)) {
    for (const unit& u : duration_units) {
      if (rest == u.name) {
        return scaled(text, number, u.factor);
      }
    }
  }
  return error{error_code::usage, "'" + std::string(text) +
                                      "' is no duration; write for example 500ms, 30s, 5m or 24h"};
}

std::string exact_duration(std::uint64_t ms) {
  return exact(ms, duration_units);
}

std::string short_duration(std::uint64_t ms) {
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  if (ms < 1'000) {
    return print("%llu ms", number(ms));
  }
  if (ms < 59'950) {
    return print("%.1f s", static_cast<double>(ms) / 1'000);
  }
  const std::uint64_t s = (ms + 500) / 1'000;
  if (s < 3'600) {
    return print("%llu min %llu s", number(s / 60), number(s % 60));
  }
  if (s < 86'400) {
    return print("%llu h %02llu min", number(s / 3'600), number(s / 60 % 60));
  }
  return print("%llu d %llu h", number(s / 86'400), number(s / 3'600 % 24));
}

}  // namespace track
