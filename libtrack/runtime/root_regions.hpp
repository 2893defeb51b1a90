// Memory that the program declared a root for stills. Floor 3, freestanding.
//
// Regions that count though nobody would look there: shared memory, a device's, an allocator's own.
// A fixed table without locks, since signal handlers and the children of a fork meet it as it is.
// What does not fit is not noted: its blocks may be called lost.
#pragma once

#include <cstddef>
#include <cstdint>

namespace track::runtime {

struct root_region {
  std::uintptr_t start = 0;  // 0: free; 1: being filled in
  std::uintptr_t end = 0;
};
inline constexpr std::uintptr_t region_in_making = 1;
inline constexpr std::size_t most_root_regions = 512;

class root_regions {
 public:
  // Any thread. False when the table is full; an empty region is no region.
  bool add(std::uintptr_t start, std::uintptr_t end);
  // One region registered with the same bounds; false when there is none.
  bool remove(std::uintptr_t start, std::uintptr_t end);

  // Calls `visit(start, end)` for each. cost: the table up to the last place ever used.
  template <typename Visit>
  void visit(Visit visit) const {
    const std::size_t count = __atomic_load_n(&used_, __ATOMIC_ACQUIRE);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uintptr_t start = __atomic_load_n(&regions_[i].start, __ATOMIC_ACQUIRE);
      if (start > region_in_making) {
        visit(start, regions_[i].end);
      }
    }
  }

 private:
  root_region regions_[most_root_regions];
  std::size_t used_ = 0;
};

extern root_regions registered_regions;

}  // namespace track::runtime
