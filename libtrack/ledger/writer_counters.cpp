#include <time.h>

#include "libtrack/base/relaxed.hpp"
#include "libtrack/ledger/writer.hpp"

namespace track::ledger {
namespace {

constexpr std::uint32_t saturated = 0xffff0000;

// How far live bytes may exceed the last peak before a new epoch begins: exact for small heaps,
// where two summits of nearly the same height are told apart at no cost that matters.
constexpr std::int64_t allowance_above(std::int64_t peak_bytes) {
  constexpr std::int64_t exact_bytes = std::int64_t{16} << 20;
  return peak_bytes < exact_bytes ? 0 : peak_bytes / 4096;
}

}  // namespace

namespace {

// The row's live counts before its first update in a new epoch are its part of the last peak.
void save_for_peak(site_row& row, std::uint32_t epoch) {
  const auto blocks =
      static_cast<std::int64_t>(load_relaxed(row.allocations) - load_relaxed(row.frees));
  const auto bytes =
      static_cast<std::int64_t>(load_relaxed(row.bytes_allocated) - load_relaxed(row.bytes_freed));
  store_relaxed(row.saved_bytes, bytes);
  store_relaxed(row.saved_blocks, blocks > INT32_MAX   ? INT32_MAX
                                  : blocks < INT32_MIN ? INT32_MIN
                                                       : static_cast<std::int32_t>(blocks));
  __atomic_store_n(&row.peak_epoch, epoch, __ATOMIC_RELEASE);
}

}  // namespace

void slot_writer::add_to_row(site_id site, std::size_t offset, std::uint64_t first,
                             std::uint64_t second) {
  for (;;) {
    const std::uint32_t stripe = current_stripe(stripes_, shared_stripe());
    site_row& row = rows_[stripe][site.value];
    const auto epoch =
        static_cast<std::uint32_t>(__atomic_load_n(&header_->epoch, __ATOMIC_RELAXED));
    if (__builtin_expect(load_relaxed(row.peak_epoch) != epoch, 0)) {
      save_for_peak(row, epoch);
    }
    void* cell = reinterpret_cast<std::byte*>(&row) + offset;
    if (stripe >= stripes_.owned) {
      add_pair_shared(cell, first, second);
      return;
    }
    if (add_pair_owned(stripes_, stripe, cell, first, second)) {
      return;
    }
  }
}

void slot_writer::add_to_cell(std::int64_t bytes, std::int64_t blocks) {
  for (;;) {
    const std::uint32_t stripe = current_stripe(stripes_, shared_stripe());
    stripe_cell& cell = header_->cells[stripe];
    const auto first = static_cast<std::uint64_t>(bytes);
    const auto second = static_cast<std::uint64_t>(blocks);
    if (stripe >= stripes_.owned) {
      add_pair_shared(&cell, first, second);
    } else if (!add_pair_owned(stripes_, stripe, &cell, first, second)) {
      continue;
    }
    if (bytes > 0 &&
        __atomic_load_n(&cell.live_bytes, __ATOMIC_RELAXED) > load_relaxed(cell.peak_mark)) {
      check_peak();
    }
    return;
  }
}

void slot_writer::check_peak() {
  if (__atomic_exchange_n(&peak_busy_, 1, __ATOMIC_ACQUIRE) != 0) {
    return;
  }
  std::int64_t live_bytes = 0;
  std::int64_t live_blocks = 0;
  for (std::uint32_t stripe = 0; stripe < stripe_count_; ++stripe) {
    live_bytes += __atomic_load_n(&header_->cells[stripe].live_bytes, __ATOMIC_RELAXED);
    live_blocks += __atomic_load_n(&header_->cells[stripe].live_blocks, __ATOMIC_RELAXED);
  }
  std::int64_t bound = header_->peak_bytes + allowance_above(header_->peak_bytes);
  if (live_bytes > bound) {
    header_->peak_bytes = live_bytes;
    header_->peak_blocks = live_blocks;
    header_->peak_mono_ms = now_ms();
    __atomic_fetch_add(&header_->epoch, 1, __ATOMIC_RELEASE);
    bound = live_bytes + allowance_above(live_bytes);
  }
  // Every cell may grow by its part of what is left before the sum has to be looked at again.
  const std::int64_t slack = (bound - live_bytes) / stripe_count_;
  for (std::uint32_t stripe = 0; stripe < stripe_count_; ++stripe) {
    stripe_cell& cell = header_->cells[stripe];
    store_relaxed(cell.peak_mark, load_relaxed(cell.live_bytes) + slack);
  }
  __atomic_store_n(&peak_busy_, 0, __ATOMIC_RELEASE);
}

void slot_writer::count_allocation(site_id site, std::uint64_t size_bytes) {
  add_to_row(site, offsetof(site_row, allocations), 1, size_bytes);
  add_to_cell(static_cast<std::int64_t>(size_bytes), 1);
}

void slot_writer::count_release(site_id site, std::uint64_t size_bytes, bool temporary,
                                std::uint32_t age_ms) {
  add_to_row(site, offsetof(site_row, frees), 1, size_bytes);
  add_to_cell(-static_cast<std::int64_t>(size_bytes), -1);
  if (!temporary && age_ms < lifetime_bounds_ms[0]) {
    return;
  }
  // Four counters of 32 bits, added to as two words.
  static_assert(offsetof(site_row, temporary) == 48 && offsetof(site_row, lifetimes) == 52);
  const site_row& row = rows_[current_stripe(stripes_, shared_stripe())][site.value];
  const bool old = age_ms >= lifetime_bounds_ms[0] && load_relaxed(row.lifetimes[0]) < saturated &&
                   load_relaxed(row.lifetimes[1]) < saturated &&
                   load_relaxed(row.lifetimes[2]) < saturated;
  const bool brief = temporary && load_relaxed(row.temporary) < saturated;
  const unsigned bucket = age_ms >= lifetime_bounds_ms[2]   ? 2
                          : age_ms >= lifetime_bounds_ms[1] ? 1
                                                            : 0;
  const std::uint64_t first = (brief ? 1 : 0) + (old && bucket == 0 ? std::uint64_t{1} << 32 : 0);
  const std::uint64_t second = !old || bucket == 0 ? 0 : bucket == 1 ? 1 : std::uint64_t{1} << 32;
  add_to_row(site, offsetof(site_row, temporary), first, second);
}

void slot_writer::cancel_allocation(site_id site, std::uint64_t size_bytes) {
  add_to_row(site, offsetof(site_row, allocations), ~std::uint64_t{0}, ~size_bytes + 1);
  add_to_cell(-static_cast<std::int64_t>(size_bytes), -1);
}

void slot_writer::count_reallocation() {
  const std::uint32_t stripe = current_stripe(stripes_, shared_stripe());
  __atomic_fetch_add(&header_->cells[stripe].reallocations, 1, __ATOMIC_RELAXED);
}

std::uint32_t slot_writer::now_ms() const {
  if (file_ != nullptr && __atomic_load_n(&file_->clock_ticking, __ATOMIC_RELAXED) != 0) {
    return __atomic_load_n(&file_->now_ms, __ATOMIC_RELAXED);
  }
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<std::uint32_t>(now.tv_sec * 1000 + now.tv_nsec / 1'000'000);
}

}  // namespace track::ledger
