// Types, fields and variables of one heap graph, as the capture has them. Floor 4.
//
// A value, read back by reader::load_heap_names; safe whatever the file held. Blocks and types are
// numbers to index with. Several threads may ask at once.
// cost: 4 bytes a block.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libtrack/capture/heap_name_source.hpp"

namespace track::capture {

class heap_names {
 public:
  // Element 0: unknown.
  std::vector<type_row> types = std::vector<type_row>(1);
  // By block: into types.
  std::vector<std::uint32_t> type_of_block;
  // By address in the process; see variable_at.
  std::unordered_map<std::uint64_t, variable_row> variables;
  // By type and offset within its first object; see field_at.
  std::unordered_map<std::uint64_t, field_row> fields;

  // What is at `offset` of a block of this type. Null: unknown.
  const field_row* field_at(std::uint32_t type, std::uint64_t offset) const {
    const auto found = fields.find(field_key(type, offset_in_object(types[type], offset)));
    return found == fields.end() ? nullptr : &found->second;
  }

  // The global variable at an address of the process. Null: unknown.
  const variable_row* variable_at(std::uint64_t address) const {
    const auto found = variables.find(address);
    return found == variables.end() ? nullptr : &found->second;
  }

  // Of objects one after the other only the first one's fields are kept.
  static std::uint64_t offset_in_object(const type_row& type, std::uint64_t offset) {
    const bool repeats = type.is_array && type.size_bytes != 0 && offset >= type.element_offset;
    return repeats ? type.element_offset + (offset - type.element_offset) % type.size_bytes
                   : offset;
  }
  static std::uint64_t field_key(std::uint32_t type, std::uint64_t offset) {
    return std::uint64_t{type} << 32 | (offset & 0xffffffff);
  }
};

}  // namespace track::capture
