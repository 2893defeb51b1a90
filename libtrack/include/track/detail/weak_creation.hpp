// get_or_create: one call of make() a key at a time. Floor 3.
//
// The maker links a pending entry, which others who ask for the key find, and wait. The mutex is
// not held while it makes. What was assigned to the key meanwhile wins. A make() that throws, or
// returns null, leaves the key to the next in line. make() may destroy the container: the table
// stays in use, and the pending entry finds out that it is closed.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include <track/detail/weak_entry.hpp>
#include <track/detail/weak_table.hpp>

namespace track::detail {

template <class Entry>
class pending_entry {
 public:
  explicit pending_entry(Entry* entry) noexcept : entry_(entry) {}
  pending_entry(const pending_entry&) = delete;
  pending_entry& operator=(const pending_entry&) = delete;
  ~pending_entry() {
    while (entry_ != nullptr) {
      const table_user table(section::table_of(entry_));
      if (table.get() == nullptr) {
        return;
      }
      section locked(*table.get());
      if (locked.holds(entry_)) {
        settle(locked);
      }
    }
  }

  void settle(section& locked) noexcept {
    locked.unlink_pending(entry_);
    entry_ = nullptr;
  }

 private:
  Entry* entry_;
};

// Found: called as found(section&, Entry&, const shared_ptr<T>&) under the mutex for a value that
// was there; Made the same for one that is new.
template <class Entry, class By, class T>
class creator {
 public:
  using keys = keyed<Entry, By>;
  using key_type = typename By::probe;

  template <class Make, class Found, class Made>
  static std::shared_ptr<T> run(weak_table& table, const key_type& key, std::size_t hash,
                                Make&& make, Found found, Made made) {
    table.use();
    const table_user keep(&table);
    entry_user<Entry> fresh(new Entry(hash, observed<T>(), key));
    std::shared_ptr<T> value;
    if (!begin(table, key, *fresh, value, found)) {
      return value;
    }
    pending_entry<Entry> pending(fresh.get());
    {
      const creation mark(fresh.get());
      value = std::invoke(std::forward<Make>(make));
    }
    if (value != nullptr) {
      finish(fresh, pending, value, found, made);
    }
    return value;
  }

 private:
  enum class outcome { again, ours, there, recursion };

  // True: `fresh` marks the creation as ours. Waits for the creations of others.
  template <class Found>
  static bool begin(weak_table& table, const key_type& key, Entry& fresh, std::shared_ptr<T>& value,
                    Found& found) {
    outcome result = outcome::again;
    const auto look = [&](section& locked, Entry* entry) {
      if (entry == nullptr) {
        locked.link_pending(&fresh);
        result = outcome::ours;
      } else if (!entry->is_pending()) {
        if ((value = entry->object.lock()) != nullptr) {
          found(locked, *entry, value);
        }
        if (value != nullptr || entry->object.is_local()) {
          result = outcome::there;
        }
      } else if (creation::is_mine(entry)) {
        result = outcome::recursion;
      } else {
        locked.wait();
      }
    };
    while (result == outcome::again) {
      keys::visit(table, key, fresh.hash(), wanted::live_or_making, look);
    }
    if (result == outcome::recursion) {
      throw_creation_of_itself();
    }
    return result == outcome::ours;
  }

  // Puts `value` in, or replaces it by one that was assigned meanwhile.
  template <class Found, class Made>
  static void finish(entry_user<Entry>& fresh, pending_entry<Entry>& pending,
                     std::shared_ptr<T>& value, Found& found, Made& made) {
    observed<T> object(value);
    std::shared_ptr<T> alive;
    keep_observable(object, alive);
    std::shared_ptr<T> present;
    bool done = false;
    const auto put = [&](section& locked, Entry* entry) {
      if (!locked.holds(fresh.get())) {
        return;
      }
      done = true;
      pending.settle(locked);
      if (entry != nullptr && (present = entry->object.lock()) != nullptr) {
        found(locked, *entry, present);
        return;
      }
      fresh->object = std::move(object);
      if (locked.link(fresh.get(), fresh->object.record(), entry)) {
        made(locked, *fresh.release(), value);
      }
    };
    while (!done) {
      const table_user table(section::table_of(fresh.get()));
      if (table.get() == nullptr) {
        return;
      }
      table.get()->make_room();
      keys::visit(*table.get(), By::key_of(*fresh), fresh->hash(), wanted::settled, put);
    }
    if (present != nullptr) {
      value.swap(present);
    }
  }
};

}  // namespace track::detail
