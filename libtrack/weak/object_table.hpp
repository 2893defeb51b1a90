// Where the records of the registry stand. Floor 3.
//
// With the preload in the objects and names regions of this process's ledger, so that they survive
// the process; else in memory of our own with the same layout. A child of fork opens a table of its
// own, of the next generation, and never touches the old one, whose locks nobody may hold there.
//
// A record is in use while its address is not 0; the address is written last and cleared first, and
// its serial is never given twice, so a reader that finds both unchanged has read one record whole.
// All words are written and read atomically. Free records are chained through their other fields,
// 32 to a chain; each thread keeps two chains, so that the lock of the pool is taken every 32nd
// time. Records that a death_node belongs to have it in `side`, hidden, under the shard's lock.
// Nothing here calls malloc. Locks: a shard, or the pool; the lock bit of a life inside a shard's.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libtrack/base/spin_lock.hpp"
#include "libtrack/ledger/format.hpp"
#include "libtrack/ledger/program_table.hpp"
#include "libtrack/weak/cache_places.hpp"
#include "libtrack/weak/text_pool.hpp"

namespace track::detail {

struct object_table {
  struct alignas(64) shard {
    spin_lock lock;
  };
  static constexpr std::size_t shard_count = 64;

  libtrack_objects places{};
  const unsigned* this_process = nullptr;  // 0 in children
  std::uint32_t generation = 0;
  bool in_ledger = false;
  std::uint32_t (*take_stack)(unsigned skipped) = nullptr;
  std::size_t (*frames)(std::uint32_t node, void** addresses, std::size_t most) = nullptr;
  std::uint32_t (*ledger_thread)() = nullptr;  // this thread's number there
  std::atomic<std::uint64_t>* side = nullptr;  // as many as records
  std::uint32_t* thread_ids = nullptr;         // of the kernel, by the record's thread
  std::atomic<std::uint32_t> threads{0};       // highest number in use, without a ledger
  cache_area ledger_caches;                    // of no capacity without a ledger
  cache_area own_caches;                       // record 0 takes what has no place
  std::uint64_t own_caches_used = 1;
  std::atomic<std::uint64_t> cache_serials{0};
  alignas(64) spin_lock pool_lock;
  std::uint32_t pool = 0;  // first record of the first chain; written under the lock
  shard shards[shard_count];

  ledger::object_record& record(std::uint32_t index) const noexcept {
    return places.records[index];
  }
  spin_lock& lock_of(std::uint32_t index) noexcept { return shards[index / 32 % shard_count].lock; }
  // One past the highest index that may be in use.
  std::uint32_t end() const noexcept;
  std::uint64_t now_ms() const noexcept;
  ledger::object_name name_of(const text* interned) noexcept;
  std::string_view text_of(ledger::object_name name) const noexcept;
};

inline constexpr std::uint32_t most_threads = 1u << 16;  // in 16 bits of a record; 0: unknown

// The table of this process; null: no memory for one.
object_table* current_table() noexcept;
// The same, without making one.
object_table* existing_table() noexcept;

inline constexpr std::uint32_t records_a_chain = 32;

struct thread_records {
  object_table* table;   // whose the rest is
  std::uint32_t active;  // a chain that is used and filled, and its length
  std::uint32_t active_length;
  std::uint32_t spare;  // a whole chain, or 0
  std::uint32_t fresh;  // records never used: from here
  std::uint32_t fresh_end;
  std::uint32_t thread;  // as in object_record::serial_thread
  std::uint32_t until_sample;
  std::uint64_t serial;  // serials of this thread: from here
  std::uint64_t serial_end;
  std::uint64_t epoch;  // of mark(), when they were taken
  const text* tag;
};

// This thread's, for this table.
thread_records& records_of_thread(object_table& table) noexcept;

// An unused record, its address 0; 0: there is none.
std::uint32_t take_record(object_table& table, thread_records& mine) noexcept;
void give_record(object_table& table, thread_records& mine, std::uint32_t index) noexcept;
std::uint64_t next_serial(thread_records& mine) noexcept;

// ---- words of records
// ----------------------------------------------------------------------------

template <class Word>
Word read_word(const Word& word) noexcept {
  return __atomic_load_n(&word, __ATOMIC_ACQUIRE);
}
template <class Word>
void write_word(Word& word, Word value) noexcept {
  __atomic_store_n(&word, value, __ATOMIC_RELEASE);
}

}  // namespace track::detail
