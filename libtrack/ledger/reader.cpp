#include "libtrack/ledger/reader.hpp"

#include <algorithm>
#include <limits>

#include "libtrack/ledger/slot_view.hpp"

namespace track::ledger {
namespace {

constexpr std::uint64_t low_address = (std::uint64_t{1} << address_bits) - 1;

// Sums of forged counters wrap instead of overflowing.
std::int64_t wrapping_add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

std::uint32_t stripes_of(const slot_header& header) {
  return std::clamp<std::uint32_t>(header.stripe_count, 1, max_stripes);
}

region_kind rows_of_stripe(std::uint32_t stripe) {
  return static_cast<region_kind>(static_cast<std::uint32_t>(region_kind::rows0) + stripe);
}

template <typename Enum>
Enum known_or(std::uint32_t value, Enum highest, Enum otherwise) {
  return value <= static_cast<std::uint32_t>(highest) ? static_cast<Enum>(value) : otherwise;
}

void read_identity(const slot_view& view, const slot_header& header, process_image& image) {
  image.state = known_or(header.state, slot_state::ended, slot_state::live);
  image.process = header.process;
  if (header.parent_process != no_process) {
    image.parent_process = header.parent_process;
  }
  image.pid = header.pid;
  image.parent_pid = header.parent_pid;
  image.start_ticks = header.start_ticks;
  image.origin = known_or(header.origin, process_origin::exec, process_origin::start);
  image.start_mono_ms = header.start_mono_ms;
  if (header.end_mono_ms != 0) {
    image.end_mono_ms = header.end_mono_ms;
  }
  image.path = known_or(header.exit_path, exit_path::exec, exit_path::none);
  image.exit_code = header.exit_code;
  image.exe = view.text(header.exe_offset, header.exe_bytes);
  const std::string args = view.text(header.args_offset, header.args_bytes);
  for (std::size_t at = 0; at < args.size();) {
    const std::size_t end = std::min(args.find('\0', at), args.size());
    image.args.push_back(args.substr(at, end - at));
    at = end + 1;
  }
}

void read_counters(const slot_header& header, process_image& image) {
  image.inherited_blocks = header.inherited_blocks;
  image.inherited_bytes = header.inherited_bytes;
  image.inherited_frees = header.inherited_frees;
  image.survivors_valid = header.survivors_valid == 1;
  image.peak_bytes = header.peak_bytes;
  image.peak_blocks = header.peak_blocks;
  image.peak_mono_ms = header.peak_mono_ms;
  std::copy(std::begin(header.lost), std::end(header.lost), std::begin(image.lost));
  image.thread_count = header.threads_used > 0 ? header.threads_used - 1 : 0;
  for (std::uint32_t i = 0; i < stripes_of(header); ++i) {
    image.reallocations += header.cells[i].reallocations;
  }
}

void read_mismatches(const slot_view& view, process_image& image) {
  const std::size_t count =
      view.count(region_kind::mismatches,
                 view.header_word<std::uint64_t>(offsetof(slot_header, mismatches_used)));
  for (std::size_t i = 1; i < count; ++i) {
    const auto record = view.record<mismatch_record>(region_kind::mismatches, i);
    const auto kind = known_or(record.kind, mismatch_kind::alignment, mismatch_kind::none);
    if (record.complete != 1 || kind == mismatch_kind::none) {
      continue;
    }
    const auto function =
        record.release_function < static_cast<std::uint32_t>(release_function::count)
            ? static_cast<release_function>(record.release_function)
            : release_function::unknown;
    image.mismatches.push_back({kind,
                                {record.allocation_site},
                                {record.release_node},
                                function,
                                record.count,
                                record.bytes,
                                record.certain == 1,
                                record.first_mono_ms,
                                record.size_given});
  }
}

void add_row(const site_row& row, std::uint32_t epoch, site_image& site) {
  site.allocations += row.allocations;
  site.bytes_allocated += row.bytes_allocated;
  site.frees += row.frees;
  site.bytes_freed += row.bytes_freed;
  site.temporary += row.temporary;
  for (std::size_t i = 0; i < 3; ++i) {
    site.lifetimes[i + 1] += row.lifetimes[i];
  }
  const bool saved = epoch != 0 && row.peak_epoch == epoch;
  site.peak_bytes = wrapping_add(
      site.peak_bytes,
      saved ? row.saved_bytes : static_cast<std::int64_t>(row.bytes_allocated - row.bytes_freed));
  site.peak_blocks = wrapping_add(
      site.peak_blocks,
      saved ? row.saved_blocks : static_cast<std::int64_t>(row.allocations - row.frees));
}

site_image read_site(const slot_view& view, std::size_t index, std::uint32_t stripes,
                     std::uint32_t epoch) {
  site_image site;
  const auto record = view.record<site_record>(region_kind::sites, index);
  if (record.complete == 1) {
    site.node = {record.node};
    if (record.function < static_cast<std::uint32_t>(allocation_function::count)) {
      site.function = static_cast<allocation_function>(record.function);
    }
  }
  for (std::uint32_t stripe = 0; stripe < stripes; ++stripe) {
    const region_kind kind = rows_of_stripe(stripe);
    if (index < view.count(kind, index + 1)) {
      add_row(view.record<site_row>(kind, index), epoch, site);
    }
  }
  const std::uint64_t later = site.lifetimes[1] + site.lifetimes[2] + site.lifetimes[3];
  site.lifetimes[0] = site.frees > later ? site.frees - later : 0;
  return site;
}

std::uint32_t epoch_of(const slot_view& view) {
  return view.header_word<std::uint32_t>(offsetof(slot_header, epoch));
}

void read_sites(const slot_view& view, const slot_header& header, process_image& image) {
  // A new epoch in mid-read mixes two peaks; reading again is cheap and nearly always enough.
  for (int attempt = 0; attempt < 3; ++attempt) {
    const std::uint32_t epoch = epoch_of(view);
    const std::size_t count = view.count(
        region_kind::sites, view.header_word<std::uint64_t>(offsetof(slot_header, sites_used)));
    image.sites.clear();
    image.sites.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      image.sites.push_back(read_site(view, i, stripes_of(header), epoch));
    }
    if (epoch_of(view) == epoch) {
      break;
    }
  }
  if (image.sites.empty()) {
    image.sites.emplace_back();
  }
  image.sites[0].node = {};
  if (!image.survivors_valid) {
    return;
  }
  const std::size_t survivors = view.count(region_kind::survivors, image.sites.size());
  for (std::size_t i = 0; i < survivors; ++i) {
    const auto record = view.record<survivor_record>(region_kind::survivors, i);
    if (record.blocks != 0) {
      image.sites[i].survivors = record;
    }
  }
}

// Cuts each circle of parents at the node where the walk closes it.
void cut_circles(std::vector<node_image>& nodes) {
  enum : std::uint8_t { unseen, on_this_walk, sound };
  std::vector<std::uint8_t> marks(nodes.size(), unseen);
  marks[0] = sound;
  for (std::size_t start = 1; start < nodes.size(); ++start) {
    std::size_t at = start;
    std::size_t last = start;
    while (marks[at] == unseen) {
      marks[at] = on_this_walk;
      last = at;
      at = nodes[at].parent.value;
    }
    if (marks[at] == on_this_walk) {
      nodes[last].parent = {};
    }
    for (at = start; marks[at] == on_this_walk; at = nodes[at].parent.value) {
      marks[at] = sound;
    }
  }
}

void read_nodes(const slot_view& view, process_image& image) {
  const std::size_t count = view.count(
      region_kind::nodes, view.header_word<std::uint64_t>(offsetof(slot_header, nodes_used)));
  image.nodes.reserve(std::max<std::size_t>(count, 1));
  image.nodes.emplace_back();
  bool ordered = true;
  for (std::size_t i = 1; i < count; ++i) {
    const auto record = view.record<node_record>(region_kind::nodes, i);
    const node_id parent{record.parent < count ? record.parent : 0};
    ordered = ordered && parent.value < i;
    image.nodes.push_back({record.address_module & low_address,
                           {static_cast<std::uint32_t>(record.address_module >> address_bits)},
                           parent});
  }
  if (!ordered) {
    cut_circles(image.nodes);
  }
  const auto known = [&](node_id node) {
    return node.value < image.nodes.size() ? node : node_id{};
  };
  for (site_image& site : image.sites) {
    site.node = known(site.node);
  }
  for (mismatch_image& mismatch : image.mismatches) {
    mismatch.release_node = known(mismatch.release_node);
    if (mismatch.allocation_site.value >= image.sites.size()) {
      mismatch.allocation_site = {};
    }
  }
}

void read_modules(const slot_view& view, process_image& image) {
  const std::size_t count = view.count(
      region_kind::modules, view.header_word<std::uint64_t>(offsetof(slot_header, modules_used)));
  image.modules.resize(std::max<std::size_t>(count, 1));
  for (std::size_t i = 1; i < count; ++i) {
    const auto record = view.record<module_record>(region_kind::modules, i);
    if (record.complete != 1) {
      continue;
    }
    module_image& module = image.modules[i];
    module.load_bias = record.load_bias;
    module.start = record.start;
    module.end = record.end;
    module.path = view.text(record.path_offset, record.path_bytes);
    const std::size_t id_bytes =
        std::min<std::size_t>(record.build_id_bytes, sizeof record.build_id);
    module.build_id.assign(record.build_id, record.build_id + id_bytes);
    module.loaded_mono_ms = record.loaded_mono_ms;
    if (record.unloaded_mono_ms != 0) {
      module.unloaded_mono_ms = record.unloaded_mono_ms;
    }
  }
  for (node_image& node : image.nodes) {
    if (node.module.value >= image.modules.size()) {
      node.module = {};
    }
  }
}

}  // namespace

