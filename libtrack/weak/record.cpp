#include <limits>

#include "libtrack/weak/preload_link.hpp"
#include "libtrack/weak/record_writer.hpp"
#include "libtrack/weak/stack_pool.hpp"
#include <track/detail/block_record.hpp>
#include <track/detail/block_table.hpp>
#include <track/detail/record.hpp>
#include <track/registry.hpp>

namespace track {
namespace detail {

constinit std::atomic<bool> tracking_on{true};

namespace {

constinit std::atomic<const text*> test_now{nullptr};
constinit std::atomic<std::uint32_t> sampling{64};
constinit std::atomic<std::uint64_t> lost{0};

[[gnu::always_inline]] inline std::uint32_t stack_of(object_table& table,
                                                     thread_records& mine) noexcept {
  constexpr unsigned ours = 2;  // write_record and its caller
  if (table.in_ledger) {
    return table.take_stack == nullptr ? 0 : table.take_stack(ours);
  }
  const std::uint32_t interval = sampling.load(std::memory_order_relaxed);
  if (interval == 0) {
    return 0;
  }
  if (mine.until_sample != 0 && mine.until_sample < interval) {
    --mine.until_sample;
    return 0;
  }
  mine.until_sample = interval - 1;
  return sample_stack(ours);
}

}  // namespace

void count_lost(object_table* table) noexcept {
  lost.fetch_add(1, std::memory_order_relaxed);
  if (table != nullptr && table->in_ledger && table->places.lost != nullptr) {
    __atomic_fetch_add(table->places.lost, 1, __ATOMIC_RELAXED);
  }
}

[[gnu::noinline]] new_record write_record(const record_facts& facts) noexcept {
  object_table* const table = current_table();
  if (table == nullptr) {
    count_lost(nullptr);
    return {};
  }
  thread_records& mine = records_of_thread(*table);
  const std::uint32_t index = take_record(*table, mine);
  if (index == 0) {
    count_lost(table);
    return {table, 0, 0};
  }
  const std::uint64_t serial = next_serial(mine);
  ledger::object_record& record = table->record(index);
  write_word(record.serial_thread, std::uint64_t{mine.thread} << ledger::object_serial_bits |
                                       (serial & ledger::object_serial_mask));
  write_word(record.type, table->name_of(facts.type));
  write_word(record.label, table->name_of(facts.label));
  write_word(record.tag, table->name_of(mine.tag));
  write_word(record.test, table->name_of(test_now.load(std::memory_order_acquire)));
  write_word(record.birth_ms, static_cast<std::uint32_t>(table->now_ms()));
  write_word(record.due_ms, std::uint32_t{0});
  write_word(record.node, stack_of(*table, mine));
  constexpr std::size_t largest = std::numeric_limits<std::uint32_t>::max();
  write_word(record.size,
             static_cast<std::uint32_t>(facts.size_bytes < largest ? facts.size_bytes : largest));
  return {table, index, serial};
}

bool is_record(const object_table& table, std::uint32_t index, std::uint64_t serial) noexcept {
  if (index == 0 || index >= table.places.capacity) {
    return false;
  }
  const ledger::object_record& record = table.record(index);
  return read_word(record.address) != 0 &&
         (read_word(record.serial_thread) & ledger::object_serial_mask) == serial;
}

[[gnu::noinline]] record_id add_record(const volatile void* address, std::size_t size_bytes,
                                       const text* type, const text* label) noexcept {
  const new_record made = write_record({size_bytes, type, label});
  if (made.index == 0) {
    return {};
  }
  made.publish(address);
  return {made.index, static_cast<std::uint32_t>(made.serial)};
}

void remove_record(record_id id, const volatile void* address) noexcept {
  object_table* const table = existing_table();
  if (table == nullptr || id.index == 0 || id.index >= table->places.capacity) {
    return;
  }
  ledger::object_record& record = table->record(id.index);
  const auto expected =
      reinterpret_cast<std::uintptr_t>(address) & ~std::uintptr_t{ledger::object_dead};
  if (read_word(record.address) != expected ||
      static_cast<std::uint32_t>(read_word(record.serial_thread)) != id.serial) {
    return;
  }
  write_word(record.address, std::uint64_t{0});
  give_record(*table, records_of_thread(*table), id.index);
}

[[gnu::noinline]] record_id add_block(void* block, std::size_t bytes, const text* type,
                                      const text* label) noexcept {
  const new_record made = write_record({bytes, type, label});
  if (made.index == 0) {
    return {};
  }
  made.publish(block);
  if (preload_table() == nullptr) {
    try {
      block_table::note(block);
    } catch (...) {  // no memory: block_ref::of() finds nothing
    }
  }
  return {made.index, static_cast<std::uint32_t>(made.serial)};
}

void remove_block(record_id id, void* block) noexcept {
  remove_record(id, block);
  if (preload_table() == nullptr) {
    block_table::forget(block);
  }
}

}  // namespace detail

void set_test(std::string_view name) noexcept {
  detail::test_now.store(detail::intern(name), std::memory_order_release);
}

std::string_view current_test() noexcept {
  return detail::characters_of(detail::test_now.load(std::memory_order_acquire));
}

void set_tracking(bool on) noexcept {
  detail::tracking_on.store(on, std::memory_order_relaxed);
}

void set_stack_sampling(unsigned interval) noexcept {
  detail::sampling.store(interval, std::memory_order_relaxed);
}

std::uint64_t lost_records() noexcept {
  return detail::lost.load(std::memory_order_relaxed);
}

}  // namespace track
