#include "libtrack/ledger/writer.hpp"

#include <string.h>
#include <time.h>

namespace track::ledger {
namespace {

constexpr unsigned probe_limit = 16;
constexpr std::uint32_t saturated = 0xffff0000;

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

unsigned hash_node(std::uint32_t parent, std::uint64_t address_module) {
  std::uint64_t hash = (address_module ^ (std::uint64_t{parent} << 32)) * 0x9e3779b97f4a7c15;
  hash ^= hash >> 29;
  hash = (hash + parent) * 0xbf58476d1ce4e5b9;
  return static_cast<unsigned>(hash >> 32);
}

constexpr std::uint64_t level_entries(unsigned level) {
  return std::uint64_t{1} << (first_index_level_bits + level);
}

constexpr std::uint64_t level_offset(unsigned level) {
  return level_entries(level) - level_entries(0);
}

// Entries of all levels that are needed before `nodes` fill half of the last one.
std::uint64_t index_entries(std::uint64_t nodes) {
  unsigned level = 0;
  while (level_entries(level) < nodes) {
    ++level;
  }
  return level_offset(level + 1);
}

// Takes the next free place of a table of `capacity`, 0 when there is none.
std::uint64_t take_place(std::uint64_t& used, std::uint64_t capacity) {
  if (__atomic_load_n(&used, __ATOMIC_RELAXED) >= capacity) {
    return 0;
  }
  const std::uint64_t place = __atomic_fetch_add(&used, 1, __ATOMIC_RELAXED);
  return place < capacity ? place : 0;
}

struct region_plan {
  region_kind kind;
  std::uint32_t element_bytes;
  std::uint64_t count;
};

struct slot_plan {
  region_plan regions[max_regions];
  unsigned count = 0;

