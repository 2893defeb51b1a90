// Mangled names: of types, and in patterns, which captures hold demangled names for. Floor 5.
//
// Pure functions. '*' stands for anything, '?' for one character, as Valgrind has it.
#pragma once

#include <string>
#include <string_view>

namespace track::analysis {

// "_Z12make_sessioni" → "make_session(int)"; "_ZN3net6*" → "net::*": up to the first wildcard only
// the scopes that are whole count. Empty: not mangled, or nothing can be said.
std::string demangled_pattern(std::string_view pattern);

// Whether `pattern` stands for the whole of `text`.
bool wildcard_matches(std::string_view pattern, std::string_view text);

// The name in a type_info, perhaps with a '*' before: "7Session" → "Session". Empty: none.
std::string demangled_type(std::string_view mangled);

}  // namespace track::analysis
