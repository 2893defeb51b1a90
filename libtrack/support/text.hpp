// Text from anywhere, made safe to print and to match. Floor 2; hosted code only.
//
// Paths, names and arguments of a tracked program are bytes that anybody may have chosen.
#pragma once

#include <string>
#include <string_view>

namespace track {

// `text` as valid UTF-8 without control characters: C0, DEL and C1 become "\n", "\t", "\x1b" …,
// bidirectional overrides "\u202e" …, and each byte that is no UTF-8 becomes U+FFFD.
// Backslashes stay as they are. cost: linear.
std::string escape_control(std::string_view text);

// `text` as valid UTF-8: each byte that is no UTF-8 becomes U+FFFD, all else stays. For JSON.
std::string valid_utf8(std::string_view text);

// True when the whole of `text` matches `pattern`: `*` any run (also of slashes), `?` one
// character, `[a-z]`, `[!a-z]` one of a set, `\` takes the next one literally. Bytes, not code
// points, except that `?` takes a whole UTF-8 character. A '[' without its ']' is itself.
// cost: at most length of text times length of pattern.
bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace track