  void add(region_kind kind, std::size_t element_bytes, std::uint64_t elements) {
    regions[count++] = {kind, static_cast<std::uint32_t>(element_bytes), elements};
  }
};

slot_plan plan_slot(const capacities& room) {
  slot_plan plan;
  plan.add(region_kind::strings, 1, room.string_bytes);
  plan.add(region_kind::modules, sizeof(module_record), room.modules);
  plan.add(region_kind::threads, sizeof(thread_record), room.threads);
  plan.add(region_kind::mismatches, sizeof(mismatch_record), room.mismatches);
  plan.add(region_kind::nodes, sizeof(node_record), room.nodes);
  plan.add(region_kind::node_index, sizeof(std::uint32_t), index_entries(room.nodes));
  plan.add(region_kind::sites, sizeof(site_record), room.sites);
  plan.add(region_kind::survivors, sizeof(survivor_record), room.sites);
  for (std::uint32_t stripe = 0; stripe < room.stripes; ++stripe) {
    const auto kind =
        static_cast<region_kind>(static_cast<std::uint32_t>(region_kind::rows0) + stripe);
    plan.add(kind, sizeof(site_row), room.sites);
  }
  return plan;
}

}  // namespace

capacities small_capacities() {
  capacities room;
  room.string_bytes = 64 * 1024;
  room.modules = 512;
  room.nodes = 64 * 1024;
  room.sites = 24 * 1024;
  room.mismatches = 512;
  room.threads = 1024;
  return room;
}

std::uint64_t slot_bytes_for(const capacities& room) {
  const slot_plan plan = plan_slot(room);
  std::uint64_t bytes = page_bytes;
  for (unsigned i = 0; i < plan.count; ++i) {
    bytes += round_up(plan.regions[i].element_bytes * plan.regions[i].count, page_bytes);
  }
  return bytes;
}

void slot_writer::format(std::byte* slot, const capacities& room, const stripe_source& stripes) {
  room_ = room;
  stripes_ = stripes;
  stripe_count_ = room.stripes;
  index_level_ = 0;
  auto& header = *reinterpret_cast<slot_header*>(slot);
  const slot_plan plan = plan_slot(room);
  std::uint64_t offset = page_bytes;
  for (unsigned i = 0; i < plan.count; ++i) {
    const region_plan& part = plan.regions[i];
    header.regions[i] = {static_cast<std::uint32_t>(part.kind), part.element_bytes, offset,
                         part.count};
    offset += round_up(part.element_bytes * part.count, page_bytes);
  }
  header.magic = slot_magic;
  header.version = format_version;
  header.slot_bytes = offset;
  header.stripe_count = stripe_count_;
  header.rseq_owned_stripes = stripes.owned;
  header.modules_used = header.nodes_used = header.sites_used = 1;
  header.mismatches_used = header.threads_used = 1;
  header.epoch = 1;
  move_to(slot);
  sites_[0].complete = 1;
}

void slot_writer::move_to(std::byte* slot) {
  header_ = reinterpret_cast<slot_header*>(slot);
  std::byte* places[32] = {};
  for (const region& part : header_->regions) {
    places[part.kind % 32] = slot + part.offset;
  }
  const auto place = [&places](region_kind kind) { return places[static_cast<unsigned>(kind)]; };
  strings_ = reinterpret_cast<char*>(place(region_kind::strings));
  modules_ = reinterpret_cast<module_record*>(place(region_kind::modules));
  threads_ = reinterpret_cast<thread_record*>(place(region_kind::threads));
  mismatches_ = reinterpret_cast<mismatch_record*>(place(region_kind::mismatches));
  nodes_ = reinterpret_cast<node_record*>(place(region_kind::nodes));
  index_ = reinterpret_cast<std::uint32_t*>(place(region_kind::node_index));
  sites_ = reinterpret_cast<site_record*>(place(region_kind::sites));
  survivors_ = reinterpret_cast<survivor_record*>(place(region_kind::survivors));
  for (std::uint32_t stripe = 0; stripe < max_stripes; ++stripe) {
    rows_[stripe] =
        reinterpret_cast<site_row*>(places[static_cast<unsigned>(region_kind::rows0) + stripe]);
  }
}

// --- stacks and sites -------------------------------------------------------------------------

node_id slot_writer::find_node(node_id parent, std::uint64_t address_module, unsigned hash) {
  const unsigned newest = __atomic_load_n(&index_level_, __ATOMIC_RELAXED);
  for (unsigned level = newest + 1; level-- > 0;) {
    const std::uint32_t* table = index_ + level_offset(level);
    const std::uint64_t mask = level_entries(level) - 1;
    for (unsigned probe = 0; probe < probe_limit; ++probe) {
      const std::uint32_t id = __atomic_load_n(&table[(hash + probe) & mask], __ATOMIC_ACQUIRE);
      if (id == 0) {
        break;
      }
      if (nodes_[id].address_module == address_module && nodes_[id].parent == parent.value) {
        if (level != newest) {
          publish_node(id, hash, newest);  // found at once the next time
        }
        return node_id{id};
      }
    }
  }
  return {};
}

bool slot_writer::publish_node(std::uint32_t node, unsigned hash, unsigned level) {
  std::uint32_t* table = index_ + level_offset(level);
  const std::uint64_t mask = level_entries(level) - 1;
  for (unsigned probe = 0; probe < probe_limit; ++probe) {
    std::uint32_t empty = 0;
    if (__atomic_compare_exchange_n(&table[(hash + probe) & mask], &empty, node, false,
                                    __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
      return true;
    }
  }
  return false;
}

node_id slot_writer::add_node(node_id parent, std::uint64_t address_module, unsigned hash) {
  const auto place = static_cast<std::uint32_t>(take_place(header_->nodes_used, room_.nodes));
  if (place == 0) {
    count_loss(loss::nodes_full);
    return {};
  }
  nodes_[place].address_module = address_module;
  nodes_[place].parent = parent.value;
  std::uint32_t level = __atomic_load_n(&index_level_, __ATOMIC_RELAXED);
  // Half full, or full in this neighbourhood: on to the next, larger table.
  while (place > level_entries(level) / 2 || !publish_node(place, hash, level)) {
    if (level_offset(level + 2) > index_entries(room_.nodes)) {
      count_loss(loss::nodes_full);
      return {};
    }
    __atomic_compare_exchange_n(&index_level_, &level, level + 1, false, __ATOMIC_RELAXED,
                                __ATOMIC_RELAXED);
    level = __atomic_load_n(&index_level_, __ATOMIC_RELAXED);
  }
  return node_id{place};
}

node_id slot_writer::intern_node(node_id parent, std::uintptr_t address, std::uint16_t module) {
  const std::uint64_t address_module = (address & ((std::uint64_t{1} << address_bits) - 1)) |
                                       (std::uint64_t{module} << address_bits);
  const unsigned hash = hash_node(parent.value, address_module);
  const node_id known = find_node(parent, address_module, hash);
  return known ? known : add_node(parent, address_module, hash);
}

site_id slot_writer::intern_site(node_id stack, allocation_function function) {
  if (!stack) {
    return {};
  }
  for (std::uint32_t id = __atomic_load_n(&nodes_[stack.value].site, __ATOMIC_ACQUIRE); id != 0;
       id = sites_[id].next_site) {
    if (sites_[id].function == static_cast<std::uint32_t>(function)) {
      return site_id{id};
    }
  }
  return add_site(stack, function);
}

site_id slot_writer::add_site(node_id stack, allocation_function function) {
  const auto place = static_cast<std::uint32_t>(take_place(header_->sites_used, room_.sites));
  if (place == 0) {
    count_loss(loss::sites_full);
    return {};
  }
  site_record& site = sites_[place];
  site.node = stack.value;
  site.function = static_cast<std::uint32_t>(function);
  std::uint32_t& head = nodes_[stack.value].site;
  std::uint32_t first = __atomic_load_n(&head, __ATOMIC_RELAXED);
  do {
    site.next_site = first;
    site.complete = 1;
  } while (!__atomic_compare_exchange_n(&head, &first, place, false, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED));
  return site_id{place};
}

// --- counters ---------------------------------------------------------------------------------

void slot_writer::add_to_row(site_id site, std::size_t offset, std::uint64_t first,
                             std::uint64_t second) {
  for (;;) {
    const std::uint32_t stripe = current_stripe(stripes_, shared_stripe());
    site_row& row = rows_[stripe][site.value];
    const auto epoch =
        static_cast<std::uint32_t>(__atomic_load_n(&header_->epoch, __ATOMIC_RELAXED));
    if (__builtin_expect(row.peak_epoch != epoch, 0)) {
      const auto blocks = static_cast<std::int64_t>(row.allocations - row.frees);
      row.saved_bytes = static_cast<std::int64_t>(row.bytes_allocated - row.bytes_freed);
      row.saved_blocks = blocks > INT32_MAX   ? INT32_MAX
                         : blocks < INT32_MIN ? INT32_MIN
                                              : static_cast<std::int32_t>(blocks);
      __atomic_store_n(&row.peak_epoch, epoch, __ATOMIC_RELEASE);
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
    if (bytes > 0 && __atomic_load_n(&cell.live_bytes, __ATOMIC_RELAXED) > cell.peak_mark) {
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
  std::int64_t bound = header_->peak_bytes + header_->peak_bytes / 256;
  if (live_bytes > bound) {
    header_->peak_bytes = live_bytes;
    header_->peak_blocks = live_blocks;
    header_->peak_mono_ms = now_ms();
    __atomic_fetch_add(&header_->epoch, 1, __ATOMIC_RELEASE);
    bound = live_bytes + live_bytes / 256;
  }
  // Every cell may grow by its part of what is left before the sum has to be looked at again.
  const std::int64_t slack = (bound - live_bytes) / stripe_count_;
  for (std::uint32_t stripe = 0; stripe < stripe_count_; ++stripe) {
    stripe_cell& cell = header_->cells[stripe];
    cell.peak_mark = __atomic_load_n(&cell.live_bytes, __ATOMIC_RELAXED) + slack;
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
  const bool old = age_ms >= lifetime_bounds_ms[0] && row.lifetimes[0] < saturated &&
                   row.lifetimes[1] < saturated && row.lifetimes[2] < saturated;
  const bool brief = temporary && row.temporary < saturated;
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

// --- modules, mismatches, threads: rare
// -----------------------------------------------------------

slot_writer::text_place slot_writer::add_string(const char* text, std::size_t size_bytes) {
  const std::uint64_t offset =
      __atomic_fetch_add(&header_->strings_used, size_bytes, __ATOMIC_RELAXED);
  if (offset > room_.string_bytes || size_bytes > room_.string_bytes - offset) {
    __atomic_fetch_sub(&header_->strings_used, size_bytes, __ATOMIC_RELAXED);
    count_loss(loss::strings_full);
    return {};
  }
  memcpy(strings_ + offset, text, size_bytes);
  return {offset, size_bytes};
}

std::uint16_t slot_writer::add_module(const module_record& module, const char* path,
                                      std::size_t path_bytes) {
  const std::uint64_t used = __atomic_load_n(&header_->modules_used, __ATOMIC_ACQUIRE);
  for (std::uint64_t i = 1; i < used && i < room_.modules; ++i) {
    module_record& known = modules_[i];
    if (__atomic_load_n(&known.complete, __ATOMIC_ACQUIRE) == 1 &&
        known.load_bias == module.load_bias && known.start == module.start &&
        known.end == module.end && known.path_bytes == path_bytes &&
        known.build_id_bytes == module.build_id_bytes &&
        memcmp(known.build_id, module.build_id, sizeof known.build_id) == 0 &&
        memcmp(strings_ + known.path_offset, path, path_bytes) == 0) {
      known.unloaded_mono_ms = 0;
      return static_cast<std::uint16_t>(i);
    }
  }
  const std::uint64_t place = take_place(header_->modules_used, room_.modules);
  if (place == 0) {
    count_loss(loss::modules_full);
    return 0;
  }
  module_record& added = modules_[place];
  added = module;
  const text_place name = add_string(path, path_bytes);
  added.path_offset = name.offset;
  added.path_bytes = static_cast<std::uint32_t>(name.bytes);
  __atomic_store_n(&added.complete, 1, __ATOMIC_RELEASE);
  return static_cast<std::uint16_t>(place);
}

void slot_writer::inherit_modules(const slot_writer& parent) {
  const std::uint64_t strings = parent.header_->strings_used < room_.string_bytes
                                    ? parent.header_->strings_used
                                    : room_.string_bytes;
  const std::uint64_t modules =
      parent.header_->modules_used < room_.modules ? parent.header_->modules_used : room_.modules;
  memcpy(strings_, parent.strings_, strings);
  memcpy(modules_, parent.modules_, modules * sizeof(module_record));
  header_->strings_used = strings;
  header_->modules_used = modules;
}

void slot_writer::count_mismatch(const mismatch_record& finding) {
  const std::uint64_t used = __atomic_load_n(&header_->mismatches_used, __ATOMIC_ACQUIRE);
  for (std::uint64_t i = 1; i < used && i < room_.mismatches; ++i) {
    mismatch_record& known = mismatches_[i];
    if (__atomic_load_n(&known.complete, __ATOMIC_ACQUIRE) == 1 && known.kind == finding.kind &&
        known.allocation_site == finding.allocation_site &&
        known.release_node == finding.release_node &&
        known.release_function == finding.release_function && known.certain == finding.certain) {
      __atomic_fetch_add(&known.count, 1, __ATOMIC_RELAXED);
      __atomic_fetch_add(&known.bytes, finding.bytes, __ATOMIC_RELAXED);
      return;
    }
  }
  const std::uint64_t place = take_place(header_->mismatches_used, room_.mismatches);
  if (place == 0) {
    count_loss(loss::mismatches_full);
    return;
  }
  mismatches_[place] = finding;
  mismatches_[place].count = 1;
  mismatches_[place].first_mono_ms = now_ms();
  __atomic_store_n(&mismatches_[place].complete, 1, __ATOMIC_RELEASE);
}

std::uint32_t slot_writer::add_thread(std::uint32_t tid) {
  const auto place = static_cast<std::uint32_t>(take_place(header_->threads_used, room_.threads));
  if (place == 0) {
    count_loss(loss::threads_full);
    return 0;
  }
  threads_[place] = {tid, now_ms()};
  return place;
}

}  // namespace track::ledger
