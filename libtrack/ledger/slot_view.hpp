// A slot as untrusted bytes: whole-word loads and a checked table of regions. Floor 1; hosted.
//
// The reader's own ground. Another process may write the bytes at this moment, so every eight-byte
// word is read exactly once; whoever needs a value twice keeps the copy. One thread, no allocation;
// the view borrows the bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <type_traits>

#include "libtrack/ledger/format.hpp"
#include "libtrack/ledger/reader.hpp"

namespace track::ledger {

// Reads `offset` to `offset + sizeof(Record)`, which the caller has checked.
template <typename Record>
Record load_record(std::span<const std::byte> bytes, std::size_t offset) {
  static_assert(std::is_trivially_copyable_v<Record> && sizeof(Record) % 8 == 0);
  Record record;
  const std::byte* from = bytes.data() + offset;
  if (reinterpret_cast<std::uintptr_t>(from) % 8 != 0) {
    // Nobody else writes a copy that lies askew.
    std::memcpy(&record, from, sizeof record);
    return record;
  }
  using any_word [[gnu::may_alias]] = std::uint64_t;
  std::uint64_t words[sizeof(Record) / 8];
  for (std::size_t i = 0; i < sizeof(Record) / 8; ++i) {
    words[i] = reinterpret_cast<const volatile any_word*>(from)[i];
  }
  std::memcpy(&record, words, sizeof record);
  return record;
}

// The same for one 32-bit word.
inline std::uint32_t load_word(std::span<const std::byte> bytes, std::size_t offset) {
  const std::byte* from = bytes.data() + offset;
  std::uint32_t word;
  if (reinterpret_cast<std::uintptr_t>(from) % sizeof word != 0) {
    std::memcpy(&word, from, sizeof word);
    return word;
  }
  using any_word [[gnu::may_alias]] = std::uint32_t;
  return *reinterpret_cast<const volatile any_word*>(from);
}

// Where the records of one kind lie; a count of zero when the slot has no such region.
struct checked_region {
  std::size_t offset = 0;
  std::size_t capacity = 0;  // elements, all of them inside the slot
};

class slot_view {
 public:
  // errors: no slot, newer, truncated, regions that reach outside or have foreign element sizes.
  static std::variant<slot_view, read_error> open(std::span<const std::byte> slot);

  // Header words as they are at this moment.
  template <typename Word>
  Word header_word(std::size_t offset) const {
    return static_cast<Word>(load_record<std::uint64_t>(bytes_, offset));
  }
  slot_header header() const { return load_record<slot_header>(bytes_, 0); }

  std::size_t capacity(region_kind kind) const { return of(kind).capacity; }

  // Records of a kind that may be read: `used`, at most what the region holds.
  std::size_t count(region_kind kind, std::uint64_t used) const;

  template <typename Record>
  Record record(region_kind kind, std::size_t index) const {
    return load_record<Record>(bytes_, of(kind).offset + index * sizeof(Record));
  }
  std::uint32_t word(region_kind kind, std::size_t index) const {
    return load_word(bytes_, of(kind).offset + index * sizeof(std::uint32_t));
  }

  // A string of the strings region; empty when it reaches outside.
  std::string text(std::uint64_t offset, std::uint64_t length) const;

  // A name of the names region; likewise.
  std::string name(object_name name) const;

 private:
  static constexpr std::size_t kinds = static_cast<std::size_t>(region_kind::caches) + 1;

  explicit slot_view(std::span<const std::byte> bytes) : bytes_(bytes) {}
  const checked_region& of(region_kind kind) const {
    return regions_[static_cast<std::size_t>(kind)];
  }
  std::optional<read_error> check_regions(const slot_header& header);

  std::span<const std::byte> bytes_;
  std::array<checked_region, kinds> regions_{};
};

}  // namespace track::ledger
