// One way to hold an object weakly, whoever owns it: shared_ptr, tracked<T> or a hook. Floor 3.
//
// What containers, proxies, methods and finalizers are built on. `observed<T>` is a weak_ptr and
// one word: where the object's `life` is. It is not counted by weak_ref_count(): a death_node is,
// and a weak_ref is. The owners that observe() takes:
//   const std::shared_ptr<T>&   track::make_shared, track::adopt, or foreign (then record() ==
//   null) const std::weak_ptr<T>&     the same, if it can be locked now tracked<T>& the value in it
//   T& with a member `track::hook hook_` or a function `track::hook& hook_of(T&)` found by ADL
//   hooked<T>{object, hook}     the same, where the member is private
//   const weak_ref<T>&
//
// A container, with O any of them (concept `owner_of<O, T>`):
//   std::uintptr_t key = identity_of(owner);     // noexcept, allocates nothing; 0: never observed
//   observed<T> held = observe(owner);           // may throw bad_alloc (the first look at a hook)
//   attach(held, *node);                         // throws not_observable
//   if (auto pin = held.take()) { use(*pin); }   // an object of any owner stays until the pin goes
//   held.lock()                                  // shared_ptr; null for hooked objects, dead or
//   alive
// cost: observe() of a shared_ptr is a virtual call (get_deleter) and the weak count.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <track/detail/control_block.hpp>
#include <track/detail/hook_state.hpp>
#include <track/detail/life.hpp>
#include <track/detail/shared_life.hpp>
#include <track/errors.hpp>
#include <track/hook.hpp>

namespace track {

template <class T>
class weak_ref;

namespace detail {

// What a call through a weak handle gives: nothing when the object is dead.
template <class R>
using maybe = std::conditional_t<std::is_void_v<R>, bool, std::optional<std::remove_cvref_t<R>>>;

// Keeps an object while it is used. Empty when the object is dead. Neither copied nor moved, and
// left by the thread that made it: for a hooked object it is what its destructor waits for.
template <class T>
class pin {
 public:
  using element_type = std::remove_extent_t<T>;

  pin() noexcept = default;
  // `local`: the hook's, for a hooked object.
  pin(const std::weak_ptr<T>& ref, hook_state* local) noexcept : local_(local) {
    if (local_) {
      memory_ = ref;
      object_ = reinterpret_cast<element_type*>(stored_address(ref));
    } else if (local == nullptr) {
      shared_ = ref.lock();
      object_ = shared_.get();
    }
  }
  // Calls when_dead() instead of being empty; it throws.
  pin(const std::weak_ptr<T>& ref, hook_state* local, void (*when_dead)()) : pin(ref, local) {
    if (object_ == nullptr) {
      when_dead();
    }
  }
  pin(const pin&) = delete;
  pin& operator=(const pin&) = delete;

  explicit operator bool() const noexcept { return object_ != nullptr; }
  element_type* get() const noexcept { return object_; }
  element_type* operator->() const noexcept { return object_; }
  std::add_lvalue_reference_t<element_type> operator*() const noexcept { return *object_; }
  const std::shared_ptr<T>& shared() const noexcept { return shared_; }  // null for hooked objects

 private:
  std::shared_ptr<T> shared_;
  std::weak_ptr<T> memory_;  // of the hook's state: f may drop the handle it was called through
  hook_pin local_;           // after memory_, so it goes first
  element_type* object_ = nullptr;
};

template <class T, class F>
auto call(const pin<T>& object, F&& f) {
  using returned = std::invoke_result_t<F, decltype(*object)>;
  if constexpr (std::is_void_v<returned>) {
    return object ? (std::invoke(std::forward<F>(f), *object), true) : false;
  } else {
    return object ? maybe<returned>(std::invoke(std::forward<F>(f), *object)) : maybe<returned>();
  }
}

template <class T>
class observed {
 public:
  using object_type = T;
  using element_type = std::remove_extent_t<T>;
  using reference = std::add_lvalue_reference_t<element_type>;  // of an array: its first element

  constexpr observed() noexcept = default;
  template <class U>
  requires std::convertible_to<U*, T*>
  explicit observed(const std::shared_ptr<U>& object) noexcept
      : ref_(object), word_(word_of(life_of(object), 0)) {}
  template <class U>
  requires std::convertible_to<U*, T*>
  explicit observed(const std::weak_ptr<U>& object) noexcept : observed(object.lock()) {
    if (ref_.expired()) {
      ref_ = object;  // the identity stays, for == and hash
    }
  }
  template <class U>
  requires std::convertible_to<U*, T*> observed(U& object, hook& by) {
    hook_state* const state = by.observe();
    const std::shared_ptr<void> anchor = state == nullptr ? nullptr : state->anchor();
    if (anchor.use_count() != 0) {  // it points to nothing, so its get() does not tell
      ref_ = std::shared_ptr<T>(anchor, std::addressof(object));
      word_ = word_of(state, local_bit);
    }
  }
  template <class U>
  requires(!std::same_as<U, T> && std::convertible_to<U*, T*>) observed(const observed<U>& other)
  noexcept : ref_(other.ref_), word_(other.word_) {}
  template <class U>
  requires(!std::same_as<U, T> && std::convertible_to<U*, T*>) observed(observed<U>&& other)
  noexcept : ref_(std::move(other.ref_)), word_(std::exchange(other.word_, 0)) {}
  // For weak_ref, which keeps the parts itself.
  observed(std::weak_ptr<T> ref, life* record, bool local) noexcept
      : ref_(std::move(ref)), word_(word_of(record, local ? local_bit : 0)) {}

