// A map that does not keep its values alive: an entry leaves when its value dies. Floor 3.
//
// K is owned by the map; a value is anything that can be observed: a shared_ptr of
// track::make_shared or track::adopt, a tracked<T>, an object with a hook (see hook.hpp). Values
// of the latter kinds are reached by with() and for_each(); where a shared_ptr is returned, they
// count as absent.
//
// Threads: every member may be called from every thread, on one map too. Only destroying a map and
// moving out of it need that nobody else uses it. Iteration goes over a snapshot: what is done to
// the map meanwhile, and values that die, do no harm. No code of the user runs under a lock, but
// the destructors of keys and values may run in any call, after its work is done. Operations with a
// second map or a range are a sequence of single steps.
// errors: not_observable from what takes a value, when it is foreign, empty, dead or dying;
// bad_alloc, and what Hash, Eq and the copying of keys throw; the map is as before then (ranges: as
// far as they got). Hash and Eq are default constructible. cost: O(1) on average; snapshots,
// comparisons and copies O(n) in time and memory. The death of a value: O(1), without memory.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include <track/detail/weak_creation.hpp>
#include <track/detail/weak_entry.hpp>
#include <track/weak_ref.hpp>

namespace track {

namespace detail {

// A range of pairs {K, owner of a T}.
template <class R, class K, class T>
concept range_of_values = requires(R&& range) {
  std::end(range);
  { std::begin(range)->first } -> std::convertible_to<K>;
  requires owner_of<decltype((std::begin(range)->second)), T>;
};

}  // namespace detail

template <class K, class T, class Hash = std::hash<K>, class Eq = std::equal_to<K>>
class weak_value_map : public detail::weak_container {
 public:
  using key_type = K;
  using mapped_type = T;
  using reference = typename detail::observed<T>::reference;

  constexpr weak_value_map() noexcept = default;
  weak_value_map(const weak_value_map& other) : weak_container() { copy_from(other); }
  weak_value_map(weak_value_map&& other) noexcept = default;
  template <detail::range_of_values<K, T> R>
  explicit weak_value_map(R&& range) {
    insert_range(std::forward<R>(range));
  }
  ~weak_value_map() = default;

  weak_value_map& operator=(const weak_value_map& other) { return *this = weak_value_map(other); }
  weak_value_map& operator=(weak_value_map&& other) = default;
  // errors: bad_alloc, where one of the two never had an entry.
  void swap(weak_value_map& other) { weak_container::swap(other); }
  friend void swap(weak_value_map& a, weak_value_map& b) { a.swap(b); }

  // ---- one key ---------------------------------------------------------------------------------

  template <detail::owner_of<T> O>
  void insert_or_assign(K key, O&& value) {
    if (!put(std::move(key), detail::observed<T>(detail::observe(value)))) {
      detail::throw_not_observable(false);
    }
  }

  // Null: absent or dead.
  std::shared_ptr<T> get(const K& key) const {
    return table::read(table_.peek(), key, Hash{}(key),
                       [](entry& e) noexcept { return e.object.lock(); });
  }
  std::shared_ptr<T> get(const K& key, std::shared_ptr<T> fallback) const {
    auto found = get(key);
    return found != nullptr ? found : fallback;
  }
  // errors: std::out_of_range.
  std::shared_ptr<T> at(const K& key) const {
    auto found = get(key);
    if (found == nullptr) {
      throw std::out_of_range("weak_value_map::at: no live value has this key");
    }
    return found;
  }
  bool contains(const K& key) const {
    return table::read(table_.peek(), key, Hash{}(key), [](entry& e) noexcept { return e.live(); });
  }
  // Calls f(T&) with the value pinned. nullopt, or false where f gives nothing: absent or dead.
  template <std::invocable<reference> F>
  detail::maybe<std::invoke_result_t<F, reference>> with(const K& key, F&& f) const {
    const auto found = table::read(table_.peek(), key, Hash{}(key),
                                   [](entry& e) noexcept { return detail::in_use(e); });
    if (!found) {
      return {};
    }
    return found->object.with(std::forward<F>(f));
  }

  // The live value that is there, else `value`, which is put in. One atomic step.
  template <detail::owner_of<T> O>
  std::shared_ptr<T> get_or_insert(K key, O&& value) {
    detail::observed<T> object(detail::observe(value));
    std::shared_ptr<T> result = object.lock();
    if (!put(std::move(key), std::move(object), &result)) {
      detail::throw_not_observable(false);
    }
    return result;
  }

  // The live value that is there, else that of make(), which is put in. One make() a key at a time:
  // others who ask for this key wait, for other keys they do not. What make() throws is passed on,
  // and the next in line makes it itself; the same when it returns null. A value assigned meanwhile
  // by other means wins. make() may use the map, and destroy it.
  // errors: std::system_error (resource_deadlock_would_occur) when make() asks for its own key.
  template <std::invocable F>
  requires std::convertible_to<std::invoke_result_t<F>, std::shared_ptr<T>> std::shared_ptr<T>
  get_or_create(const K& key, F&& make) {
    const std::size_t hash = Hash{}(key);
    if (auto found = table::read(table_.peek(), key, hash,
                                 [](entry& e) noexcept { return e.object.lock(); })) {
      return found;
    }
    constexpr auto no_more = [](detail::section&, entry&, const std::shared_ptr<T>&) noexcept {};
    return detail::creator<entry, by, T>::run(table_.get(), key, hash, std::forward<F>(make),
                                              no_more, no_more);
  }

