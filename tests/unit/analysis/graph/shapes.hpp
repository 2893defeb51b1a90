// Shapes of shared_ptr that several tests look at. Sites tell the objects apart.
#pragma once

#include <utility>
#include <vector>

#include "tests/unit/analysis/graph/graph_builder.hpp"

namespace track::test {

// Two objects that own each other, by these words of theirs.
inline std::pair<std::uint32_t, std::uint32_t> add_couple(graph_builder& builder,
                                                          const block_traits& one,
                                                          const block_traits& other,
                                                          std::uint32_t word = 3,
                                                          std::uint32_t word_back = 3) {
  const std::uint32_t first = builder.object("1A", one);
  const std::uint32_t second = builder.object("1B", other);
  builder.share(first, word, second);
  builder.share(second, word_back, first);
  return {first, second};
}

struct family {
  std::uint32_t parent = 0;
  std::uint32_t storage = 0;
  std::vector<std::uint32_t> children;
};

// A parent that owns its children by a vector at word 2, and which they own by word 3.
inline family add_family(graph_builder& builder, const block_traits& parent,
                         const block_traits& storage, const block_traits& child,
                         std::uint32_t children = 3) {
  family made;
  made.parent = builder.object("6Parent", parent);
  made.storage = builder.block(storage);
  builder.point(made.parent, 2, made.storage);
  for (std::uint32_t i = 0; i < children; ++i) {
    made.children.push_back(builder.object("5Child", child));
    builder.share(made.storage, i * 2, made.children.back());
    builder.share(made.children.back(), 3, made.parent);
  }
  return made;
}

}  // namespace track::test
