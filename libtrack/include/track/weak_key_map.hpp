// What is known about objects that it does not keep alive: an entry leaves, and its value is
// destroyed, when its key dies. Floor 3.
//
// A key is anything that can be observed: a shared_ptr of track::make_shared or track::adopt, a
// tracked<T>, an object with a hook (see hook.hpp). Keys are told apart by identity: two
// shared_ptrs of one owner are one key. With Hash and Eq, which take const T&, by value; the hash
// of a key must not change while it is in the map. insert_or_assign then puts the new key in the
// place of an equal one. Where a shared_ptr to the key is returned, keys of hooks count as absent.
//
// A value is returned as a copy, made without a lock, and never changes in the map: for a value to
// be shared and changed, let V be a shared_ptr. A value that owns its key keeps it, and itself,
// alive for ever: that is a leak, and the map cannot see it.
//
// Threads: every member may be called from every thread, on one map too. Only destroying a map and
// moving out of it need that nobody else uses it. Iteration goes over a snapshot: what is done to
// the map meanwhile, and keys that die, do no harm. No code of the user runs under a lock; Hash and
// Eq run on keys that are kept alive. Operations with a second map or a range are a sequence of
// single steps. errors: not_observable from what puts a key in, when it is foreign, empty, dead or
// dying; bad_alloc, and what Hash, Eq and the copying of values throw; the map is as before then
// (ranges: as far as they got). Hash and Eq are default constructible. cost: O(1) on average;
// snapshots, comparisons and copies O(n) in time and memory. The death of a key: O(1), without
// memory; values that own further keys take no stack, however long the chain.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include <track/detail/weak_entry.hpp>
#include <track/weak_ref.hpp>

namespace track {

struct by_owner {};  // keys are told apart by identity

namespace detail {

// A range of pairs {owner of a T, V}.
template <class R, class T, class V>
concept range_of_keys = requires(R&& range) {
  std::end(range);
  requires owner_of<decltype((std::begin(range)->first)), T>;
  { std::begin(range)->second } -> std::convertible_to<V>;
};

}  // namespace detail

template <class T, class V, class Hash = by_owner, class Eq = by_owner>
class weak_key_map : public detail::weak_container {
 public:
  using key_type = T;
  using mapped_type = V;
  using reference = typename detail::observed<T>::reference;

  constexpr weak_key_map() noexcept = default;
  weak_key_map(const weak_key_map& other) : weak_container() { insert_range(other); }
  weak_key_map(weak_key_map&& other) noexcept = default;
  template <detail::range_of_keys<T, V> R>
  explicit weak_key_map(R&& range) {
    insert_range(std::forward<R>(range));
  }
  ~weak_key_map() = default;

  weak_key_map& operator=(const weak_key_map& other) { return *this = weak_key_map(other); }
  weak_key_map& operator=(weak_key_map&& other) = default;
  // errors: bad_alloc, where one of the two never had an entry.
  void swap(weak_key_map& other) { weak_container::swap(other); }
  friend void swap(weak_key_map& a, weak_key_map& b) { a.swap(b); }

  // ---- one key ---------------------------------------------------------------------------------

  template <detail::owner_of<T> O>
  void insert_or_assign(O&& key, V value) {
    if (!put(detail::observed<T>(detail::observe(key)), std::move(value), nullptr)) {
      detail::throw_not_observable(false);
    }
  }

  // A copy of the value. nullopt: absent.
  template <detail::owner_of<T> O>
  std::optional<V> get(O&& key) const {
    const entry_user found = find(key);
    return found ? std::optional<V>(found->payload) : std::nullopt;
  }
  template <detail::owner_of<T> O>
  V get(O&& key, V fallback) const {
    const entry_user found = find(key);
    return found ? V(found->payload) : std::move(fallback);
  }
  // errors: std::out_of_range.
  template <detail::owner_of<T> O>
  V at(O&& key) const {
    const entry_user found = find(key);
    if (!found) {
      throw std::out_of_range("weak_key_map::at: the map has no such key");
    }
    return found->payload;
  }
  template <detail::owner_of<T> O>
  bool contains(O&& key) const {
    return static_cast<bool>(find(key));
  }
  // Calls f(const V&), on the value in its place. nullopt, or false where f gives nothing: absent.
  template <detail::owner_of<T> O, std::invocable<const V&> F>
  detail::maybe<std::invoke_result_t<F, const V&>> with(O&& key, F&& f) const {
    const entry_user found = find(key);
    if (!found) {
      return {};
    }
    if constexpr (std::is_void_v<std::invoke_result_t<F, const V&>>) {
      std::invoke(std::forward<F>(f), std::as_const(found->payload));
      return true;
    } else {
      return std::invoke(std::forward<F>(f), std::as_const(found->payload));
    }
  }

