#include <mutex>

#include "libtrack/weak/address_shards.hpp"
#include <track/detail/in_place_life.hpp>

namespace track::detail {

constinit std::atomic<std::size_t> in_place_count{0};

namespace {

struct lives_of_blocks;
using known_lives = address_shards<lives_of_blocks, life, 16, 6>;

// The object is constructed right after its control block was allocated, by the same thread.
struct noted {
  std::uintptr_t start, end;
};
thread_local constinit noted last = {0, 0};

}  // namespace

void note_control_block(const void* block, std::size_t size_bytes) {
  const auto key = reinterpret_cast<std::uintptr_t>(block);
  auto& mine = known_lives::of(key);
  const std::lock_guard guard(mine.mutex);
  mine.values.try_emplace(key);
  in_place_count.fetch_add(1, std::memory_order_release);
  last = {key, key + size_bytes};
}

void forget_control_block(const void* block) noexcept {
  const auto key = reinterpret_cast<std::uintptr_t>(block);
  auto& mine = known_lives::of(key);
  const std::lock_guard guard(mine.mutex);
  in_place_count.fetch_sub(mine.values.erase(key), std::memory_order_relaxed);
}

std::size_t offset_in_place(const void* object) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(object);
  const noted block = last;
  return address >= block.start && address < block.end ? address - block.start : 0;
}

void end_in_place(std::uintptr_t control_block) noexcept {
  if (life* record = find_in_place(control_block)) {
    record->end();
  }
}

life* find_by_deleter(const std::shared_ptr<const volatile void>& object) noexcept {
  life_deleter* const deleter = std::get_deleter<life_deleter>(object);
  return deleter == nullptr ? nullptr : &deleter->record;
}

life* find_in_place(std::uintptr_t control_block) noexcept {
  auto& mine = known_lives::of(control_block);
  const std::lock_guard guard(mine.mutex);
  const auto found = mine.values.find(control_block);
  return found == mine.values.end() ? nullptr : &found->second;
}

}  // namespace track::detail
