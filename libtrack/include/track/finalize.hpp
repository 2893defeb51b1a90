// Something to do when an object is gone, or at the end of the program: Python's weakref.finalize.
// Floor 3.
//
// track::finalize(object, f, args...) calls f(args...) once: when the object dies (before its
// destructor, in the order of callbacks, newest first), or when the handle is called, or at the end
// of the program, newest first, if the object is alive then and set_atexit(false) was not said. A
// registry keeps f and args until then; the handle that is returned may be dropped. f and args are
// copied or moved in, and must not own the object: it would never die. Direct shared_ptrs are
// refused; a lambda that captures one cannot be seen.
//
// threads: everything, any thread. f runs on the thread that ends the object, with no lock of ours
// held. Who comes second (a call during the death, say) gets nothing and does not wait.
// errors: an explicit call throws what f throws, and the finalizer is dead; at death and exit that
// goes to the unraisable hook.
// At exit: registered with std::atexit by the first finalize(). A finalizer made by one that runs
// there runs next. Afterwards nothing runs any more, neither by death nor by a call. Not after
// _Exit, quick_exit and abort. A child of fork() runs none that its parent made, unless it
// calls the handle.
// A library that may be closed by dlclose calls or detaches its finalizers first; what it leaves
// behind is not called, and not freed.
// cost: two allocations (the entry; none at death); exit O(n).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include <track/detail/callback_node.hpp>
#include <track/detail/finalizer_entry.hpp>
#include <track/weak_ref.hpp>

namespace track {

// A handle of any finalizer: cheap to copy, keeps nothing alive. A default one is dead.
class LIBTRACK_API finalizer {
 public:
  finalizer() noexcept = default;
  finalizer(const finalizer& other) noexcept : entry_(other.entry_) {
    if (entry_ != nullptr) {
      entry_->add_use();
    }
  }
  finalizer(finalizer&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
  finalizer& operator=(finalizer other) noexcept {
    std::swap(entry_, other.entry_);
    return *this;
  }
  ~finalizer() {
    if (entry_ != nullptr) {
      entry_->drop_use();
    }
  }

  // Calls it now if it is alive. True: it ran.
  bool operator()();
  // True: it was alive, and never runs.
  bool detach() noexcept;
  // Neither run nor detached.
  bool alive() const noexcept { return entry_ != nullptr && entry_->alive(); }
  // Whether it runs at the end of the program. True at first; false for dead ones.
  bool atexit() const noexcept { return alive() && entry_->atexit(); }
  void set_atexit(bool wanted) noexcept {
    if (entry_ != nullptr) {
      entry_->set_atexit(wanted);
    }
  }
  // As in ref_info::id. 0: a default one.
  std::uint64_t id() const noexcept { return entry_ == nullptr ? 0 : entry_->id(); }

  friend bool operator==(const finalizer& a, const finalizer& b) noexcept = default;
  friend LIBTRACK_API std::string to_string(const finalizer& handle);
  template <class Traits>
  friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                                      const finalizer& handle) {
    return out << to_string(handle).c_str();
  }

 protected:
  explicit finalizer(detail::finalizer_entry* entry) noexcept : entry_(entry) {}

  detail::finalizer_entry* entry_ = nullptr;
};

// A handle that knows the object's type and what the call returns.
template <class T, class R = void>
class finalizer_of : public finalizer {
 public:
  // What a detached finalizer was: the object, kept, and the call, which the new owner may make.
  class detached {
   public:
    std::shared_ptr<T> object;  // null for a hooked object (see `ref`), and for one that is dying
    weak_ref<T> ref;

    // Once; a second time gives nothing.
    detail::maybe<R> operator()() { return std::exchange(pending_, false) ? call() : none(); }

    detached(detached&& other) noexcept
        : object(std::move(other.object)),
          ref(std::move(other.ref)),
          entry_(std::move(other.entry_)),
          pending_(std::exchange(other.pending_, false)) {}
    detached& operator=(detached&&) = delete;
    ~detached() {
      if (pending_) {
        typed(entry_)->discard();
      }
    }

