// A cache that cannot leak: a weak_value_map, and strong references to the values used last.
// Floor 3.
//
// As long as anybody uses a value, the cache finds it; the last N entries or B bytes used are also
// kept alive by the cache itself. `bytes_of` says what a value takes, once, when it comes in; a
// value larger than the limit is found but not kept. Values are shared_ptrs of track::make_shared
// or track::adopt: an object with a hook cannot be kept alive.
//
// Threads: every member may be called from every thread; only the destructor needs that nobody else
// uses the cache. No code of the user runs under a lock: bytes_of may run in several threads at
// once, values are destroyed after the unlock, and a destructor or make() may use the cache.
// Neither copied nor moved. errors: as weak_value_map; what bytes_of throws is passed on, the cache
// is as before then. trim(), clear() and evictions take no memory, so trim() may be called by a
// new_handler. cost: get and get_or_create of what is there: O(1), one lock. About 200 bytes an
// entry, and the key.
#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <limits>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <track/cache_probe.hpp>
#include <track/detail/lru.hpp>
#include <track/detail/weak_creation.hpp>
#include <track/detail/weak_entry.hpp>
#include <track/weak_ref.hpp>

namespace track {

// What the cache keeps alive at most.
struct cache_limits {
  std::size_t entries = std::numeric_limits<std::size_t>::max();
  std::size_t bytes = std::numeric_limits<std::size_t>::max();
};

// hits + misses is the number of get() and get_or_create(); evictions are strong references given
// up for want of room, whether or not the value lives on.
struct cache_counters {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t insertions = 0;
  std::uint64_t evictions = 0;
};

// What a value takes, if its own size says it.
struct size_of_value {
  template <class T>
  std::size_t operator()(const T&) const noexcept {
    return sizeof(T);
  }
};

template <class K, class T, class Hash = std::hash<K>, class Eq = std::equal_to<K>,
          class BytesOf = size_of_value>
class weak_cache {
 public:
  using key_type = K;
  using mapped_type = T;

  explicit weak_cache(std::size_t strong_capacity, BytesOf bytes_of = BytesOf())
      : weak_cache(cache_limits{strong_capacity, cache_limits().bytes}, std::move(bytes_of)) {}
  explicit weak_cache(cache_limits limits, BytesOf bytes_of = BytesOf())
      : table_(new lru_table(std::move(bytes_of))) {
    table_->lru.limits = {limits.entries, limits.bytes};
  }
  weak_cache(const weak_cache&) = delete;
  weak_cache& operator=(const weak_cache&) = delete;
  ~weak_cache() {
    table_->close();
    detail::weak_table::leave(table_);
  }

  // ---- one key ---------------------------------------------------------------------------------

  // The value, which becomes the one used last. Null: absent or dead.
  std::shared_ptr<T> get(const K& key) {
    auto found = look(key, Hash{}(key));
    if (found == nullptr) {
      table_->missed();
    }
    return found;
  }

  // The same, else what make() returns, put in. One make() a key at a time, others who ask for this
  // key wait and for other keys do not; see weak_value_map.
  template <std::invocable F>
  requires std::convertible_to<std::invoke_result_t<F>, std::shared_ptr<T>> std::shared_ptr<T>
  get_or_create(const K& key, F&& make) {
    const std::size_t hash = Hash{}(key);
    if (auto found = look(key, hash)) {
      return found;
    }
    lru_table& table = *table_;
    table.use();
    const detail::table_user keep(&table);  // make() may destroy the cache
    evicted out;
    bool missed = false;
    std::size_t bytes = 0;
    const auto make_and_measure = [&]() -> std::shared_ptr<T> {
      missed = true;
      table.missed();
      std::shared_ptr<T> value = std::invoke(std::forward<F>(make));
      bytes = value == nullptr ? 0 : table.measure(*value);
      return value;
    };
    auto value = detail::creator<entry, by, T>::run(
        table, key, hash, make_and_measure,
        [&](detail::section&, entry& e, const std::shared_ptr<T>& v) noexcept {
          table.hit(e, v, out, missed ? 0 : 1);
        },
        [&](detail::section&, entry& e, const std::shared_ptr<T>& v) noexcept {
          e.payload.bytes = bytes;
          table.added(e, v, out);
        });
    settle(table, out);
    return value;
  }

