#include "libtrack/runtime/large_sizes.hpp"

namespace track::runtime {
namespace {

constexpr std::uint32_t places = 1024;
constexpr std::uint32_t largest_direct = 0xffffffff;
std::uint64_t sizes[places];

}  // namespace

std::uint32_t store_size(std::uint64_t size_bytes, std::uint8_t& flags) {
  if (__builtin_expect(size_bytes <= largest_direct, 1)) {
    return static_cast<std::uint32_t>(size_bytes);
  }
  for (std::uint32_t place = 0; place < places; ++place) {
    std::uint64_t empty = 0;
    if (__atomic_compare_exchange_n(&sizes[place], &empty, size_bytes, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_RELAXED)) {
      flags |= large;
      return place;
    }
  }
  return largest_direct;
}

std::uint64_t large_size_at(std::uint32_t place) {
  return __atomic_load_n(&sizes[place % places], __ATOMIC_RELAXED);
}

void drop_large_size(std::uint32_t place) {
  __atomic_store_n(&sizes[place % places], 0, __ATOMIC_RELEASE);
}

}  // namespace track::runtime
