// A weak reference that is used like the object: Python's weakref.proxy. Floor 3.
//
// p->member keeps the object to the end of the full expression, p.with(f) for the length of the
// call; both throw reference_error when it is dead. For objects of every owner. A reference taken
// out of such an expression (auto& x = *p.operator->()) is not kept by anything. There is no
// conversion to bool and no hash: whether the proxy or the object is meant would be a guess.
// alive() is a hint, as weak_ref::expired() is.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <string>
#include <type_traits>
#include <utility>

#include <track/errors.hpp>
#include <track/weak_ref.hpp>

namespace track {

namespace detail {

template <class T, class I>
concept subscriptable = requires(T& object, I&& index) {
  object[std::forward<I>(index)];
};

[[noreturn]] LIBTRACK_API void throw_reference_error(std::string_view type);
template <class T>
[[noreturn]] void throw_dead() {
  throw_reference_error(type_name<T>());
}

}  // namespace detail

template <class T>
class weak_proxy {
 public:
  using reference = typename detail::observed<T>::reference;

  explicit weak_proxy(weak_ref<T> ref) noexcept : ref_(std::move(ref)) {}
  template <class O>
  requires(detail::owner_of<O, T> && !std::same_as<std::remove_cvref_t<O>, weak_ref<T>> &&
           !std::same_as<std::remove_cvref_t<O>, weak_proxy>) explicit weak_proxy(O&& owner)
      : ref_(detail::observed<T>(detail::observe(owner))) {}
  template <class O, detail::death_callback F>
  requires detail::owner_of<O, T> weak_proxy(O&& owner, F on_death)
      : ref_(std::forward<O>(owner), std::move(on_death)) {}

  // A temporary that is the strong reference. errors: reference_error.
  detail::pin<T> operator->() const { return ref_.take_or(detail::throw_dead<T>); }

  // f(object). errors: reference_error, and what f throws.
  template <class F>
  requires std::invocable<F, reference>
  decltype(auto) with(F&& f) const {
    const detail::pin<T> object = operator->();
    return std::invoke(std::forward<F>(f), *object);
  }

  // object(arguments...), object[index]: where it has them.
  template <class... A>
  requires std::invocable<reference, A...>
  decltype(auto) operator()(A&&... arguments) const {
    const detail::pin<T> object = operator->();
    return std::invoke(*object, std::forward<A>(arguments)...);
  }
  template <class I>
  requires detail::subscriptable<T, I>
  decltype(auto) operator[](I&& index) const {
    const detail::pin<T> object = operator->();
    return (*object)[std::forward<I>(index)];
  }

  bool alive() const noexcept { return !ref_.expired(); }
  explicit operator bool() const = delete;
  const weak_ref<T>& ref() const noexcept { return ref_; }

  // Compares objects, with a proxy or with a value. errors: reference_error.
  friend bool operator==(const weak_proxy& a,
                         const weak_proxy& b) requires std::equality_comparable<T> {
    const detail::pin<T> x = a.operator->();
    const detail::pin<T> y = b.operator->();
    return *x == *y;
  }
  template <class U>
  requires(!std::same_as<std::remove_cvref_t<U>, weak_proxy> &&
           std::equality_comparable_with<T, U>) friend bool
  operator==(const weak_proxy& a, const U& b) {
    const detail::pin<T> x = a.operator->();
    return *x == b;
  }

  // Of the proxy; never reference_error.
  friend std::string to_string(const weak_proxy& proxy) {
    return detail::describe("weak_proxy", detail::type_name<T>(), proxy.ref_.address(),
                            proxy.ref_.identity() == 0, proxy.ref_.expired());
  }
  template <class Traits>
  friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                                      const weak_proxy& proxy) {
    return out << to_string(proxy).c_str();
  }

 private:
  weak_ref<T> ref_;
};

template <class T>
weak_proxy(weak_ref<T>) -> weak_proxy<T>;
template <class O>
weak_proxy(O&&) -> weak_proxy<detail::owned_t<O>>;
template <class O, class F>
weak_proxy(O&&, F) -> weak_proxy<detail::owned_t<O>>;

template <class X>
inline constexpr bool is_weak_proxy_v = false;
template <class T>
inline constexpr bool is_weak_proxy_v<weak_proxy<T>> = true;
template <class X>
inline constexpr bool is_weak_proxy_v<const X> = is_weak_proxy_v<X>;

}  // namespace track
