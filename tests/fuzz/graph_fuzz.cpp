// Fuzz target: any bytes as the frames of stills and as a stream.
//
// What is decoded must be safe to index without asking, and take no more memory than its input
// justifies.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "libtrack/capture/graph_decoder.hpp"
#include "libtrack/capture/still_frames.hpp"

namespace {

using namespace track::capture;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void check_edges(const heap_graph& graph, const std::vector<graph_edge>& edges,
                 const std::vector<interior_edge>& interiors,
                 const std::vector<std::uint32_t>& first, std::size_t sources) {
  require(first.size() == sources + 1 && first.front() == 0 && first.back() == edges.size());
  std::size_t interior = 0;
  for (std::size_t source = 0; source < sources; ++source) {
    require(first[source] <= first[source + 1]);
  }
  for (std::size_t edge = 0; edge < edges.size(); ++edge) {
    require(edges[edge].target < graph.block_count());
    if (edges[edge].interior != 0) {
      require(interior < interiors.size() && interiors[interior].edge == edge);
      require(&heap_graph::interior_of(interiors, edge) == &interiors[interior]);
      ++interior;
    }
  }
  require(interior == interiors.size());
}

void check(const heap_graph& graph, std::size_t input_bytes) {
  const std::size_t blocks = graph.block_count();
  require(graph.size.size() == blocks && graph.site.size() == blocks &&
          graph.age_ms.size() == blocks && graph.type.size() == blocks &&
          graph.inherited.size() == blocks);
  std::uint64_t bytes = 0;
  for (std::uint32_t block = 0; block < blocks; ++block) {
    require(block == 0 || graph.address[block - 1] < graph.address[block]);
    require(graph.type[block] < graph.types.size());
    bytes += graph.bytes_of(block);
  }
  require(bytes == graph.bytes);
  check_edges(graph, graph.edges, graph.interiors, graph.first_edge, blocks);
  check_edges(graph, graph.root_edges, graph.root_interiors, graph.first_root_edge,
              graph.roots.size());
  for (const control_counts& counts : graph.counts) {
    require(counts.block < blocks && counts.offset + 16 <= graph.bytes_of(counts.block));
  }
  require(blocks * 8 <= input_bytes && graph.edges.capacity() <= 2 * input_bytes + 64);
}

struct streams final : still_sink {
  void payload(still_key, std::span<const std::byte> bytes, bool last) override {
    all.insert(all.end(), bytes.begin(), bytes.end());
    if (last) {
      read_graph_totals(bytes);
    }
  }
  void broken(still_key) override {}
  std::vector<std::byte> all;
};

void try_stream(std::span<const std::byte> bytes) {
  read_graph_head(bytes);
  const auto whole = decode_graph(bytes);
  if (whole) {
    check(*whole, bytes.size());
  }
  graph_totals forged;
  forged.blocks = forged.edges = ~std::uint64_t{0};
  graph_decoder decoder(forged, bytes.size());
  const std::size_t cut = bytes.size() / 3;
  if (decoder.feed(bytes.first(cut)) && decoder.feed(bytes.subspan(cut))) {
    require(static_cast<bool>(decoder.finish()) == static_cast<bool>(whole));
  } else {
    require(!whole);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes(reinterpret_cast<const std::byte*>(data), size);
  try_stream(bytes);
  still_frames frames;
  streams sink;
  frames.feed(bytes.first(size / 2), sink);
  frames.feed(bytes.subspan(size / 2), sink);
  frames.finish(sink);
  require(sink.all.size() <= size);
  try_stream(sink.all);
  return 0;
}
