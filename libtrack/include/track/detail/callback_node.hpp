// A user's callback as a death node. Floor 3.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include <track/detail/life.hpp>
#include <track/detail/observed.hpp>

namespace track::detail {

// What may be called when an object dies; null pointers and empty std::functions mean none.
template <class F>
concept death_callback = std::same_as<F, std::nullptr_t> || std::invocable<F&, const dead_ref&>;

template <class F>
bool is_none(const F& callback) noexcept {
  if constexpr (std::same_as<F, std::nullptr_t>) {
    return true;
  } else if constexpr (std::constructible_from<F, std::nullptr_t> &&
                       requires { callback == nullptr; }) {
    return callback == nullptr;
  } else {
    return false;
  }
}

// typeid of an object's type, or of an array's element; null without RTTI.
template <class T>
const std::type_info* type_of() noexcept {
  if constexpr (std::is_void_v<T>) {
    return type_id<T>();
  } else {
    static_assert(
        requires { sizeof(std::remove_all_extents_t<T>); },
        "a callback, finalizer or container entry needs the complete type of its object; "
        "a weak_ref without callback does not");
    return type_id<std::remove_extent_t<T>>();
  }
}

template <class F>
class callback_node final : public death_node {
 public:
  callback_node(const std::type_info* type, std::uintptr_t address, F callback)
      : death_node(ref_info::callback, type, reinterpret_cast<const void*>(address)),
        callback_(std::move(callback)),
        code_(code()) {}

 private:
  void on_death(const dead_ref& dead) noexcept override {
    try {
      if (code_ == nullptr || is_loaded(code_)) {
        std::invoke(*callback_, dead);
      }
    } catch (...) {
      report_unraisable("callback");
    }
    callback_.reset();
  }

  // A plain function may lie in another module than this class, one that can be closed. (Functions
  // outside all modules, of a JIT, cannot be judged.)
  const void* code() const noexcept {
    if constexpr (std::is_pointer_v<F>) {
      const void* address = reinterpret_cast<const void*>(*callback_);
      return is_loaded(address) ? address : nullptr;
    } else {
      return nullptr;
    }
  }

  std::optional<F> callback_;  // destroyed as soon as it has run
  const void* code_;
};

// A new node, attached; null when there is nothing to call. The caller is its holder.
// errors: not_observable, bad_alloc, what moving F throws. Strong guarantee.
template <class T, class F>
death_node* attach_callback(const observed<T>& object, F callback) {
  if (is_none(callback)) {
    return nullptr;
  }
  if constexpr (!std::same_as<F, std::nullptr_t>) {
    auto node =
        std::make_unique<callback_node<F>>(type_of<T>(), object.address(), std::move(callback));
    attach(object, *node);
    return node.release();
  } else {
    return nullptr;
  }
}

}  // namespace track::detail
