// Shared objects whose death can be observed. Floor 3.
//
// Object and control block are two allocations, on purpose: the object's memory returns when the
// last shared_ptr goes, whatever weak references remain (they keep the control block, 48 bytes).
// With std::make_shared they would keep both. Destroying an object destroys what it owns, one level
// of the stack each, as with any shared_ptr: see the README of libtrack/weak for the bytes of a
// level.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include <track/detail/life_without_rtti.hpp>

namespace track {

// cost: 1.1 times std::shared_ptr<T>(new T).
template <class T, class... A>
std::shared_ptr<T> make_shared(A&&... arguments) {
  static_assert(!std::is_array_v<T>,
                "track::make_shared makes no arrays: use track::adopt(std::make_unique<T[]>(n))");
  return detail::own(new T(std::forward<A>(arguments)...));
}

namespace detail {

template <class Owner>
struct holder {
  Owner held;
};

// A shared_ptr to what `owner` points to; owner goes at the observed death.
template <class T, class Owner>
std::shared_ptr<T> hold(Owner owner) {
  auto* const object = owner.get();
  std::shared_ptr<holder<Owner>> held = own(new holder<Owner>{std::move(owner)});
  return std::shared_ptr<T>(std::move(held), object);
}

}  // namespace detail

// Takes a unique object over. Its deleter is called at the death. Null gives null.
template <class T, class Deleter>
std::shared_ptr<T> adopt(std::unique_ptr<T, Deleter> object) {
  if (object == nullptr) {
    return nullptr;
  }
  if constexpr (std::is_same_v<Deleter, std::default_delete<T>> && !std::is_array_v<T>) {
    return detail::own(object.release());
  } else {
    return detail::hold<T>(std::move(object));
  }
}

// Wraps a foreign shared_ptr. The death that is observed is that of the adopted handles: the
// foreign ones may live on, and the object with them. One that can be observed already comes back
// as it is.
template <class T>
std::shared_ptr<T> adopt(std::shared_ptr<T> object) {
  if (object == nullptr || detail::life_of(object) != nullptr) {
    return object;
  }
  return detail::hold<T>(std::move(object));
}

}  // namespace track