  // Equal for references to one object, whatever their T; stable from observe() to the end of the
  // handle, through the death. Unique among objects that anybody still holds weakly. 0: empty.
  std::uintptr_t identity() const noexcept { return control_block_of(ref_); }
  std::size_t hash() const noexcept { return std::hash<std::uintptr_t>()(identity()); }
  template <class U>
  bool operator==(const observed<U>& other) const noexcept {
    return identity() == other.identity();
  }

  bool expired() const noexcept { return ref_.expired(); }
  bool is_local() const noexcept { return (word_ & local_bit) != 0; }  // of a hook
  life* record() const noexcept { return reinterpret_cast<life*>(word_ & ~local_bit); }
  std::uintptr_t address() const noexcept { return stored_address(ref_); }  // also of the dead
  const std::weak_ptr<T>& ref() const& noexcept { return ref_; }
  std::weak_ptr<T>&& ref() && noexcept { return std::move(ref_); }

  std::shared_ptr<T> lock() const noexcept {
    return is_local() ? std::shared_ptr<T>() : ref_.lock();
  }
  pin<T> take() const noexcept { return pin<T>(ref_, local_state()); }
  hook_state* local_state() const noexcept {
    return is_local() ? static_cast<hook_state*>(record()) : nullptr;
  }
  // Calls f(object) with the object pinned. Nothing (nullopt, false) when it is dead.
  template <class F>
  requires std::invocable<F, reference>
  auto with(F&& f) const { return call(take(), std::forward<F>(f)); }

 private:
  template <class>
  friend class observed;
  static constexpr std::uintptr_t local_bit = 2;

  static std::uintptr_t word_of(const life* record, std::uintptr_t bits) noexcept {
    return record == nullptr ? 0 : reinterpret_cast<std::uintptr_t>(record) | bits;
  }

  std::weak_ptr<T> ref_;
  std::uintptr_t word_ = 0;  // life*, and whether a hook has it
};

// errors: not_observable, the node is untouched then.
template <class T>
void attach(const observed<T>& object, death_node& node) {
  attach_or_throw(object.record(), node);
}

// ---- observe() and identity_of(): one overload an owner -----------------------------------------

template <class T>
concept has_hook_member = requires(T& object) {
  { object.hook_ } -> std::convertible_to<const hook&>;
};
template <class T>
concept has_hook_function = requires(T& object) {
  { hook_of(object) } -> std::convertible_to<hook&>;
};
template <class T>
concept hook_carrier = has_hook_member<T> || has_hook_function<T>;

template <class T>
hook& find_hook(T& object) noexcept {
  if constexpr (has_hook_function<T>) {
    return hook_of(object);
  } else {
    return const_cast<hook&>(static_cast<const hook&>(object.hook_));
  }
}

template <class T>
observed<T> observe(const std::shared_ptr<T>& owner) noexcept {
  return observed<T>(owner);
}
template <class T>
observed<T> observe(const std::weak_ptr<T>& owner) noexcept {
  return observed<T>(owner);
}
template <class T>
observed<T> observe(tracked<T>& owner) {
  return observed<T>(*owner, owner.by());
}
template <class T>
observed<const T> observe(const tracked<T>& owner) {
  return observed<const T>(*owner, owner.by());
}
template <class T>
observed<T> observe(const hooked<T>& owner) {
  return observed<T>(owner.object, owner.by);
}
template <hook_carrier T>
observed<T> observe(T& owner) {
  return observed<T>(owner, find_hook(owner));
}
template <class T>
observed<T> observe(const weak_ref<T>& owner) noexcept {
  return owner.held();
}
template <class T>
const observed<T>& observe(const observed<T>& owner) noexcept {
  return owner;
}

template <class T>
std::uintptr_t identity_of(const std::shared_ptr<T>& owner) noexcept {
  return control_block_of(owner);
}
template <class T>
std::uintptr_t identity_of(const std::weak_ptr<T>& owner) noexcept {
  return control_block_of(owner);
}
template <class T>
std::uintptr_t identity_of(const tracked<T>& owner) noexcept {
  return owner.by().identity();
}
template <class T>
std::uintptr_t identity_of(const hooked<T>& owner) noexcept {
  return owner.by.identity();
}
template <hook_carrier T>
std::uintptr_t identity_of(T& owner) noexcept {
  return find_hook(owner).identity();
}
template <class T>
std::uintptr_t identity_of(const weak_ref<T>& owner) noexcept {
  return owner.held().identity();
}
template <class T>
std::uintptr_t identity_of(const observed<T>& owner) noexcept {
  return owner.identity();
}

// Anything by which a T can be observed: shared_ptr<Derived>&, tracked<T>&, a hooked T&, …
template <class O, class T>
concept owner_of = requires(O&& owner) {
  {observed<T>(observe(owner))};
  { identity_of(owner) } -> std::same_as<std::uintptr_t>;
};
// The T that an owner owns.
template <class O>
using owned_t = typename decltype(observe(std::declval<O&>()))::object_type;

}  // namespace detail
}  // namespace track
