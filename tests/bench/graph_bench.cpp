// graph_bench BLOCKS tree|list order|shuffled held|lost: times of the graph analyses on a heap of
// BLOCKS blocks, each with two pointers: a binary tree and as many pointers to anywhere, or a list
// by next and previous.
#include <sys/resource.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include "libtrack/analysis/graph/graph_summary.hpp"
#include "libtrack/analysis/graph/paths.hpp"

namespace {

using track::capture::heap_graph;

struct links {
  std::vector<std::uint32_t> places;  // addresses in order of age
  std::vector<std::uint32_t> ages;    // the inverse
  std::mt19937_64 random{1};

  links(std::uint32_t blocks, bool shuffled) : places(blocks), ages(blocks) {
    std::iota(places.begin(), places.end(), 0);
    for (std::uint32_t i = blocks; shuffled && i > 1; --i) {
      std::swap(places[i - 1], places[random() % i]);
    }
    for (std::uint32_t i = 0; i < blocks; ++i) {
      ages[places[i]] = i;
    }
  }
};

void add_edges(heap_graph& heap, links& of, std::uint32_t block, bool list) {
  const std::uint32_t blocks = static_cast<std::uint32_t>(of.places.size());
  const std::uint64_t age = of.ages[block];
  std::uint32_t word = 0;
  const auto add = [&](std::uint64_t target) {
    if (target < blocks) {
      heap.edges.push_back({of.places[target], word++ & 0x7fffffff, 0});
    }
  };
  if (list) {
    add(age + 1);
    add(age - 1);
  } else {
    add(2 * age + 1);
    add(2 * age + 2);
    add(of.random() % blocks);
  }
}

heap_graph make_heap(std::uint32_t blocks, bool list, bool shuffled, bool held) {
  heap_graph heap;
  links of(blocks, shuffled);
  heap.types.emplace_back();
  for (std::uint64_t block = 0; block < blocks; ++block) {
    heap.address.push_back(block * 64);
  }
  heap.size.assign(blocks, 64);
  heap.site.assign(blocks, 1);
  heap.age_ms.assign(blocks, 0);
  heap.type.assign(blocks, 0);
  heap.inherited.assign(blocks, false);
  heap.first_edge.reserve(blocks + std::size_t{1});
  heap.edges.reserve(std::size_t{blocks} * 2);
  for (std::uint32_t block = 0; block < blocks; ++block) {
    heap.first_edge.push_back(static_cast<std::uint32_t>(heap.edges.size()));
    add_edges(heap, of, block, list);
  }
  heap.first_edge.push_back(static_cast<std::uint32_t>(heap.edges.size()));
  heap.roots.resize(1);
  heap.first_root_edge = {0, held ? 1u : 0u};
  if (held) {
    heap.root_edges.push_back({of.places[0], 0, 0});
  }
  return heap;
}

// In CPU time: what other programs do meanwhile does not count.
template <typename Work>
void time(const char* name, Work work) {
  const auto cpu_seconds = [] {
    return static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
  };
  const double start = cpu_seconds();
  work();
  const double taken = cpu_seconds() - start;
  rusage used = {};
  getrusage(RUSAGE_SELF, &used);
  std::printf("%-12s %6.3f s   peak %5ld MiB\n", name, taken, used.ru_maxrss / 1024);
}

}  // namespace

int main(int argc, char** argv) {
  namespace graph = track::analysis::graph;
  if (argc != 5) {
    std::fprintf(stderr, "graph_bench BLOCKS tree|list order|shuffled held|lost\n");
    return 2;
  }
  const auto blocks = static_cast<std::uint32_t>(std::strtoul(argv[1], nullptr, 10));
  heap_graph heap;
  time("make", [&] {
    heap = make_heap(blocks, std::strcmp(argv[2], "list") == 0,
                     std::strcmp(argv[3], "shuffled") == 0, std::strcmp(argv[4], "held") == 0);
  });
  time("classify", [&] {
    const auto found = graph::classify(heap);
    std::printf("%lu reachable, %lu definite\n",
                static_cast<unsigned long>(found.sum(graph::block_class::reachable).blocks),
                static_cast<unsigned long>(found.sum(graph::block_class::definite).blocks));
  });
  time("summarize", [&] { std::printf("%zu causes\n", graph::summarize(heap).causes.all.size()); });
  time("paths", [&] { graph::path_index::from_roots(heap); });
  time("dominators", [&] { graph::find_dominators(heap); });
  return 0;
}
