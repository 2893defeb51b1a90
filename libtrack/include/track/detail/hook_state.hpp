// What a hook points to once somebody looked: the life of an object that no shared_ptr owns.
// Floor 3.
//
// It lies in the control block of a shared_ptr<void>, the anchor, whose only strong reference is
// the hook's: weak_ptrs made from it expire when the hook closes, and keep this memory for late
// handles. The anchor never guards the object; a hook_pin does. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <new>

#include <track/detail/api.hpp>
#include <track/detail/life.hpp>

namespace track::detail {

class hook_pin;

class LIBTRACK_API hook_state : public life {
 public:
  hook_state() noexcept = default;
  hook_state(const hook_state&) noexcept : life() {}
  hook_state& operator=(const hook_state&) = delete;

  // A new one, open, held by its own anchor. errors: bad_alloc.
  static hook_state* make();

  // For new weak_ptrs; null when closed. Drop it before the object may go.
  std::shared_ptr<void> anchor() const noexcept;
  // Of the anchor, for ever.
  std::uintptr_t identity() const noexcept { return control_block_; }

  // Expires the references, waits for pins of other threads, fires the nodes, lets go. A pin of the
  // calling thread: says so and calls std::terminate. Once.
  void close() noexcept;

 private:
  friend class hook_pin;

  bool enter() noexcept;
  void leave() noexcept;

  static constexpr std::uint32_t closed = 1, one_pin = 2;

  std::atomic<std::uint32_t> pins_{0};  // closed, and the number of pins
  std::uintptr_t control_block_ = 0;
  // A shared_ptr under the lock bit: somebody inside with() may observe while close() waits for
  // it. Placed by hand, so that this type has a trivial destructor (see life).
  alignas(std::shared_ptr<void>) unsigned char anchor_[sizeof(std::shared_ptr<void>)] = {};
};

// Keeps a hooked object from being destroyed. On the stack of one thread.
class LIBTRACK_API hook_pin {
 public:
  hook_pin() noexcept = default;
  // Null, and a closed state, give an empty pin.
  explicit hook_pin(hook_state* state) noexcept {
    if (state != nullptr) {
      take(*state);
    }
  }
  ~hook_pin() {
    if (state_ != nullptr) {
      release();
    }
  }
  hook_pin(const hook_pin&) = delete;
  hook_pin& operator=(const hook_pin&) = delete;

  explicit operator bool() const noexcept { return state_ != nullptr; }

 private:
  friend class hook_state;

  void take(hook_state& state) noexcept;
  void release() noexcept;

  hook_state* state_ = nullptr;  // null: the object is dead or dying
  hook_pin* outer_ = nullptr;    // the pins of this thread
  hook_pin* inner_ = nullptr;
};

}  // namespace track::detail
