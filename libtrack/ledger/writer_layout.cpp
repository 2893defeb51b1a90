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

}  // namespace track::ledger
