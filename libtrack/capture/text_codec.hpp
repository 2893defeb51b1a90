// Small text forms inside a capture: hexadecimal build ids, lists of arguments. Floor 4.
//
// Private to libtrack/capture. Arguments are a JSON array of strings, so that SQL can take them
// apart; bytes that are no UTF-8 are kept as they are.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace track::capture {

std::string to_hex(std::span<const std::uint8_t> bytes);
std::vector<std::uint8_t> from_hex(std::string_view text);  // empty when it is none

std::string to_json_array(std::span<const std::string> items);
// The inverse, as far as `text` is well-formed; the rest is left out.
std::vector<std::string> from_json_array(std::string_view text);

}  // namespace track::capture