  // The value; neither counted nor a use.
  std::shared_ptr<T> peek(const K& key) const {
    return keys::read(table_, key, Hash{}(key), [](entry& e) noexcept { return e.object.lock(); });
  }
  bool contains(const K& key) const {
    return keys::read(table_, key, Hash{}(key), [](entry& e) noexcept { return e.live(); });
  }

  void insert_or_assign(K key, const std::shared_ptr<T>& value) {
    detail::observed<T> object(value);
    std::shared_ptr<T> alive;
    if (!detail::keep_observable(object, alive)) {
      detail::throw_not_observable(false);
    }
    const std::size_t bytes = table_->measure(*alive);
    const std::size_t hash = Hash{}(key);
    detail::entry_user<entry> fresh(new entry(hash, std::move(object), std::move(key)));
    fresh->payload.bytes = bytes;
    evicted out;
    table_->make_room();
    keys::visit(*table_, fresh->payload.key, hash, detail::wanted::settled,
                [&](detail::section& locked, entry* old) noexcept {
                  if (locked.link(fresh.get(), fresh->object.record(), old)) {
                    if (old != nullptr) {
                      table_->remove(*old);
                    }
                    table_->added(*fresh.release(), alive, out);
                  }
                });
    settle(*table_, out);
  }

  // Forgets the entry. True: there was a live value.
  bool erase(const K& key) {
    bool was_live = false;
    keys::visit(*table_, key, Hash{}(key), detail::wanted::settled,
                [&](detail::section& locked, entry* e) noexcept {
                  if (e != nullptr) {
                    was_live = e->live();
                    table_->remove(*e);
                    locked.retire(e);
                  }
                });
    return was_live;
  }
  void clear() noexcept {
    detail::section locked(*table_);
    table_->remove_all();
    locked.retire_all();
  }

  // ---- what is kept alive ----------------------------------------------------------------------

  // Gives up strong references, those unused for longest first, until `entries` are left.
  void trim(std::size_t entries) noexcept {
    evicted out;
    do {
      out.clear();
      const detail::section locked(*table_);
      table_->evict({entries, cache_limits().bytes}, out);
    } while (out.is_full());
  }
  void set_limits(cache_limits limits) noexcept {
    evicted out;
    {
      const detail::section locked(*table_);
      table_->lru.limits = {limits.entries, limits.bytes};
      table_->evict(table_->lru.limits, out);
    }
    settle(*table_, out);
  }
  std::size_t strong_size() const noexcept {
    const detail::section locked(*table_);
    return table_->lru.entries;
  }
  std::size_t strong_bytes() const noexcept {
    const detail::section locked(*table_);
    return table_->lru.bytes;
  }

  // ---- the whole -------------------------------------------------------------------------------

  // Values that can be found, kept alive or not.
  std::size_t size() const noexcept { return table_->size(); }
  bool empty() const noexcept { return size() == 0; }

  cache_counters counters() const noexcept {
    const detail::section locked(*table_);
    cache_counters now = table_->counters;
    now.misses = table_->misses.load(std::memory_order_relaxed);
    return now;
  }

  // From now on its hits, misses, insertions and evictions, with the age since the insertion, are
  // told by track::cache_probes() and `track caches`, under this name; its size is strong_size().
  // Once: false, and nothing is done, if it is probed already. errors: bad_alloc.
  bool probe(std::string_view name) {
    auto fresh = std::make_unique<cache_probe>(name, this);
    cache_probe* none = nullptr;
    if (!table_->probe.compare_exchange_strong(none, fresh.get(), std::memory_order_acq_rel)) {
      return false;
    }
    fresh.release();
    const detail::section locked(*table_);
    table_->tell_size();
    return true;
  }

  std::vector<std::pair<K, weak_ref<T>>> snapshot() const {
    const auto found = detail::entries_in_use<entry>::of(table_);
    std::vector<std::pair<K, weak_ref<T>>> all;
    all.reserve(found.size());
    for (const entry* e : found) {
      all.emplace_back(e->payload.key, weak_ref<T>(e->object));
    }
    return all;
  }
  // Calls f(const K&, T&) for every value that still lives, pinned for the call; no use.
  template <std::invocable<const K&, T&> F>
  void for_each(F f) const {
    for (const entry* e : detail::entries_in_use<entry>::of(table_)) {
      if (const auto value = e->object.take()) {
        f(e->payload.key, *value);
      }
    }
  }

