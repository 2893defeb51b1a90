// How a shared object carries its life, and how it is found from any shared_ptr to it. Floor 3.
//
// The deleter is no template, its call operator is: std::get_deleter<life_deleter> finds it through
// shared_ptr<Base>, shared_ptr<const T>, shared_ptr<void> and aliases alike, where a deleter<T>
// would be found through shared_ptr<T> only. It lies in the control block, which the weak_ptrs
// keep; the object is an allocation of its own and is freed at its death. Without RTTI there is no
// get_deleter: see life_without_rtti.hpp.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <track/detail/api.hpp>
#include <track/detail/control_block.hpp>
#include <track/detail/life.hpp>

namespace track::detail {

struct LIBTRACK_API life_deleter {
  // Expired already; callbacks; then the destructor.
  template <class T>
  void operator()(T* object) noexcept {
    record.end();
    delete object;
  }

  life record;
};

// Objects that lie in one block with their control block (std::allocate_shared with a tracking
// allocator) have their life elsewhere: in a table by control block. See in_place_life.hpp.
LIBTRACK_API extern std::atomic<std::size_t> in_place_count;
LIBTRACK_API life* find_in_place(std::uintptr_t control_block) noexcept;
// errors: bad_alloc. The life is new; the block must not be noted already.
LIBTRACK_API void note_control_block(const void* block, std::size_t size_bytes);
LIBTRACK_API void forget_control_block(const void* block) noexcept;
// The offset of the object in the control block that this thread noted last, if `object` lies in
// it; else 0.
LIBTRACK_API std::size_t offset_in_place(const void* object) noexcept;
// Ends the life of the control block at this address, if there is one.
LIBTRACK_API void end_in_place(std::uintptr_t control_block) noexcept;

// The life of a life_deleter, asked for where there is RTTI; null: of another owner.
LIBTRACK_API life* find_by_deleter(const std::shared_ptr<const volatile void>& object) noexcept;

// Null: empty, or made by something that does not observe.
// cost: a virtual call and the comparison of a type_info; for foreign ones, if in-place objects
// exist, a look into a table under a lock.
template <class T>
life* life_of(const std::shared_ptr<T>& object) noexcept {
#ifdef __cpp_rtti
  if (life_deleter* deleter = std::get_deleter<life_deleter>(object)) {
    return &deleter->record;
  }
#else
  if (life* record = find_by_deleter(object)) {
    return record;
  }
#endif
  if (in_place_count.load(std::memory_order_acquire) != 0) {
    return find_in_place(control_block_of(object));
  }
  return nullptr;
}

// errors: not_observable when there is no record, or it refuses.
LIBTRACK_API void attach_or_throw(life* record, death_node& node);

}  // namespace track::detail
