// A weak reference: Python's weakref.ref for C++. Floor 3.
//
// A std::weak_ptr and one word: lock() is weak_ptr::lock(). To objects of track::make_shared and
// track::adopt it can have a callback, which runs when the last shared_ptr is gone, before the
// destructor, newest first, once every reference is expired; on the thread that dropped the last
// one. A foreign shared_ptr can be referenced, not called back for. So can an object in a
// tracked<T> or with a hook: no shared_ptr owns it, so lock() gives none, and with(f) is the access
// to both kinds.
//
// threads: several weak_refs to one object, any threads; one weak_ref, as one std::weak_ptr. When
// ~weak_ref or reset() returns, its callback is not running on another thread; called from inside
// the callback they return at once. Copies share one registration, the last one unregisters.
// expired() == false may be old when it arrives: only lock() and with() are access.
// A callback that captures a shared_ptr to its object keeps it alive: that is a leak.
// cost: 24 bytes; create and destroy about twice a weak_ptr; a callback allocates one node.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <track/detail/callback_node.hpp>
#include <track/detail/describe.hpp>
#include <track/detail/observed.hpp>
#include <track/errors.hpp>
#include <track/hook.hpp>
#include <track/ref_info.hpp>

namespace track {

template <class T>
class weak_ref {
 public:
  using element_type = std::remove_extent_t<T>;

  constexpr weak_ref() noexcept = default;

  // Without a callback. Of a hooked object the first look allocates (bad_alloc).
  template <class U>
  requires std::convertible_to<U*, T*> weak_ref(const std::shared_ptr<U>& object)
  noexcept : weak_ref(detail::observed<T>(object)) {}
  template <class U>
  requires std::convertible_to<U*, T*> weak_ref(const std::weak_ptr<U>& object)
  noexcept : weak_ref(detail::observed<T>(object)) {}
  template <class U>
  requires std::convertible_to<U*, T*> weak_ref(tracked<U>& object)
      : weak_ref(detail::observed<T>(detail::observe(object))) {}
  template <class U>
  requires std::convertible_to<const U*, T*> weak_ref(const tracked<U>& object)
      : weak_ref(detail::observed<T>(detail::observe(object))) {}
  template <class U>
  requires std::convertible_to<U*, T*> weak_ref(const hooked<U>& object)
      : weak_ref(detail::observed<T>(detail::observe(object))) {}
  template <detail::hook_carrier U>
  requires std::convertible_to<U*, T*>
  explicit weak_ref(U& object) : weak_ref(detail::observed<T>(detail::observe(object))) {}

  // With a callback, called as on_death(const dead_ref&); null or empty: none.
  // errors: not_observable; bad_alloc. Nothing has happened then.
  template <class O, detail::death_callback F>
  requires detail::owner_of<O, T> weak_ref(O&& owner, F on_death) {
    detail::observed<T> object(detail::observe(owner));
    if (detail::death_node* node = detail::attach_callback(object, std::move(on_death))) {
      word_ =
          reinterpret_cast<std::uintptr_t>(node) | node_bit | (object.is_local() ? local_bit : 0);
      ref_ = std::move(object).ref();
    } else {
      weak_ref(std::move(object)).swap(*this);
    }
  }

  // For the library and its containers.
  explicit weak_ref(const detail::observed<T>& object) noexcept
      : weak_ref(detail::observed<T>(object)) {}
  explicit weak_ref(detail::observed<T>&& object) noexcept
      : word_(reinterpret_cast<std::uintptr_t>(object.record()) |
              (object.is_local() ? local_bit : 0)) {
    if (word_ != 0) {
      object.record()->add_handle();
    }
    ref_ = std::move(object).ref();
  }
  detail::observed<T> held() const noexcept {
    return detail::observed<T>(ref_, record(), is_local());
  }
  detail::pin<T> take() const noexcept { return detail::pin<T>(ref_, local_state()); }
  detail::pin<T> take_or(void (*when_dead)()) const {
    return detail::pin<T>(ref_, local_state(), when_dead);
  }
  std::uintptr_t identity() const noexcept { return detail::control_block_of(ref_); }
  std::uintptr_t address() const noexcept { return detail::stored_address(ref_); }

  weak_ref(const weak_ref& other) noexcept : ref_(other.ref_), word_(other.share()) {}
  weak_ref(weak_ref&& other) noexcept
      : ref_(std::move(other.ref_)), word_(std::exchange(other.word_, 0)) {}
  template <class U>
  requires(!std::same_as<U, T> && std::convertible_to<U*, T*>) weak_ref(const weak_ref<U>& other)
  noexcept : ref_(other.ref_), word_(other.share()) {}
  template <class U>
  requires(!std::same_as<U, T> && std::convertible_to<U*, T*>) weak_ref(weak_ref<U>&& other)
  noexcept : ref_(std::move(other.ref_)), word_(std::exchange(other.word_, 0)) {}
  weak_ref& operator=(weak_ref other) noexcept {
    swap(other);
    return *this;
  }
  ~weak_ref() { release(); }

  void reset() noexcept { weak_ref().swap(*this); }
  void swap(weak_ref& other) noexcept {
    ref_.swap(other.ref_);
    std::swap(word_, other.word_);
  }
  friend void swap(weak_ref& a, weak_ref& b) noexcept { a.swap(b); }

