// Mangled names → names as the source has them. Floor 4, inside of symbols.
//
// C++ through the C++ runtime's __cxa_demangle, Rust (both schemes) by rust_demangle. Never fails:
// what cannot be demangled, or is unreasonably long, comes back as it is. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace track::symbols {

// shape: C++ "ns::f(int) [clone .part.0]", Rust "krate::Type<T>::f" without hash. A symbol version
// ("@GLIBC_2.2.5") is cut off.
std::string demangle(std::string_view name);

// A C++ or Rust mangled name without the suffixes compilers add to clones (".part.0", ".cold",
// ".llvm.123"); other names as they are.
std::string_view without_clone_suffix(std::string_view name);

}  // namespace track::symbols
