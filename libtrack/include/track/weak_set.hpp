// A set of objects that it does not keep alive, by identity. Floor 3.
//
// Elements are anything that can be observed: a shared_ptr of track::make_shared or track::adopt, a
// tracked<T>, an object with a hook (see hook.hpp). Two shared_ptrs of one owner are one element.
// Elements that no shared_ptr owns are reached by for_each(); pop() and values() leave them out.
//
// Threads: every member may be called from every thread, on one set too. Only destroying a set and
// moving out of it need that nobody else uses it. Iteration goes over a snapshot: what is done to
// the set meanwhile, and elements that die, do no harm. No code of the user runs under a lock.
// Operations with a second set or a range are a sequence of single steps; a set with itself is
// allowed everywhere.
// errors: not_observable from insert, when the object is foreign, empty, dead or dying; bad_alloc;
// the set is as before then (ranges: as far as they got). cost: O(1) on average for one element;
// the rest O(n) in time and memory. The death of an element: O(1), without memory.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include <track/detail/weak_entry.hpp>
#include <track/weak_ref.hpp>

namespace track {

namespace detail {

// A range of owners of Ts.
template <class R, class T>
concept range_of_owners = requires(R&& range) {
  std::end(range);
  requires owner_of<decltype(*std::begin(range)), T>;
};

}  // namespace detail

template <class T>
class weak_set : public detail::weak_container {
 public:
  using value_type = T;
  using reference = typename detail::observed<T>::reference;

  constexpr weak_set() noexcept = default;
  weak_set(const weak_set& other) : weak_container() { insert_range(other); }
  weak_set(weak_set&& other) noexcept = default;
  template <detail::range_of_owners<T> R>
  explicit weak_set(R&& range) {
    insert_range(std::forward<R>(range));
  }
  ~weak_set() = default;

  weak_set& operator=(const weak_set& other) { return *this = weak_set(other); }
  weak_set& operator=(weak_set&& other) = default;
  // errors: bad_alloc, where one of the two never had an element.
  void swap(weak_set& other) { weak_container::swap(other); }
  friend void swap(weak_set& a, weak_set& b) { a.swap(b); }

  // ---- one element -----------------------------------------------------------------------------

  // True: it is new in the set.
  template <detail::owner_of<T> O>
  bool insert(O&& element) {
    const outcome result = put(detail::observed<T>(detail::observe(element)));
    if (result == outcome::dead) {
      detail::throw_not_observable(false);
    }
    return result == outcome::inserted;
  }

  template <detail::owner_of<T> O>
  bool contains(O&& element) const {
    return has(detail::identity_of(element));
  }
  // True: it was there, and alive.
  template <detail::owner_of<T> O>
  bool erase(O&& element) {
    return remove(detail::identity_of(element));
  }

  // Takes the newest element that a shared_ptr owns. Null: there is none.
  std::shared_ptr<T> pop() {
    std::shared_ptr<T> taken;
    if (detail::weak_table* t = table_.peek()) {
      detail::section locked(*t);
      for (auto* e = locked.newest<entry>(); e != nullptr; e = locked.older(e)) {
        if ((taken = e->object.lock()) != nullptr) {
          locked.retire(e);
          break;
        }
      }
    }
    return taken;
  }

  // ---- the whole -------------------------------------------------------------------------------

  // Oldest element first, here and below.
  std::vector<weak_ref<T>> snapshot() const {
    const auto found = entries();
    std::vector<weak_ref<T>> all;
    all.reserve(found.size());
    for (const entry* e : found) {
      all.emplace_back(e->object);
    }
    return all;
  }
  std::vector<std::shared_ptr<T>> values() const {
    const auto found = entries();
    std::vector<std::shared_ptr<T>> all;
    all.reserve(found.size());
    for (const entry* e : found) {
      if (auto element = e->object.lock()) {
        all.push_back(std::move(element));
      }
    }
    return all;
  }
  // Calls f(T&) for every element that still lives, pinned for the call.
  template <std::invocable<reference> F>
  void for_each(F f) const {
    for (const entry* e : entries()) {
      if (const auto element = e->object.take()) {
        f(*element);
      }
    }
  }

  // ---- with another set, or a range of owners --------------------------------------------------

  // Elements that died meanwhile are left out.
  template <detail::range_of_owners<T> R>
  void insert_range(R&& range) {
    for (auto&& element : range) {
      const detail::observed<T> object(detail::observe(element));
      if (!object.expired()) {
        put(object);
      }
    }
  }
  void insert_range(const weak_set& other) {
    for (const entry* e : other.entries()) {
      put(e->object);
    }
  }

