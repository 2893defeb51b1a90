// How weak handles are printed: type, address, state; no user code is called. Floor 3.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <track/detail/api.hpp>

namespace track::detail {

// The name of any type as the compiler spells it.
template <class T>
constexpr std::string_view compilers_type_name() noexcept {
  constexpr std::string_view all = __PRETTY_FUNCTION__;
  constexpr std::string_view key = "T = ";
  const std::size_t start = all.find(key) + key.size();
  const std::size_t end = all.find(';', start);
  return all.substr(start, (end == all.npos ? all.size() - 1 : end) - start);
}

// g++ spells what has no name in its own way; the demangler, and so every report, in the other.
inline constexpr std::string_view unnamed_by_gcc = "{anonymous}";
inline constexpr std::string_view unnamed = "(anonymous namespace)";

template <class T>
constexpr std::size_t unnamed_in_name() noexcept {
  constexpr std::string_view name = compilers_type_name<T>();
  std::size_t count = 0;
  for (std::size_t at = name.find(unnamed_by_gcc); at != name.npos;
       at = name.find(unnamed_by_gcc, at + 1)) {
    ++count;
  }
  return count;
}

template <class T>
constexpr auto respelt_type_name() noexcept {
  constexpr std::string_view name = compilers_type_name<T>();
  std::array<char, name.size() + unnamed_in_name<T>() * (unnamed.size() - unnamed_by_gcc.size())>
      text{};
  std::size_t end = 0;
  for (std::size_t at = 0; at < name.size();) {
    const bool is_unnamed = name.substr(at, unnamed_by_gcc.size()) == unnamed_by_gcc;
    for (const char each : is_unnamed ? unnamed : name.substr(at, 1)) {
      text[end++] = each;
    }
    at += is_unnamed ? unnamed_by_gcc.size() : 1;
  }
  return text;
}
template <class T>
inline constexpr auto respelt_name_of = respelt_type_name<T>();

// The name of any type, incomplete ones too, without RTTI.
template <class T>
constexpr std::string_view type_name() noexcept {
  if constexpr (unnamed_in_name<T>() == 0) {
    return compilers_type_name<T>();
  } else {
    return {respelt_name_of<T>.data(), respelt_name_of<T>.size()};
  }
}

// "weak_ref<T>(0x1234)", "…(0x1234, dead)", "…(empty)".
LIBTRACK_API std::string describe(std::string_view kind, std::string_view type,
                                  std::uintptr_t address, bool empty, bool dead);

}  // namespace track::detail
