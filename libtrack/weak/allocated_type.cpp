#include "libtrack/weak/allocated_type.hpp"

#include <array>

namespace track::detail {
namespace {

constexpr auto npos = std::string_view::npos;

// What is between `opening`, which ends in '<', and the ',' or '>' that ends the first argument.
std::string_view first_argument(std::string_view function, std::string_view opening) noexcept {
  const std::size_t found = function.find(opening);
  if (found == npos) {
    return {};
  }
  const std::size_t begin = found + opening.size();
  int depth = 0;
  for (std::size_t at = begin; at < function.size(); ++at) {
    const char each = function[at];
    const bool is_arrow = each == '>' && at != 0 && function[at - 1] == '-';
    if (depth == 0 && (each == ',' || each == '>')) {
      std::string_view type = function.substr(begin, at - begin);
      while (!type.empty() && type.back() == ' ') {
        type.remove_suffix(1);
      }
      return type;
    }
    depth += each == '<' || each == '(' ? 1 : 0;
    depth -= (each == '>' && !is_arrow) || each == ')' ? 1 : 0;
  }
  return {};
}

}  // namespace

std::string_view allocated_type(std::string_view function) noexcept {
  constexpr std::array<std::string_view, 2> allocators = {"new_allocator<", "std::allocator<"};
  std::string_view type = first_argument(function, "std::make_unique<");
  if (type.empty() && function.find(">::allocate(") != npos) {
    for (const std::string_view allocator : allocators) {
      type = type.empty() ? first_argument(function, allocator) : type;
    }
  }
  const std::string_view held = first_argument(type, "_Sp_counted_ptr_inplace<");
  return held.empty() ? type : held;
}

}  // namespace track::detail