  weak_set& operator|=(const weak_set& other) {
    insert_range(other);
    return *this;
  }
  weak_set& operator&=(const weak_set& other) {
    for (const entry* e : entries()) {
      if (!other.has(e->object.identity())) {
        remove(e->object.identity());
      }
    }
    return *this;
  }
  weak_set& operator-=(const weak_set& other) {
    for (const entry* e : other.entries()) {
      remove(e->object.identity());
    }
    return *this;
  }
  weak_set& operator^=(const weak_set& other) {
    for (const entry* e : other.entries()) {
      if (!remove(e->object.identity())) {
        put(e->object);
      }
    }
    return *this;
  }
  template <detail::range_of_owners<T> R>
  weak_set& operator|=(R&& range) {
    insert_range(std::forward<R>(range));
    return *this;
  }
  template <detail::range_of_owners<T> R>
  weak_set& operator&=(R&& range) {
    return *this &= weak_set(std::forward<R>(range));
  }
  template <detail::range_of_owners<T> R>
  weak_set& operator-=(R&& range) {
    return *this -= weak_set(std::forward<R>(range));
  }
  template <detail::range_of_owners<T> R>
  weak_set& operator^=(R&& range) {
    return *this ^= weak_set(std::forward<R>(range));
  }

  friend weak_set operator|(const weak_set& a, const weak_set& b) {
    weak_set result(a);
    result |= b;
    return result;
  }
  friend weak_set operator&(const weak_set& a, const weak_set& b) {
    weak_set result;
    for (const entry* e : a.entries()) {
      if (b.has(e->object.identity())) {
        result.put(e->object);
      }
    }
    return result;
  }
  friend weak_set operator-(const weak_set& a, const weak_set& b) {
    weak_set result;
    for (const entry* e : a.entries()) {
      if (!b.has(e->object.identity())) {
        result.put(e->object);
      }
    }
    return result;
  }
  friend weak_set operator^(const weak_set& a, const weak_set& b) {
    weak_set result(a);
    result ^= b;
    return result;
  }

  bool subset_of(const weak_set& other) const { return all_of(*this, other, true); }
  bool superset_of(const weak_set& other) const { return other.subset_of(*this); }
  bool proper_subset_of(const weak_set& other) const {
    return subset_of(other) && !other.subset_of(*this);
  }
  bool proper_superset_of(const weak_set& other) const { return other.proper_subset_of(*this); }
  bool disjoint(const weak_set& other) const { return all_of(*this, other, false); }

  // The same live elements.
  friend bool operator==(const weak_set& a, const weak_set& b) {
    return a.subset_of(b) && b.subset_of(a);
  }

  template <class Traits>
  friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                                      const weak_set& set) {
    return out << "<weak_set at " << static_cast<const void*>(&set) << ", " << set.size()
               << " elements>";
  }

 private:
  using entry = detail::weak_entry<T, detail::nothing>;
  using table = detail::keyed<entry, detail::by_identity>;

  enum class outcome { dead, present, inserted };

  detail::entries_in_use<entry> entries() const {
    return detail::entries_in_use<entry>::of(table_.peek());
  }

  bool has(std::uintptr_t identity) const {
    return table::read(table_.peek(), identity, identity,
                       [](const entry& e) noexcept { return e.live(); });
  }

  bool remove(std::uintptr_t identity) {
    bool was_live = false;
    if (detail::weak_table* t = table_.peek()) {
      table::visit(*t, identity, identity, detail::wanted::settled,
                   [&](detail::section& locked, entry* e) noexcept {
                     if (e != nullptr) {
                       was_live = e->live();
                       locked.retire(e);
                     }
                   });
    }
    return was_live;
  }

  outcome put(detail::observed<T> object) {
    std::shared_ptr<T> alive;
    if (!detail::keep_observable(object, alive)) {
      return outcome::dead;
    }
    const std::uintptr_t identity = object.identity();
    detail::entry_user<entry> fresh(new entry(identity, std::move(object)));
    outcome result = outcome::dead;
    detail::weak_table& t = table_.get();
    t.make_room();
    table::visit(t, identity, identity, detail::wanted::settled,
                 [&](detail::section& locked, const entry* old) noexcept {
                   if (old != nullptr) {
                     result = old->live() ? outcome::present : outcome::dead;
                   } else if (locked.link(fresh.get(), fresh->object.record())) {
                     fresh.release();
                     result = outcome::inserted;
                   }
                 });
    return result;
  }

  // Whether each live element of `a` is in `b`, or, unless `expected`, none.
  static bool all_of(const weak_set& a, const weak_set& b, bool expected) {
    for (const entry* e : a.entries()) {
      if (b.has(e->object.identity()) != expected && e->live()) {
        return false;
      }
    }
    return true;
  }
};

}  // namespace track
