// What is told of a reference without the object: to callbacks, and by weak_refs(). Floor 3.
#pragma once

#include <cstdint>
#include <typeinfo>

namespace track {

// What a callback gets. The object is not destroyed yet, but out of reach: every weak_ref to it is
// expired.
struct dead_ref {
  std::uintptr_t address = 0;            // of the object, as the reference saw it
  std::uint64_t id = 0;                  // weak_ref::id() of the reference
  const std::type_info* type = nullptr;  // typeid(T) of weak_ref<T>; null without RTTI
};

// A registered reference: one that is told when its object dies.
struct ref_info {
  enum kind : std::uint8_t { callback, container, finalizer };
  std::uint64_t id = 0;  // never given twice in a process
  kind what = callback;
};

namespace detail {

// typeid(T); null without RTTI.
template <class T>
const std::type_info* type_id() noexcept {
#ifdef __cpp_rtti
  return &typeid(T);
#else
  return nullptr;
#endif
}

}  // namespace detail
}  // namespace track
