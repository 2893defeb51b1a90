#include "libtrack/ledger/id_index.hpp"

#include <sys/mman.h>

#include "libtrack/base/syscall.hpp"

namespace track::ledger {

unsigned id_index::levels_for(std::uint64_t ids) {
  unsigned levels = 1;
  while (levels < most_levels && level_entries(levels - 1) / 8 * 7 < ids) {
    ++levels;
  }
  return levels;
}

std::uint64_t id_index::entries_for(std::uint64_t ids) {
  return level_entries(levels_for(ids)) - level_entries(0);
}

void id_index::reset(std::uint64_t ids, bool punch) {
  *this = {};
  levels_ = levels_for(ids);
  punch_ = punch;
}

bool id_index::has_room() const {
  const unsigned newest = __atomic_load_n(&newest_, __ATOMIC_ACQUIRE);
  return __atomic_load_n(&counts_[newest], __ATOMIC_RELAXED) < level_entries(newest) / 8 * 7;
}

void id_index::open_next() {
  unsigned newest = __atomic_load_n(&newest_, __ATOMIC_ACQUIRE);
  // What is still on its way here from the table before would be lost.
  const bool settled = newest == 0 || __atomic_load_n(&move_begun_[newest], __ATOMIC_RELAXED) >=
                                          level_entries(newest - 1);
  if (settled && newest + 1 < levels_) {
    __atomic_compare_exchange_n(&newest_, &newest, newest + 1, false, __ATOMIC_ACQ_REL,
                                __ATOMIC_RELAXED);
  }
}

bool id_index::put(unsigned level, std::uint64_t hash, std::uint32_t id) {
  const std::uint32_t entry = id | mark_of(hash);
  for (;;) {
    std::uint32_t* place = nullptr;
    std::uint32_t fewest = bucket_entries;
    for (unsigned choice = 0; choice < 2; ++choice) {
      std::uint32_t* bucket = table(level) + bucket_of(hash, choice, level);
      std::uint32_t used = 0;
      while (used < fewest && __atomic_load_n(&bucket[used], __ATOMIC_RELAXED) != 0) {
        ++used;
      }
      if (used < fewest) {
        fewest = used;
        place = &bucket[used];
      }
    }
    if (place == nullptr) {
      return false;
    }
    std::uint32_t empty = 0;
    if (__atomic_compare_exchange_n(place, &empty, entry, false, __ATOMIC_RELEASE,
                                    __ATOMIC_RELAXED)) {
      __atomic_fetch_add(&counts_[level], 1, __ATOMIC_RELAXED);
      return true;
    }
  }
}

// Whoever still reads the old table finds nothing, or what it had.
void id_index::give_back(unsigned level) {
  const std::size_t size_bytes = level_entries(level) * sizeof(std::uint32_t);
  raw::call(SYS_madvise, table(level), static_cast<long>(size_bytes),
            punch_ ? MADV_REMOVE : MADV_DONTNEED);
}

}  // namespace track::ledger
