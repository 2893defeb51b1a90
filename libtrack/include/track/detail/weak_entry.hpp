// The entries of weak containers, and how they are found. Floor 3.
//
// keyed<Entry, By>: By says what an entry is compared with (`probe`), how, and whether the
// comparison is `plain`: known to be harmless, so that it may run under the mutex (identities,
// numbers, pointers, strings, pairs of them). Any other comparison is the user's code: it runs on
// entries in use and without the mutex, however often the table changes meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <track/detail/observed.hpp>
#include <track/detail/weak_table.hpp>
#include <track/errors.hpp>

namespace track::detail {

struct nothing {};

// An object, observed, and what goes with it.
template <class T, class Payload>
class weak_entry final : public table_entry {
 public:
  template <class... A>
  weak_entry(std::size_t hash, observed<T> of, A&&... payload_arguments)
      : table_entry(hash), object(std::move(of)) {
    ::new (static_cast<void*>(std::addressof(payload)))
        Payload(std::forward<A>(payload_arguments)...);
  }
  ~weak_entry() override {}

  bool live() const noexcept { return !object.expired(); }

  observed<T> object;
  union {
    Payload payload;  // destroyed by the last user, before the entry
  };

 private:
  void destroy_payload() noexcept override { payload.~Payload(); }
};

template <class Entry>
entry_user<Entry> in_use(Entry& entry) noexcept {
  entry.use();
  return entry_user<Entry>(&entry);
}

// Takes an entry out and gives its payload: moved where nobody else uses it, else copied before the
// entry leaves, so that a copy that throws changes nothing. select(act) calls act(section&, Entry&)
// under the mutex with the entry, or does not.
template <class Entry, class Payload, class Select>
std::optional<Payload> take_out(Select select) {
  std::optional<Payload> out;
  entry_user<Entry> taken;
  entry_user<Entry> copied;
  for (bool done = false; !done;) {
    entry_user<Entry> next;
    select([&](section& locked, Entry& e) noexcept {
      if (&e == copied.get() ||
          (std::is_nothrow_move_constructible_v<Payload> && e.is_sole_use())) {
        taken = in_use(e);
        locked.retire(&e);
      } else {
        next = in_use(e);
      }
    });
    done = !next;
    if (next) {
      out.emplace(std::as_const(next->payload));
      copied = std::move(next);
    }
  }
  if (!taken) {
    out.reset();
  } else if (taken.get() != copied.get()) {
    out.emplace(std::move(taken->payload));
  }
  return out;
}

// errors: not_observable, which says whether nobody can observe the object, or nobody any more.
[[noreturn]] LIBTRACK_API void throw_not_observable(bool foreign);

// Keeps a shared object alive while an entry is linked to it. A hooked one needs nothing: it
// refuses when it is too late. False: it is dead. errors: not_observable.
template <class T>
bool keep_observable(const observed<T>& object, std::shared_ptr<T>& alive) {
  if (object.record() == nullptr) {
    throw_not_observable(!object.expired());
  }
  alive = object.lock();
  return alive != nullptr || object.is_local();
}

// ---- what entries are found by
// -------------------------------------------------------------------

template <class K>
inline constexpr bool is_plain_key = std::is_arithmetic_v<K> || std::is_pointer_v<K>;
template <class C, class A>
inline constexpr bool is_plain_key<std::basic_string<C, std::char_traits<C>, A>> = true;
template <class C>
inline constexpr bool is_plain_key<std::basic_string_view<C>> = true;
template <class A, class B>
inline constexpr bool is_plain_key<std::pair<A, B>> = is_plain_key<A>&& is_plain_key<B>;

// A key in the payload.
template <class K, class Eq>
struct by_key {
  using probe = K;
  static constexpr bool plain = is_plain_key<K> && (std::is_same_v<Eq, std::equal_to<K>> ||
                                                    std::is_same_v<Eq, std::equal_to<>>);

