// Counts the living objects of a class. Floor 3.
//
//   class session : public track::counted<session> { … };
//   class session : public track::counted<session, track::recorded::each> { … };
//   session::live()
// Constructions, copies and moves count up, destructors down; an object that was moved from counts
// until it is destroyed. With recorded::each every object is a record of the registry as well, of
// the type T. Objects made while tracking is off are neither counted nor recorded.
// threads: any. cost: counting, 1 byte an object (in practice T's padding) and an addition in one
// of eight cells, so that threads do not meet; recording, 8 bytes and what a record costs.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <track/detail/record.hpp>

namespace track {

enum class recorded : bool { no, each };

namespace detail {

struct alignas(64) count_cell {
  std::atomic<std::uint64_t> made{0};
  std::atomic<std::uint64_t> gone{0};
};
using count_cells = std::array<count_cell, 8>;

// A number of this thread, for spreading.
LIBTRACK_API std::size_t thread_stripe() noexcept;

// One for the whole program, whatever the visibility of T.
template <class T>
struct LIBTRACK_API count_of {
  static inline constinit count_cells cells{};
};

// Whether an object was counted, and its record.
template <recorded Each>
struct count_mark {
  bool counted = false;
  record_id id;
};
template <>
struct count_mark<recorded::no> {
  bool counted = false;
};

}  // namespace detail

template <class T, recorded Each = recorded::no>
class counted {
 public:
  // Exact while no thread makes or destroys one.
  static std::size_t live() noexcept {
    // In this order: each that is seen going was made before.
    const std::uint64_t ended = sum(&detail::count_cell::gone);
    return made() - ended;
  }
  // Ever.
  static std::uint64_t made() noexcept { return sum(&detail::count_cell::made); }

 protected:
  counted() noexcept { begin(); }
  counted(const counted&) noexcept { begin(); }
  counted(counted&&) noexcept { begin(); }
  counted& operator=(const counted&) noexcept { return *this; }
  counted& operator=(counted&&) noexcept { return *this; }
  ~counted() {
    if (mark_.counted) {
      end();
    }
  }

 private:
  static std::uint64_t sum(std::atomic<std::uint64_t> detail::count_cell::*which) noexcept {
    std::uint64_t all = 0;
    for (const auto& cell : detail::count_of<T>::cells) {
      all += (cell.*which).load(std::memory_order_acquire);
    }
    return all;
  }
  // Where the T begins, which is not constructed yet, or no more. A virtual or private base cannot
  // tell; then this part of it stands for the whole.
  __attribute__((no_sanitize("vptr"))) const void* object() const noexcept {
    if constexpr (requires(const counted* part) { static_cast<const T*>(part); }) {
      return static_cast<const T*>(this);
    } else {
      return this;
    }
  }
  void begin() noexcept {
    if (!detail::is_tracking()) {
      return;
    }
    mark_.counted = true;
    detail::count_of<T>::cells[detail::thread_stripe()].made.fetch_add(1,
                                                                       std::memory_order_release);
    if constexpr (Each == recorded::each) {
      mark_.id = detail::add_record(object(), sizeof(T), detail::type_text<T>(), nullptr);
    }
  }
  void end() noexcept {
    detail::count_of<T>::cells[detail::thread_stripe()].gone.fetch_add(1,
                                                                       std::memory_order_release);
    if constexpr (Each == recorded::each) {
      if (mark_.id.index != 0) {
        detail::remove_record(mark_.id, object());
      }
    }
  }

  [[no_unique_address]] detail::count_mark<Each> mark_;
};

}  // namespace track
