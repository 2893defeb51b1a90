// Memory of the preload itself: private mappings, never malloc. Floor 3, freestanding.
//
// `map_pages` is for large things; `slab_pool` hands out small buckets of 16-byte units, one pool a
// thread, so that threads share nothing but the bump pointer of a chunk. Buckets go back to the
// pool of whoever frees them. Nothing is ever unmapped.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libtrack/base/spin_lock.hpp"

namespace track::runtime {

// Zeroed pages, or nullptr. cost: one system call.
void* map_pages(std::size_t size_bytes);
// A zeroed page that copies made by clone share, or nullptr.
void* map_shared_page();

// What map_pages handed out, in no order; neighbours may be one. `complete`: nothing is missing.
struct own_range {
  std::uintptr_t start;
  std::uintptr_t end;
};
struct own_ranges {
  const own_range* ranges;
  std::size_t count;
  bool complete;
};
own_ranges ranges_of_arena();

// After a clone that may have left the arena locked: starts a new one.
void reset_arena();

// Bucket sizes of the live table: capacity in records → bytes of bucket.
inline constexpr unsigned bucket_classes = 22;

// Records a bucket of the class holds. shape: 1, 2, 3, 4, 6, 8, 12 … 256.
unsigned bucket_capacity(unsigned bucket_class);

class slab_pool {
 public:
  // A bucket of the class, its bytes undefined; nullptr when no memory can be had.
  std::byte* take(unsigned bucket_class);
  void give_back(std::byte* bucket, unsigned bucket_class);

  // The page lock that the pool's thread holds now, if any; see live_table::page_guard.
  spin_lock* held_lock = nullptr;
  // One that it took inside of that, or alone; see block_serials.
  spin_lock* held_inner_lock = nullptr;

 private:
  struct free_bucket {
    free_bucket* next;
  };

  free_bucket* free_[bucket_classes] = {};
  std::byte* chunk_ = nullptr;
  std::size_t chunk_left_ = 0;
};

}  // namespace track::runtime
