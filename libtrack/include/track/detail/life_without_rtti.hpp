// How a shared object is owned, with RTTI and without. Floor 3.
//
// Without RTTI std::get_deleter finds nothing, so the life of such an object stands in the table by
// control block, as that of an in-place object does (in_place_life.hpp); the allocator of the
// control block puts it there, and the deleter, which lies in the block, ends it. Both kinds are
// found from both sides: modules with RTTI and without may share objects.
// cost: without RTTI a table entry for each object, and a look under a lock for each reference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <track/detail/shared_life.hpp>

namespace track::detail {

#ifdef __cpp_rtti

template <class T>
std::shared_ptr<T> own(T* object) {
  return std::shared_ptr<T>(object, life_deleter());
}

#else

template <class T>
struct noting_allocator {
  using value_type = T;
  noting_allocator() noexcept = default;
  template <class U>
  noting_allocator(const noting_allocator<U>&) noexcept {}

  T* allocate(std::size_t count) {
    std::allocator<T> memory;
    T* const block = memory.allocate(count);
    try {
      note_control_block(block, count * sizeof(T));
    } catch (...) {
      memory.deallocate(block, count);
      throw;
    }
    return block;
  }
  void deallocate(T* block, std::size_t count) noexcept {
    forget_control_block(block);
    std::allocator<T>().deallocate(block, count);
  }
  template <class U>
  bool operator==(const noting_allocator<U>&) const noexcept {
    return true;
  }
};

class noted_deleter {
 public:
  noted_deleter() noexcept = default;
  // The copy that lies in the control block knows where that begins.
  noted_deleter(const noted_deleter&) noexcept {
    if (const std::size_t offset = offset_in_place(this)) {
      control_block_ = reinterpret_cast<std::uintptr_t>(this) - offset;
    }
  }
  noted_deleter& operator=(const noted_deleter&) = delete;

  // Expired already; callbacks; then the destructor.
  template <class T>
  void operator()(T* object) noexcept {
    end_in_place(control_block_);
    delete object;
  }

 private:
  std::uintptr_t control_block_ = 0;
};

template <class T>
std::shared_ptr<T> own(T* object) {
  return std::shared_ptr<T>(object, noted_deleter(), noting_allocator<T>());
}

#endif

}  // namespace track::detail
