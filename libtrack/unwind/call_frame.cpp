#include "libtrack/unwind/call_frame.hpp"

namespace track::unwind {

namespace {

struct header_entry {
  std::int32_t address;
  std::int32_t description;
};

byte_cursor bytes_from(const module_info& module, std::uintptr_t address) {
  const auto* at = reinterpret_cast<const std::uint8_t*>(address);
  const auto* end = reinterpret_cast<const std::uint8_t*>(module.view.end);
  if (address < module.view.start || address >= module.view.end) {
    return {at, at, true};
  }
  return {at, end, false};
}

// A CIE or FDE: its body without the length. Empty at the terminator.
byte_cursor next_entry(byte_cursor& from, bool& wide) {
  std::uint64_t length = from.fixed<std::uint32_t>();
  wide = length == 0xffffffff;
  if (wide) {
    length = from.fixed<std::uint64_t>();
  }
  return from.part(length);
}

// source: LSB core 10.6.1.1. Personality and LSDA matter only for their size.
bool read_augmentation(byte_cursor& cie, const char* text, frame_description& out) {
  if (*text == '\0') {
    return true;
  }
  if (*text != 'z') {
    return false;
  }
  byte_cursor data = cie.part(cie.uleb());
  out.has_augmentation = true;
  for (++text; *text != '\0'; ++text) {
    if (*text == 'R') {
      out.encoding = data.fixed<std::uint8_t>();
    } else if (*text == 'P') {
      const auto encoding = data.fixed<std::uint8_t>();
      data.pointer(encoding & 0x7f);
    } else if (*text == 'L') {
      data.skip(1);
    } else if (*text == 'S') {
      out.signal_frame = true;
    } else {
      break;  // an unknown letter: the rest of the data is unknown too, its length is not
    }
  }
  return !cie.failed && !data.failed;
}

bool read_cie(byte_cursor cie, bool wide, frame_description& out) {
  const std::uint64_t id = wide ? cie.fixed<std::uint64_t>() : cie.fixed<std::uint32_t>();
  const auto version = cie.fixed<std::uint8_t>();
  if (id != 0 || (version != 1 && version != 3 && version != 4)) {
    return false;
  }
  const auto* text = reinterpret_cast<const char*>(cie.at);
  while (cie.fixed<std::uint8_t>() != 0) {
  }
  if (cie.failed || (version == 4 && cie.fixed<std::uint16_t>() != 8)) {
    return false;
  }
  out.code_alignment = cie.uleb();
  out.data_alignment = cie.sleb();
  const std::uint64_t column = version == 1 ? cie.fixed<std::uint8_t>() : cie.uleb();
  if (column >= register_count) {
    return false;
  }
  out.return_register = static_cast<std::uint8_t>(column);
  if (!read_augmentation(cie, text, out)) {
    return false;
  }
  out.initial_instructions = cie;
  return !cie.failed;
}

// Reads the FDE whose length field is at `fde`; passes over it. False for a CIE too.
bool read_description(const module_info& module, byte_cursor& fde, frame_description& out) {
  bool wide = false;
  byte_cursor body = next_entry(fde, wide);
  const auto id_address = reinterpret_cast<std::uintptr_t>(body.at);
  const std::uint64_t back = wide ? body.fixed<std::uint64_t>() : body.fixed<std::uint32_t>();
  if (body.failed || back == 0) {
    return false;
  }
  out = {};
  byte_cursor cie_at = bytes_from(module, id_address - back);
  bool cie_wide = false;
  const byte_cursor cie = next_entry(cie_at, cie_wide);
  if (cie.failed || !read_cie(cie, cie_wide, out) || (out.encoding & encoding_indirect) != 0) {
    return false;
  }
  out.pc_begin = body.pointer(out.encoding);
  out.pc_end = out.pc_begin + body.pointer(out.encoding & 0x0f);
  if (out.has_augmentation) {
    body.skip(body.uleb());
  }
  out.instructions = body;
  return !body.failed;
}

bool covers(const frame_description& description, std::uintptr_t address) {
  return address >= description.pc_begin && address < description.pc_end;
}

bool search_table(const module_info& module, byte_cursor table, std::uint64_t count,
                  std::uintptr_t address, frame_description& found) {
  const auto header = reinterpret_cast<std::uintptr_t>(module.eh_frame_header);
  if (count == 0 || count > table.left() / sizeof(header_entry)) {
    return false;
  }
  const auto wanted = static_cast<std::int64_t>(address - header);
  std::uint64_t low = 0;
  std::uint64_t high = count;
  header_entry entry;
  while (high - low > 1) {
    const std::uint64_t middle = low + (high - low) / 2;
    __builtin_memcpy(&entry, table.at + middle * sizeof(entry), sizeof(entry));
    if (entry.address <= wanted) {
      low = middle;
    } else {
      high = middle;
    }
  }
  __builtin_memcpy(&entry, table.at + low * sizeof(entry), sizeof(entry));
  byte_cursor fde =
      bytes_from(module, header + static_cast<std::uintptr_t>(std::int64_t{entry.description}));
  return read_description(module, fde, found) && covers(found, address);
}

bool search_section(const module_info& module, std::uintptr_t section, std::uintptr_t address,
                    frame_description& found) {
  byte_cursor at = bytes_from(module, section);
  while (at.left() >= 8 && !at.failed) {
    byte_cursor peek = at;
    if (peek.fixed<std::uint32_t>() == 0) {
      return false;
    }
    if (read_description(module, at, found) && covers(found, address)) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool find_description(const module_info& module, std::uintptr_t address, frame_description& found) {
  const auto header = reinterpret_cast<std::uintptr_t>(module.eh_frame_header);
  byte_cursor at = bytes_from(module, header);
  const auto version = at.fixed<std::uint8_t>();
  const auto section_encoding = at.fixed<std::uint8_t>();
  const auto count_encoding = at.fixed<std::uint8_t>();
  const auto table_encoding = at.fixed<std::uint8_t>();
  const std::uintptr_t section = at.pointer(section_encoding, header);
  if (at.failed || version != 1) {
    return false;
  }
  if (count_encoding != encoding_omit && table_encoding == (encoding_datarel | encoding_sdata4)) {
    const std::uint64_t count = at.pointer(count_encoding, header);
    return !at.failed && search_table(module, at, count, address, found);
  }
  return search_section(module, section, address, found);
}

}  // namespace track::unwind
