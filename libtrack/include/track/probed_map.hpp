// A map that tells what it does as a cache: a cache_probe around any map. Floor 3.
//
// probed_map<std::unordered_map<K, V>> keeps a V, its time of birth and whether it was ever hit, so
// it can say how old entries were at eviction, and which were never asked for again: memory for
// nothing. Map is std::map, std::unordered_map or one that looks like them: key_type, mapped_type,
// find, try_emplace, erase(iterator), end, size, clear and iteration over pairs; its allocator is
// rebound. Where the template's parameters are of another kind, specialise probed_map_base.
//
// What to evict is up to you: evict() and evict_if() take out for want of room, erase() and clear()
// because the program is done with an entry, and count as such.
//
// threads: as Map; find() may be called by several threads at once as long as nobody changes the
// map. Neither copied nor moved. errors: those of Map. cost: 8 bytes an entry; a find that hits 2
// ns, the first of an entry 10 more; an insertion and an eviction a look at the clock, 25 ns.
#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <tuple>
#include <utility>

#include <track/cache_probe.hpp>

namespace track {

// What the map holds for a V. `value` is yours.
template <class V>
class probed_value {
 public:
  template <class... Args>
  explicit probed_value(std::in_place_t, Args&&... args) : value(std::forward<Args>(args)...) {}

  V value;

  cache_clock::time_point birth() const noexcept {
    return cache_clock::time_point(
        std::chrono::nanoseconds(load().load(std::memory_order_relaxed) & ~hit_bit));
  }
  bool was_hit() const noexcept { return (load().load(std::memory_order_relaxed) & hit_bit) != 0; }

 private:
  template <class>
  friend class probed_map;

  static constexpr std::int64_t hit_bit = 1;

  std::atomic_ref<std::int64_t> load() const noexcept {
    return std::atomic_ref<std::int64_t>(birth_and_hit_);
  }
  void begin(cache_clock::time_point now) noexcept {
    birth_and_hit_ =
        std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count() &
        ~hit_bit;
  }
  // True: it is the first.
  bool note_hit() const noexcept {
    return !was_hit() && (load().fetch_or(hit_bit, std::memory_order_relaxed) & hit_bit) == 0;
  }

  mutable std::int64_t birth_and_hit_ = 0;
};

namespace detail {

// An allocator of other pairs, everything else as it is.
template <class T, class Pair>
struct rebound {
  using type = T;
};
template <class T, class Pair>
requires requires(T a) {
  typename T::value_type;
  a.allocate(1);
}
struct rebound<T, Pair> {
  using type = typename std::allocator_traits<T>::template rebind_alloc<Pair>;
};

}  // namespace detail

// The map that holds probed values: `type`.
template <class Map>
struct probed_map_base;
template <template <class...> class Map, class K, class V, class... Rest>
struct probed_map_base<Map<K, V, Rest...>> {
  using type = Map<K, probed_value<V>,
                   typename detail::rebound<Rest, std::pair<const K, probed_value<V>>>::type...>;
};

template <class Map>
class probed_map {
 public:
  using map_type = typename probed_map_base<Map>::type;
  using key_type = typename Map::key_type;
  using mapped_type = typename Map::mapped_type;
  using age_type = cache_clock::duration;

  // `args` are the map's: a hash, a comparison, an allocator.
  template <class... Args>
  requires std::constructible_from<map_type, Args...>
  explicit probed_map(std::string_view name, Args&&... args)
      : map_(std::forward<Args>(args)...), probe_(name, &map_) {
    tell();
  }
  probed_map(const probed_map&) = delete;
  probed_map& operator=(const probed_map&) = delete;
  ~probed_map() = default;

  // ---- asking ----------------------------------------------------------------------------------

  // A hit or a miss; null: it is not there.
  mapped_type* find(const key_type& key) {
    const auto found = map_.find(key);
    if (found == map_.end()) {
      probe_.miss();
      return nullptr;
    }
    return &hit(found->second);
  }
  // The value, else what make() returns, put in.
  template <std::invocable F>
  mapped_type& get_or_create(const key_type& key, F&& make) {
    if (mapped_type* const found = find(key)) {
      return *found;
    }
    return *try_emplace(key, std::invoke(std::forward<F>(make))).first;
  }
  // Not counted, and no hit.
  const mapped_type* peek(const key_type& key) const {
    const auto found = map_.find(key);
    return found == map_.end() ? nullptr : &found->second.value;
  }
  bool contains(const key_type& key) const { return map_.find(key) != map_.end(); }

  // ---- changing --------------------------------------------------------------------------------

