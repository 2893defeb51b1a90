// What the demanglers of Rust's two schemes share. Floor 4, inside of symbols; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace track::symbols::rust {

// A longer demangled name is given up: forged back references can double it at every step.
inline constexpr std::size_t longest_output = 64 * 1024;

inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
inline bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
inline bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
inline bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}

// Appends the code point `c`, at most 0x1fffff.
void append_utf8(std::string& out, std::uint32_t c);

// Decodes an identifier of `plain` ASCII and `coded` rest; nullopt for a broken or unreasonable
// one. source: RFC 3492, section 6.2.
std::optional<std::string> decode_punycode(std::string_view plain, std::string_view coded);

// The path in a name of scheme v0, without its "_R"; nullopt when it is broken.
// source: RFC 2603; the rustc book, "v0 Symbol Format".
std::optional<std::string> demangle_v0(std::string_view mangled);

}  // namespace track::symbols::rust
