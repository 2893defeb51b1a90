// How the registry takes an object that it is to watch. Floor 3.
//
// A held_object is what a record needs to know, and a weak_ptr that keeps the memory of the
// object's life, not the object. Made and used within one call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <typeinfo>

#include <track/detail/api.hpp>
#include <track/detail/describe.hpp>
#include <track/detail/observed.hpp>
#include <track/detail/record.hpp>
#include <track/weak_ref.hpp>

namespace track {

class watch_handle;

namespace detail {

using weak_memory = std::weak_ptr<const volatile void>;

template <class O>
inline constexpr bool is_shared_ptr = false;
template <class T>
inline constexpr bool is_shared_ptr<std::shared_ptr<T>> = true;

template <class O>
concept watchable = owner_of<O, owned_t<O>>;

// The text of a dynamic type; null when there is no place for it.
LIBTRACK_API const text* text_of(const std::type_info& type) noexcept;

template <class T>
const text* type_text_of([[maybe_unused]] const T* object) noexcept {
#ifdef __cpp_rtti
  if constexpr (std::is_polymorphic_v<T>) {
    if (typeid(*object) != typeid(T)) {
      return text_of(typeid(*object));
    }
  }
#endif
  return type_text<std::remove_cv_t<T>>();
}

// sizeof where there is one; of an array of unknown bound, one element.
template <class T>
constexpr std::size_t size_of() noexcept {
  if constexpr (std::is_void_v<T>) {
    return 0;
  } else {
    return sizeof(std::remove_extent_t<T>);
  }
}

struct held_object {
  template <class T>
  explicit held_object(const std::shared_ptr<T>& owner) noexcept
      : memory(owner), record(life_of(owner)), address(words_of(owner).object) {
    if (owner != nullptr) {
      describe_as<T>(owner.get());
    }
  }
  // Of other owners the first look may allocate: without memory there is no record, and `lost`.
  template <class O>
  requires(!is_shared_ptr<std::remove_cv_t<O>>) explicit held_object(O& owner) noexcept {
    try {
      take(observe(owner));
    } catch (const std::bad_alloc&) {
      lost = true;
    }
  }

  weak_memory memory;
  life* record = nullptr;  // null: nobody can observe it
  std::uintptr_t address = 0;
  std::size_t size_bytes = 0;
  const text* type = nullptr;
  bool lost = false;

 private:
  template <class T>
  void take(const observed<T>& object) {
    const pin<T> alive = object.take();
    if (!alive) {
      return;
    }
    memory = object.ref();
    record = object.record();
    address = object.address();
    describe_as<T>(alive.get());
  }
  template <class T>
  void describe_as(const std::remove_extent_t<T>* object) noexcept {
    size_bytes = size_of<T>();
    if constexpr (std::is_array_v<T> || std::is_void_v<T>) {
      type = type_text<std::remove_cv_t<T>>();
    } else {
      type = type_text_of<T>(object);
    }
  }
};

// What to do of a dead or empty owner.
enum class if_gone : bool { refuse, ignore };

// errors: not_observable for a foreign owner, and for one that is gone unless ignored.
LIBTRACK_API watch_handle watch_held(const held_object& object, std::string_view label,
                                     if_gone gone);

// The record of an object that is watched; an empty handle without one.
LIBTRACK_API watch_handle find_watched(const held_object& object) noexcept;

}  // namespace detail
}  // namespace track
