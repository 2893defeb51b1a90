#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "libtrack/weak/object_table.hpp"
#include <track/counted.hpp>
#include <track/registry.hpp>

namespace track {
namespace detail {
namespace {

constexpr std::uint64_t serials_at_once = 64;

// Trivially destructible: deaths in destructors of other thread_locals come
// here, too.
[[gnu::tls_model("initial-exec")]] thread_local constinit thread_records mine_now{};

struct alignas(64) serial_counter {
  std::atomic<std::uint64_t> next{1};
};
struct alignas(64) mark_counter {
  std::atomic<std::uint64_t> epoch{1};
};
constinit serial_counter serials;
constinit mark_counter marks;

void give_chain(object_table& table, std::uint32_t head, std::uint32_t length) noexcept {
  if (head == 0) {
    return;
  }
  ledger::object_record& first = table.record(head);
  write_word(first.tag, length);
  const lock_guard guard(table.pool_lock);
  write_word(first.label, table.pool);
  write_word(table.pool, head);
}

bool take_chain(object_table& table, thread_records& mine) noexcept {
  if (read_word(table.pool) == 0) {
    return false;
  }
  const lock_guard guard(table.pool_lock);
  if (table.pool == 0) {
    return false;
  }
  mine.active = table.pool;
  const ledger::object_record& first = table.record(mine.active);
  mine.active_length = read_word(first.tag);
  write_word(table.pool, read_word(first.label));
  return true;
}

bool take_fresh(object_table& table, thread_records& mine) noexcept {
  std::uint64_t used = read_word(*table.places.used);
  std::uint64_t start, end;
  do {
    start = std::max<std::uint64_t>(used, 1);
    if (start >= table.places.capacity) {
      return false;
    }
    end = std::min(start + records_a_chain, table.places.capacity);
  } while (!__atomic_compare_exchange_n(table.places.used, &used, end, true, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE));
  mine.fresh = static_cast<std::uint32_t>(start);
  mine.fresh_end = static_cast<std::uint32_t>(end);
  return true;
}

void push(object_table& table, thread_records& mine, std::uint32_t index) noexcept {
  write_word(table.record(index).type, mine.active);
  mine.active = index;
  ++mine.active_length;
}

// When the thread ends. Later deaths on it begin again, and the key calls
// again.
void give_all(void* of_thread) noexcept {
  auto& mine = *static_cast<thread_records*>(of_thread);
  object_table* const table = existing_table();
  if (table != nullptr && mine.table == table) {
    for (; mine.fresh != mine.fresh_end; ++mine.fresh) {
      push(*table, mine, mine.fresh);
    }
    give_chain(*table, mine.spare, records_a_chain);
    give_chain(*table, mine.active, mine.active_length);
  }
  mine.table = nullptr;
}

// 0 is not yet, 1 in the making, else the key plus 2.
void call_at_thread_end(thread_records& mine) noexcept {
  static constinit std::atomic<std::uint64_t> state{0};
  std::uint64_t known = state.load(std::memory_order_acquire);
  if (known == 0 && state.compare_exchange_strong(known, 1, std::memory_order_acq_rel)) {
    pthread_key_t key;
    known = pthread_key_create(&key, give_all) == 0 ? std::uint64_t{key} + 2 : 0;
    state.store(known, std::memory_order_release);
  }
  if (known >= 2) {
    // Without memory for it the thread's few free records are lost with it.
    static_cast<void>(pthread_setspecific(static_cast<pthread_key_t>(known - 2), &mine));
  }
}

// As in object_record::serial_thread.
std::uint32_t number_this_thread(object_table& table) noexcept {
  std::uint32_t number = 0;
  if (!table.in_ledger) {
    number = table.threads.fetch_add(1, std::memory_order_relaxed) + 1;
  } else if (table.ledger_thread != nullptr) {
    number = table.ledger_thread();
  }
  if (number == 0 || number >= most_threads) {
    return 0;
  }
  write_word(table.thread_ids[number], static_cast<std::uint32_t>(gettid()));
  return number;
}

[[gnu::noinline]] void begin_with(object_table& table, thread_records& mine) noexcept {
  mine = thread_records{.table = &table,
                        .active = 0,
                        .active_length = 0,
                        .spare = 0,
                        .fresh = 0,
                        .fresh_end = 0,
                        .thread = number_this_thread(table),
                        .until_sample = 0,
                        .serial = 0,
                        .serial_end = 0,
                        .epoch = 0,
                        .tag = mine.tag};
  call_at_thread_end(mine);
}

}  // namespace

thread_records& records_of_thread(object_table& table) noexcept {
  thread_records& mine = mine_now;
  if (mine.table != &table) {
    begin_with(table, mine);
  }
  return mine;
}

std::uint32_t take_record(object_table& table, thread_records& mine) noexcept {
  if (mine.active == 0) {
    if (mine.spare != 0) {
      mine.active = mine.spare;
      mine.active_length = records_a_chain;
      mine.spare = 0;
    } else if (mine.fresh == mine.fresh_end && !take_chain(table, mine) &&
               !take_fresh(table, mine)) {
      return 0;
    }
  }
  if (mine.active == 0) {
    return mine.fresh++;
  }
  const std::uint32_t index = mine.active;
  mine.active = read_word(table.record(index).type);
  --mine.active_length;
  return index;
}

void give_record(object_table& table, thread_records& mine, std::uint32_t index) noexcept {
  if (mine.active_length == records_a_chain) {
    give_chain(table, mine.spare, records_a_chain);
    mine.spare = mine.active;
    mine.active = 0;
    mine.active_length = 0;
  }
  push(table, mine, index);
}

std::uint64_t next_serial(thread_records& mine) noexcept {
  const std::uint64_t epoch = marks.epoch.load(std::memory_order_acquire);
  if (mine.serial == mine.serial_end || mine.epoch != epoch) {
    mine.epoch = epoch;
    mine.serial = serials.next.fetch_add(serials_at_once, std::memory_order_acq_rel);
    mine.serial_end = mine.serial + serials_at_once;
  }
  return mine.serial++;
}

const text* exchange_tag(const text* tag) noexcept {
  return std::exchange(mine_now.tag, tag);
}

std::size_t thread_stripe() noexcept {
  static constinit std::atomic<std::size_t> threads{0};
  [[gnu::tls_model("initial-exec")]] thread_local constinit std::size_t stripe = 0;
  if (stripe == 0) {
    stripe = threads.fetch_add(1, std::memory_order_relaxed) % std::tuple_size_v<count_cells> + 1;
  }
  return stripe - 1;
}

}  // namespace detail

// Read first, then raised: what a thread takes after it sees the new epoch lies
// above.
std::uint64_t mark() noexcept {
  const std::uint64_t now = detail::serials.next.load(std::memory_order_acquire);
  detail::marks.epoch.fetch_add(1, std::memory_order_acq_rel);
  return now;
}

}  // namespace track
