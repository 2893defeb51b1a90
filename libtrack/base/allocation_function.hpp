// The functions that hand out and take back memory, and which of them belong together. Floor 0.
#pragma once

#include <cstdint>

namespace track {

// Fits four bits: it is part of every live-table record. The values are part of the ledger format.
enum class allocation_function : std::uint8_t {
  unknown = 0,
  malloc,
  calloc,
  realloc,
  reallocarray,
  posix_memalign,
  aligned_alloc,
  memalign,
  valloc,
  pvalloc,
  operator_new,
  operator_new_array,
  operator_new_aligned,
  operator_new_array_aligned,
  count
};

// The values are part of the ledger format.
enum class release_function : std::uint8_t {
  unknown = 0,
  free,
  realloc,
  free_sized,
  free_aligned_sized,
  operator_delete,
  operator_delete_array,
  operator_delete_aligned,
  operator_delete_array_aligned,
  count
};

// Who may release what: a block goes back through its own family.
enum class allocation_family : std::uint8_t {
  malloc,
  scalar_new,
  array_new,
  scalar_new_aligned,
  array_new_aligned
};

constexpr allocation_family family_of(allocation_function function) {
  switch (function) {
    case allocation_function::operator_new:
      return allocation_family::scalar_new;
    case allocation_function::operator_new_array:
      return allocation_family::array_new;
    case allocation_function::operator_new_aligned:
      return allocation_family::scalar_new_aligned;
    case allocation_function::operator_new_array_aligned:
      return allocation_family::array_new_aligned;
    default:
      return allocation_family::malloc;
  }
}

constexpr allocation_family family_of(release_function function) {
  switch (function) {
    case release_function::operator_delete:
      return allocation_family::scalar_new;
    case release_function::operator_delete_array:
      return allocation_family::array_new;
    case release_function::operator_delete_aligned:
      return allocation_family::scalar_new_aligned;
    case release_function::operator_delete_array_aligned:
      return allocation_family::array_new_aligned;
    default:
      return allocation_family::malloc;
  }
}

constexpr const char* name_of(allocation_function function) {
  constexpr const char* names[] = {"unknown",
                                   "malloc",
                                   "calloc",
                                   "realloc",
                                   "reallocarray",
                                   "posix_memalign",
                                   "aligned_alloc",
                                   "memalign",
                                   "valloc",
                                   "pvalloc",
                                   "operator new",
                                   "operator new[]",
                                   "operator new (aligned)",
                                   "operator new[] (aligned)"};
  return function < allocation_function::count ? names[static_cast<unsigned>(function)] : names[0];
}

constexpr const char* name_of(release_function function) {
  constexpr const char* names[] = {"unknown",
                                   "free",
                                   "realloc",
                                   "free_sized",
                                   "free_aligned_sized",
                                   "operator delete",
                                   "operator delete[]",
                                   "operator delete (aligned)",
                                   "operator delete[] (aligned)"};
  return function < release_function::count ? names[static_cast<unsigned>(function)] : names[0];
}

}  // namespace track
