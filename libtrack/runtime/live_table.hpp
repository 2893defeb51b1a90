// Address → record of every live block, indexed by heap page. Floor 3, freestanding.
//
// Radix over the address → page_record (one a 2 KiB page of the heap) → bucket: a byte array of
// start granules (8 bytes each) and a record for each. A page holds what starts in it. Lives in
// private memory, so that a clone freezes it with the heap. One lock a page; buckets come from the
// calling thread's slab_pool. Callers keep signal handlers of their own thread out.
// cost: 18.9 bytes a block of 64 bytes; two cache misses an operation in a large heap.
// source: the layout was measured against hashing, see README.md.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libtrack/base/allocation_function.hpp"
#include "libtrack/base/spin_lock.hpp"
#include "libtrack/runtime/arena.hpp"

namespace track::runtime {

enum block_flags : std::uint8_t {
  large = 1,     // size is in the table of large blocks
  widened = 2,   // the program asked for malloc_usable_size and may use it all
  ignored = 4,   // LeakSanitizer's interface: no leak, nor what it holds
  numbered = 8,  // it has a serial number: see block_serials
};

// What is known of a live block. Two words, made and passed in registers: fields stored one by one
// and read back as a whole would wait for the store buffer.
class block_record {
 public:
  constexpr block_record() = default;
  constexpr block_record(std::uint32_t size, std::uint32_t site, allocation_function function,
                         std::uint8_t flags, std::uint32_t birth_ms = 0, std::uint16_t thread = 0,
                         unsigned alignment_log2 = 0)
      : what_(std::uint64_t{size} | std::uint64_t{flags} << 32 |
              static_cast<std::uint64_t>(function) << 36 | std::uint64_t{site} << 40),
        when_(std::uint64_t{birth_ms} | std::uint64_t{thread} << 32 |
              std::uint64_t{alignment_log2} << 48) {}

  // As requested; with `large`, an index into the large sizes.
  constexpr std::uint32_t size() const { return static_cast<std::uint32_t>(what_); }
  constexpr std::uint8_t flags() const { return what_ >> 32 & 15; }
  constexpr allocation_function function() const {
    return static_cast<allocation_function>(what_ >> 36 & 15);
  }
  constexpr std::uint32_t site() const { return static_cast<std::uint32_t>(what_ >> 40); }
  constexpr std::uint32_t birth_ms() const { return static_cast<std::uint32_t>(when_); }
  constexpr std::uint16_t thread() const { return static_cast<std::uint16_t>(when_ >> 32); }
  constexpr unsigned alignment_log2() const { return static_cast<unsigned>(when_ >> 48); }

  constexpr void add_flags(std::uint8_t flags) { what_ |= std::uint64_t{flags} << 32; }
  // Whether it was ever written: every block was made by some function.
  constexpr bool used() const { return what_ >> 32 != 0; }

 private:
  std::uint64_t what_ = 0;  // size 32, flags 4, function 4, site 24
  std::uint64_t when_ = 0;  // birth 32, thread 16, log2 of the alignment 16
};
static_assert(sizeof(block_record) == 16);
inline constexpr std::uint32_t max_site = (1u << 24) - 1;

// Bytes of a bucket: granules, padded for the vector compare, then records.
constexpr std::size_t bucket_bytes(unsigned capacity) {
  return (capacity + 15u) / 16u * 16u + capacity * sizeof(block_record);
}

enum class insert_result : std::uint8_t {
  inserted,
  replaced,  // the address was known: its free was never seen; `old` holds that record
  no_memory,
};

enum class erase_result : std::uint8_t {
  erased,
  freed_before,  // not live; the record of the last block there is still known
  unknown,
};

// glibc's __libc_single_threaded (2.32): not zero while no second thread was ever started. The
// table needs no lock then; libc's malloc relies on the same. A zero where glibc has none.
extern const char* only_thread;

class live_table {
 public:
  // errors: false when the top of the radix cannot be mapped.
  bool initialize();

  insert_result insert(std::uintptr_t address, block_record block, slab_pool& pool,
                       block_record& old);
  // Starts loading what `insert` of this address will need.
  void prefetch(std::uintptr_t address) const {
    if (const page_record* page = page_if_known(address); page != nullptr) {
      __builtin_prefetch(page, 1);
    }
  }

  // On `erased` and `freed_before` the record is in `block`. A page keeps its bucket when it gets
  // empty: its tombstones tell a double free, and the next blocks come soon.
  erase_result erase(std::uintptr_t address, block_record& block, slab_pool& pool);
  // Changes the record of a live block by `change(block_record&)`; false when it is not live.
  template <typename Change>
  bool update(std::uintptr_t address, slab_pool& pool, Change change);

  static constexpr unsigned page_bits = 11;
  static constexpr unsigned leaf_bits = 26;  // a leaf covers 64 MiB: 32,768 pages, 512 KiB
  static constexpr unsigned address_space_bits = 47;
  static constexpr std::size_t root_entries = std::size_t{1} << (address_space_bits - leaf_bits);

