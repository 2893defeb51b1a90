#include <cstdio>
#include <exception>

#include <track/detail/control_block.hpp>
#include <track/hook.hpp>

namespace track {
namespace detail {
namespace {

struct hook_anchor {
  void operator()(void*) noexcept {}
  hook_state state;
};

thread_local constinit hook_pin* innermost = nullptr;

}  // namespace

hook_state* hook_state::make() {
  std::shared_ptr<void> anchor(static_cast<void*>(nullptr), hook_anchor());
  hook_state& state = std::get_deleter<hook_anchor>(anchor)->state;
  state.control_block_ = control_block_of(anchor);
  ::new (static_cast<void*>(state.anchor_)) std::shared_ptr<void>(std::move(anchor));
  return &state;
}

std::shared_ptr<void> hook_state::anchor() const noexcept {
  const std::uintptr_t value = lock();
  std::shared_ptr<void> copy =
      *std::launder(reinterpret_cast<const std::shared_ptr<void>*>(anchor_));
  unlock(value);
  return copy;
}

void hook_state::close() noexcept {
  pins_.fetch_or(closed, std::memory_order_acq_rel);
  for (const hook_pin* each = innermost; each != nullptr; each = each->outer_) {
    if (each->state_ == this) {
      std::fputs(
          "libtrack: an object is destroyed inside its own with(): the call needs it, and the "
          "destructor would wait for the call for ever\n",
          stderr);
      std::terminate();
    }
  }
  std::shared_ptr<void> anchor;
  const std::uintptr_t value = lock();
  anchor.swap(*std::launder(reinterpret_cast<std::shared_ptr<void>*>(anchor_)));
  unlock(value);
  const std::weak_ptr<void> memory = anchor;
  anchor.reset();
  for (std::uint32_t pins = pins_.load(std::memory_order_acquire); pins != closed;
       pins = pins_.load(std::memory_order_acquire)) {
    pins_.wait(pins, std::memory_order_acquire);
  }
  end_observed();
}

bool hook_state::enter() noexcept {
  std::uint32_t pins = pins_.load(std::memory_order_relaxed);
  do {
    if ((pins & closed) != 0) {
      return false;
    }
  } while (!pins_.compare_exchange_weak(pins, pins + one_pin, std::memory_order_acquire,
                                        std::memory_order_relaxed));
  return true;
}

void hook_state::leave() noexcept {
  if (pins_.fetch_sub(one_pin, std::memory_order_release) == (closed | one_pin)) {
    pins_.notify_all();
  }
}

void hook_pin::take(hook_state& state) noexcept {
  if (!state.enter()) {
    return;
  }
  state_ = &state;
  outer_ = innermost;
  if (outer_ != nullptr) {
    outer_->inner_ = this;
  }
  innermost = this;
}

void hook_pin::release() noexcept {
  if (outer_ != nullptr) {
    outer_->inner_ = inner_;
  }
  if (inner_ != nullptr) {
    inner_->outer_ = outer_;
  } else {
    innermost = outer_;
  }
  state_->leave();
}

}  // namespace detail

detail::hook_state* hook::make_state() const {
  detail::hook_state* made = detail::hook_state::make();
  detail::hook_state* found = nullptr;
  if (state_.compare_exchange_strong(found, made, std::memory_order_acq_rel,
                                     std::memory_order_acquire)) {
    return made;
  }
  made->close();
  return found;
}

std::uintptr_t hook::identity() const noexcept {
  detail::hook_state* state = state_.load(std::memory_order_acquire);
  return state == nullptr || state == closed() ? 0 : state->identity();
}

}  // namespace track
