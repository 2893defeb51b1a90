// An allocator that records what it hands out. Floor 3.
//
//   std::vector<order, track::allocator<order>> orders;
//   auto session = std::allocate_shared<session_type>(track::allocator<session_type>());
// Each block is a record of the registry: type, bytes, stack, thread, birth, and the tag and test
// of the moment. Objects of allocate_shared can be observed, like those of track::make_shared;
// object and control block are one block, which weak references keep. Stateless: all are equal,
// blocks may be freed through any of them, on any thread. errors: bad_alloc, bad_array_new_length.
// A record that finds no place is counted as lost, and the allocation succeeds. cost: operator new
// of 8 bytes more; see tests/bench/tracking_bench.cpp.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include <track/detail/block_record.hpp>
#include <track/detail/in_place_life.hpp>

namespace track {
namespace detail {

// What a block is called by: not the control block, but what lies in it.
template <class T>
struct block_type {
  using type = T;
};
#if defined(_LIBCPP_VERSION)
template <class T, class A>
struct block_type<std::__shared_ptr_emplace<T, A>> {
  using type = T;
};
#else
template <class T, class A, std::_Lock_policy Policy>
struct block_type<std::_Sp_counted_ptr_inplace<T, A, Policy>> {
  using type = T;
};
#endif

}  // namespace detail

template <class T>
class allocator {
 public:
  using value_type = T;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using is_always_equal = std::true_type;
  using propagate_on_container_copy_assignment = std::false_type;
  using propagate_on_container_move_assignment = std::true_type;
  using propagate_on_container_swap = std::false_type;
  template <class U>
  struct rebind {
    using other = allocator<U>;
  };

  constexpr allocator() noexcept = default;
  template <class U>
  constexpr allocator(const allocator<U>&) noexcept {}

  [[nodiscard]] T* allocate(std::size_t count) {
    if (count > detail::max_block_bytes / sizeof(T)) {
      throw std::bad_array_new_length();
    }
    const std::size_t bytes = count * sizeof(T);
    void* const block = take(bytes + detail::block_end_bytes);
    if constexpr (detail::is_control_block<T>) {
      try {
        detail::note_control_block(block, bytes);
      } catch (...) {
        give(block, bytes + detail::block_end_bytes);
        throw;
      }
    }
    detail::note_block(block, bytes, detail::type_text<typename detail::block_type<T>::type>);
    return static_cast<T*>(block);
  }

  void deallocate(T* block, std::size_t count) noexcept {
    const std::size_t bytes = count * sizeof(T);
    detail::forget_block(block, bytes);
    if constexpr (detail::is_control_block<T>) {
      detail::forget_control_block(block);
    }
    give(block, bytes + detail::block_end_bytes);
  }

  template <class U, class... A>
  void construct(U* object, A&&... arguments) {
    detail::constructing<allocator<U>>(object);
    ::new (const_cast<void*>(static_cast<const volatile void*>(object)))
        U(std::forward<A>(arguments)...);
  }
  template <class U>
  void destroy(U* object) noexcept(std::is_nothrow_destructible_v<U>) {
    detail::destroying<allocator<U>>(object);
    std::destroy_at(object);
  }

  template <class U>
  friend constexpr bool operator==(const allocator&, const allocator<U>&) noexcept {
    return true;
  }

 private:
  static constexpr bool over_aligned = alignof(T) > __STDCPP_DEFAULT_NEW_ALIGNMENT__;

  static void* take(std::size_t bytes) {
    if constexpr (over_aligned) {
      return ::operator new (bytes, std::align_val_t{alignof(T)});
    } else {
      return ::operator new(bytes);
    }
  }
  static void give(void* block, [[maybe_unused]] std::size_t bytes) noexcept {
#ifdef __cpp_sized_deallocation
    if constexpr (over_aligned) {
      ::operator delete (block, bytes, std::align_val_t{alignof(T)});
    } else {
      ::operator delete(block, bytes);
    }
#else
    if constexpr (over_aligned) {
      ::operator delete (block, std::align_val_t{alignof(T)});
    } else {
      ::operator delete(block);
    }
#endif
  }
};

}  // namespace track
