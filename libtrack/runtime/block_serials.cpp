#include "libtrack/runtime/block_serials.hpp"

namespace track::runtime {
namespace {

constexpr std::size_t first_capacity = 256;

}  // namespace

block_serials known_serials;

// Noted in the pool, for a thread that never comes back to release it.
class block_serials::guard {
 public:
  guard(spin_lock& lock, slab_pool& pool) : pool_(pool) {
    lock.lock();
    pool_.held_inner_lock = &lock;
  }
  ~guard() {
    spin_lock* const lock = pool_.held_inner_lock;
    pool_.held_inner_lock = nullptr;
    lock->unlock();
  }
  guard(const guard&) = delete;
  guard& operator=(const guard&) = delete;

 private:
  slab_pool& pool_;
};

// Where the search for an address begins.
std::size_t block_serials::place_of(std::uintptr_t address) const {
  const std::uint64_t mixed = (std::uint64_t{address} >> 3) * 0x9e3779b97f4a7c15;
  return static_cast<std::size_t>(mixed >> 32) & (capacity_ - 1);
}

// Its place, or the free one where it belongs. There is one.
std::size_t block_serials::find(std::uintptr_t address) const {
  std::size_t place = place_of(address);
  while (entries_[place].address != 0 && entries_[place].address != address) {
    place = (place + 1) & (capacity_ - 1);
  }
  return place;
}

bool block_serials::grow() {
  const entry* old = entries_;
  const std::size_t old_capacity = capacity_;
  const std::size_t wanted = old_capacity == 0 ? first_capacity : old_capacity * 2;
  auto* fresh = static_cast<entry*>(map_pages(wanted * sizeof(entry)));
  if (fresh == nullptr) {
    return false;
  }
  entries_ = fresh;
  capacity_ = wanted;
  for (std::size_t i = 0; i < old_capacity; ++i) {
    if (old[i].address != 0) {
      entries_[find(old[i].address)] = old[i];
    }
  }
  return true;
}

std::uint64_t block_serials::number_of(std::uintptr_t address, bool has_one, slab_pool& pool) {
  guard hold(lock_, pool);
  if (capacity_ != 0) {
    entry& known = entries_[find(address)];
    if (known.address == address) {
      known.serial = has_one ? known.serial : ++last_;
      return known.serial;
    }
  }
  if ((count_ + 1) * 4 > capacity_ * 3 && !grow()) {
    return 0;
  }
  entries_[find(address)] = {address, ++last_};
  ++count_;
  return last_;
}

void block_serials::drop(std::uintptr_t address, slab_pool& pool) {
  guard hold(lock_, pool);
  if (capacity_ == 0) {
    return;
  }
  std::size_t gap = find(address);
  if (entries_[gap].address == 0) {
    return;
  }
  --count_;
  // Whoever comes later in the row and could stand in the gap moves there, so that no search ends
  // before it.
  for (std::size_t at = (gap + 1) & (capacity_ - 1); entries_[at].address != 0;
       at = (at + 1) & (capacity_ - 1)) {
    const std::size_t wanted = place_of(entries_[at].address);
    if (((at - wanted) & (capacity_ - 1)) >= ((at - gap) & (capacity_ - 1))) {
      entries_[gap] = entries_[at];
      gap = at;
    }
  }
  entries_[gap] = {};
}

void block_serials::forget_all() {
  lock_.word = 0;
  entries_ = nullptr;
  capacity_ = count_ = 0;
}

}  // namespace track::runtime
