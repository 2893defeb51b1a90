#include <sys/auxv.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "libtrack/base/relaxed.hpp"
#include "libtrack/weak/object_table.hpp"
#include "libtrack/weak/record_writer.hpp"
#include <track/cache_probe.hpp>
#include <track/counted.hpp>

// glibc 2.35; where it is older, or registered nothing, these are not there, or the size is 0.
extern "C" [[gnu::weak]] const std::ptrdiff_t __rseq_offset;
extern "C" [[gnu::weak]] const unsigned __rseq_size;

namespace track {
namespace detail {
namespace {

using ledger::cache_record;
using ledger::cache_stripe;

constexpr std::size_t stripe_words = sizeof(cache_stripe) / sizeof(std::uint64_t);
constexpr std::size_t first_age = offsetof(cache_stripe, ages) / sizeof(std::uint64_t);
static_assert(offsetof(cache_stripe, evictions) ==
              static_cast<std::size_t>(cache_event::evict) * sizeof(std::uint64_t));
static_assert(offsetof(cache_stripe, erased) ==
              static_cast<std::size_t>(cache_event::erase) * sizeof(std::uint64_t));
static_assert(eviction_ages::buckets == ledger::age_buckets);

// Word by word: the record as memory.
std::uint64_t* words_of(cache_record& record) noexcept {
  return reinterpret_cast<std::uint64_t*>(&record);
}

std::uint64_t& word_at(cache_record& record, std::uint32_t stripe, std::size_t word) noexcept {
  return words_of(record)[offsetof(cache_record, stripes) / sizeof(std::uint64_t) +
                          stripe * stripe_words + word];
}

[[gnu::always_inline]] inline void add_to(const probe_home& home, std::size_t word,
                                          std::uint64_t n) noexcept {
  constexpr std::uint32_t shared = ledger::cache_stripes - owned_cache_stripes;
  const stripe_source& source = home.stripes;
  if (source.id_offset == 0) {
    const auto stripe = static_cast<std::uint32_t>(thread_stripe() % ledger::cache_stripes);
    __atomic_fetch_add(&word_at(*home.record, stripe, word), n, __ATOMIC_RELAXED);
    return;
  }
  for (;;) {
    const std::uint32_t id = current_stripe(source, source.owned);
    if (id >= owned_cache_stripes) {
      const std::uint32_t stripe = owned_cache_stripes + id % shared;
      __atomic_fetch_add(&word_at(*home.record, stripe, word), n, __ATOMIC_RELAXED);
      return;
    }
    if (add_word_owned(source, id, &word_at(*home.record, id, word), n)) {
      return;
    }
  }
}

// The index of a record that is nobody's, its serial 0; `capacity`: there is none.
std::uint64_t claim(const cache_area& area) noexcept {
  if (area.capacity == 0) {
    return 0;
  }
  std::uint64_t used = read_word(*area.used);
  while (used < area.capacity) {
    if (__atomic_compare_exchange_n(area.used, &used, used + 1, true, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
      return used;
    }
  }
  for (std::uint64_t i = 0; i < area.capacity; ++i) {
    cache_record& record = area.records[i];
    std::uint64_t serial = read_word(record.serial);
    if (serial != 0 && read_word(record.end_ms) != 0 &&
        __atomic_compare_exchange_n(&record.serial, &serial, std::uint64_t{0}, false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
      return i;
    }
  }
  return area.capacity;
}

struct probe_facts {
  const text* name;
  const void* container;
  std::uint32_t node;
};

const probe_home* place(object_table& table, const cache_area& area, std::uint64_t index,
                        const probe_facts& facts) noexcept {
  cache_record& record = area.records[index];
  for (std::size_t i = 1; i < sizeof record / sizeof(std::uint64_t); ++i) {
    store_relaxed(words_of(record)[i], std::uint64_t{0});
  }
  // Under the preload, memory that is not the ledger's is searched for pointers.
  const bool is_searched = table.in_ledger && &area == &table.own_caches;
  write_word(record.address,
             std::uint64_t{is_searched ? 0 : reinterpret_cast<std::uintptr_t>(facts.container)});
  write_word(record.name, table.name_of(facts.name));
  write_word(record.node, facts.node);
  write_word(record.birth_ms, static_cast<std::uint32_t>(table.now_ms()));
  write_word(record.size, ledger::cache_unknown);
  write_word(record.never_hit, ledger::cache_unknown);
  area.homes[index] = {&record, table.this_process, table.own_caches.homes[0].stripes};
  write_word(record.serial, table.cache_serials.fetch_add(1, std::memory_order_relaxed) + 1);
  return &area.homes[index];
}

bool is_here(const probe_home* home) noexcept {
  return home != nullptr && load_relaxed(*home->this_process) != 0;
}

// `ours`: frames between the caller of the API and take_stack. Null: there is no memory at all.
[[gnu::noinline]] const probe_home* take_home(const text* name, const void* container,
                                              unsigned ours) noexcept {
  object_table* const table = current_table();
  if (table == nullptr) {
    count_lost(nullptr);
    return nullptr;
  }
  probe_facts facts{name, container, 0};
  if (table->in_ledger && table->take_stack != nullptr) {
    facts.node = table->take_stack(ours);
  }
  for (const cache_area* area : {&table->ledger_caches, &table->own_caches}) {
    const std::uint64_t index = claim(*area);
    if (index < area->capacity) {
      return place(*table, *area, index, facts);
    }
    if (area->capacity != 0) {
      count_lost(table);
    }
  }
  return &table->own_caches.homes[0];
}

void end(const probe_home* home) noexcept {
  const object_table* const table = existing_table();
  if (is_here(home) && table != nullptr) {
    const auto now_ms = static_cast<std::uint32_t>(table->now_ms());
    write_word(home->record->end_ms, now_ms == 0 ? std::uint32_t{1} : now_ms);
  }
}

cache_stats sum_of(cache_record& record) noexcept {
  cache_stats sum;
  sum.container = reinterpret_cast<const void*>(read_word(record.address));
  for (std::uint32_t stripe = 0; stripe < ledger::cache_stripes; ++stripe) {
    const auto counted = [&](cache_event what) {
      return load_relaxed(word_at(record, stripe, static_cast<std::size_t>(what)));
    };
    sum.inserts += counted(cache_event::insert);
    sum.hits += counted(cache_event::hit);
    sum.misses += counted(cache_event::miss);
    sum.evictions += counted(cache_event::evict);
    sum.erased += counted(cache_event::erase);
    for (std::size_t i = 0; i < eviction_ages::buckets; ++i) {
      sum.ages.counts[i] += load_relaxed(word_at(record, stripe, first_age + i));
    }
  }
  sum.evictions += sum.ages.total();
  const std::uint64_t gone = sum.evictions + sum.erased;
  sum.size = read_word(record.size);
  if (sum.size == ledger::cache_unknown) {
    sum.size = sum.inserts - std::min(sum.inserts, gone);
  }
  if (const std::uint64_t unhit = read_word(record.never_hit); unhit != ledger::cache_unknown) {
    sum.never_hit = unhit;
  }
  return sum;
}

std::chrono::milliseconds age_of(const cache_record& record, const object_table& table) noexcept {
  const auto now_ms = static_cast<std::uint32_t>(table.now_ms());
  return std::chrono::milliseconds(
      std::max<std::int32_t>(0, static_cast<std::int32_t>(now_ms - read_word(record.birth_ms))));
}

void list_area(const object_table& table, const cache_area& area, std::vector<cache_stats>& into) {
  const std::uint64_t used =
      area.capacity == 0 ? 0 : std::min(read_word(*area.used), area.capacity);
  for (std::uint64_t i = 0; i < used; ++i) {
    cache_record& record = area.records[i];
    const std::uint64_t serial = read_word(record.serial);
    if (serial == 0) {
      continue;
    }
    cache_stats stats = sum_of(record);
    stats.name = table.text_of(read_word(record.name));
    stats.age = age_of(record, table);
    // Adding nothing: all that was read before was read before this.
    const std::uint64_t serial_now = __atomic_fetch_add(&record.serial, 0, __ATOMIC_ACQ_REL);
    if (read_word(record.end_ms) == 0 && serial_now == serial) {
      into.push_back(stats);
    }
  }
}

}  // namespace

stripe_source stripes_of_this_system() noexcept {
  constexpr unsigned long rseq_feature_size = 27;  // AT_RSEQ_FEATURE_SIZE
  // The compiler takes the address of an object for never null; these may be.
  const std::ptrdiff_t* volatile offset = &__rseq_offset;
  const unsigned* volatile size = &__rseq_size;
  if (offset == nullptr || size == nullptr || *size == 0) {
    return {};
  }
  const bool has_own_numbers =
      getauxval(rseq_feature_size) >= rseq_detail::concurrency_id_offset + sizeof(std::uint32_t);
  return {*offset,
          has_own_numbers ? rseq_detail::concurrency_id_offset : rseq_detail::cpu_id_offset,
          ~std::uint32_t{0}};
}

}  // namespace detail

cache_probe::cache_probe(std::string_view name, const void* container) noexcept
    : name_(detail::intern(name)),
      hidden_container_(~reinterpret_cast<std::uintptr_t>(container)),
      of_cache_(true) {
  if (detail::is_tracking()) {
    home_.store(detail::take_home(name_, container, 2), std::memory_order_release);
  }
}

cache_probe::~cache_probe() {
  detail::end(home_.load(std::memory_order_acquire));
}

// The first call in this process, or since tracking was switched on.
[[gnu::noinline]] const detail::probe_home* cache_probe::settle() noexcept {
  if (!of_cache_) {
    return nullptr;
  }
  const detail::probe_home* known = home_.load(std::memory_order_acquire);
  if (detail::is_here(known)) {
    return known;
  }
  const detail::probe_home* const fresh =
      detail::take_home(name_, reinterpret_cast<const void*>(~hidden_container_), 3);
  if (home_.compare_exchange_strong(known, fresh, std::memory_order_acq_rel,
                                    std::memory_order_acquire)) {
    return fresh;
  }
  // Another thread was first. What it does not need is nobody's, and is not told.
  detail::write_word(fresh->record->serial, std::uint64_t{0});
  return known;
}

[[gnu::always_inline]] inline const detail::probe_home* cache_probe::home() noexcept {
  const detail::probe_home* const known = home_.load(std::memory_order_acquire);
  return detail::is_here(known) ? known : settle();
}

void cache_probe::add(detail::cache_event what, std::uint64_t n) noexcept {
  if (const detail::probe_home* const here = home()) {
    detail::add_to(*here, static_cast<std::size_t>(what), n);
  }
}

void cache_probe::add_evicted(std::chrono::milliseconds age) noexcept {
  if (const detail::probe_home* const here = home()) {
    detail::add_to(*here, detail::first_age + eviction_ages::bucket_of(age), 1);
  }
}

void cache_probe::write(detail::cache_gauge what, std::uint64_t n) noexcept {
  if (const detail::probe_home* const here = home()) {
    ledger::cache_record& record = *here->record;
    store_relaxed(what == detail::cache_gauge::size ? record.size : record.never_hit, n);
  }
}

cache_stats cache_probe::stats() const noexcept {
  cache_stats stats;
  const detail::object_table* const table = detail::existing_table();
  const detail::probe_home* const here = home_.load(std::memory_order_acquire);
  if (table != nullptr && detail::is_here(here)) {
    stats = detail::sum_of(*here->record);
    stats.age = detail::age_of(*here->record, *table);
  }
  stats.name = detail::characters_of(name_);
  stats.container = reinterpret_cast<const void*>(~hidden_container_);
  return stats;
}

std::vector<cache_stats> cache_probes() {
  std::vector<cache_stats> all;
  if (const detail::object_table* const table = detail::existing_table()) {
    detail::list_area(*table, table->ledger_caches, all);
    detail::list_area(*table, table->own_caches, all);
  }
  return all;
}

}  // namespace track
