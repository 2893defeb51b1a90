// How weak handles are printed: type, address, state; no user code is called. Floor 3.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <track/detail/api.hpp>

namespace track::detail {

// The name of any type, incomplete ones too, without RTTI.
template <class T>
constexpr std::string_view type_name() noexcept {
  constexpr std::string_view all = __PRETTY_FUNCTION__;
  constexpr std::string_view key = "T = ";
  const std::size_t start = all.find(key) + key.size();
  const std::size_t end = all.find(';', start);
  return all.substr(start, (end == all.npos ? all.size() - 1 : end) - start);
}

// "weak_ref<T>(0x1234)", "…(0x1234, dead)", "…(empty)".
LIBTRACK_API std::string describe(std::string_view kind, std::string_view type,
                                  std::uintptr_t address, bool empty, bool dead);

}  // namespace track::detail
