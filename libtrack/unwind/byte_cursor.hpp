// Bounded reading of DWARF bytes. Floor 2, freestanding.
//
// Reading past the end sets `failed` and gives zero; the caller asks once, at the end. Bytes belong
// to the module that is read.
#pragma once

#include <cstddef>
#include <cstdint>

namespace track::unwind {

// DW_EH_PE_*: how a pointer in .eh_frame is written.
enum pointer_encoding : std::uint8_t {
  encoding_omit = 0xff,
  encoding_indirect = 0x80,
  encoding_pcrel = 0x10,
  encoding_datarel = 0x30,
  encoding_aligned = 0x50,
  encoding_applied = 0x70,
  encoding_udata2 = 0x02,
  encoding_udata4 = 0x03,
  encoding_sdata4 = 0x0b,
};

struct byte_cursor {
  const std::uint8_t* at = nullptr;
  const std::uint8_t* end = nullptr;
  bool failed = false;

  std::size_t left() const { return static_cast<std::size_t>(end - at); }

  template <typename T>
  T fixed() {
    T value = 0;
    if (left() < sizeof(T)) {
      fail();
    } else {
      __builtin_memcpy(&value, at, sizeof(T));
      at += sizeof(T);
    }
    return value;
  }

  std::uint64_t uleb() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = fixed<std::uint8_t>();
      if (shift < 64) {
        value |= std::uint64_t{byte & 0x7fu} << shift;
      }
      if ((byte & 0x80u) == 0) {
        return value;
      }
    }
  }

  std::int64_t sleb() {
    std::uint64_t value = 0;
    unsigned shift = 0;
    std::uint8_t byte = 0;
    do {
      byte = fixed<std::uint8_t>();
      if (shift < 64) {
        value |= std::uint64_t{byte & 0x7fu} << shift;
      }
      shift += 7;
    } while ((byte & 0x80u) != 0);
    if (shift < 64 && (byte & 0x40u) != 0) {
      value |= ~std::uint64_t{0} << shift;
    }
    return static_cast<std::int64_t>(value);
  }

  void skip(std::uint64_t count) {
    if (count > left()) {
      fail();
    } else {
      at += count;
    }
  }

  // The next `count` bytes as a cursor of their own; these are passed over.
  byte_cursor part(std::uint64_t count) {
    byte_cursor inner{at, at, false};
    skip(count);
    inner.end = at;
    inner.failed = failed;
    return inner;
  }

  // A pointer as DW_EH_PE_* `encoding` writes it; `data_base` for datarel. Indirect ones are read
  // but not followed: only personality routines use them, which nobody asks for.
  std::uintptr_t pointer(std::uint8_t encoding, std::uintptr_t data_base = 0) {
    if (encoding == encoding_omit) {
      return 0;
    }
    if ((encoding & encoding_applied) == encoding_aligned) {
      skip(-reinterpret_cast<std::uintptr_t>(at) % sizeof(std::uintptr_t));
      return fixed<std::uintptr_t>();
    }
    const auto here = reinterpret_cast<std::uintptr_t>(at);
    const std::uintptr_t value = number(encoding & 0x0f);
    switch (encoding & encoding_applied) {
      case 0:
        return value;
      case encoding_pcrel:
        return value == 0 ? 0 : value + here;
      case encoding_datarel:
        return value + data_base;
      default:
        fail();
        return 0;
    }
  }

 private:
  void fail() {
    failed = true;
    at = end;
  }

  std::uintptr_t number(unsigned format) {
    switch (format) {
      case 0x00:
      case 0x04:
      case 0x0c:
        return fixed<std::uint64_t>();
      case 0x01:
        return uleb();
      case 0x02:
        return fixed<std::uint16_t>();
      case 0x03:
        return fixed<std::uint32_t>();
      case 0x09:
        return static_cast<std::uintptr_t>(sleb());
      case 0x0a:
        return static_cast<std::uintptr_t>(std::int64_t{fixed<std::int16_t>()});
      case 0x0b:
        return static_cast<std::uintptr_t>(std::int64_t{fixed<std::int32_t>()});
      default:
        fail();
        return 0;
    }
  }
};

}  // namespace track::unwind
