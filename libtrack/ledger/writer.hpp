// The writer's side of a slot: stacks, sites, counters, modules, mismatches. Floor 1, freestanding.
//
// Lives in the tracked program; called inside hooks and signal handlers by any thread. Nothing
// locks: tables are appended to, and two threads that meet may add the same stack, site or module
// twice, which readers merge. No allocation: a slot has fixed places, and when one is used up the
// event is counted under `lost` and under site 0.
// Site ids here are local to the slot: 0 is "others".
#pragma once

#include <cstddef>
#include <cstdint>

#include "libtrack/base/allocation_function.hpp"
#include "libtrack/base/ids.hpp"
#include "libtrack/base/rseq.hpp"
#include "libtrack/ledger/format.hpp"
#include "libtrack/ledger/id_index.hpp"

namespace track::ledger {

// How many of each a slot holds. Chosen by the process that claims the slot.
struct capacities {
  std::uint64_t string_bytes = 256 * 1024;
  std::uint64_t modules = 2048;
  std::uint64_t frames = 512 * 1024;
  std::uint64_t nodes = 3584 * 1024;  // words; about four bytes a node and eight a stack
  std::uint64_t sites = 384 * 1024;
  std::uint64_t mismatches = 2048;
  std::uint64_t threads = 4096;
  std::uint64_t objects = 1024 * 1024;
  std::uint64_t name_bytes = std::uint64_t{4} << 20;
  std::uint64_t caches = 1024;
  std::uint32_t stripes = max_stripes;
  bool in_memory = false;  // no disk behind the slot: unused pages may be given back
};

// The same, sized for a program whose address space is limited.
capacities small_capacities();

// Bytes of a slot with these capacities, a multiple of the page size.
std::uint64_t slot_bytes_for(const capacities& room);

class slot_writer {
 public:
  // `slot` points to slot_bytes_for(room) zero bytes, page-aligned, shared with the collector.
  // Writes magic, version and the region table; the caller fills in who the process is.
  void format(std::byte* slot, const capacities& room, const stripe_source& stripes);

  // The same slot is mapped at another place now.
  void move_to(std::byte* slot);

  slot_header& header() { return *header_; }
  const slot_header& header() const { return *header_; }
  const stripe_source& stripes() const { return stripes_; }

  // The node for `address` in `module`, called from `parent`. 0 when there is no room (counted).
  // cost: two to six cache misses.
  node_id intern_node(node_id parent, std::uintptr_t address, std::uint16_t module);

  // The site of a stack and the function that allocated. 0 when there is no room (counted).
  site_id intern_site(node_id stack, allocation_function function);

  // The stack of a site; 0: unknown. cost: looks through all nodes.
  node_id stack_of(site_id site) const;

  // Counts one event at a site. cost: 2 to 4 ns each.
  void count_allocation(site_id site, std::uint64_t size_bytes);
  void prefetch_row(site_id site) const {
    __builtin_prefetch(
        &rows_[current_stripe(stripes_, shared_stripe())][site.value / sites_per_line], 1);
  }
  // `temporary`: freed before the thread's next allocation.
  void count_release(site_id site, std::uint64_t size_bytes, bool temporary, std::uint32_t age_ms);
  // Takes back a count: the allocation turned out to be a part of another one.
  void cancel_allocation(site_id site, std::uint64_t size_bytes);
  void count_reallocation();
  void count_loss(loss reason) {
    __atomic_fetch_add(&header_->lost[static_cast<unsigned>(reason)], 1, __ATOMIC_RELAXED);
  }

  // errors: an offset of 0 and no bytes when there is no room (counted).
  struct text_place {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
  };
  text_place add_string(const char* text, std::size_t size_bytes);

  // Number of the module, the old one if the same file is known at the same place; 0: no room.
  std::uint16_t add_module(const module_record& module, const char* path, std::size_t path_bytes);
  module_record* modules() { return modules_; }

  // Takes over strings and modules of the slot that this process was forked from.
  void inherit_modules(const slot_writer& parent);

  void count_mismatch(const mismatch_record& finding);

  std::uint32_t add_thread(std::uint32_t tid);

  // Return addresses of a node, innermost first, at most `most`; returns how many. Any number may
  // be asked for: one that names no node has none. cost: a cache miss a frame.
  std::size_t frames_of(std::uint32_t node, void** addresses, std::size_t most) const;

  // Tracked objects and probed caches are written by who registers them: where, and how many there
  // may be.
  object_record* objects() { return objects_; }
  cache_record* caches() { return caches_; }
  char* names() { return names_; }
  const capacities& room() const { return room_; }

  survivor_record* survivors() { return survivors_; }
  std::uint64_t sites_used() const { return header_->sites_used; }

  // A coarse clock, ms, low 32 bits of CLOCK_MONOTONIC; see file_header.
  std::uint32_t now_ms() const;
  void set_clock(const file_header* file) { file_ = file; }

 private:
  // Where a site's counters are in one stripe.
  struct row_place {
    std::uint32_t stripe;
    std::uint32_t site;
    std::uint64_t* cell;  // site_row::made or gone
    std::uint32_t* tag;
  };
  enum class direction { made, gone };

  std::uint32_t intern_frame(std::uint64_t address_module);
  // The word below `parent` that equals `key` where `mask` is set, 0: none yet.
  std::uint32_t find_child(std::uint32_t parent, std::uint32_t key, std::uint32_t mask) const;
  // Adds `word` below `parent`. 0 when there is no room (counted).
  std::uint32_t add_child(std::uint32_t parent, std::uint32_t word);

  row_place place_of(site_id site, direction way) const;
  void count_event(site_id site, direction way, std::uint64_t size_bytes);
  // The same for what is rare: a new epoch, a row that has wide counts, a huge block.
  void count_slowly(site_id site, direction way, std::uint64_t count, std::uint64_t size_bytes,
                    bool wide);
  // The row's live counts, before its first update in a new epoch, are its part of the last peak.
  void save_for_peak(const row_place& place, std::uint32_t epoch);
  void count_ages(site_id site, bool temporary, std::uint32_t age_ms);
  void count_age(site_id site, unsigned counter);
  std::uint32_t epoch() const {
    return static_cast<std::uint32_t>(__atomic_load_n(&header_->epoch, __ATOMIC_RELAXED));
  }
  void add_to_cell(std::int64_t bytes, std::int64_t blocks);
  // Raises the peak's epoch if the live bytes exceed the last peak, for large heaps by 1/4096.
  void check_peak();
  std::uint32_t shared_stripe() const { return stripe_count_ - 1; }

  slot_header* header_ = nullptr;
  std::uint32_t* words_ = nullptr;
  frame_record* frames_ = nullptr;
  id_index word_index_;  // words that follow a branch; others are found beside their parent
  id_index frame_index_;
  site_line* rows_[max_stripes] = {};
  saved_counts* saved_[max_stripes] = {};
  wide_counts* wide_[max_stripes] = {};
  age_counts* ages_[max_stripes] = {};
  survivor_record* survivors_ = nullptr;
  module_record* modules_ = nullptr;
  mismatch_record* mismatches_ = nullptr;
  thread_record* threads_ = nullptr;
  object_record* objects_ = nullptr;
  cache_record* caches_ = nullptr;
  char* names_ = nullptr;
  char* strings_ = nullptr;
  const file_header* file_ = nullptr;
  stripe_source stripes_;
  std::uint32_t stripe_count_ = 1;
  std::uint32_t peak_busy_ = 0;
  capacities room_;
};

}  // namespace track::ledger