std::variant<file_header, read_error> read_file_header(std::span<const std::byte> file) {
  if (file.size() < page_bytes) {
    return read_error{"this is no ledger: it is shorter than a ledger's header", file.size()};
  }
  const auto header = load_record<file_header>(file, 0);
  if (header.magic != file_magic) {
    return read_error{"this is no ledger: its magic number is missing",
                      offsetof(file_header, magic)};
  }
  if (header.version != format_version) {
    return read_error{"the ledger has format version " + std::to_string(header.version) +
                          ", this program reads version " + std::to_string(format_version),
                      offsetof(file_header, version)};
  }
  if (header.slot_count == 0 || header.slot_bytes < page_bytes || header.slot_bytes % 8 != 0) {
    return read_error{"the ledger's header is damaged: impossible slots",
                      offsetof(file_header, slot_count)};
  }
  if (header.slot_count > (file.size() - page_bytes) / header.slot_bytes) {
    return read_error{"the ledger is truncated: its header speaks of " +
                          std::to_string(header.slot_count) + " slots of " +
                          std::to_string(header.slot_bytes) + " bytes",
                      file.size()};
  }
  return header;
}

std::span<const std::byte> slot_bytes(std::span<const std::byte> file, const file_header& header,
                                      std::uint32_t index) {
  if (index >= header.slot_count || file.size() < page_bytes || header.slot_bytes == 0 ||
      index >= (file.size() - page_bytes) / header.slot_bytes) {
    return {};
  }
  const auto size = static_cast<std::size_t>(header.slot_bytes);
  return file.subspan(page_bytes + index * size, size);
}

