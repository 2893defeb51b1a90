#include <atomic>
#include <mutex>

#include "libtrack/weak/address_shards.hpp"
#include "libtrack/weak/preload_link.hpp"
#include <track/block_ref.hpp>
#include <track/detail/block_table.hpp>

namespace track {
namespace {

// Numbers of the table and of the preload are told apart by the top bit.
constexpr std::uint64_t from_table = std::uint64_t{1} << 63;

struct numbers_of_blocks;
using known_serials = detail::address_shards<numbers_of_blocks, std::uint64_t, 32, 4>;

std::uint64_t current_serial(std::uintptr_t address, bool table) noexcept {
  const auto* block = reinterpret_cast<const void*>(address);
  return table ? detail::block_table::serial_of(block) : detail::preload_serial(block);
}

}  // namespace

namespace detail::block_table {

std::uint64_t note(const void* block) {
  static constinit std::atomic<std::uint64_t> last{0};
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  const std::uint64_t serial = (last.fetch_add(1, std::memory_order_relaxed) + 1) | from_table;
  auto& mine = known_serials::of(address);
  const std::lock_guard guard(mine.mutex);
  mine.values.insert_or_assign(address, serial);
  return serial;
}

void forget(const void* block) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  auto& mine = known_serials::of(address);
  const std::lock_guard guard(mine.mutex);
  mine.values.erase(address);
}

std::uint64_t serial_of(const void* block) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  auto& mine = known_serials::of(address);
  const std::lock_guard guard(mine.mutex);
  const auto found = mine.values.find(address);
  return found == mine.values.end() ? 0 : found->second;
}

}  // namespace detail::block_table

block_ref block_ref::of(const volatile void* block) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  for (const bool table : {false, true}) {
    if (const std::uint64_t serial = current_serial(address, table)) {
      return {address, serial};
    }
  }
  return {};
}

bool block_ref::alive() const noexcept {
  return generation != 0 && current_serial(address, (generation & from_table) != 0) == generation;
}

}  // namespace track
