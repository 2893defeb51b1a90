// Lives of objects that std::allocate_shared puts into one block with their control block. Floor 3.
//
// There is no deleter to find then; the allocator takes part instead:
//   allocate<U>    if is_control_block<U>: note_control_block(block) after the memory is there
//   construct(p)   constructing<A>(p) first
//   destroy(p)     destroying<A>(p) first: callbacks, then the destructor, as everywhere
//   deallocate<U>  if is_control_block<U>: forget_control_block(block) before the memory goes
// with A the allocator rebound to the object. Elements of containers pass through construct and
// destroy too; as long as no object of their type was ever made in place they cost one load.
// Weak references keep the whole block, as with std::make_shared. Any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

#include <track/detail/api.hpp>
#include <track/detail/life.hpp>
#include <track/detail/shared_life.hpp>

namespace track::detail {

// What allocate_shared asks its rebound allocator for.
#if defined(_LIBCPP_VERSION)
template <class U>
inline constexpr bool is_control_block = std::is_base_of_v<std::__shared_weak_count, U>;
#else
template <class U>
inline constexpr bool is_control_block =
    std::is_base_of_v<std::_Sp_counted_base<std::__default_lock_policy>, U>;
#endif

// Where an A::value_type lies in its control block: the same for all of them.
template <class A>
inline constinit std::atomic<std::size_t> in_place_offset{0};

template <class A, class T>
void constructing(const T* object) noexcept {
  if (const std::size_t offset = offset_in_place(object)) {
    in_place_offset<A>.store(offset, std::memory_order_relaxed);
  }
}

template <class A, class T>
void destroying(const T* object) noexcept {
  if (const std::size_t offset = in_place_offset<A>.load(std::memory_order_relaxed)) {
    end_in_place(reinterpret_cast<std::uintptr_t>(object) - offset);
  }
}

}  // namespace track::detail
