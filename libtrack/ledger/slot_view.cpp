#include "libtrack/ledger/slot_view.hpp"

#include <algorithm>

namespace track::ledger {
namespace {

std::size_t element_bytes_of(region_kind kind) {
  switch (kind) {
    case region_kind::strings:
    case region_kind::names:
      return 1;
    case region_kind::modules:
      return sizeof(module_record);
    case region_kind::nodes:
    case region_kind::node_index:
    case region_kind::frame_index:
      return sizeof(std::uint32_t);
    case region_kind::frames:
      return sizeof(frame_record);
    case region_kind::rows:
      return sizeof(site_line);
    case region_kind::saved:
      return sizeof(saved_counts);
    case region_kind::wide:
      return sizeof(wide_counts);
    case region_kind::ages:
      return sizeof(age_counts);
    case region_kind::mismatches:
      return sizeof(mismatch_record);
    case region_kind::survivors:
      return sizeof(survivor_record);
    case region_kind::threads:
      return sizeof(thread_record);
    case region_kind::objects:
      return sizeof(object_record);
    case region_kind::caches:
      return sizeof(cache_record);
    default:
      return 0;
  }
}

// A longer string is no path and no command line: it is damage.
constexpr std::uint64_t max_text_bytes = 4u << 20;

}  // namespace

std::variant<slot_view, read_error> slot_view::open(std::span<const std::byte> slot) {
  if (slot.size() < sizeof(slot_header)) {
    return read_error{"the slot is truncated: it ends inside its header", slot.size()};
  }
  slot_view view(slot);
  const slot_header header = view.header();
  if (header.magic != slot_magic) {
    return read_error{"this is no slot of a ledger: its magic number is missing",
                      offsetof(slot_header, magic)};
  }
  if (header.version != format_version) {
    return read_error{"the slot has format version " + std::to_string(header.version) +
                          ", this program reads version " + std::to_string(format_version),
                      offsetof(slot_header, version)};
  }
  if (header.slot_bytes < sizeof(slot_header) || header.slot_bytes > slot.size()) {
    return read_error{"the slot is truncated: it says " + std::to_string(header.slot_bytes) +
                          " bytes, there are " + std::to_string(slot.size()),
                      offsetof(slot_header, slot_bytes)};
  }
  view.bytes_ = slot.first(static_cast<std::size_t>(header.slot_bytes));
  if (auto failure = view.check_regions(header)) {
    return *failure;
  }
  return view;
}

std::optional<read_error> slot_view::check_regions(const slot_header& header) {
  for (std::size_t i = 0; i < max_regions; ++i) {
    const region& entry = header.regions[i];
    const std::size_t where = offsetof(slot_header, regions) + i * sizeof(region);
    const auto kind = static_cast<region_kind>(entry.kind);
    const std::size_t element = entry.kind < kinds ? element_bytes_of(kind) : 0;
    if (element == 0) {
      continue;  // none, or a kind that a newer writer added
    }
    const std::string name = "region " + std::to_string(entry.kind);
    if (entry.element_bytes != element) {
      return read_error{name + " has elements of " + std::to_string(entry.element_bytes) +
                            " bytes instead of " + std::to_string(element),
                        where};
    }
    const std::uint64_t size = bytes_.size();
    if (entry.offset < sizeof(slot_header) || entry.offset > size || entry.offset % 8 != 0 ||
        entry.capacity > (size - entry.offset) / element) {
      return read_error{name + " reaches outside of its slot", where};
    }
    checked_region& known = regions_[entry.kind];
    if (known.offset != 0) {
      return read_error{name + " appears twice", where};
    }
    known = {static_cast<std::size_t>(entry.offset), static_cast<std::size_t>(entry.capacity)};
  }
  return std::nullopt;
}

std::size_t slot_view::count(region_kind kind, std::uint64_t used) const {
  return static_cast<std::size_t>(std::min<std::uint64_t>(used, of(kind).capacity));
}

std::string slot_view::name(object_name name) const {
  const checked_region& names = of(region_kind::names);
  const std::uint64_t at = std::uint64_t{name} * name_unit;
  if (name == 0 || names.capacity < sizeof(std::uint16_t) ||
      at > names.capacity - sizeof(std::uint16_t)) {
    return {};
  }
  std::uint16_t length = 0;
  const std::byte* from = bytes_.data() + names.offset + at;
  std::memcpy(&length, from, sizeof length);
  if (length > names.capacity - at - sizeof length) {
    return {};
  }
  return {reinterpret_cast<const char*>(from) + sizeof length, length};
}

std::string slot_view::text(std::uint64_t offset, std::uint64_t length) const {
  const checked_region& strings = of(region_kind::strings);
  if (length > max_text_bytes || offset > strings.capacity || length > strings.capacity - offset) {
    return {};
  }
  const auto* from = reinterpret_cast<const char*>(bytes_.data() + strings.offset + offset);
  return {from, static_cast<std::size_t>(length)};
}

}  // namespace track::ledger
