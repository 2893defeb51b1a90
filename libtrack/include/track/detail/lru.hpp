// Strong references to the values used last, linked through the entries of a cache. Floor 3.
//
// Everything here happens under the mutex of the cache's table, except the release of what was
// evicted: that is moved into a batch, which the caller empties after the unlock. No memory is
// taken; a full batch means that there may be more to evict.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <track/detail/weak_entry.hpp>

namespace track::detail {

template <class K, class T>
struct cached {
  explicit cached(K k) : key(std::move(k)) {}

  K key;
  std::size_t bytes = 0;
  std::chrono::steady_clock::time_point since{};  // its insertion; none: nobody asks for ages
  std::shared_ptr<T> strong;                      // null: not kept alive, not linked
  weak_entry<T, cached>* newer = nullptr;
  weak_entry<T, cached>* older = nullptr;
};

struct lru_limits {
  std::size_t entries = 0;
  std::size_t bytes = 0;
};

template <class T>
class evicted {
 public:
  bool is_full() const noexcept { return count_ == batch_.size(); }
  void add(std::shared_ptr<T>&& strong) noexcept { batch_[count_++] = std::move(strong); }
  void clear() noexcept {
    while (count_ != 0) {
      batch_[--count_].reset();
    }
  }

 private:
  std::array<std::shared_ptr<T>, 8> batch_;
  std::size_t count_ = 0;
};

template <class Entry, class T>
class lru {
 public:
  // Becomes the newest; the value is kept alive, unless it alone is more than there may be.
  void use(Entry& e, const std::shared_ptr<T>& value) noexcept {
    if (e.payload.strong != nullptr) {
      unlink(e);
    } else if (e.payload.bytes > limits.bytes || limits.entries == 0) {
      return;
    } else {
      e.payload.strong = value;
    }
    link(e);
  }

  // Before an entry is retired. It keeps its strong reference until it is disposed of.
  void remove(Entry& e) noexcept {
    if (e.payload.strong != nullptr) {
      unlink(e);
    }
  }
  void remove_all() noexcept {
    while (oldest_ != nullptr) {
      unlink(*oldest_);
    }
  }

  bool is_over(lru_limits to) const noexcept {
    return oldest_ != nullptr && (entries > to.entries || bytes > to.bytes);
  }

  // Until `to` is kept or the batch is full; calls told(entry) for each, returns how many.
  template <class Told>
  std::uint64_t evict(lru_limits to, evicted<T>& out, Told told) noexcept {
    std::uint64_t count = 0;
    while (is_over(to) && !out.is_full()) {
      Entry& e = *oldest_;
      told(std::as_const(e));
      unlink(e);
      out.add(std::move(e.payload.strong));
      ++count;
    }
    return count;
  }

  lru_limits limits;
  std::size_t entries = 0;
  std::size_t bytes = 0;

 private:
  void link(Entry& e) noexcept {
    e.payload.newer = nullptr;
    e.payload.older = std::exchange(newest_, &e);
    (e.payload.older != nullptr ? e.payload.older->payload.newer : oldest_) = &e;
    ++entries;
    bytes += e.payload.bytes;
  }
  void unlink(Entry& e) noexcept {
    (e.payload.older != nullptr ? e.payload.older->payload.newer : oldest_) = e.payload.newer;
    (e.payload.newer != nullptr ? e.payload.newer->payload.older : newest_) = e.payload.older;
    --entries;
    bytes -= e.payload.bytes;
  }

  Entry* oldest_ = nullptr;
  Entry* newest_ = nullptr;
};

}  // namespace track::detail
