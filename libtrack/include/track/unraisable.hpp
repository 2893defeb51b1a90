// Where exceptions go that callbacks and finalizers throw while an object dies. Floor 3.
//
// They cannot go to whoever dropped the last reference: a destructor is running. The default writes
// one line to stderr. Any thread.
#pragma once

#include <exception>

#include <track/detail/api.hpp>

namespace track {

// `where` says which kind of user code threw: "callback", "finalizer", "exit finalizer".
using unraisable_hook = void (*)(std::exception_ptr error, const char* where) noexcept;

// Returns the hook that was there; null stands for the default, both ways.
LIBTRACK_API unraisable_hook set_unraisable_hook(unraisable_hook hook) noexcept;

}  // namespace track
