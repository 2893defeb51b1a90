#include "libtrack/support/text.hpp"

#include <cstdint>
#include <cstdio>
#include <optional>

namespace track {

namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

struct code_point {
  char32_t value;
  std::size_t length;  // bytes
};

unsigned byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

// The character at the front; nullopt when the first byte starts no valid one.
// source: Unicode 15, table 3-7 (no overlong forms, no surrogates, nothing above U+10FFFF).
std::optional<code_point> front_code_point(std::string_view text) {
  const unsigned first = byte_at(text, 0);
  if (first < 0x80) {
    return code_point{first, 1};
  }
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) {
    return std::nullopt;
  }
  char32_t value = first & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const unsigned next = byte_at(text, i);
    if ((next & 0xc0) != 0x80) {
      return std::nullopt;
    }
    value = value << 6 | (next & 0x3f);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  if (overlong || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
    return std::nullopt;
  }
  return code_point{value, length};
}

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

// Characters that reorder or break the line they stand in.
bool is_deceiving(char32_t c) {
  return c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void append_escape(std::string& out, char32_t c) {
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      char text[16];
      std::snprintf(text, sizeof text, c < 0x100 ? "\\x%02x" : "\\u%04x", static_cast<unsigned>(c));
      out += text;
  }
}

std::string rewrite(std::string_view text, bool escape) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto c = front_code_point(text);
    if (!c) {
      out += replacement;
      text.remove_prefix(1);
      continue;
    }
    if (escape && (is_control(c->value) || is_deceiving(c->value))) {
      append_escape(out, c->value);
    } else {
      out += text.substr(0, c->length);
    }
    text.remove_prefix(c->length);
  }
  return out;
}

// Length of the set at the front of `pattern` with its brackets; 0 when it is never closed.
// A ']' right behind the bracket, or behind '!' or '^', belongs to the set.
std::size_t set_length(std::string_view pattern) {
  std::size_t i = 1;
  if (i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^')) {
    ++i;
  }
  const std::size_t close = pattern.find(']', i + 1);
  return close == std::string_view::npos ? 0 : close + 1;
}

bool in_set(std::string_view set, char c) {
  std::string_view body = set.substr(1, set.size() - 2);
  const bool negated = body.front() == '!' || body.front() == '^';
  body.remove_prefix(negated ? 1 : 0);
  const auto value = static_cast<unsigned char>(c);
  bool found = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const auto low = static_cast<unsigned char>(body[i]);
    const bool range = i + 2 < body.size() && body[i + 1] == '-';
    const auto high = range ? static_cast<unsigned char>(body[i + 2]) : low;
    found = found || (value >= low && value <= high);
    i += range ? 2 : 0;
  }
  return found != negated;
}

struct step {
  std::size_t pattern;  // bytes used up, 0: no match
  std::size_t text;
};

// Matches one element of the pattern, not '*', against the front of a text that is not empty.
step match_one(std::string_view pattern, std::string_view text) {
  if (pattern.front() == '?') {
    const auto c = front_code_point(text);
    return {1, c ? c->length : 1};
  }
  if (pattern.front() == '[') {
    if (const std::size_t length = set_length(pattern)) {
      return {in_set(pattern.substr(0, length), text.front()) ? length : 0, 1};
    }
  }
  const std::size_t escape = pattern.front() == '\\' && pattern.size() > 1 ? 1 : 0;
  return {pattern[escape] == text.front() ? escape + 1 : 0, 1};
}

}  // namespace

std::string escape_control(std::string_view text) {
  return rewrite(text, true);
}

std::string valid_utf8(std::string_view text) {
  return rewrite(text, false);
}

bool glob_match(std::string_view pattern, std::string_view text) {
  // Only the last '*' ever needs another try: what an earlier one could take, it can take too.
  std::optional<std::string_view> after_star;
  std::string_view retry;
  for (;;) {
    if (!pattern.empty() && pattern.front() == '*') {
      pattern.remove_prefix(1);
      after_star = pattern;
      retry = text;
      continue;
    }
    if (!pattern.empty() && !text.empty()) {
      const step taken = match_one(pattern, text);
      if (taken.pattern != 0) {
        pattern.remove_prefix(taken.pattern);
        text.remove_prefix(taken.text);
        continue;
      }
    } else if (pattern.empty() && text.empty()) {
      return true;
    }
    if (!after_star || retry.empty()) {
      return false;
    }
    retry.remove_prefix(1);
    text = retry;
    pattern = *after_star;
  }
}

}  // namespace track
