// The two words of a weak_ptr: which object, and which control block. Floor 3.
//
// The standard gives an order of owners (owner_before) but no hash of them until C++26. libstdc++,
// libc++ and the others keep {object, control block} in this order; the size is checked here, the
// order by the tests. A control block stays where it is while any weak_ptr to it exists, so its
// address tells owners apart, the dead included.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>

namespace track::detail {

struct pointer_words {
  std::uintptr_t object;
  std::uintptr_t control_block;
};

template <class P>
pointer_words words_of(const P& pointer) noexcept {
  static_assert(sizeof(P) == sizeof(pointer_words), "a standard library with another layout");
  pointer_words words;
  std::memcpy(&words, static_cast<const void*>(&pointer), sizeof words);
  return words;
}

template <class T>
std::uintptr_t control_block_of(const std::weak_ptr<T>& pointer) noexcept {
  return words_of(pointer).control_block;
}
template <class T>
std::uintptr_t control_block_of(const std::shared_ptr<T>& pointer) noexcept {
  return words_of(pointer).control_block;
}
// Where the pointer points, also after the death.
template <class T>
std::uintptr_t stored_address(const std::weak_ptr<T>& pointer) noexcept {
  return words_of(pointer).object;
}

}  // namespace track::detail
