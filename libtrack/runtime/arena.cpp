#include "libtrack/runtime/arena.hpp"

#include <sys/mman.h>

#include "libtrack/base/spin_lock.hpp"
#include "libtrack/base/syscall.hpp"
#include "libtrack/runtime/live_table.hpp"

namespace track::runtime {
namespace {

constexpr std::size_t region_size = std::size_t{4} << 20;
constexpr std::size_t chunk_size = std::size_t{32} << 10;

constexpr std::uint16_t capacities[bucket_classes] = {
    1, 2, 3, 4, 6, 8, 10, 13, 16, 20, 24, 28, 32, 40, 48, 64, 80, 104, 128, 168, 208, 256};

spin_lock region_lock;
std::byte* region = nullptr;
std::size_t region_left = 0;

constexpr std::size_t most_ranges = 8192;
own_range ranges[most_ranges];
std::size_t range_count = 0;

void note_range(std::uintptr_t start, std::size_t size_bytes) {
  const std::size_t place = __atomic_fetch_add(&range_count, 1, __ATOMIC_ACQ_REL);
  if (place < most_ranges) {
    ranges[place] = {start, start + (size_bytes + 4095) / 4096 * 4096};
  }
}

void* map_anonymous(std::size_t size_bytes, int flags) {
  const long address = raw::call(SYS_mmap, 0L, static_cast<long>(size_bytes),
                                 PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
  if (address < 0 && address > -4096) {
    return nullptr;
  }
  note_range(static_cast<std::uintptr_t>(address), size_bytes);
  return reinterpret_cast<void*>(address);
}

std::byte* take_chunk() {
  lock_guard hold(region_lock);
  if (region_left < chunk_size) {
    auto* fresh = static_cast<std::byte*>(map_pages(region_size));
    if (fresh == nullptr) {
      return nullptr;
    }
    region = fresh;
    region_left = region_size;
  }
  std::byte* chunk = region;
  region += chunk_size;
  region_left -= chunk_size;
  return chunk;
}

}  // namespace

void* map_pages(std::size_t size_bytes) {
  return map_anonymous(size_bytes, MAP_PRIVATE | MAP_NORESERVE);
}

void* map_shared_page() {
  return map_anonymous(4096, MAP_SHARED);
}

own_ranges ranges_of_arena() {
  const std::size_t count = __atomic_load_n(&range_count, __ATOMIC_ACQUIRE);
  return {ranges, count < most_ranges ? count : most_ranges, count <= most_ranges};
}

void reset_arena() {
  region_lock.word = 0;
  region_left = 0;
}

unsigned bucket_capacity(unsigned bucket_class) {
  return capacities[bucket_class];
}

std::byte* slab_pool::take(unsigned bucket_class) {
  if (free_bucket* known = free_[bucket_class]; known != nullptr) {
    free_[bucket_class] = known->next;
    return reinterpret_cast<std::byte*>(known);
  }
  const std::size_t size = bucket_bytes(bucket_capacity(bucket_class));
  if (chunk_left_ < size) {
    std::byte* chunk = take_chunk();
    if (chunk == nullptr) {
      return nullptr;
    }
    chunk_ = chunk;
    chunk_left_ = chunk_size;
  }
  std::byte* bucket = chunk_;
  chunk_ += size;
  chunk_left_ -= size;
  return bucket;
}

void slab_pool::give_back(std::byte* bucket, unsigned bucket_class) {
  auto* freed = reinterpret_cast<free_bucket*>(bucket);
  freed->next = free_[bucket_class];
  free_[bucket_class] = freed;
}

}  // namespace track::runtime