  // The object, or null when it is dead; null for a hooked object.
  std::shared_ptr<T> lock() const noexcept {
    return is_local() ? std::shared_ptr<T>() : ref_.lock();
  }
  // True is for ever; false is a hint.
  bool expired() const noexcept { return ref_.expired(); }

  // Calls f(object) while the object cannot die. optional<R>, or bool for void: nothing, or false,
  // when it is dead.
  template <class F>
  requires std::invocable<F, typename detail::observed<T>::reference>
  auto with(F&& f) const { return detail::call(take(), std::forward<F>(f)); }

  // A callback is registered that has not run.
  bool has_callback() const noexcept { return has_node() && node()->waiting(); }
  // Of the registration, shared by copies; what dead_ref::id says. 0 without callback.
  std::uint64_t id() const noexcept { return has_node() ? node()->id() : 0; }

  // Same object, dead or alive; all empty ones are equal. Only a weak_ref<T> compares with one.
  template <std::same_as<weak_ref> Other>
  bool operator==(const Other& other) const noexcept {
    return identity() == other.identity();
  }
  // An order of owners, for std::owner_less and the like.
  template <class U>
  bool owner_before(const weak_ref<U>& other) const noexcept {
    return ref_.owner_before(other.ref_);
  }

  friend std::string to_string(const weak_ref& ref) {
    return detail::describe("weak_ref", detail::type_name<T>(), ref.address(), ref.identity() == 0,
                            ref.expired());
  }
  template <class Traits>
  friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                                      const weak_ref& ref) {
    return out << to_string(ref).c_str();
  }

 private:
  template <class>
  friend class weak_ref;
  static constexpr std::uintptr_t node_bit = 1, local_bit = 2;

  bool has_node() const noexcept { return (word_ & node_bit) != 0; }
  bool is_local() const noexcept { return (word_ & local_bit) != 0; }
  detail::death_node* node() const noexcept {
    return reinterpret_cast<detail::death_node*>(word_ & ~(node_bit | local_bit));
  }
  detail::life* record() const noexcept {
    return has_node() ? node()->record() : reinterpret_cast<detail::life*>(word_ & ~local_bit);
  }
  detail::hook_state* local_state() const noexcept {
    return is_local() ? static_cast<detail::hook_state*>(record()) : nullptr;
  }
  std::uintptr_t share() const noexcept {
    if (has_node()) {
      node()->share();
    } else if (word_ != 0) {
      record()->add_handle();
    }
    return word_;
  }
  void release() noexcept {
    if (has_node()) {
      detail::death_node::drop(node(), detail::wait::yes);
    } else if (word_ != 0) {
      record()->drop_handle();
    }
  }

  std::weak_ptr<T> ref_;
  std::uintptr_t word_ = 0;  // life*, or death_node* with node_bit; local_bit: of a hook
};

template <class U>
weak_ref(const std::shared_ptr<U>&) -> weak_ref<U>;
template <class U>
weak_ref(const std::weak_ptr<U>&) -> weak_ref<U>;
template <class O, class F>
requires detail::owner_of<O, detail::owned_t<O>> weak_ref(O&&, F)
->weak_ref<detail::owned_t<O>>;
template <class U>
weak_ref(tracked<U>&) -> weak_ref<U>;
template <class U>
weak_ref(const tracked<U>&) -> weak_ref<const U>;
template <class U>
weak_ref(const hooked<U>&) -> weak_ref<U>;
template <detail::hook_carrier U>
weak_ref(U&) -> weak_ref<U>;

// Whether the objects are equal; when one is dead, whether they are the same.
template <class T>
requires std::equality_comparable<T>
bool equal_values(const weak_ref<T>& a, const weak_ref<T>& b) {
  const auto x = a.take();
  const auto y = b.take();
  return x && y ? *x == *y : a == b;
}

namespace detail {

// The life of an owner, without making one. Null: nobody observes it, or nobody can.
template <class O>
life* existing_life(O& owner) noexcept {
  return identity_of(owner) == 0 ? nullptr : observe(owner).record();
}

}  // namespace detail

// How many handles there are: weak_refs (each copy), container entries and finalizers.
// cost: a step for each callback, entry and finalizer.
template <class O>
requires detail::owner_of<O, detail::owned_t<O>> std::size_t weak_ref_count(O&& owner)
noexcept {
  const detail::life* record = detail::existing_life(owner);
  return record == nullptr ? 0 : record->count();
}

// What will be told when the object dies, newest first. errors: bad_alloc.
template <class O>
requires detail::owner_of<O, detail::owned_t<O>> std::vector<ref_info> weak_refs(O&& owner) {
  std::vector<ref_info> all;
  if (const detail::life* record = detail::existing_life(owner)) {
    for (std::size_t there = record->list(nullptr, 0); there > all.size();) {
      all.resize(there);
      there = record->list(all.data(), all.size());
      if (there < all.size()) {
        all.resize(there);
      }
    }
  }
  return all;
}

}  // namespace track

template <class T>
struct std::hash<track::weak_ref<T>> {
  std::size_t operator()(const track::weak_ref<T>& ref) const noexcept {
    return std::hash<std::uintptr_t>()(ref.identity());
  }
};