  // The value that is there, else `value`, which is put in. One atomic step.
  template <detail::owner_of<T> O>
  V get_or_insert(O&& key, V value) {
    entry_user present;
    if (!put(detail::observed<T>(detail::observe(key)), V(std::as_const(value)), &present)) {
      detail::throw_not_observable(false);
    }
    return present ? V(std::as_const(present->payload)) : std::move(value);
  }

  // Takes the value out; moved, unless another thread is reading it.
  template <detail::owner_of<T> O>
  std::optional<V> extract(O&& key) {
    return take_out([&](auto act) {
      change(key, [&](detail::section& locked, entry* e) noexcept {
        if (e != nullptr && e->live()) {
          act(locked, *e);
        }
      });
    });
  }
  // True: the key was there.
  template <detail::owner_of<T> O>
  bool erase(O&& key) {
    bool was_live = false;
    change(key, [&](detail::section& locked, entry* e) noexcept {
      if (e != nullptr) {
        was_live = e->live();
        locked.retire(e);
      }
    });
    return was_live;
  }

  // Takes the newest entry whose key a shared_ptr owns.
  std::optional<std::pair<std::shared_ptr<T>, V>> pop_any() {
    detail::weak_table* const t = table_.peek();
    std::shared_ptr<T> key;
    auto value = take_out([&](auto act) {
      std::shared_ptr<T> newest;
      if (t != nullptr) {
        detail::section locked(*t);
        auto* e = locked.newest<entry>();
        while (e != nullptr && (newest = e->object.lock()) == nullptr) {
          e = locked.older(e);
        }
        if (e != nullptr) {
          act(locked, *e);
        }
      }
      key.swap(newest);
    });
    if (!value.has_value()) {
      return std::nullopt;
    }
    return std::pair<std::shared_ptr<T>, V>(std::move(key), *std::move(value));
  }

  // ---- the whole -------------------------------------------------------------------------------

  // Oldest entry first, here and below.
  std::vector<std::pair<weak_ref<T>, V>> snapshot() const {
    return collect<std::pair<weak_ref<T>, V>>(
        [](auto& out, const entry& e) { out.emplace_back(weak_ref<T>(e.object), e.payload); });
  }
  std::vector<weak_ref<T>> key_refs() const {
    return collect<weak_ref<T>>([](auto& out, const entry& e) { out.emplace_back(e.object); });
  }
  std::vector<std::shared_ptr<T>> keys() const {
    return collect<std::shared_ptr<T>>([](auto& out, const entry& e) {
      if (auto key = e.object.lock()) {
        out.push_back(std::move(key));
      }
    });
  }
  std::vector<V> values() const {
    return collect<V>([](auto& out, const entry& e) { out.push_back(e.payload); });
  }
  // Calls f(T&, const V&) for every entry whose key still lives, pinned for the call.
  template <std::invocable<reference, const V&> F>
  void for_each(F f) const {
    for (const entry* e : entries()) {
      if (const auto key = e->object.take()) {
        f(*key, e->payload);
      }
    }
  }

  // Keys that died meanwhile are left out.
  template <detail::range_of_keys<T, V> R>
  void insert_range(R&& range) {
    for (auto&& element : range) {
      const detail::observed<T> object(detail::observe(element.first));
      if (!object.expired()) {
        put(object, element.second, nullptr);
      }
    }
  }
  void insert_range(const weak_key_map& other) {
    for (const entry* e : other.entries()) {
      put(e->object, e->payload, nullptr);
    }
  }

