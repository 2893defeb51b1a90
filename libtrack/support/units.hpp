// Sizes and durations as people write them. Floor 2; hosted code only.
//
// k, M, G, T and KiB, MiB … are powers of 1,024, in and out; durations are 500ms, 30s, 5m, 24h, 7d.
// What `exact_…` prints, `parse_…` reads back to the same number; `short_…` is for reading.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libtrack/support/result.hpp"

namespace track {

// shape: digits, at most one decimal point, then b|k|m|g|t|p, with or without "b" or "ib", in any
// case; no unit is bytes. "1.5M" is 1,572,864; a part of a byte is cut.
// errors: usage: no number, an unknown unit, more than 2^63 - 1.
result<std::uint64_t> parse_bytes(std::string_view text);

// shape: the largest unit that leaves no rest: "1536", "1.5k" never; 1536 is "1536", 2048 is
// "2KiB".
std::string exact_bytes(std::uint64_t bytes);

// shape: "0 B", "1023 B", "1.5 KiB", "72.7 MiB", "1,024 PiB" never: three or four digits and a
// unit.
std::string short_bytes(std::int64_t bytes);

// shape: digits, at most one decimal point, then ms|s|m|h|d. units: returns milliseconds.
// errors: usage: no number, no unit or an unknown one, more than 2^63 - 1.
result<std::uint64_t> parse_duration_ms(std::string_view text);

// shape: the largest unit that leaves no rest: "1500ms", "90s", "2m".
std::string exact_duration(std::uint64_t ms);

// shape: "12 ms", "1.5 s", "3 min 20 s", "2 h 05 min", "3 d 4 h".
std::string short_duration(std::uint64_t ms);

}  // namespace track
