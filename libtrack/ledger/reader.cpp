#include "libtrack/ledger/reader.hpp"

#include <algorithm>
#include <limits>

#include "libtrack/ledger/reader_parts.hpp"

namespace track::ledger {
namespace {

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
  image.suppressions = view.text(header.suppressions_offset, header.suppressions_bytes);
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
  image.stills_begun = header.stills_begun;
  image.stills_failed = header.stills_failed;
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
  read_objects(view, image);
  read_mismatches(view, image);
  read_sites(view, image);
  read_stacks(view, image);
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
