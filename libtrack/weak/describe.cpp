#include <cinttypes>
#include <cstdio>

#include <track/detail/describe.hpp>

namespace track::detail {

std::string describe(std::string_view kind, std::string_view type, std::uintptr_t address,
                     bool empty, bool dead) {
  std::string text(kind);
  text.append("<").append(type).append(">(");
  if (empty) {
    return text.append("empty)");
  }
  char digits[2 + 16 + 1];
  std::snprintf(digits, sizeof digits, "0x%" PRIxPTR, address);
  return text.append(digits).append(dead ? ", dead)" : ")");
}

}  // namespace track::detail
