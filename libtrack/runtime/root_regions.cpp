#include "libtrack/runtime/root_regions.hpp"

namespace track::runtime {

root_regions registered_regions;

bool root_regions::add(std::uintptr_t start, std::uintptr_t end) {
  if (start <= region_in_making || end <= start) {
    return true;
  }
  for (std::size_t i = 0; i < most_root_regions; ++i) {
    std::uintptr_t free = 0;
    if (!__atomic_compare_exchange_n(&regions_[i].start, &free, region_in_making, false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
      continue;
    }
    regions_[i].end = end;
    __atomic_store_n(&regions_[i].start, start, __ATOMIC_RELEASE);
    std::size_t used = __atomic_load_n(&used_, __ATOMIC_RELAXED);
    while (used <= i && !__atomic_compare_exchange_n(&used_, &used, i + 1, false, __ATOMIC_ACQ_REL,
                                                     __ATOMIC_RELAXED)) {
    }
    return true;
  }
  return false;
}

bool root_regions::remove(std::uintptr_t start, std::uintptr_t end) {
  const std::size_t count = __atomic_load_n(&used_, __ATOMIC_ACQUIRE);
  for (std::size_t i = 0; i < count; ++i) {
    std::uintptr_t known = __atomic_load_n(&regions_[i].start, __ATOMIC_ACQUIRE);
    if (known == start && start > region_in_making && regions_[i].end == end &&
        __atomic_compare_exchange_n(&regions_[i].start, &known, 0, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_RELAXED)) {
      return true;
    }
  }
  return false;
}

}  // namespace track::runtime