  // A page of the heap and the blocks that start in it, in no order.
  struct page_view {
    std::uintptr_t address;
    const std::uint8_t* granules;
    const block_record* records;
    unsigned count;
  };
  // Calls `visit(page_view)` for each page with live blocks, in address order, without locks: for a
  // copy of the process that nobody changes.
  template <typename Visit>
  void visit_pages(Visit visit) const;

  // Calls `visit(address, record)` for each live block, page by page in address order, under the
  // page's lock; `visit` must not enter the table.
  template <typename Visit>
  void for_each(slab_pool& pool, Visit visit);

 private:
  struct page_record {
    spin_lock lock;
    std::uint16_t count;
    std::uint8_t bucket_class;
    std::uint8_t last;  // capacity of the bucket less one
    std::byte* bucket;
  };
  static_assert(sizeof(page_record) == 16);

  static constexpr unsigned granule_bits = 3;
  static constexpr std::size_t leaf_pages = std::size_t{1} << (leaf_bits - page_bits);

  static std::uint8_t granule_of(std::uintptr_t address) {
    return static_cast<std::uint8_t>(address >> granule_bits);
  }
  static block_record* records_of(const page_record& page) {
    return reinterpret_cast<block_record*>(page.bucket + (page.last + 16u) / 16u * 16u);
  }
  static std::uint8_t* granules_of(const page_record& page) {
    return reinterpret_cast<std::uint8_t*>(page.bucket);
  }
  static int find(const std::uint8_t* granules, unsigned begin, unsigned end, std::uint8_t granule);
  static bool grow(page_record& page, slab_pool& pool);

  page_record* page_if_known(std::uintptr_t address) const {
    const std::uintptr_t top = address >> leaf_bits;
    if (top >= root_entries) {
      return nullptr;
    }
    page_record* leaf = __atomic_load_n(&root_[top], __ATOMIC_ACQUIRE);
    return leaf == nullptr ? nullptr : &leaf[(address >> page_bits) & (leaf_pages - 1)];
  }
  page_record* page_or_new(std::uintptr_t address);

  // Holds a page's lock and notes it in the pool, for a thread that never comes back to release it.
  class page_guard {
   public:
    page_guard(spin_lock& lock, slab_pool& pool) : lock_(lock), pool_(pool) {
      if (*only_thread != 0) {
        return;
      }
      lock_.lock();
      pool_.held_lock = &lock_;
    }
    ~page_guard() {
      if (pool_.held_lock != nullptr) {
        pool_.held_lock = nullptr;
        lock_.unlock();
      }
    }
    page_guard(const page_guard&) = delete;
    page_guard& operator=(const page_guard&) = delete;

   private:
    spin_lock& lock_;
    slab_pool& pool_;
  };

  static constexpr std::size_t root_group = 512;  // one page of the root

  page_record** root_ = nullptr;
  std::uint8_t group_used_[root_entries / root_group] = {};
};

template <typename Change>
bool live_table::update(std::uintptr_t address, slab_pool& pool, Change change) {
  page_record* page = page_if_known(address);
  if (page == nullptr) {
    return false;
  }
  page_guard hold(page->lock, pool);
  if (page->bucket == nullptr) {
    return false;
  }
  const int place = find(granules_of(*page), 0, page->count, granule_of(address));
  if (place < 0) {
    return false;
  }
  change(records_of(*page)[place]);
  return true;
}

template <typename Visit>
void live_table::visit_pages(Visit visit) const {
  for (std::size_t top = 0; top < root_entries; ++top) {
    if (!group_used_[top / root_group]) {
      top |= root_group - 1;
      continue;
    }
    const page_record* leaf = root_[top];
    for (std::size_t i = 0; leaf != nullptr && i < leaf_pages; ++i) {
      if (leaf[i].count != 0) {
        visit(page_view{(top << leaf_bits) | (i << page_bits), granules_of(leaf[i]),
                        records_of(leaf[i]), leaf[i].count});
      }
    }
  }
}

template <typename Visit>
void live_table::for_each(slab_pool& pool, Visit visit) {
  for (std::size_t top = 0; top < root_entries; ++top) {
    if (!group_used_[top / root_group]) {
      top |= root_group - 1;
      continue;
    }
    page_record* leaf = __atomic_load_n(&root_[top], __ATOMIC_ACQUIRE);
    for (std::size_t i = 0; leaf != nullptr && i < leaf_pages; ++i) {
      page_record& page = leaf[i];
      if (__atomic_load_n(&page.count, __ATOMIC_RELAXED) == 0) {
        continue;
      }
      page_guard hold(page.lock, pool);
      const std::uintptr_t base = (top << leaf_bits) | (i << page_bits);
      for (unsigned place = 0; place < page.count; ++place) {
        visit(base | std::uintptr_t{granules_of(page)[place]} << granule_bits,
              records_of(page)[place]);
      }
    }
  }
}

}  // namespace track::runtime
