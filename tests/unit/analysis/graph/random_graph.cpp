#include "tests/unit/analysis/graph/random_graph.hpp"

#include "tests/unit/analysis/graph/graph_builder.hpp"

namespace track::test {

capture::heap_graph random_graph(std::mt19937_64& random) {
  const auto below = [&](std::uint32_t limit) {
    return static_cast<std::uint32_t>(random() % limit);
  };
  const auto offset = [&](std::uint32_t of) { return below(100) < of ? 8u : 0u; };
  const auto flags = [&] { return static_cast<std::uint8_t>(below(4) == 0 ? 4 : 0); };
  graph_builder builder;
  const std::uint32_t blocks = 1 + below(14);
  const std::uint32_t inherited = below(3) == 0 ? 25 : 0;
  const std::uint32_t interior = below(60);
  for (std::uint32_t i = 0; i < blocks; ++i) {
    builder.block(
        {.size = below(5) == 0 ? 0 : 1 + below(100), .inherited = below(100) < inherited});
  }
  const std::uint32_t edges = below(blocks * (1 + below(3)) + 1);
  for (std::uint32_t i = 0; i < edges; ++i) {
    builder.point(below(blocks), i, below(blocks), offset(interior), flags());
  }
  const std::uint32_t roots = below(4);
  for (std::uint32_t i = 0; i < roots; ++i) {
    builder.root();
    const std::uint32_t count = below(3);
    for (std::uint32_t word = 0; word < count; ++word) {
      builder.point_from_root(i, word, below(blocks), offset(interior), flags());
    }
  }
  return builder.build();
}

}  // namespace track::test
