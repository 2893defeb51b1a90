// Builds the stream of a still by hand, record by record, for tests and fuzz seeds.
//
// What it writes is what libtrack/ledger/graph_format.hpp says; nothing is checked, so that wrong
// streams can be built as well. Totals of the end record are counted.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "libtrack/ledger/graph_format.hpp"

namespace track::test {

struct stream_edge {
  std::uint64_t word = 0;
  std::uint32_t target = 0;
  std::uint64_t offset = 0;  // 0: to the start
  std::uint8_t flags = 0;
};

class stream_builder {
 public:
  using record = ledger::graph::record;

  stream_builder& begin(ledger::graph::trigger trigger = ledger::graph::trigger::exit_end,
                        std::uint64_t first_site = 0, std::uint64_t version = 1) {
    return tag(record::begin)
        .number(version)
        .byte(static_cast<std::uint8_t>(trigger))
        .number(5000)
        .number(2)
        .number(5000)
        .number(first_site);
  }

  stream_builder& module(std::uint64_t start, std::uint64_t bytes, std::string_view path) {
    return tag(record::module).number(start).number(bytes).text(path);
  }

  stream_builder& root(ledger::graph::root_kind kind, std::uint64_t start, std::uint64_t bytes,
                       std::uint64_t thread = 0, std::uint64_t pointer_above_start = 0) {
    ++roots_;
    begin_source(0);
    tag(record::root)
        .byte(static_cast<std::uint8_t>(kind))
        .number(start)
        .number(bytes)
        .number(thread);
    return kind == ledger::graph::root_kind::tls ? number(pointer_above_start) : *this;
  }

  stream_builder& root_edges(const std::vector<stream_edge>& edges) {
    root_edges_ += edges.size();
    return tag(record::root_edges).number(roots_ - 1).edge_list(edges);
  }

  stream_builder& type(std::uint64_t vtable, ledger::graph::control_shape shape,
                       std::string_view name) {
    return tag(record::type).number(vtable).byte(static_cast<std::uint8_t>(shape)).text(name);
  }

  stream_builder& block(std::uint64_t address, std::uint64_t size, std::uint64_t site = 1,
                        std::uint64_t type = 0, std::uint8_t function_flags = 0x10,
                        std::uint64_t age_ms = 7) {
    begin_source(blocks_++);
    bytes_of_blocks_ += size;
    tag(record::block).number((address - last_address_) / 8).number(size).number(site);
    last_address_ = address;
    return byte(function_flags).number(age_ms).number(1).number(type);
  }

  stream_builder& edges(const std::vector<stream_edge>& edges) {
    edges_ += edges.size();
    return tag(record::edges).edge_list(edges);
  }

  stream_builder& counts(std::uint32_t block, std::uint64_t offset, std::uint64_t use,
                         std::uint64_t weak, ledger::graph::control_shape shape) {
    return tag(record::counts)
        .number(block)
        .number(offset)
        .number(use)
        .number(weak)
        .byte(static_cast<std::uint8_t>(shape));
  }

  // What follows stands in the last frame.
  stream_builder& last_frame() {
    last_frame_ = bytes_.size();
    return *this;
  }

  stream_builder& note(ledger::graph::note what, std::uint64_t count) {
    return tag(record::note).byte(static_cast<std::uint8_t>(what)).number(count);
  }

  stream_builder& end(std::uint64_t pause_us = 250) {
    return tag(record::end)
        .number(blocks_)
        .number(bytes_of_blocks_)
        .number(edges_)
        .number(root_edges_)
        .number(pause_us);
  }

  stream_builder& tag(record kind) { return byte(static_cast<std::uint8_t>(kind)); }
  stream_builder& byte(std::uint8_t value) {
    bytes_.push_back(static_cast<std::byte>(value));
    return *this;
  }
  stream_builder& number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
      byte(static_cast<std::uint8_t>(value | 0x80));
    }
    return byte(static_cast<std::uint8_t>(value));
  }
  stream_builder& text(std::string_view text) {
    number(text.size());
    for (const char letter : text) {
      byte(static_cast<std::uint8_t>(letter));
    }
    return *this;
  }

  const std::vector<std::byte>& bytes() const { return bytes_; }
  std::span<const std::byte> tail() const { return std::span(bytes_).subspan(last_frame_); }

  // The stream cut into frames of `payload` bytes at most.
  std::vector<std::byte> frames(std::uint64_t process, std::uint32_t still,
                                std::size_t payload = ledger::graph::payload_limit) const {
    std::vector<std::byte> made;
    std::uint32_t sequence = 0;
    const std::span<const std::byte> all(bytes_);
    const auto add = [&](std::span<const std::byte> part, std::uint16_t flags) {
      const ledger::graph::frame_header header{ledger::graph::frame_magic,
                                               static_cast<std::uint16_t>(part.size()),
                                               flags,
                                               process,
                                               still,
                                               sequence++};
      const auto head = std::as_bytes(std::span(&header, 1));
      made.insert(made.end(), head.begin(), head.end());
      made.insert(made.end(), part.begin(), part.end());
    };
    for (std::size_t at = 0; at < last_frame_; at += payload) {
      add(all.subspan(at, std::min(payload, last_frame_ - at)), 0);
    }
    add(tail(), ledger::graph::last);
    return made;
  }

 private:
  void begin_source(std::uint32_t target) {
    next_word_ = 0;
    last_target_ = target;
  }

  stream_builder& edge_list(const std::vector<stream_edge>& edges) {
    number(edges.size());
    for (const stream_edge& edge : edges) {
      const auto difference =
          static_cast<std::int64_t>(edge.target) - static_cast<std::int64_t>(last_target_);
      const std::uint64_t zigzag = static_cast<std::uint64_t>(difference) << 1 ^
                                   static_cast<std::uint64_t>(difference >> 63);
      number(edge.word - next_word_).number(zigzag << 1 | (edge.offset != 0 ? 1 : 0));
      if (edge.offset != 0) {
        number(edge.offset).byte(edge.flags);
      }
      next_word_ = edge.word + 1;
      last_target_ = edge.target;
    }
    return *this;
  }

  std::vector<std::byte> bytes_;
  std::size_t last_frame_ = 0;
  std::uint32_t roots_ = 0;
  std::uint32_t blocks_ = 0;
  std::uint64_t bytes_of_blocks_ = 0;
  std::uint64_t edges_ = 0;
  std::uint64_t root_edges_ = 0;
  std::uint64_t last_address_ = 0;
  std::uint64_t next_word_ = 0;
  std::uint32_t last_target_ = 0;
};

// Two blocks that point to each other, the second one also into the first; a global variable that
// points to the first one.
inline stream_builder small_stream() {
  using namespace ledger::graph;
  stream_builder stream;
  stream.begin()
      .module(0x555500000000, 0x5000, "/opt/app")
      .root(root_kind::segment, 0x555500004000, 0x1000)
      .root_edges({{3, 0}})
      .type(0x555500003d10, control_shape::none, "7Session")
      .block(0x555500010000, 72, 5, 1)
      .edges({{2, 1}})
      .block(0x555500010060, 40, 6)
      .edges({{0, 0}, {4, 0, 16, multiple_inheritance}})
      .last_frame()
      .note(note::registers_missing, 1)
      .end();
  return stream;
}

}  // namespace track::test