  weak_key_map& operator|=(const weak_key_map& other) {
    insert_range(other);
    return *this;
  }
  template <detail::range_of_keys<T, V> R>
  weak_key_map& operator|=(R&& range) {
    insert_range(std::forward<R>(range));
    return *this;
  }
  // The right side wins.
  friend weak_key_map operator|(const weak_key_map& a, const weak_key_map& b) {
    weak_key_map all(a);
    all.insert_range(b);
    return all;
  }
  template <detail::range_of_keys<T, V> R>
  friend weak_key_map operator|(const weak_key_map& a, R&& b) {
    weak_key_map all(a);
    all.insert_range(std::forward<R>(b));
    return all;
  }
  template <detail::range_of_keys<T, V> R>
  friend weak_key_map operator|(R&& a, const weak_key_map& b) {
    weak_key_map all(std::forward<R>(a));
    all.insert_range(b);
    return all;
  }

  // The same keys (by Eq) with equal values, among the live.
  friend bool operator==(const weak_key_map& a,
                         const weak_key_map& b) requires std::equality_comparable<V> {
    const auto left = a.entries();
    if (left.size() != b.entries().size()) {
      return false;
    }
    for (const entry* e : left) {
      const entry_user other = b.find(e->object);
      if (other ? !(e->payload == other->payload) : e->live()) {
        return false;
      }
    }
    return true;
  }

  template <class Traits>
  friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                                      const weak_key_map& map) {
    return out << "<weak_key_map at " << static_cast<const void*>(&map) << ", " << map.size()
               << " entries>";
  }

 private:
  static constexpr bool by_identity = std::is_same_v<Hash, by_owner>;
  static_assert(by_identity == std::is_same_v<Eq, by_owner>, "give both Hash and Eq, or neither");

  using entry = detail::weak_entry<T, V>;
  using entry_user = detail::entry_user<entry>;
  using by = std::conditional_t<by_identity, detail::by_identity, detail::by_value<T, Eq>>;
  using table = detail::keyed<entry, by>;

  detail::entries_in_use<entry> entries() const {
    return detail::entries_in_use<entry>::of(table_.peek());
  }

  template <class Element, class Add>
  std::vector<Element> collect(Add add) const {
    const auto found = entries();
    std::vector<Element> all;
    all.reserve(found.size());
    for (const entry* e : found) {
      add(all, *e);
    }
    return all;
  }

  // Calls use(probe, hash); by value with the key kept alive. Not for a key that is dead.
  template <class O, class Use>
  static void with_probe(const O& key, Use use) {
    if constexpr (by_identity) {
      if (const std::uintptr_t identity = detail::identity_of(key); identity != 0) {
        use(identity, static_cast<std::size_t>(identity));
      }
    } else {
      const detail::observed<const T> object(detail::observe(key));
      if (const auto pinned = object.take()) {
        use(*pinned, Hash{}(*pinned));
      }
    }
  }

  template <class O>
  entry_user find(const O& key) const {
    entry_user found;
    with_probe(key, [&](const auto& probe, std::size_t hash) {
      found = table::read(table_.peek(), probe, hash, [](entry& e) noexcept {
        return e.live() ? detail::in_use(e) : entry_user();
      });
    });
    return found;
  }

  template <class O, class Act>
  void change(const O& key, Act act) {
    detail::weak_table* const t = table_.peek();
    if (t == nullptr) {
      return;
    }
    with_probe(key, [&](const auto& probe, std::size_t hash) {
      table::visit(*t, probe, hash, detail::wanted::settled, act);
    });
  }

  template <class Select>
  static std::optional<V> take_out(Select select) {
    static_assert(
        std::copy_constructible<V>,
        "a value that cannot be copied cannot be taken out of a map that other threads may "
        "be reading: use with(), for_each() and erase(), or let V be a shared_ptr");
    return detail::take_out<entry, V>(select);
  }

  // False: the key is dead or dying. With `present`, a live entry is left, and told.
  bool put(detail::observed<T> object, V value, entry_user* present) {
    std::shared_ptr<T> alive;
    if (!detail::keep_observable(object, alive)) {
      return false;
    }
    bool done = false;
    with_probe(object, [&](const auto& probe, std::size_t hash) {
      entry_user fresh(new entry(hash, object, std::move(value)));
      detail::weak_table& t = table_.get();
      t.make_room();
      table::visit(t, probe, hash, detail::wanted::settled,
                   [&](detail::section& locked, entry* old) noexcept {
                     if (present != nullptr && old != nullptr && old->live()) {
                       *present = detail::in_use(*old);
                       done = true;
                     } else if (locked.link(fresh.get(), fresh->object.record(), old)) {
                       fresh.release();
                       done = true;
                     }
                   });
    });
    return done;
  }
};

}  // namespace track