   private:
    friend class finalizer_of;
    detached(std::shared_ptr<T> kept, finalizer_of entry) noexcept
        : object(std::move(kept)), ref(typed(entry)->object()), entry_(std::move(entry)) {}
    static detail::maybe<R> none() { return {}; }
    detail::maybe<R> call() { return called(typed(entry_)); }

    finalizer_of entry_;
    bool pending_ = true;
  };
  struct peeked {
    std::shared_ptr<T> object;  // null for a hooked object
    weak_ref<T> ref;
    const std::type_info* callable;  // typeid of f; null without RTTI
  };

  finalizer_of() noexcept = default;

  // Calls it now if it is alive: its result; true for void. errors: what it throws.
  detail::maybe<R> operator()() {
    return entry_ != nullptr && entry_->take_to_call() ? called(typed(*this)) : detail::maybe<R>();
  }
  // Takes it away, if it is alive.
  std::optional<detached> detach() noexcept {
    if (!alive()) {
      return std::nullopt;
    }
    std::shared_ptr<T> object = typed(*this)->object().lock();
    if (!entry_->take()) {
      return std::nullopt;
    }
    return detached(std::move(object), *this);
  }
  // A look without effect, if it and the object are alive.
  std::optional<peeked> peek() const noexcept {
    if (!alive()) {
      return std::nullopt;
    }
    const auto* entry = typed(*this);
    const detail::pin<T> object = entry->object().take();
    if (!object) {
      return std::nullopt;
    }
    return peeked{object.shared(), weak_ref<T>(entry->object()), entry->callable_type()};
  }

 private:
  template <class O, class F, class... A>
  friend auto finalize(O&& owner, F&& f, A&&... arguments);
  explicit finalizer_of(detail::typed_entry<T, R>* entry) noexcept : finalizer(entry) {}

  static detail::typed_entry<T, R>* typed(const finalizer_of& handle) noexcept {
    return static_cast<detail::typed_entry<T, R>*>(handle.entry_);
  }
  static detail::maybe<R> called(detail::typed_entry<T, R>* entry) {
    if constexpr (std::is_void_v<R>) {
      entry->call();
      return true;
    } else {
      return detail::maybe<R>(entry->call());
    }
  }
};

// `owner`: a shared_ptr of track::make_shared or adopt, a tracked<T>, a hooked object.
// errors: not_observable; bad_alloc; std::invalid_argument for an argument that owns the object;
// what copying throws. Nothing has happened then.
template <class O, class F, class... A>
auto finalize(O&& owner, F&& f, A&&... arguments) {
  static_assert(detail::owner_of<O, detail::owned_t<O>>,
                "finalize takes a shared_ptr, a tracked<T> or an object with a hook");
  static_assert(std::is_invocable_v<std::decay_t<F>, std::decay_t<A>...>,
                "finalize(owner, f, args...): f cannot be called with these arguments");
  using object_type = detail::owned_t<O>;
  static_assert(!(detail::owns_object<std::decay_t<A>, object_type> || ...),
                "an argument of the finalizer owns the object, which would then never die: pass a "
                "weak_ref, or what the call needs of it");
  using result = std::invoke_result_t<std::decay_t<F>, std::decay_t<A>...>;
  using entry_type = detail::call_entry<object_type, result, std::decay_t<F>, std::decay_t<A>...>;

  auto object = detail::observed<object_type>(detail::observe(owner));
  if ((detail::shares_owner(arguments, object.identity()) || ...)) {
    detail::throw_owning_argument();
  }
  detail::life* const record = object.record();
  auto entry = std::make_unique<entry_type>(detail::type_of<object_type>(), std::move(object),
                                            std::forward<F>(f), std::forward<A>(arguments)...);
  entry->enroll(record);
  return finalizer_of<object_type, result>(entry.release());
}

// Runs every finalizer that is alive and has atexit set, newest first, including those made
// meanwhile; afterwards no finalizer ever runs. The end of the program calls it; calls after the
// first do nothing.
LIBTRACK_API void run_exit_finalizers() noexcept;

}  // namespace track
