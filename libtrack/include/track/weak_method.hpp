// A member function of an object that it does not keep alive: Python's weakref.WeakMethod. Floor 3.
//
// track::weak_method on_click(button, &button_type::click);   // button: an owner of any kind
// on_click(x, y): optional<R> (R by value), or bool for void; nothing, or false, when the object is
// dead. The object lives for the length of the call. A callback may be given, as to weak_ref.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include <track/weak_ref.hpp>

namespace track {

namespace detail {

// The object that a member function can be called on: const for const functions.
template <class M>
struct member_function {
  static constexpr bool known = false;
};
template <class T>
struct member_object {
  static constexpr bool known = true;
  using object = T;
};
template <class T, class R, class... A>
struct member_function<R (T::*)(A...)> : member_object<T> {};
template <class T, class R, class... A>
struct member_function<R (T::*)(A...) noexcept> : member_object<T> {};
template <class T, class R, class... A>
struct member_function<R (T::*)(A...)&> : member_object<T> {};
template <class T, class R, class... A>
struct member_function<R (T::*)(A...)& noexcept> : member_object<T> {};
template <class T, class R, class... A>
struct member_function<R (T::*)(A...) const> : member_object<const T> {};
template <class T, class R, class... A>
struct member_function<R (T::*)(A...) const noexcept> : member_object<const T> {};
template <class T, class R, class... A>
struct member_function<R (T::*)(A...) const&> : member_object<const T> {};
template <class T, class R, class... A>
struct member_function<R (T::*)(A...) const& noexcept> : member_object<const T> {};

}  // namespace detail

template <class M>
requires(
    std::is_member_function_pointer_v<M>&& detail::member_function<M>::known) class weak_method {
 public:
  using object_type = typename detail::member_function<M>::object;

  template <class O>
  requires detail::owner_of<O, object_type> weak_method(O&& owner, M function)
      : ref_(detail::observed<object_type>(detail::observe(owner))), method_(function) {}
  template <class O, detail::death_callback F>
  requires detail::owner_of<O, object_type> weak_method(O&& owner, M function, F on_death)
      : ref_(std::forward<O>(owner), std::move(on_death)), method_(function) {}

  template <class... A>
  requires std::invocable<M, object_type&, A...>
  auto operator()(A&&... arguments) const {
    return ref_.with([&](object_type& object) -> decltype(auto) {
      return std::invoke(method_, object, std::forward<A>(arguments)...);
    });
  }

  bool alive() const noexcept { return !ref_.expired(); }
  std::shared_ptr<object_type> lock() const noexcept {
    return ref_.lock();
  }  // null for hooked ones
  M method() const noexcept { return method_; }
  const weak_ref<object_type>& ref() const noexcept { return ref_; }

  // Same object and same function, dead or alive.
  template <std::same_as<weak_method> Other>
  bool operator==(const Other& other) const noexcept {
    return ref_ == other.ref_ && method_ == other.method_;
  }

 private:
  weak_ref<object_type> ref_;
  M method_;
};

template <class O, class M>
weak_method(O&&, M) -> weak_method<M>;
template <class O, class M, class F>
weak_method(O&&, M, F) -> weak_method<M>;

}  // namespace track

// Of the object alone: a pointer to member has no hash.
template <class M>
struct std::hash<track::weak_method<M>> {
  std::size_t operator()(const track::weak_method<M>& method) const noexcept {
    return std::hash<track::weak_ref<typename track::weak_method<M>::object_type>>()(method.ref());
  }
};
