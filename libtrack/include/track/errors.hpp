// What the weak library throws. Floor 3.
#pragma once

#include <stdexcept>

#include <track/detail/api.hpp>

namespace track {

// A proxy was used whose object is dead.
struct LIBTRACK_API reference_error : std::runtime_error {
  using runtime_error::runtime_error;
};

// A death notice was asked for of something that cannot give one: a shared_ptr that was made
// neither by track::make_shared nor by track::adopt, an empty owner, an object that is dead or
// dying.
struct LIBTRACK_API not_observable : std::logic_error {
  using logic_error::logic_error;
};

}  // namespace track