  // Nothing is done, and nothing counted, if the key is there.
  template <class Key, class... Args>
  std::pair<mapped_type*, bool> try_emplace(Key&& key, Args&&... args) {
    const auto [at, is_new] =
        map_.try_emplace(std::forward<Key>(key), std::in_place, std::forward<Args>(args)...);
    if (is_new) {
      begin(at->second);
    }
    return {&at->second.value, is_new};
  }
  template <class Key, class... Args>
  std::pair<mapped_type*, bool> emplace(Key&& key, Args&&... args) {
    return try_emplace(std::forward<Key>(key), std::forward<Args>(args)...);
  }
  // A value in place of another is a new entry: the old one was erased.
  template <class Key, class Value>
  mapped_type& insert_or_assign(Key&& key, Value&& value) {
    const auto found = map_.find(key);
    if (found == map_.end()) {
      return *try_emplace(std::forward<Key>(key), std::forward<Value>(value)).first;
    }
    found->second.value = std::forward<Value>(value);
    unhit_.fetch_sub(found->second.was_hit() ? 0 : 1, std::memory_order_relaxed);
    probe_.erase();
    begin(found->second);
    return found->second.value;
  }

  bool erase(const key_type& key) {
    return take(key, [this](const auto&) { probe_.erase(); });
  }
  bool evict(const key_type& key) {
    const auto now = cache_clock::now();
    return take(key, [&](const auto& entry) { probe_.evict(now - entry.birth()); });
  }
  // Evicts every entry that is_old(key, value, age) is true for; returns how many.
  template <std::predicate<const key_type&, const mapped_type&, age_type> Predicate>
  std::size_t evict_if(Predicate is_old) {
    const auto now = cache_clock::now();
    std::size_t count = 0;
    for (auto at = map_.begin(); at != map_.end();) {
      const age_type age = now - at->second.birth();
      if (is_old(at->first, std::as_const(at->second.value), age)) {
        probe_.evict(age);
        at = remove(at);
        ++count;
      } else {
        ++at;
      }
    }
    tell();
    return count;
  }
  void clear() {
    probe_.erase(map_.size());
    map_.clear();
    unhit_.store(0, std::memory_order_relaxed);
    tell();
  }

  // ---- the whole -------------------------------------------------------------------------------

  std::size_t size() const noexcept { return map_.size(); }
  bool empty() const noexcept { return map_.size() == 0; }
  // Entries that were put in and never asked for again.
  std::size_t never_hit() const noexcept {
    return static_cast<std::size_t>(unhit_.load(std::memory_order_relaxed));
  }
  cache_stats stats() const noexcept { return probe_.stats(); }
  // Its entries are pairs of a key and a probed_value.
  const map_type& entries() const noexcept { return map_; }

  // Calls f(const key_type&, mapped_type&) for every entry; no hits.
  template <std::invocable<const key_type&, mapped_type&> F>
  void for_each(F f) {
    for (auto& [key, entry] : map_) {
      f(key, entry.value);
    }
  }
  // Calls f(const key_type&, const mapped_type&, age) for every entry that was never hit.
  template <std::invocable<const key_type&, const mapped_type&, age_type> F>
  void for_each_never_hit(F f) const {
    const auto now = cache_clock::now();
    for (const auto& [key, entry] : map_) {
      if (!entry.was_hit()) {
        f(key, entry.value, now - entry.birth());
      }
    }
  }

 private:
  using entry_type = probed_value<mapped_type>;

  mapped_type& hit(entry_type& entry) noexcept {
    probe_.hit();
    if (entry.note_hit()) {
      unhit_.fetch_sub(1, std::memory_order_relaxed);
      tell_never_hit();
    }
    return entry.value;
  }
  void begin(entry_type& entry) noexcept {
    entry.begin(cache_clock::now());
    unhit_.fetch_add(1, std::memory_order_relaxed);
    probe_.insert();
    tell();
  }
  template <class Tell>
  bool take(const key_type& key, Tell told) {
    const auto found = map_.find(key);
    if (found == map_.end()) {
      return false;
    }
    told(std::as_const(found->second));
    remove(found);
    tell();
    return true;
  }
  template <class Iterator>
  auto remove(Iterator at) {
    unhit_.fetch_sub(at->second.was_hit() ? 0 : 1, std::memory_order_relaxed);
    return map_.erase(at);
  }
  void tell() noexcept {
    probe_.size(map_.size());
    tell_never_hit();
  }
  // Several may be here at once: whoever wrote last looks again.
  void tell_never_hit() noexcept {
    std::int64_t told;
    do {
      told = unhit_.load(std::memory_order_seq_cst);
      probe_.never_hit(static_cast<std::uint64_t>(told));
      // Adding nothing: what was told before is told by then.
    } while (unhit_.fetch_add(0, std::memory_order_seq_cst) != told);
  }

  map_type map_;
  std::atomic<std::int64_t> unhit_{0};
  cache_probe probe_;
};

}  // namespace track
