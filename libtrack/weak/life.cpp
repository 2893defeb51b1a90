#include <sched.h>

#include <cstring>

#include <time.h>

#include <track/detail/life.hpp>
#include <track/detail/shared_life.hpp>
#include <track/errors.hpp>
#include <track/weak_proxy.hpp>

namespace track::detail {
namespace {

// Numbers of threads: their own, never used again (ids of the system are).
std::uint32_t this_thread(std::uint32_t first) noexcept {
  static constinit std::atomic<std::uint32_t> threads{0};
  thread_local constinit std::uint32_t number = 0;
  if (number == 0) {
    number = threads.fetch_add(1, std::memory_order_relaxed) + first;
  }
  return number;
}

// Registrations take their ids from a block of their thread: one shared counter would be a
// contended line for all.
std::uint64_t next_id() noexcept {
  constexpr std::uint64_t block = 1024;
  static constinit std::atomic<std::uint64_t> blocks{1};
  thread_local constinit std::uint64_t next = 0, end = 0;
  if (next == end) {
    next = blocks.fetch_add(block, std::memory_order_relaxed);
    end = next + block;
  }
  return next++;
}

// The holder of a lock bit may have been preempted: spin, then give the processor away.
void back_off(unsigned round) noexcept {
  if (round < 100) {
    __builtin_ia32_pause();
  } else if (round < 110) {
    sched_yield();
  } else {
    const timespec pause = {0, 50'000};
    nanosleep(&pause, nullptr);
  }
}

}  // namespace

death_node::death_node(ref_info::kind what, const std::type_info* type,
                       const volatile void* address) noexcept
    : what_(what), told_{reinterpret_cast<std::uintptr_t>(address), next_id(), type} {}

bool death_node::detach() noexcept {
  return waiting() && life_->remove(*this);
}

bool death_node::drop(death_node* node, wait until_done) noexcept {
  if (node->holders_.load(std::memory_order_acquire) != 1 &&
      node->holders_.fetch_sub(1, std::memory_order_acq_rel) != 1) {
    return false;
  }
  if (node->detach()) {
    delete node;
    return true;
  }
  if (until_done == wait::yes) {
    node->wait_until_done();
  }
  node->give_up_share();
  return false;
}

void death_node::wait_until_done() noexcept {
  for (std::uint32_t phase = phase_.load(std::memory_order_acquire);
       phase >= first_thread && phase != this_thread(first_thread);
       phase = phase_.load(std::memory_order_acquire)) {
    phase_.wait(phase, std::memory_order_acquire);
  }
}

void death_node::give_up_share() noexcept {
  if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    delete this;
  }
}

bool death_node::code_is_loaded() const noexcept {
  // The first word of an object with virtual functions: its table, in the module of its class.
  const void* table = nullptr;
  std::memcpy(&table, static_cast<const void*>(this), sizeof table);
  return is_loaded(table);
}

void death_node::fire() noexcept {
  const bool loaded = code_is_loaded();
  if (loaded) {
    on_death(told_);
  }
  phase_.store(done, std::memory_order_release);
  phase_.notify_all();
  if (loaded) {  // else not even its destructor can be called
    give_up_share();
  }
}

std::uintptr_t life::lock() const noexcept {
  for (unsigned round = 0;; ++round) {
    std::uintptr_t value = head_.load(std::memory_order_relaxed);
    if ((value & locked) == 0 &&
        head_.compare_exchange_weak(value, value | locked, std::memory_order_acquire,
                                    std::memory_order_relaxed)) {
      return value;
    }
    back_off(round);
  }
}

bool life::attach(death_node& node) noexcept {
  node.life_ = this;
  const std::uintptr_t value = lock();
  if ((value & ended) != 0) {
    unlock(value);
    return false;
  }
  auto* const head = reinterpret_cast<death_node*>(value);
  node.next_ = head;
  node.previous_ = nullptr;
  if (head != nullptr) {
    head->previous_ = &node;
  }
  node.owners_.store(2, std::memory_order_relaxed);
  node.phase_.store(death_node::linked, std::memory_order_release);
  unlock(reinterpret_cast<std::uintptr_t>(&node));
  return true;
}

bool life::remove(death_node& node) noexcept {
  std::uintptr_t value = lock();
  if (node.phase_.load(std::memory_order_relaxed) != death_node::linked) {
    unlock(value);
    return false;
  }
  if (node.next_ != nullptr) {
    node.next_->previous_ = node.previous_;
  }
  if (node.previous_ != nullptr) {
    node.previous_->next_ = node.next_;
  } else {
    value = reinterpret_cast<std::uintptr_t>(node.next_) | (value & ended);
  }
  node.owners_.store(1, std::memory_order_relaxed);
  node.phase_.store(death_node::idle, std::memory_order_release);
  unlock(value);
  return true;
}

void life::end_observed() noexcept {
  const std::uint32_t thread = this_thread(death_node::first_thread);
  for (;;) {
    auto* const node = reinterpret_cast<death_node*>(lock() & ~ended);
    if (node == nullptr) {
      unlock(ended);
      return;
    }
    if (node->next_ != nullptr) {
      node->next_->previous_ = nullptr;
    }
    node->phase_.store(thread, std::memory_order_release);
    unlock(reinterpret_cast<std::uintptr_t>(node->next_) | ended);
    node->fire();
  }
}

std::size_t life::count() const noexcept {
  std::size_t handles = handles_.load(std::memory_order_relaxed);
  const std::uintptr_t value = lock();
  for (auto* node = reinterpret_cast<const death_node*>(value & ~ended); node != nullptr;
       node = node->next_) {
    handles += node->holders_.load(std::memory_order_relaxed);
  }
  unlock(value);
  return handles;
}

std::size_t life::list(ref_info* out, std::size_t room) const noexcept {
  std::size_t nodes = 0;
  const std::uintptr_t value = lock();
  for (auto* node = reinterpret_cast<const death_node*>(value & ~ended); node != nullptr;
       node = node->next_, ++nodes) {
    if (nodes < room) {
      out[nodes] = {node->id(), node->what()};
    }
  }
  unlock(value);
  return nodes;
}

void attach_or_throw(life* record, death_node& node) {
  if (record == nullptr) {
    throw not_observable(
        "libtrack: nothing tells when this object dies: it is not owned by a shared_ptr of "
        "track::make_shared or track::adopt, nor alive in a hook");
  }
  if (!record->attach(node)) {
    throw not_observable("libtrack: the object is dead or being destroyed");
  }
}

void throw_reference_error(std::string_view type) {
  throw reference_error("libtrack: the " + std::string(type) + " behind this proxy is dead");
}

}  // namespace track::detail
