#include "libtrack/runtime/live_table.hpp"

#include <emmintrin.h>
#include <string.h>

namespace track::runtime {

static const char several_threads = 0;
const char* only_thread = &several_threads;

bool live_table::initialize() {
  root_ = static_cast<page_record**>(map_pages(root_entries * sizeof(page_record*)));
  return root_ != nullptr;
}

// Searches [begin, end) from the end: what was made last is freed first. -1: not there.
int live_table::find(const std::uint8_t* granules, unsigned begin, unsigned end,
                     std::uint8_t granule) {
  const __m128i wanted = _mm_set1_epi8(static_cast<char>(granule));
  for (unsigned block = (end + 15) / 16; block-- > begin / 16;) {
    const __m128i stored =
        _mm_load_si128(reinterpret_cast<const __m128i*>(granules + std::size_t{block} * 16));
    auto hits = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(stored, wanted)));
    if (end < block * 16 + 16) {
      hits &= (1u << (end - block * 16)) - 1;
    }
    if (begin > block * 16) {
      hits &= ~((1u << (begin - block * 16)) - 1);
    }
    if (hits != 0) {
      return static_cast<int>(block * 16 + 31 - static_cast<unsigned>(__builtin_clz(hits)));
    }
  }
  return -1;
}

live_table::page_record* live_table::page_or_new(std::uintptr_t address) {
  const std::uintptr_t top = address >> leaf_bits;
  if (top >= root_entries) {
    return nullptr;
  }
  page_record* leaf = __atomic_load_n(&root_[top], __ATOMIC_ACQUIRE);
  if (__builtin_expect(leaf == nullptr, 0)) {
    auto* fresh = static_cast<page_record*>(map_pages(leaf_pages * sizeof(page_record)));
    if (fresh == nullptr) {
      return nullptr;
    }
    __atomic_store_n(&group_used_[top / root_group], 1, __ATOMIC_RELAXED);
    // The loser of a race leaves its leaf unused: untouched pages cost nothing.
    leaf = __atomic_compare_exchange_n(&root_[top], &leaf, fresh, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE)
               ? fresh
               : leaf;
  }
  return &leaf[(address >> page_bits) & (leaf_pages - 1)];
}

// Moves the page to the next larger bucket. Tombstones beyond `count` are given up.
bool live_table::grow(page_record& page, slab_pool& pool) {
  const unsigned next_class = page.bucket == nullptr ? 0 : page.bucket_class + 1u;
  std::byte* bucket = pool.take(next_class);
  if (bucket == nullptr) {
    return false;
  }
  page_record moved = page;
  moved.bucket = bucket;
  moved.bucket_class = static_cast<std::uint8_t>(next_class);
  moved.last = static_cast<std::uint8_t>(bucket_capacity(next_class) - 1);
  if (page.bucket != nullptr) {
    memcpy(granules_of(moved), granules_of(page), page.count);
    __builtin_memcpy(static_cast<void*>(records_of(moved)), records_of(page),
                     page.count * sizeof(block_record));
    pool.give_back(page.bucket, page.bucket_class);
  }
  for (unsigned place = page.count; place <= moved.last; ++place) {
    records_of(moved)[place] = {};
  }
  page.bucket = bucket;
  page.bucket_class = moved.bucket_class;
  page.last = moved.last;
  return true;
}

insert_result live_table::insert(std::uintptr_t address, block_record block, slab_pool& pool,
                                 block_record& old) {
  page_record* page = page_or_new(address);
  if (page == nullptr) {
    return insert_result::no_memory;
  }
  page_guard hold(page->lock, pool);
  const std::uint8_t granule = granule_of(address);
  if (page->bucket != nullptr) {
    const int place = find(granules_of(*page), 0, page->count, granule);
    if (__builtin_expect(place >= 0, 0)) {
      old = records_of(*page)[place];
      records_of(*page)[place] = block;
      return insert_result::replaced;
    }
  }
  if ((page->bucket == nullptr || page->count == page->last + 1u) && !grow(*page, pool)) {
    return insert_result::no_memory;
  }
  granules_of(*page)[page->count] = granule;
  records_of(*page)[page->count] = block;
  ++page->count;
  return insert_result::inserted;
}

erase_result live_table::erase(std::uintptr_t address, block_record& block, slab_pool& pool) {
  page_record* page = page_if_known(address);
  if (page == nullptr) {
    return erase_result::unknown;
  }
  page_guard hold(page->lock, pool);
  if (page->bucket == nullptr) {
    return erase_result::unknown;
  }
  std::uint8_t* granules = granules_of(*page);
  block_record* records = records_of(*page);
  __builtin_prefetch(&records[page->count - 1], 1);
  const std::uint8_t granule = granule_of(address);
  const int place = find(granules, 0, page->count, granule);
  if (place >= 0) {
    // The last one takes its place; the erased one stays behind it as a tombstone until the next
    // insert.
    const unsigned last = --page->count;
    block = records[place];
    granules[place] = granules[last];
    records[place] = records[last];
    granules[last] = granule;
    records[last] = block;
    return erase_result::erased;
  }
  for (int end = page->last + 1; end > page->count;) {
    end = find(granules, page->count, static_cast<unsigned>(end), granule);
    if (end >= 0 && records[end].used()) {
      block = records[end];
      return erase_result::freed_before;
    }
  }
  return erase_result::unknown;
}

}  // namespace track::runtime
