// Writes a heap graph's stream to a descriptor, frame by frame. Floor 3, freestanding.
//
// For the still alone: a process of its own, one thread, raw system calls, no allocation. A write
// that fails ends the stream; the reader finds it without its last frame.
// source: libtrack/ledger/graph_format.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libtrack/ledger/graph_format.hpp"

namespace track::runtime {

class graph_stream {
 public:
  graph_stream(long descriptor, std::uint64_t process, std::uint32_t still)
      : descriptor_(descriptor) {
    header_.magic = ledger::graph::frame_magic;
    header_.process = process;
    header_.still = still;
  }

  void tag(ledger::graph::record kind) { byte(static_cast<std::uint8_t>(kind)); }
  void byte(std::uint8_t value) {
    append_byte(value);
    settle();
  }
  void number(std::uint64_t value) {
    append(value);
    settle();
  }

  // The same, for records that come by the million: at most `slack` bytes, then settle().
  void append_byte(std::uint8_t value) { payload_[used_++] = value; }
  void append(std::uint64_t value) {
    std::uint8_t* to = payload_ + used_;
    while (value >= 0x80) {
      *to++ = static_cast<std::uint8_t>(value | 0x80);
      value >>= 7;
    }
    *to++ = static_cast<std::uint8_t>(value);
    used_ = static_cast<std::size_t>(to - payload_);
  }
  void settle() {
    if (__builtin_expect(used_ >= ledger::graph::payload_limit, 0)) {
      write_frame(ledger::graph::payload_limit, 0);
    }
  }

  static constexpr std::size_t slack = 96;
  static std::uint64_t zigzag(std::int64_t value) {
    return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
  }
  void bytes(const char* data, std::size_t size_bytes);

  // What follows begins a frame.
  void end_frame() { write_frame(used_, 0); }

  // Writes what is left. False when any write failed.
  bool finish();
  bool failed() const { return failed_; }

 private:
  void write_frame(std::size_t size_bytes, std::uint16_t flags);

  long descriptor_;
  std::size_t used_ = 0;
  bool failed_ = false;
  ledger::graph::frame_header header_ = {};  // stands before its payload
  std::uint8_t payload_[ledger::graph::payload_limit + slack];
};

}  // namespace track::runtime
