#include <time.h>

#include "libtrack/base/relaxed.hpp"
#include "libtrack/ledger/writer.hpp"

namespace track::ledger {
namespace {

constexpr std::uint32_t saturated = 0xffff0000;

// A row whose counts are half of what its bits hold goes on in its wide counts. The other half is
// for the threads that looked before; so a single block of that row may not be huge.
constexpr std::uint64_t row_count_mask = (std::uint64_t{1} << row_count_bits) - 1;
constexpr std::uint64_t row_is_half_full = std::uint64_t{1} << 63 | std::uint64_t{1}
                                                                        << (row_count_bits - 1);
constexpr std::uint64_t huge_bytes = std::uint64_t{1} << 26;

// How far live bytes may exceed the last peak before a new epoch begins: exact for small heaps,
// where two summits of nearly the same height are told apart at no cost that matters.
constexpr std::int64_t allowance_above(std::int64_t peak_bytes) {
  constexpr std::int64_t exact_bytes = std::int64_t{16} << 20;
  return peak_bytes < exact_bytes ? 0 : peak_bytes / 4096;
}

}  // namespace

[[gnu::always_inline]] inline slot_writer::row_place slot_writer::place_of(site_id site,
                                                                           direction way) const {
  const std::uint32_t stripe = current_stripe(stripes_, shared_stripe());
  site_line& line = rows_[stripe][site.value / sites_per_line];
  site_row& row = line.rows[site.value % sites_per_line];
  return {stripe, site.value, way == direction::made ? &row.made : &row.gone,
          &line.tags[site.value % sites_per_line]};
}

[[gnu::always_inline]] inline void slot_writer::count_event(site_id site, direction way,
                                                            std::uint64_t size_bytes) {
  const std::uint64_t both = size_bytes << row_count_bits | 1;
  for (;;) {
    const row_place place = place_of(site, way);
    const std::uint32_t changed = (load_relaxed(*place.tag) ^ epoch()) & ~tag_saved;
    const std::uint64_t filled = load_relaxed(*place.cell) & row_is_half_full;
    if (__builtin_expect((changed | filled) != 0 || size_bytes >= huge_bytes, 0)) {
      count_slowly(site, way, 1, size_bytes, filled != 0 || size_bytes >= huge_bytes);
      return;
    }
    if (place.stripe >= stripes_.owned) {
      __atomic_fetch_add(place.cell, both, __ATOMIC_RELAXED);
      return;
    }
    if (add_word_owned(stripes_, place.stripe, place.cell, both)) {
      return;
    }
  }
}

void slot_writer::count_slowly(site_id site, direction way, std::uint64_t count,
                               std::uint64_t size_bytes, bool wide) {
  for (;;) {
    const row_place place = place_of(site, way);
    save_for_peak(place, epoch());
    if (wide && (load_relaxed(*place.tag) & tag_wide) == 0) {
      __atomic_fetch_or(place.tag, tag_wide, __ATOMIC_RELEASE);
    }
    wide_counts& counts = wide_[place.stripe][site.value];
    std::uint64_t* pair = way == direction::made ? &counts.allocations : &counts.frees;
    const bool in_row = (load_relaxed(*place.tag) & tag_wide) == 0;
    const std::uint64_t both = size_bytes << row_count_bits | count;
    if (place.stripe >= stripes_.owned) {
      if (in_row) {
        __atomic_fetch_add(place.cell, both, __ATOMIC_RELAXED);
      } else {
        add_pair_shared(pair, count, size_bytes);
      }
      return;
    }
    if (in_row ? add_word_owned(stripes_, place.stripe, place.cell, both)
               : add_pair_owned(stripes_, place.stripe, pair, count, size_bytes)) {
      return;
    }
  }
}

void slot_writer::save_for_peak(const row_place& place, std::uint32_t epoch) {
  std::uint32_t tag = __atomic_load_n(place.tag, __ATOMIC_ACQUIRE);
  const site_row& row =
      rows_[place.stripe][place.site / sites_per_line].rows[place.site % sites_per_line];
  while ((tag & tag_epoch_mask) != epoch) {
    const std::uint64_t made = load_relaxed(row.made);
    const std::uint64_t gone = load_relaxed(row.gone);
    std::uint64_t blocks = (made & row_count_mask) - (gone & row_count_mask);
    std::uint64_t bytes = (made >> row_count_bits) - (gone >> row_count_bits);
    if ((tag & tag_wide) != 0) {
      const wide_counts& wide = wide_[place.stripe][place.site];
      blocks += load_relaxed(wide.allocations) - load_relaxed(wide.frees);
      bytes += load_relaxed(wide.bytes_allocated) - load_relaxed(wide.bytes_freed);
    }
    std::uint32_t now = epoch | (tag & tag_wide);
    if ((blocks | bytes) != 0) {
      saved_counts& saved = saved_[place.stripe][place.site];
      store_relaxed(saved.bytes, static_cast<std::int64_t>(bytes));
      store_relaxed(saved.blocks, static_cast<std::int64_t>(blocks));
      now |= tag_saved;
    }
    if (__atomic_compare_exchange_n(place.tag, &tag, now, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
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
  count_event(site, direction::made, size_bytes);
  add_to_cell(static_cast<std::int64_t>(size_bytes), 1);
}

void slot_writer::count_release(site_id site, std::uint64_t size_bytes, bool temporary,
                                std::uint32_t age_ms) {
  count_event(site, direction::gone, size_bytes);
  add_to_cell(-static_cast<std::int64_t>(size_bytes), -1);
  if (temporary || age_ms >= lifetime_bounds_ms[0]) {
    count_ages(site, temporary, age_ms);
  }
}

void slot_writer::count_ages(site_id site, bool temporary, std::uint32_t age_ms) {
  if (temporary) {
    count_age(site, 0);
  }
  if (age_ms >= lifetime_bounds_ms[0]) {
    count_age(site, age_ms >= lifetime_bounds_ms[2] ? 3 : age_ms >= lifetime_bounds_ms[1] ? 2 : 1);
  }
}

// Counters of 32 bits, two to a word.
void slot_writer::count_age(site_id site, unsigned counter) {
  const unsigned shift = counter % 2 * 32;
  for (;;) {
    const std::uint32_t stripe = current_stripe(stripes_, shared_stripe());
    auto* word = reinterpret_cast<std::uint64_t*>(&ages_[stripe][site.value]) + counter / 2;
    if (static_cast<std::uint32_t>(load_relaxed(*word) >> shift) >= saturated) {
      return;
    }
    if (stripe >= stripes_.owned) {
      __atomic_fetch_add(word, std::uint64_t{1} << shift, __ATOMIC_RELAXED);
      return;
    }
    if (add_word_owned(stripes_, stripe, word, std::uint64_t{1} << shift)) {
      return;
    }
  }
}

void slot_writer::cancel_allocation(site_id site, std::uint64_t size_bytes) {
  count_slowly(site, direction::made, ~std::uint64_t{0}, ~size_bytes + 1, true);
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
