#include "libtrack/weak/object_table.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>

#include <time.h>

#include "libtrack/weak/preload_link.hpp"
#include "libtrack/weak/reserved_memory.hpp"

namespace track::detail {
namespace {

constinit std::atomic<object_table*> current{nullptr};

constexpr std::size_t most_records = std::size_t{1} << 22;
constexpr std::size_t most_caches = 1024;  // without a ledger, or beyond its own

bool belongs_here(const object_table* table) noexcept {
  return table != nullptr && __atomic_load_n(table->this_process, __ATOMIC_RELAXED) != 0;
}

template <class T>
T* reserve_array(std::size_t& count, std::size_t least) noexcept {
  std::size_t bytes = count * sizeof(T);
  void* const memory = reserve_memory(bytes, least * sizeof(T));
  count = bytes / sizeof(T);
  return static_cast<T*>(memory);
}

// What `open` reserved and what must go back when another thread was first.
struct opening {
  object_table* table = nullptr;
  std::size_t table_bytes = sizeof(object_table);
  std::size_t side_count = 0, record_count = 0, name_count = 0, thread_count = 0;
  std::size_t cache_count = 0, home_count = 0, ledger_home_count = 0;

  bool take_own_places() noexcept;
  bool take_cache_places() noexcept;
  bool prepare() noexcept;
  void undo() noexcept;
};

bool opening::take_own_places() noexcept {
  libtrack_objects& places = table->places;
  places = {};
  std::size_t records = most_records, names = std::size_t{16} << 20;
  places.records = reserve_array<ledger::object_record>(records, 1u << 12);
  record_count = places.records == nullptr ? 0 : records;
  places.names = reserve_array<char>(names, 1u << 16);
  name_count = places.names == nullptr ? 0 : names;
  if (record_count == 0 || name_count == 0) {
    return false;
  }
  places.capacity = record_count;
  places.names_capacity = name_count;
  // The counters stand in element 0, which is unused.
  places.used = &places.records[0].serial_thread;
  places.lost = &places.records[0].address;
  places.names_used = reinterpret_cast<std::uint64_t*>(&places.records[0].type);
  return true;
}

bool opening::take_cache_places() noexcept {
  cache_area& own = table->own_caches;
  std::size_t records = most_caches, homes = most_caches;
  own.records = reserve_array<ledger::cache_record>(records, 2);
  cache_count = own.records == nullptr ? 0 : records;
  own.homes = reserve_array<probe_home>(homes, cache_count);
  home_count = own.homes == nullptr ? 0 : homes;
  if (cache_count == 0 || home_count < cache_count) {
    return false;
  }
  own.capacity = cache_count;
  own.used = &table->own_caches_used;
  own.homes[0] = {own.records, table->this_process, stripes_of_this_system()};
  const auto caches = preload_function(&libtrack_ledger_table::caches);
  libtrack_caches found{};
  if (!table->in_ledger || caches == nullptr || !caches(&found) || found.capacity == 0) {
    return true;
  }
  std::size_t count = found.capacity;
  probe_home* const memory = reserve_array<probe_home>(count, count);
  if (memory != nullptr) {
    ledger_home_count = count;
    table->ledger_caches = {found.records, memory, found.capacity, found.used};
  }
  return true;
}

bool opening::prepare() noexcept {
  void* const memory = reserve_memory(table_bytes, sizeof(object_table));
  if (memory == nullptr) {
    return false;
  }
  table = ::new (memory) object_table;
  table->this_process = this_process_word();
  if (table->this_process == nullptr) {
    return false;
  }
  const auto objects = preload_function(&libtrack_ledger_table::objects);
  table->in_ledger = objects != nullptr && objects(&table->places) && table->places.capacity > 1;
  if (table->in_ledger) {
    table->take_stack = preload_function(&libtrack_ledger_table::stack);
    table->frames = preload_function(&libtrack_ledger_table::frames);
    table->ledger_thread = preload_function(&libtrack_ledger_table::thread);
    table->places.capacity =
        std::min<std::uint64_t>(table->places.capacity, ~std::uint32_t{0} - records_a_chain);
  } else if (!take_own_places()) {
    return false;
  }
  std::size_t count = table->places.capacity, threads = most_threads;
  table->side = reserve_array<std::atomic<std::uint64_t>>(count, count);
  side_count = table->side == nullptr ? 0 : count;
  table->thread_ids = reserve_array<std::uint32_t>(threads, most_threads);
  thread_count = table->thread_ids == nullptr ? 0 : threads;
  return side_count != 0 && thread_count != 0 && take_cache_places();
}

void opening::undo() noexcept {
  if (table == nullptr) {
    return;
  }
  release_memory(table->side, side_count * sizeof *table->side);
  release_memory(table->places.records, record_count * sizeof(ledger::object_record));
  release_memory(table->places.names, name_count);
  release_memory(table->thread_ids, thread_count * sizeof *table->thread_ids);
  release_memory(table->own_caches.records, cache_count * sizeof(ledger::cache_record));
  release_memory(table->own_caches.homes, home_count * sizeof(probe_home));
  release_memory(table->ledger_caches.homes, ledger_home_count * sizeof(probe_home));
  release_memory(const_cast<unsigned*>(table->this_process), 1);
  release_memory(table, table_bytes);
}

[[gnu::noinline]] object_table* open_table(object_table* found) noexcept {
  opening fresh;
  if (!fresh.prepare()) {
    fresh.undo();
    return nullptr;
  }
  fresh.table->generation = found == nullptr ? 1 : found->generation + 1;
  if (current.compare_exchange_strong(found, fresh.table, std::memory_order_acq_rel,
                                      std::memory_order_acquire)) {
    return fresh.table;
  }
  fresh.undo();
  return found;
}

}  // namespace

object_table* existing_table() noexcept {
  object_table* const table = current.load(std::memory_order_acquire);
  return belongs_here(table) ? table : nullptr;
}

object_table* current_table() noexcept {
  object_table* const table = current.load(std::memory_order_acquire);
  return belongs_here(table) ? table : open_table(table);
}

std::uint32_t object_table::end() const noexcept {
  return static_cast<std::uint32_t>(std::min(read_word(*places.used), places.capacity));
}

std::uint64_t object_table::now_ms() const noexcept {
  if (places.clock_ms != nullptr) {
    if (const std::uint64_t ticked = __atomic_load_n(places.clock_ms, __ATOMIC_RELAXED)) {
      return ticked;
    }
  }
  timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

namespace {

// Length, characters, zeros up to four bytes. 0: no room.
ledger::object_name write_name(const libtrack_objects& places,
                               std::string_view characters) noexcept {
  constexpr std::uint64_t unit = 4;
  const auto length = static_cast<std::uint16_t>(characters.size());
  const std::uint64_t bytes = (sizeof length + characters.size() + unit - 1) / unit * unit;
  std::uint64_t used = read_word(*places.names_used);
  std::uint64_t start;
  do {
    start = std::max(unit, (used + unit - 1) / unit * unit);
    if (start + bytes > places.names_capacity) {
      return 0;
    }
  } while (!__atomic_compare_exchange_n(places.names_used, &used, start + bytes, true,
                                        __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
  std::memcpy(places.names + start, &length, sizeof length);
  std::memcpy(places.names + start + sizeof length, characters.data(), characters.size());
  return static_cast<ledger::object_name>(start / unit);
}

}  // namespace

ledger::object_name object_table::name_of(const text* interned) noexcept {
  if (interned == nullptr) {
    return 0;
  }
  std::uint64_t place = interned->place.load(std::memory_order_acquire);
  if (place >> 32 == generation) {
    return static_cast<ledger::object_name>(place);
  }
  const ledger::object_name name = write_name(places, interned->characters());
  const std::uint64_t mine = std::uint64_t{generation} << 32 | name;
  if (interned->place.compare_exchange_strong(place, mine, std::memory_order_acq_rel,
                                              std::memory_order_acquire)) {
    return name;
  }
  return static_cast<ledger::object_name>(place);
}

std::string_view object_table::text_of(ledger::object_name name) const noexcept {
  const std::uint64_t start = std::uint64_t{name} * 4;
  std::uint16_t length = 0;
  if (name == 0 || start + sizeof length > places.names_capacity) {
    return {};
  }
  std::memcpy(&length, places.names + start, sizeof length);
  if (start + sizeof length + length > places.names_capacity) {
    return {};
  }
  return {places.names + start + sizeof length, length};
}

}  // namespace track::detail
