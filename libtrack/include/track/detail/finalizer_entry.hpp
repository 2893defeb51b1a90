// What the registry of finalizers owns. Floor 3.
//
// An entry is owned by the registry until it is taken (run, detached, or dropped unrun), by the
// handles, and by the list of the object's life until that ends. Taking is one atomic exchange: of
// the death, a call, detach() and the end of the program exactly one gets it. The registry's mutex
// is a leaf; no user code runs under it.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include <track/detail/api.hpp>
#include <track/detail/life.hpp>
#include <track/detail/observed.hpp>

namespace track::detail {

class LIBTRACK_API finalizer_entry : public death_node {
 public:
  finalizer_entry(const std::type_info* type, std::uintptr_t address) noexcept;

  // Into the life and the registry. Afterwards the caller has one use. On an exception the entry is
  // as before: the caller's to delete.
  void enroll(life* record);

  void add_use() noexcept { uses_.fetch_add(1, std::memory_order_relaxed); }
  void drop_use() noexcept;

  // Nobody has taken it.
  bool alive() const noexcept { return !taken_.load(std::memory_order_acquire); }
  // True for one caller, who then runs or discards the call. The entry leaves registry and life.
  bool take() noexcept;
  // As take(), for an explicit call: false also when nothing runs any more.
  bool take_to_call() noexcept;

  bool atexit() const noexcept { return atexit_.load(std::memory_order_relaxed); }
  void set_atexit(bool wanted) noexcept { atexit_.store(wanted, std::memory_order_relaxed); }

  // By the one who took it. run() discards; what the call throws passes through.
  virtual void run() = 0;
  virtual void discard() noexcept = 0;
  // The code behind it is still loaded.
  bool callable() const noexcept { return code_is_loaded(); }

  // Runs what is left at the end of the program.
  static void run_all_at_exit() noexcept;

 protected:
  ~finalizer_entry() override = default;

 private:
  friend struct finalizer_registry;

  void on_death(const dead_ref&) noexcept final;
  void run_guarded(const char* where) noexcept;

  std::atomic<bool> taken_{false};
  std::atomic<bool> atexit_{true};
  std::atomic<std::uint32_t> uses_{1};  // the caller of enroll() or a handle; the registry
  pid_t process_ = 0;                   // a child made by fork runs none of its parent's
  bool enrolled_ = false;               // under the registry's mutex, as the links
  finalizer_entry* older_ = nullptr;
  finalizer_entry* newer_ = nullptr;
};

// A call that gives R, of an object of type T.
template <class T, class R>
class typed_entry : public finalizer_entry {
 public:
  typed_entry(const std::type_info* type, observed<T> object) noexcept
      : finalizer_entry(type, object.address()), object_(std::move(object)) {}

  const observed<T>& object() const noexcept { return object_; }
  virtual R call() = 0;  // discards
  virtual const std::type_info* callable_type() const noexcept = 0;

 private:
  const observed<T> object_;  // keeps the memory of the life
};

template <class T, class R, class F, class... A>
class call_entry final : public typed_entry<T, R> {
 public:
  template <class... From>
  call_entry(const std::type_info* type, observed<T> object, From&&... from)
      : typed_entry<T, R>(type, std::move(object)),
        call_(std::in_place, std::forward<From>(from)...) {}

 private:
  R call() override {
    struct discard_at_end {
      std::optional<std::tuple<F, A...>>& call;
      ~discard_at_end() { call.reset(); }
    } end{call_};
    return std::apply(
        [](F& f, A&... arguments) -> R {
          return std::invoke(std::move(f), std::move(arguments)...);
        },
        *call_);
  }
  void run() override { static_cast<void>(call()); }
  void discard() noexcept override { call_.reset(); }
  const std::type_info* callable_type() const noexcept override { return type_id<F>(); }

  std::optional<std::tuple<F, A...>> call_;
};

// Arguments that keep the object alive would keep the finalizer from ever running.
template <class A, class T>
inline constexpr bool owns_object = false;
template <class U, class T>
inline constexpr bool owns_object<std::shared_ptr<U>, T> =
    std::is_same_v<std::remove_cv_t<U>, std::remove_cv_t<T>>;

// The same at run time, for shared_ptrs whose type does not tell.
template <class A>
bool shares_owner(const A&, std::uintptr_t) noexcept {
  return false;
}
template <class U>
bool shares_owner(const std::shared_ptr<U>& argument, std::uintptr_t identity) noexcept {
  return identity != 0 && control_block_of(argument) == identity;
}

[[noreturn]] LIBTRACK_API void throw_owning_argument();

}  // namespace track::detail