  template <class Traits>
  friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                                      const weak_cache& cache) {
    return out << "<weak_cache at " << static_cast<const void*>(&cache) << ", " << cache.size()
               << " entries, " << cache.strong_size() << " kept alive>";
  }

 private:
  using entry = detail::weak_entry<T, detail::cached<K, T>>;
  using by = detail::by_key<K, Eq>;
  using keys = detail::keyed<entry, by>;
  using evicted = detail::evicted<T>;

  struct lru_table final : detail::weak_table {
    explicit lru_table(BytesOf b) : bytes_of(std::move(b)) {}
    ~lru_table() override { delete probe.load(std::memory_order_acquire); }

    std::size_t measure(const T& value) const {
      return static_cast<std::size_t>(std::invoke(bytes_of, value));
    }
    void missed() noexcept {
      misses.fetch_add(1, std::memory_order_relaxed);
      if (cache_probe* const told = probed()) {
        told->miss();
      }
    }
    // The rest under the mutex.
    void hit(entry& e, const std::shared_ptr<T>& value, evicted& out,
             std::uint64_t count = 1) noexcept {
      counters.hits += count;
      if (cache_probe* const told = probed(); told != nullptr && count != 0) {
        told->hit(count);
      }
      lru.use(e, value);
      evict(lru.limits, out);
    }
    void added(entry& e, const std::shared_ptr<T>& value, evicted& out) noexcept {
      ++counters.insertions;
      if (cache_probe* const told = probed()) {
        e.payload.since = cache_clock::now();
        told->insert();
      }
      lru.use(e, value);
      evict(lru.limits, out);
    }
    void evict(detail::lru_limits to, evicted& out) noexcept {
      cache_probe* const told = probed();
      const auto now =
          told == nullptr || !lru.is_over(to) ? cache_clock::time_point() : cache_clock::now();
      counters.evictions += lru.evict(to, out, [told, now](const entry& e) noexcept {
        if (told != nullptr && e.payload.since != cache_clock::time_point()) {
          told->evict(now - e.payload.since);
        } else if (told != nullptr) {
          told->evict();
        }
      });
      tell_size();
    }
    void remove(entry& e) noexcept {
      const std::size_t before = lru.entries;
      lru.remove(e);
      tell_erased(before);
    }
    void remove_all() noexcept {
      const std::size_t before = lru.entries;
      lru.remove_all();
      tell_erased(before);
    }
    void tell_erased(std::size_t before) noexcept {
      if (cache_probe* const told = probed(); told != nullptr && before != lru.entries) {
        told->erase(before - lru.entries);
        tell_size();
      }
    }
    void tell_size() noexcept {
      if (cache_probe* const told = probed()) {
        told->size(lru.entries);
      }
    }
    cache_probe* probed() const noexcept { return probe.load(std::memory_order_acquire); }

    const BytesOf bytes_of;
    detail::lru<entry, T> lru;
    cache_counters counters;
    std::atomic<std::uint64_t> misses{0};  // counted without the mutex
    std::atomic<cache_probe*> probe{nullptr};
  };

  std::shared_ptr<T> look(const K& key, std::size_t hash) {
    std::shared_ptr<T> value;
    evicted out;
    lru_table& table = *table_;
    keys::visit(table, key, hash, detail::wanted::settled,
                [&](detail::section&, entry* e) noexcept {
                  if (e != nullptr && (value = e->object.lock()) != nullptr) {
                    table.hit(*e, value, out);
                  }
                });
    settle(table, out);
    return value;
  }

  // What did not fit into one batch. The caller keeps the table in use.
  static void settle(lru_table& table, evicted& out) noexcept {
    while (out.is_full()) {
      out.clear();
      const detail::section locked(table);
      table.evict(table.lru.limits, out);
    }
  }

  lru_table* const table_;
};

// The same as a function.
template <class K, class T, class Hash, class Eq, class BytesOf>
bool probe(weak_cache<K, T, Hash, Eq, BytesOf>& cache, std::string_view name) {
  return cache.probe(name);
}

}  // namespace track
