// Weak references to objects that no shared_ptr owns: on the stack, members, in unique_ptr.
// Floor 3.
//
// `hook` is the last member of a class (8 bytes, nothing is allocated until somebody observes), or
// tracked<T> puts one behind any type. Such objects cannot be kept alive by whoever looks at them,
// so they have no lock(): access is weak_ref::with(f), which keeps the object for the length of the
// call. The destructor waits for the with() of other threads; an object destroyed inside one's own
// with() is a bug that is said on stderr and ended by std::terminate.
//
// The hook is the LAST member: what stands behind it would be destroyed before the references
// expire. In a base class it is too late for the derived part; have the derived destructor begin
// with close(), or use tracked<T>.
//
// How the library finds it, one of:
//   class listener { …; public: track::hook hook_; };                      // by name
//   track::hook& hook_of(listener&);                                       // by ADL
//   set.insert(track::hooked{*this, any_name_});                           // said
#pragma once

#include <atomic>
#include <concepts>
#include <memory>
#include <utility>

#include <track/detail/api.hpp>
#include <track/detail/hook_state.hpp>

namespace track {

class LIBTRACK_API hook {
 public:
  constexpr hook() noexcept = default;
  // References belong to an object, not to its value.
  hook(const hook&) noexcept {}
  hook& operator=(const hook&) noexcept { return *this; }
  ~hook() { close(); }

  // References expire; then waits for the with() of other threads; then callbacks, newest first.
  // For ever: a closed hook cannot be observed again.
  void close() noexcept {
    if (detail::hook_state* state = state_.exchange(closed(), std::memory_order_acq_rel);
        state != nullptr && state != closed()) {
      state->close();
    }
  }

  // For the library. Made at the first call; null when closed. errors: bad_alloc.
  detail::hook_state* observe() const {
    detail::hook_state* state = state_.load(std::memory_order_acquire);
    if (state == nullptr) {
      state = make_state();
    }
    return state == closed() ? nullptr : state;
  }

  // For the library: what observed<T>::identity() says. 0: nobody has observed, or closed.
  std::uintptr_t identity() const noexcept;

 private:
  static detail::hook_state* closed() noexcept {
    return reinterpret_cast<detail::hook_state*>(std::uintptr_t{1});
  }
  detail::hook_state* make_state() const;

  mutable std::atomic<detail::hook_state*> state_{nullptr};
};

// Says which hook is whose.
template <class T>
struct hooked {
  hooked(T& o, hook& h) noexcept : object(o), by(h) {}
  T& object;
  hook& by;
};

// A T that can be observed, for types that cannot be changed. Copies and moves take the value
// only.
template <class T>
class tracked {
 public:
  tracked() requires std::default_initializable<T>
  = default;
  template <class... A>
  requires std::constructible_from<T, A...>
  explicit tracked(std::in_place_t, A&&... arguments) : value_(std::forward<A>(arguments)...) {}

  T& operator*() noexcept { return value_; }
  const T& operator*() const noexcept { return value_; }
  T* operator->() noexcept { return std::addressof(value_); }
  const T* operator->() const noexcept { return std::addressof(value_); }

  hook& by() const noexcept { return hook_; }

 private:
  T value_;
  mutable hook hook_;  // last: closed before the value goes
};

}  // namespace track
