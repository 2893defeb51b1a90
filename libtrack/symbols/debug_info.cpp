#include "libtrack/symbols/debug_info.hpp"

#include <algorithm>

#include <dwarf.h>
#include <gelf.h>

namespace track::symbols {

namespace {

// Units may overlap (identical code folded by the linker), but not by many.
constexpr int overlap_limit = 64;

std::uint64_t bytes_of_sections(const elf_file& file) {
  std::uint64_t total = 0;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(file.handle(), section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) != nullptr && header.sh_type != SHT_NOBITS) {
      total += std::min<std::uint64_t>(header.sh_size, std::uint64_t{1} << 40);
    }
  }
  return total;
}

const elf_file& image_of(const elf_file& file, const std::optional<unpacked_sections>& unpacked) {
  return unpacked ? unpacked->image() : file;
}

}  // namespace

debug_info::debug_info(const elf_file& file, std::optional<elf_file> alternate, debug_use use)
    : file_(file),
      alternate_file_(std::move(alternate)),
      unpacked_(unpacked_sections::of(file_, use)),
      unpacked_alternate_(alternate_file_ ? unpacked_sections::of(*alternate_file_, use)
                                          : std::nullopt) {
  begin();
  if (!index_units()) {
    end();
    unpacked_.reset();
    begin();
    index_units();
  }
  // After begin: compressed sections have their full size by then.
  die_limit_ = bytes_of_sections(image_of(file_, unpacked_));
  if (alternate_file_) {
    die_limit_ += bytes_of_sections(image_of(*alternate_file_, unpacked_alternate_));
  }
}

debug_info::~debug_info() {
  end();
}

void debug_info::begin() {
  dwarf_ = dwarf_begin_elf(image_of(file_, unpacked_).handle(), DWARF_C_READ, nullptr);
  if (dwarf_ != nullptr && alternate_file_) {
    alternate_ = dwarf_begin_elf(image_of(*alternate_file_, unpacked_alternate_).handle(),
                                 DWARF_C_READ, nullptr);
    if (alternate_ != nullptr) {
      dwarf_setalt(dwarf_, alternate_);
    }
  }
}

void debug_info::end() {
  dwarf_end(dwarf_);
  dwarf_end(alternate_);
  dwarf_ = nullptr;
  alternate_ = nullptr;
}

void debug_info::reopen() {
  end();
  begin();
}

std::vector<Dwarf*> debug_info::handles() const {
  std::vector<Dwarf*> all;
  for (Dwarf* each : {dwarf_, alternate_}) {
    if (each != nullptr) {
      all.push_back(each);
    }
  }
  return all;
}

std::size_t debug_info::size_bytes() const {
  return ranges_.size() * sizeof(unit_range) + (unpacked_ ? unpacked_->size_bytes() : 0) +
         (unpacked_alternate_ ? unpacked_alternate_->size_bytes() : 0);
}

bool debug_info::index_units() {
  if (dwarf_ == nullptr) {
    return true;
  }
  const auto code = file_.code_range();
  Dwarf_CU* unit = nullptr;
  Dwarf_Die die;
  std::uint8_t type = 0;
  while (dwarf_get_units(dwarf_, unit, &unit, nullptr, &type, &die, nullptr) == 0) {
    if (type == DW_UT_skeleton && unpacked_) {
      ranges_.clear();
      return false;
    }
    if (type == DW_UT_compile || type == DW_UT_skeleton) {
      index_ranges(die, code);
    }
  }
  std::sort(ranges_.begin(), ranges_.end(),
            [](const unit_range& a, const unit_range& b) { return a.low < b.low; });
  std::uint64_t highest = 0;
  for (unit_range& range : ranges_) {
    highest = std::max(highest, range.high);
    range.highest = highest;
  }
  return true;
}

void debug_info::index_ranges(Dwarf_Die& unit, std::pair<std::uint64_t, std::uint64_t> code) {
  const Dwarf_Off offset = dwarf_dieoffset(&unit);
  Dwarf_Addr base = 0;
  Dwarf_Addr low = 0;
  Dwarf_Addr high = 0;
  for (std::ptrdiff_t at = 0; (at = dwarf_ranges(&unit, at, &base, &low, &high)) > 0;) {
    // Linkers leave ranges of discarded functions behind, at 0 or 1: nothing of theirs is code.
    if (low >= code.first && low < code.second && high > low) {
      ranges_.push_back({low, std::min(high, code.second), offset, 0});
    }
  }
}

std::optional<Dwarf_Off> debug_info::unit_of(std::uint64_t address) const {
  auto after = std::upper_bound(
      ranges_.begin(), ranges_.end(), address,
      [](std::uint64_t value, const unit_range& range) { return value < range.low; });
  const unit_range* best = nullptr;
  for (int i = 0; i < overlap_limit && after != ranges_.begin(); ++i) {
    --after;
    if (after->highest <= address) {
      break;
    }
    if (address < after->high &&
        (best == nullptr || after->high - after->low < best->high - best->low)) {
      best = &*after;
    }
  }
  return best == nullptr ? std::nullopt : std::optional(best->unit);
}

bool debug_info::unit_die(Dwarf_Off offset, Dwarf_Die& die) {
  return dwarf_ != nullptr && dwarf_offdie(dwarf_, offset, &die) != nullptr;
}

}  // namespace track::symbols
