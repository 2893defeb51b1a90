#include <cstring>

#include "tests/fuzz/seeds.hpp"
#include "tests/unit/capture/stream_builder.hpp"

namespace track::fuzz {
namespace {

using namespace ledger::graph;

std::vector<std::uint8_t> raw(const std::vector<std::byte>& bytes) {
  std::vector<std::uint8_t> copy(bytes.size());
  std::memcpy(copy.data(), bytes.data(), bytes.size());
  return copy;
}

// Every kind of record, and more than one of most.
test::stream_builder rich_stream() {
  test::stream_builder stream;
  stream.begin(trigger::interval, 3)
      .module(0x1000, 0x2000, "/usr/bin/example")
      .root(root_kind::registers, 0, 0, 77)
      .root_edges({{2, 5}, {9, 1, 8, std_string}})
      .root(root_kind::tls, 0x7000, 4096, 77)
      .root(root_kind::stack, 0x9000, 512, 78)
      .root_edges({{1, 0}})
      .root_edges({{60, 3, 24}})
      .type(0x1800, control_shape::none, "7Example")
      .type(0x1900, control_shape::libcxx, "");
  for (std::uint32_t i = 0; i < 20; ++i) {
    stream.block(0x100000 + i * 0x100, 16 + i * 12, 2 + i % 5, i % 3, 0xa2, i * 1000);
    stream.edges({{0, 19 - i}, {1, i, 8, new_array}});
  }
  stream.counts(7, 16, 1, 0, control_shape::libstdcxx)
      .counts(19, 0, 0, 0, control_shape::libcxx)
      .block(std::uint64_t{1} << 40, std::uint64_t{9} << 30, 7)
      .last_frame()
      .note(note::registers_missing, 2)
      .note(note::unreadable, 4096)
      .end();
  return stream;
}

}  // namespace

std::vector<std::vector<std::uint8_t>> seeds() {
  const test::stream_builder rich = rich_stream();
  const test::stream_builder small = test::small_stream();
  std::vector<std::byte> mixed = small.frames(1, 0, 30);
  const auto more = rich.frames(2, 1, 100);
  mixed.insert(mixed.end(), more.begin(), more.end());
  return {raw(rich.bytes()), raw(small.bytes()), raw(rich.frames(0, 0, 64)), raw(mixed)};
}

}  // namespace track::fuzz
