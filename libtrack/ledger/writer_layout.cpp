#include "libtrack/ledger/writer_parts.hpp"

namespace track::ledger {
namespace {

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
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

constexpr std::uint64_t lines_of(const capacities& room) {
  return (room.sites + sites_per_line - 1) / sites_per_line;
}

// Each takes a word beside the one that is indexed.
constexpr std::uint64_t most_branches(const capacities& room) {
  return room.nodes / 2;
}

slot_plan plan_slot(const capacities& room) {
  slot_plan plan;
  plan.add(region_kind::strings, 1, room.string_bytes);
  plan.add(region_kind::modules, sizeof(module_record), room.modules);
  plan.add(region_kind::threads, sizeof(thread_record), room.threads);
  plan.add(region_kind::mismatches, sizeof(mismatch_record), room.mismatches);
  plan.add(region_kind::nodes, sizeof(std::uint32_t), room.nodes);
  plan.add(region_kind::node_index, sizeof(std::uint32_t),
           id_index::entries_for(most_branches(room)));
  plan.add(region_kind::frames, sizeof(frame_record), room.frames);
  plan.add(region_kind::frame_index, sizeof(std::uint32_t), id_index::entries_for(room.frames));
  plan.add(region_kind::survivors, sizeof(survivor_record), room.sites);
  const std::uint64_t lines = lines_of(room);
  const std::uint64_t counters = lines * sites_per_line * room.stripes;
  plan.add(region_kind::rows, sizeof(site_line), lines * room.stripes);
  plan.add(region_kind::saved, sizeof(saved_counts), counters);
  plan.add(region_kind::wide, sizeof(wide_counts), counters);
  plan.add(region_kind::ages, sizeof(age_counts), counters);
  plan.add(region_kind::objects, sizeof(object_record), room.objects);
  plan.add(region_kind::names, 1, room.name_bytes);
  plan.add(region_kind::caches, sizeof(cache_record), room.caches);
  return plan;
}

}  // namespace

capacities small_capacities() {
  capacities room;
  room.string_bytes = 64 * 1024;
  room.modules = 512;
  room.frames = 32 * 1024;
  room.nodes = 128 * 1024;
  room.sites = 24 * 1024;
  room.mismatches = 512;
  room.threads = 1024;
  room.objects = 16 * 1024;
  room.name_bytes = 128 * 1024;
  room.caches = 64;
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
  word_index_.reset(most_branches(room), room.in_memory);
  frame_index_.reset(room.frames, room.in_memory);
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
  header.modules_used = header.nodes_used = header.frames_used = 1;
  header.sites_used = header.mismatches_used = header.threads_used = header.objects_used = 1;
  header.names_used = name_unit;
  header.epoch = 1;
  move_to(slot);
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
  words_ = reinterpret_cast<std::uint32_t*>(place(region_kind::nodes));
  word_index_.place(reinterpret_cast<std::uint32_t*>(place(region_kind::node_index)));
  frames_ = reinterpret_cast<frame_record*>(place(region_kind::frames));
  frame_index_.place(reinterpret_cast<std::uint32_t*>(place(region_kind::frame_index)));
  survivors_ = reinterpret_cast<survivor_record*>(place(region_kind::survivors));
  objects_ = reinterpret_cast<object_record*>(place(region_kind::objects));
  names_ = reinterpret_cast<char*>(place(region_kind::names));
  caches_ = reinterpret_cast<cache_record*>(place(region_kind::caches));
  const std::uint64_t lines = lines_of(room_);
  for (std::uint32_t stripe = 0; stripe < stripe_count_; ++stripe) {
    const std::uint64_t first_site = stripe * lines * sites_per_line;
    rows_[stripe] = reinterpret_cast<site_line*>(place(region_kind::rows)) + stripe * lines;
    saved_[stripe] = reinterpret_cast<saved_counts*>(place(region_kind::saved)) + first_site;
    wide_[stripe] = reinterpret_cast<wide_counts*>(place(region_kind::wide)) + first_site;
    ages_[stripe] = reinterpret_cast<age_counts*>(place(region_kind::ages)) + first_site;
  }
}

}  // namespace track::ledger