std::variant<process_image, read_error> read_slot(std::span<const std::byte> slot) {
  auto opened = slot_view::open(slot);
  if (auto* failure = std::get_if<read_error>(&opened)) {
    return std::move(*failure);
  }
  const auto& view = std::get<slot_view>(opened);
  const slot_header header = view.header();
  if (header.state < static_cast<std::uint32_t>(slot_state::live)) {
    return read_error{"the slot is not in use", offsetof(slot_header, state)};
  }
  process_image image;
  read_identity(view, header, image);
  read_counters(header, image);
  // What refers comes before what it refers to: while the program runs, a record seen now may name
  // one that was written a moment before it, never after.
  read_mismatches(view, image);
  read_sites(view, header, image);
  read_nodes(view, image);
  read_modules(view, image);
  return image;
}

std::optional<process_totals> read_totals(std::span<const std::byte> slot) {
  if (slot.size() < sizeof(slot_header)) {
    return std::nullopt;
  }
  const auto header = load_record<slot_header>(slot, 0);
  if (header.magic != slot_magic || header.version != format_version ||
      header.state < static_cast<std::uint32_t>(slot_state::live)) {
    return std::nullopt;
  }
  process_totals totals;
  for (std::uint32_t i = 0; i < stripes_of(header); ++i) {
    totals.live_bytes = wrapping_add(totals.live_bytes, header.cells[i].live_bytes);
    totals.live_blocks = wrapping_add(totals.live_blocks, header.cells[i].live_blocks);
  }
  totals.peak_bytes = header.peak_bytes;
  return totals;
}

}  // namespace track::ledger
