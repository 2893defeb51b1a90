#include "libtrack/ledger/encode.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>

namespace track::ledger {
namespace {

template <typename Narrow, typename Wide>
Narrow saturate(Wide value) {
  constexpr auto low = static_cast<Wide>(std::numeric_limits<Narrow>::min());
  constexpr auto high = static_cast<Wide>(std::numeric_limits<Narrow>::max());
  return static_cast<Narrow>(std::clamp(value, low, high));
}

// The strings region while it grows.
class string_pool {
 public:
  std::uint64_t add(std::string_view text) {
    const std::size_t offset = bytes_.size();
    bytes_.append(text);
    return offset;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// A slot under construction: regions are appended behind the header.
class slot_builder {
 public:
  slot_builder() : bytes_(page_bytes) {}

  template <typename Record>
  void add(region_kind kind, const std::vector<Record>& records, slot_header& header) {
    add_bytes(kind, records.data(), sizeof(Record), records.size(), header);
  }

  void add_bytes(region_kind kind, const void* data, std::size_t element, std::size_t count,
                 slot_header& header) {
    const std::size_t offset = bytes_.size();
    header.regions[regions_++] = {static_cast<std::uint32_t>(kind),
                                  static_cast<std::uint32_t>(element), offset, count};
    bytes_.resize(offset + (element * count + 63) / 64 * 64);
    if (count != 0) {
      std::memcpy(bytes_.data() + offset, data, element * count);
    }
  }

  std::vector<std::byte> finish(slot_header& header) && {
    header.slot_bytes = bytes_.size();
    std::memcpy(bytes_.data(), &header, sizeof header);
    return std::move(bytes_);
  }

 private:
  std::vector<std::byte> bytes_;
  std::size_t regions_ = 0;
};

void encode_identity(const process_image& image, string_pool& strings, slot_header& header) {
  header.magic = slot_magic;
  header.version = format_version;
  header.state = static_cast<std::uint32_t>(image.state);
  header.process = image.process;
  header.parent_process = image.parent_process.value_or(no_process);
  header.pid = image.pid;
  header.parent_pid = image.parent_pid;
  header.start_ticks = image.start_ticks;
  header.origin = static_cast<std::uint32_t>(image.origin);
  header.stripe_count = 1;
  header.start_mono_ms = image.start_mono_ms;
  header.end_mono_ms = image.end_mono_ms.value_or(0);
  header.exit_path = static_cast<std::uint32_t>(image.path);
  header.exit_code = image.exit_code;
  header.exe_offset = strings.add(image.exe);
  header.exe_bytes = image.exe.size();
  std::string args;
  for (const std::string& argument : image.args) {
    args.append(argument).push_back('\0');
  }
  header.args_offset = strings.add(args);
  header.args_bytes = args.size();
}

void encode_counters(const process_image& image, slot_header& header) {
  header.threads_used = image.thread_count + 1;
  header.inherited_blocks = image.inherited_blocks;
  header.inherited_bytes = image.inherited_bytes;
  header.inherited_frees = image.inherited_frees;
  header.survivors_valid = image.survivors_valid ? 1 : 0;
  header.epoch = 1;
  header.peak_bytes = image.peak_bytes;
  header.peak_blocks = image.peak_blocks;
  header.peak_mono_ms = image.peak_mono_ms;
  std::copy(std::begin(image.lost), std::end(image.lost), std::begin(header.lost));
  header.cells[0].reallocations = image.reallocations;
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
  for (const site_image& site : image.sites) {
    blocks += static_cast<std::uint64_t>(site.live_blocks());
    bytes += static_cast<std::uint64_t>(site.live_bytes());
  }
  header.cells[0].live_blocks = static_cast<std::int64_t>(blocks);
  header.cells[0].live_bytes = static_cast<std::int64_t>(bytes);
}

site_row encode_row(const site_image& site) {
  site_row row{};
  row.allocations = site.allocations;
  row.bytes_allocated = site.bytes_allocated;
  row.frees = site.frees;
  row.bytes_freed = site.bytes_freed;
  row.saved_bytes = site.peak_bytes;
  row.saved_blocks = saturate<std::int32_t>(site.peak_blocks);
  row.peak_epoch = 1;
  row.temporary = saturate<std::uint32_t>(site.temporary);
  for (std::size_t i = 0; i < 3; ++i) {
    row.lifetimes[i] = saturate<std::uint32_t>(site.lifetimes[i + 1]);
  }
  return row;
}

void encode_sites(const process_image& image, slot_builder& slot, slot_header& header) {
  std::vector<site_record> sites;
  std::vector<site_row> rows;
  std::vector<survivor_record> survivors;
  sites.reserve(image.sites.size());
  rows.reserve(image.sites.size());
  for (const site_image& site : image.sites) {
    sites.push_back({site.node.value, static_cast<std::uint32_t>(site.function), 0, 1});
    rows.push_back(encode_row(site));
    if (image.survivors_valid) {
      survivors.push_back(site.survivors.value_or(survivor_record{}));
    }
  }
  header.sites_used = sites.size();
  slot.add(region_kind::sites, sites, header);
  slot.add(region_kind::rows0, rows, header);
  if (image.survivors_valid) {
    slot.add(region_kind::survivors, survivors, header);
  }
}

void encode_nodes(const process_image& image, slot_builder& slot, slot_header& header) {
  std::vector<node_record> nodes;
  nodes.reserve(image.nodes.size());
  constexpr std::uint64_t low_address = (std::uint64_t{1} << address_bits) - 1;
  for (const node_image& node : image.nodes) {
    const std::uint64_t module = std::min<std::uint32_t>(node.module.value, 0xffff);
    nodes.push_back({(node.address & low_address) | module << address_bits, node.parent.value, 0});
  }
  header.nodes_used = nodes.size();
  slot.add(region_kind::nodes, nodes, header);
}

void encode_modules(const process_image& image, string_pool& strings, slot_builder& slot,
                    slot_header& header) {
  std::vector<module_record> modules;
  for (const module_image& module : image.modules) {
    module_record record{};
    record.load_bias = module.load_bias;
    record.start = module.start;
    record.end = module.end;
    record.path_offset = strings.add(module.path);
    record.path_bytes = static_cast<std::uint32_t>(module.path.size());
    const std::size_t id_bytes = std::min(module.build_id.size(), sizeof record.build_id);
    record.build_id_bytes = static_cast<std::uint32_t>(id_bytes);
    std::copy_n(module.build_id.begin(), id_bytes, record.build_id);
    record.loaded_mono_ms = module.loaded_mono_ms;
    record.unloaded_mono_ms = module.unloaded_mono_ms.value_or(0);
    record.complete = 1;
    modules.push_back(record);
  }
  header.modules_used = modules.size();
  slot.add(region_kind::modules, modules, header);
}

void encode_mismatches(const process_image& image, slot_builder& slot, slot_header& header) {
  std::vector<mismatch_record> mismatches(1);
  for (const mismatch_image& mismatch : image.mismatches) {
    mismatch_record record{};
    record.kind = static_cast<std::uint32_t>(mismatch.kind);
    record.allocation_site = mismatch.allocation_site.value;
    record.release_node = mismatch.release_node.value;
    record.release_function = static_cast<std::uint32_t>(mismatch.function);
    record.count = mismatch.count;
    record.bytes = mismatch.bytes;
    record.certain = mismatch.certain ? 1 : 0;
    record.complete = 1;
    record.first_mono_ms = mismatch.first_mono_ms;
    record.size_given = mismatch.size_given;
    mismatches.push_back(record);
  }
  header.mismatches_used = mismatches.size();
  slot.add(region_kind::mismatches, mismatches, header);
}

}  // namespace

std::vector<std::byte> encode_slot(const process_image& image) {
  slot_header header{};
  slot_builder slot;
  string_pool strings;
  encode_identity(image, strings, header);
  encode_counters(image, header);
  encode_modules(image, strings, slot, header);
  encode_nodes(image, slot, header);
  encode_sites(image, slot, header);
  encode_mismatches(image, slot, header);
  header.strings_used = strings.bytes().size();
  slot.add_bytes(region_kind::strings, strings.bytes().data(), 1, strings.bytes().size(), header);
  return std::move(slot).finish(header);
}

std::variant<std::vector<std::byte>, read_error> pack_slot(std::span<const std::byte> slot) {
  auto image = read_slot(slot);
  if (auto* failure = std::get_if<read_error>(&image)) {
    return std::move(*failure);
  }
  return encode_slot(std::get<process_image>(image));
}

}  // namespace track::ledger