  // Takes the value out. Null: absent or dead, or not owned by a shared_ptr, and then left there.
  std::shared_ptr<T> extract(const K& key) {
    std::shared_ptr<T> taken;
    change(key, [&](detail::section& locked, entry* e) noexcept {
      if (e != nullptr && (taken = e->object.lock()) != nullptr) {
        locked.retire(e);
      }
    });
    return taken;
  }
  // True: there was a live value.
  bool erase(const K& key) {
    bool was_live = false;
    change(key, [&](detail::section& locked, entry* e) noexcept {
      if (e != nullptr) {
        was_live = e->live();
        locked.retire(e);
      }
    });
    return was_live;
  }

  // Takes the newest entry whose value a shared_ptr owns.
  std::optional<std::pair<K, std::shared_ptr<T>>> pop_any() {
    detail::weak_table* const t = table_.peek();
    std::shared_ptr<T> value;
    auto key = detail::take_out<entry, K>([&](auto act) {
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
      value.swap(newest);
    });
    if (!key.has_value()) {
      return std::nullopt;
    }
    return std::pair<K, std::shared_ptr<T>>(*std::move(key), std::move(value));
  }

  // ---- the whole -------------------------------------------------------------------------------

  // Oldest entry first, here and below.
  std::vector<std::pair<K, weak_ref<T>>> snapshot() const {
    return collect<std::pair<K, weak_ref<T>>>(
        [](auto& out, const entry& e) { out.emplace_back(e.payload, weak_ref<T>(e.object)); });
  }
  std::vector<weak_ref<T>> value_refs() const {
    return collect<weak_ref<T>>([](auto& out, const entry& e) { out.emplace_back(e.object); });
  }
  std::vector<K> keys() const {
    return collect<K>([](auto& out, const entry& e) { out.push_back(e.payload); });
  }
  std::vector<std::shared_ptr<T>> values() const {
    return collect<std::shared_ptr<T>>([](auto& out, const entry& e) {
      if (auto value = e.object.lock()) {
        out.push_back(std::move(value));
      }
    });
  }
  // Calls f(const K&, T&) for every entry whose value still lives, pinned for the call.
  template <std::invocable<const K&, reference> F>
  void for_each(F f) const {
    for (const entry* e : entries()) {
      if (const auto value = e->object.take()) {
        f(e->payload, *value);
      }
    }
  }

  // Values that died meanwhile are left out.
  template <detail::range_of_values<K, T> R>
  void insert_range(R&& range) {
    for (auto&& element : range) {
      const detail::observed<T> object(detail::observe(element.second));
      if (!object.expired()) {
        put(element.first, object);
      }
    }
  }
  void insert_range(const weak_value_map& other) { copy_from(other); }

  weak_value_map& operator|=(const weak_value_map& other) {
    copy_from(other);
    return *this;
  }
  template <detail::range_of_values<K, T> R>
  weak_value_map& operator|=(R&& range) {
    insert_range(std::forward<R>(range));
    return *this;
  }
  // The right side wins.
  friend weak_value_map operator|(const weak_value_map& a, const weak_value_map& b) {
    weak_value_map all(a);
    all.copy_from(b);
    return all;
  }
  template <detail::range_of_values<K, T> R>
  friend weak_value_map operator|(const weak_value_map& a, R&& b) {
    weak_value_map all(a);
    all.insert_range(std::forward<R>(b));
    return all;
  }
  template <detail::range_of_values<K, T> R>
  friend weak_value_map operator|(R&& a, const weak_value_map& b) {
    weak_value_map all(std::forward<R>(a));
    all.copy_from(b);
    return all;
  }

  // The same keys with the same objects, among the live.
  friend bool operator==(const weak_value_map& a, const weak_value_map& b) {
    const auto left = a.entries();
    if (left.size() != b.entries().size()) {
      return false;
    }
    for (const entry* e : left) {
      const auto same = [e](entry& other) noexcept {
        return other.live() && other.object == e->object;
      };
      if (!table::read(b.table_.peek(), e->payload, e->hash(), same)) {
        return false;
      }
    }
    return true;
  }

  template <class Traits>
  friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                                      const weak_value_map& map) {
    return out << "<weak_value_map at " << static_cast<const void*>(&map) << ", " << map.size()
               << " entries>";
  }

 private:
  using entry = detail::weak_entry<T, K>;
  using by = detail::by_key<K, Eq>;
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

  template <class Act>
  void change(const K& key, Act act) {
    if (detail::weak_table* t = table_.peek()) {
      table::visit(*t, key, Hash{}(key), detail::wanted::settled, act);
    }
  }

  // False: the value is dead or dying. With `present`, a live value is left, and told.
  bool put(K key, detail::observed<T> object, std::shared_ptr<T>* present = nullptr) {
    std::shared_ptr<T> alive;
    if (!detail::keep_observable(object, alive)) {
      return false;
    }
    const std::size_t hash = Hash{}(key);
    detail::entry_user<entry> fresh(new entry(hash, std::move(object), std::move(key)));
    std::shared_ptr<T> found;
    bool done = false;
    detail::weak_table& t = table_.get();
    t.make_room();
    table::visit(t, fresh->payload, hash, detail::wanted::settled,
                 [&](detail::section& locked, entry* old) noexcept {
                   if (present != nullptr && old != nullptr && old->live()) {
                     found = old->object.lock();
                     if (found != nullptr || old->object.is_local()) {
                       done = true;
                       return;
                     }
                   }
                   done = locked.link(fresh.get(), fresh->object.record(), old);
                   if (done) {
                     fresh.release();
                   }
                 });
    if (present != nullptr && fresh) {
      present->swap(found);
    }
    return done;
  }

  void copy_from(const weak_value_map& other) {
    for (const entry* e : other.entries()) {
      put(e->payload, e->object);
    }
  }
};

}  // namespace track
