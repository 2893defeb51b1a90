// Rust's two manglings, legacy (`_ZN…17h<hash>E`) and v0 (`_R…`). Floor 4, inside of symbols.
//
// Written after the specification; bounded in depth and in length of output, so that a forged name
// costs nothing. Any thread.
// source: RFC 2603 and the rustc book, "Symbol Mangling" (v0); rustc's legacy scheme.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace track::symbols {

// The path without hash and crate disambiguators; nullopt when `name` is no Rust name, or a broken
// one. Suffixes behind a '.' (".llvm.123") are dropped.
std::optional<std::string> demangle_rust(std::string_view name);

}  // namespace track::symbols