  template <class T>
  static const K& key_of(const weak_entry<T, K>& entry) noexcept {
    return entry.payload;
  }
  template <class T, class Payload>
  static const K& key_of(const weak_entry<T, Payload>& entry) noexcept {
    return entry.payload.key;
  }
  template <class Entry>
  static bool equal(const Entry& entry, const K& key) {
    return Eq{}(key_of(entry), key);
  }
};

// The object itself.
struct by_identity {
  using probe = std::uintptr_t;
  static constexpr bool plain = true;

  template <class Entry>
  static bool equal(const Entry& entry, std::uintptr_t identity) noexcept {
    return entry.object.identity() == identity;
  }
};

// The object's value, by a policy. Dead ones are equal to nothing.
template <class T, class Eq>
struct by_value {
  using probe = T;
  static constexpr bool plain = false;

  template <class Entry>
  static bool equal(const Entry& entry, const T& value) {
    const auto pinned = entry.object.take();
    return pinned && Eq{}(*pinned, value);
  }
};

enum class wanted : bool {
  settled,        // entries of the container
  live_or_making  // live ones, and those that get_or_create is making
};

template <class Entry, class By>
class keyed {
 public:
  using probe = typename By::probe;

  // Calls act(section&, Entry*) once, under the mutex, with the entry of `key` or null.
  template <class Act>
  static void visit(weak_table& table, const probe& key, std::size_t hash, wanted which, Act act) {
    candidates seen;
    for (;;) {
      entry_user<Entry> next;
      {
        section locked(table);
        Entry* entry = find(locked, key, hash, which, seen);
        if (entry == nullptr || By::plain || entry == seen.equal.get()) {
          act(locked, entry);
          return;
        }
        next = in_use(*entry);
      }
      seen.compare(std::move(next), key);
    }
  }

  // take(Entry&), under the mutex, of the entry of `key`; a value-initialised result without one.
  template <class Take>
  static auto read(weak_table* table, const probe& key, std::size_t hash, Take take) {
    using result = std::invoke_result_t<Take&, Entry&>;
    candidates seen;
    while (table != nullptr) {
      result taken{};  // before the lock, so released after it
      entry_user<Entry> next;
      {
        section locked(*table);
        Entry* entry = find(locked, key, hash, wanted::settled, seen);
        if (entry == nullptr) {
          break;
        }
        taken = take(*entry);
        if constexpr (By::plain) {
          return taken;
        }
        next = in_use(*entry);
      }
      if (seen.compare(std::move(next), key)) {
        return taken;
      }
    }
    return result{};
  }

 private:
  struct no_candidates {
    entry_user<Entry> equal;
    bool compare(entry_user<Entry>, const probe&) noexcept { return true; }
  };
  struct compared_candidates {
    std::vector<entry_user<Entry>> unequal;
    entry_user<Entry> equal;

    bool compare(entry_user<Entry> entry, const probe& key) {
      if (By::equal(*entry, key)) {
        equal = std::move(entry);
        return true;
      }
      unequal.push_back(std::move(entry));
      return false;
    }
    bool is_unequal(const Entry* entry) const noexcept {
      for (const auto& other : unequal) {
        if (other.get() == entry) {
          return true;
        }
      }
      return false;
    }
  };
  using candidates = std::conditional_t<By::plain, no_candidates, compared_candidates>;

  // The entry, or, when comparisons are not plain, the next one that may be it.
  static Entry* find(const section& locked, const probe& key, std::size_t hash, wanted which,
                     const candidates& seen) {
    for (auto* e = locked.first<Entry>(hash); e != nullptr; e = locked.next(e, hash)) {
      if (which == wanted::settled ? e->is_pending() : !e->is_pending() && !e->live()) {
        continue;
      }
      if constexpr (By::plain) {
        if (By::equal(*e, key)) {
          return e;
        }
      } else {
        if (!seen.is_unequal(e)) {
          return e;
        }
      }
    }
    return nullptr;
  }
};

}  // namespace track::detail
