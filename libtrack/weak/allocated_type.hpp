// The type that a function allocates for, by its name: std::allocator's and std::make_unique's,
// also behind the control block of make_shared. Floor 3.
#pragma once

#include <string_view>

namespace track::detail {

// Empty: the function says nothing of it. Part of `function`.
std::string_view allocated_type(std::string_view function) noexcept;

}  // namespace track::detail
