// 10,000 random graphs against references that are slow and plain to see.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <random>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "libtrack/analysis/graph/graph_summary.hpp"
#include "libtrack/analysis/graph/paths.hpp"
#include "tests/unit/analysis/graph/random_graph.hpp"

namespace track::analysis::graph {
namespace {

using capture::heap_graph;
using matrix = std::vector<std::vector<bool>>;

constexpr int graphs = 10'000;

void for_each_graph(const std::function<void(const heap_graph&, std::mt19937_64&)>& see) {
  std::mt19937_64 random(20261122);
  for (int i = 0; i < graphs && !::testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(i);
    see(test::random_graph(random), random);
  }
}

// See: (source, place, edge, whether it counts as one to the start).
template <typename See>
void for_each_edge(const heap_graph& heap, See see) {
  for (std::uint32_t from = 0; from < heap.block_count(); ++from) {
    for (std::uint64_t i = heap.first_edge[from]; i < heap.first_edge[from + 1]; ++i) {
      const bool start =
          heap.edges[i].interior == 0 || heap_graph::interior_of(heap.interiors, i).flags != 0;
      see(from, heap.edges[i].target, start);
    }
  }
}

template <typename See>
void for_each_root_edge(const heap_graph& heap, See see) {
  for (std::uint32_t root = 0; root < heap.roots.size(); ++root) {
    for (std::uint64_t i = heap.first_root_edge[root]; i < heap.first_root_edge[root + 1]; ++i) {
      const bool start = heap.root_edges[i].interior == 0 ||
                         heap_graph::interior_of(heap.root_interiors, i).flags != 0;
      see(root, heap.root_edges[i].target, start);
    }
  }
}

// Which blocks each block leads to, itself not included unless around, among those that pass.
template <typename Passes>
matrix closure(const heap_graph& heap, Passes passes) {
  const std::size_t blocks = heap.block_count();
  matrix leads(blocks, std::vector<bool>(blocks, false));
  for_each_edge(heap, [&](std::uint32_t from, std::uint32_t to, bool) {
    if (passes(from) && passes(to)) {
      leads[from][to] = true;
    }
  });
  for (std::size_t k = 0; k < blocks; ++k) {
    for (std::size_t i = 0; i < blocks; ++i) {
      for (std::size_t j = 0; j < blocks && leads[i][k]; ++j) {
        leads[i][j] = leads[i][j] || leads[k][j];
      }
    }
  }
  return leads;
}

std::vector<bool> some_of(std::size_t count, std::mt19937_64& random, unsigned one_in) {
  std::vector<bool> chosen(count);
  for (std::size_t i = 0; i < count; ++i) {
    chosen[i] = random() % one_in == 0;
  }
  return chosen;
}

std::vector<std::uint32_t> listed(const std::vector<bool>& chosen) {
  std::vector<std::uint32_t> list;
  for (std::uint32_t i = 0; i < chosen.size(); ++i) {
    if (chosen[i]) {
      list.push_back(i);
    }
  }
  return list;
}

// Repeats rules until nothing changes.
struct relaxed {
  std::vector<bool> definite, program, any, ignored;

  relaxed(const heap_graph& heap, const std::vector<bool>& runtime, const std::vector<bool>& forced,
          const std::vector<bool>& ignored_blocks)
      : definite(forced), program(forced), any(forced), ignored(ignored_blocks) {
    for_each_root_edge(heap, [&](std::uint32_t root, std::uint32_t to, bool start) {
      definite[to] = definite[to] || start;
      program[to] = program[to] || !runtime[root];
      any[to] = true;
    });
    bool changed = true;
    const auto pass = [&](std::vector<bool>& marks, std::uint32_t from, std::uint32_t to) {
      if (marks[from] && !marks[to]) {
        marks[to] = changed = true;
      }
    };
    while (changed) {
      changed = false;
      for_each_edge(heap, [&](std::uint32_t from, std::uint32_t to, bool start) {
        if (start) {
          pass(definite, from, to);
        }
        pass(program, from, to);
        pass(any, from, to);
        pass(ignored, from, to);
      });
    }
  }
};

TEST(random_graphs, classes_are_those_of_repeated_relaxation) {
  for_each_graph([](const heap_graph& heap, std::mt19937_64& random) {
    const auto runtime = some_of(heap.roots.size(), random, 3);
    const auto forced = some_of(heap.block_count(), random, 20);
    const auto ignored = some_of(heap.block_count(), random, 10);
    const auto forced_list = listed(forced);
    const auto ignored_list = listed(ignored);
    const auto found = classify(heap, {&runtime, forced_list, ignored_list});
    const relaxed expected(heap, runtime, forced, ignored);
    std::uint64_t counted = 0;
    for (std::uint32_t i = 0; i < heap.block_count(); ++i) {
      const block_class got = found.class_of(i);
      const bool lost = !expected.any[i] && !expected.ignored[i];
      EXPECT_EQ(got == block_class::reachable, expected.definite[i]);
      EXPECT_EQ(got == block_class::suppressed, !expected.definite[i] && expected.ignored[i]);
      EXPECT_EQ(found.lost.contains(i), lost);
      EXPECT_EQ(got == block_class::definite || got == block_class::indirect, lost);
      EXPECT_EQ(found.only_by_runtime(i),
                expected.any[i] && !expected.program[i] && got != block_class::suppressed);
      counted += heap.inherited[i] ? 0 : 1;
    }
    std::uint64_t summed = 0;
    for (const block_sum& sum : found.sums) {
      summed += sum.blocks;
    }
    EXPECT_EQ(summed, counted);
  });
}

// Memcheck's way, word by word: a scan takes what is unreached, other leaders with all they hold.
std::vector<std::uint32_t> naive_leaders(const heap_graph& heap, const reachability& found) {
  std::vector<std::uint32_t> taken_by(heap.block_count(), no_block);
  const auto leads_now = [&](std::uint32_t block) { return taken_by[block] == no_block; };
  std::vector<bool> leads(heap.block_count(), false);
  for (std::uint32_t leader = 0; leader < heap.block_count(); ++leader) {
    if (!found.lost.contains(leader) || heap.inherited[leader] || !leads_now(leader)) {
      continue;
    }
    leads[leader] = true;
    std::vector<std::uint32_t> stack = {leader};
    while (!stack.empty()) {
      const std::uint32_t from = stack.back();
      stack.pop_back();
      for (std::uint64_t i = heap.first_edge[from]; i < heap.first_edge[from + 1]; ++i) {
        const std::uint32_t to = heap.edges[i].target;
        if (found.lost.contains(to) && leads_now(to) && to != leader) {
          taken_by[to] = leader;
          stack.push_back(to);
        }
      }
    }
  }
  std::vector<std::uint32_t> last(heap.block_count(), no_block);
  for (std::uint32_t i = 0; i < heap.block_count(); ++i) {
    std::uint32_t leader = leads[i] || taken_by[i] != no_block ? i : no_block;
    while (leader != no_block && taken_by[leader] != no_block) {
      leader = taken_by[leader];
    }
    last[i] = leader;
  }
  return last;
}

TEST(random_graphs, leaders_are_memchecks) {
  for_each_graph([](const heap_graph& heap, std::mt19937_64&) {
    const auto found = classify(heap);
    const auto expected = naive_leaders(heap, found);
    for (std::uint32_t i = 0; i < heap.block_count(); ++i) {
      if (found.lost.contains(i)) {
        EXPECT_EQ(found.leader_of(i), expected[i]) << i;
        EXPECT_EQ(found.class_of(i) == block_class::definite, expected[i] == i);
      }
    }
  });
}

TEST(random_graphs, components_are_mutual_reach_and_lead_upwards) {
  for_each_graph([](const heap_graph& heap, std::mt19937_64& random) {
    const auto chosen = some_of(heap.block_count(), random, 2);
    block_set part(heap.block_count());
    for (const std::uint32_t block : listed(chosen)) {
      part.insert(block);
    }
    part.number();
    const auto parts = find_components(heap, part);
    const matrix leads = closure(heap, [&](std::uint32_t block) { return chosen[block]; });
    for (const std::uint32_t i : listed(chosen)) {
      const std::uint32_t of = parts.of[part.rank(i)];
      EXPECT_EQ(parts.cyclic[of], leads[i][i]);
      bool entered = false;
      for (const std::uint32_t j : listed(chosen)) {
        const bool same = i == j || (leads[i][j] && leads[j][i]);
        EXPECT_EQ(of == parts.of[part.rank(j)], same);
        if (leads[i][j] && !same) {
          EXPECT_LT(of, parts.of[part.rank(j)]);
        }
        entered = entered || (leads[j][i] && !same);
      }
      EXPECT_EQ(parts.entered[of], entered);
    }
    EXPECT_EQ(parts.members.size(), part.size());
  });
}

TEST(random_graphs, causes_retain_what_no_other_reaches_and_add_up) {
  for_each_graph([](const heap_graph& heap, std::mt19937_64&) {
    const auto made = summarize(heap);
    const matrix leads =
        closure(heap, [&](std::uint32_t block) { return made.lost.contains(block); });
    block_sum sum;
    for (std::uint32_t i = 0; i < made.causes.all.size(); ++i) {
      const cause& each = made.causes.all[i];
      EXPECT_EQ(made.reached.class_of(each.leader), block_class::definite);
      EXPECT_TRUE(i == 0 || made.causes.all[i - 1].leader < each.leader);
      sum.blocks += each.retained_blocks;
      sum.bytes += each.retained_bytes;
    }
    made.lost.for_each([&](std::uint32_t block) {
      std::vector<std::uint32_t> reaching;
      for (std::uint32_t i = 0; i < made.causes.all.size(); ++i) {
        const std::uint32_t leader = made.causes.all[i].leader;
        if (leader == block || leads[leader][block]) {
          reaching.push_back(i);
        }
      }
      ASSERT_FALSE(reaching.empty());
      EXPECT_EQ(made.cause_of(block), reaching[0]);
      EXPECT_EQ(made.causes.shared[made.parts.of[made.lost.rank(block)]], reaching.size() > 1);
    });
    const block_sum& definite = made.reached.sum(block_class::definite);
    EXPECT_GE(definite.blocks, made.causes.all.size());
    std::uint64_t unled = 0;
    for (std::uint32_t i = 0; i < heap.block_count(); ++i) {
      unled += made.reached.lost.contains(i) && !made.lost.contains(i) ? 1 : 0;
    }
    EXPECT_EQ(made.lost.size() + unled, made.reached.lost.size());
    const block_sum& indirect = made.reached.sum(block_class::indirect);
    EXPECT_EQ(sum.blocks, definite.blocks + indirect.blocks);
    EXPECT_EQ(sum.bytes, definite.bytes + indirect.bytes);
  });
}

std::vector<bool> reached_without(const heap_graph& heap, std::uint32_t removed) {
  std::vector<bool> reached(heap.block_count(), false);
  for_each_root_edge(heap, [&](std::uint32_t, std::uint32_t to, bool) {
    reached[to] = reached[to] || to != removed;
  });
  for (std::uint32_t round = 0; round < heap.block_count(); ++round) {
    for_each_edge(heap, [&](std::uint32_t from, std::uint32_t to, bool) {
      reached[to] = reached[to] || (reached[from] && to != removed);
    });
  }
  return reached;
}

TEST(random_graphs, dominators_are_those_whose_removal_cuts_off) {
  for_each_graph([](const heap_graph& heap, std::mt19937_64&) {
    const auto tree = find_dominators(heap);
    const auto reached = reached_without(heap, no_block);
    for (std::uint32_t i = 0; i < heap.block_count(); ++i) {
      ASSERT_EQ(tree.reached(i), reached[i]);
      if (!reached[i]) {
        continue;
      }
      const auto left = reached_without(heap, i);
      block_sum retained;
      for (std::uint32_t j = 0; j < heap.block_count(); ++j) {
        const bool cut = reached[j] && !left[j];
        EXPECT_EQ(reached[j] && tree.dominates(i, j), cut);
        retained.blocks += cut && !heap.inherited[j] ? 1 : 0;
        retained.bytes += cut && !heap.inherited[j] ? heap.size[j] : 0;
      }
      EXPECT_EQ(tree.retained_blocks[i], retained.blocks);
      EXPECT_EQ(tree.retained_bytes[i], retained.bytes);
    }
  });
}

using cost = std::tuple<std::uint32_t, bool, std::uint32_t>;  // steps, from a runtime, interior

std::vector<cost> naive_costs(const heap_graph& heap, const std::vector<bool>& runtime) {
  constexpr std::uint32_t unreached = std::numeric_limits<std::uint32_t>::max();
  std::vector<cost> best(heap.block_count(), cost(unreached, true, unreached));
  for (std::uint32_t i = 0; i < heap.root_edges.size(); ++i) {
    const auto root =
        std::upper_bound(heap.first_root_edge.begin(), heap.first_root_edge.end(), i) -
        heap.first_root_edge.begin() - 1;
    cost& known = best[heap.root_edges[i].target];
    known = std::min(known,
                     cost(1, runtime[static_cast<std::size_t>(root)], heap.root_edges[i].interior));
  }
  for (std::uint32_t round = 0; round < heap.block_count(); ++round) {
    for (std::uint32_t from = 0; from < heap.block_count(); ++from) {
      const auto [steps, theirs, interiors] = best[from];
      for (std::uint64_t i = heap.first_edge[from];
           steps != unreached && i < heap.first_edge[from + 1]; ++i) {
        cost& known = best[heap.edges[i].target];
        known = std::min(known, cost(steps + 1, theirs, interiors + heap.edges[i].interior));
      }
    }
  }
  return best;
}

TEST(random_graphs, paths_are_shortest_and_lead_along_pointers) {
  for_each_graph([](const heap_graph& heap, std::mt19937_64& random) {
    const auto runtime = some_of(heap.roots.size(), random, 2);
    const auto index = path_index::from_roots(heap, &runtime);
    const auto expected = naive_costs(heap, runtime);
    for (std::uint32_t i = 0; i < heap.block_count(); ++i) {
      const auto way = index.to(i);
      const auto [steps, theirs, interiors] = expected[i];
      ASSERT_EQ(way.has_value(), steps <= heap.block_count());
      if (!way) {
        continue;
      }
      EXPECT_EQ(way->steps.size(), steps);
      EXPECT_EQ(runtime[way->start], theirs);
      std::uint32_t inside = 0;
      for (std::size_t j = 0; j < way->steps.size(); ++j) {
        const path_step& step = way->steps[j];
        const auto& edges = j == 0 ? heap.root_edges : heap.edges;
        const auto& firsts = j == 0 ? heap.first_root_edge : heap.first_edge;
        const std::uint32_t source = j == 0 ? way->start : way->steps[j - 1].target;
        const bool there = std::any_of(
            edges.begin() + static_cast<std::ptrdiff_t>(firsts[source]),
            edges.begin() + static_cast<std::ptrdiff_t>(firsts[source + 1]), [&](const auto& edge) {
              return edge.word == step.word && edge.target == step.target &&
                     (edge.interior != 0) == (step.offset != 0);
            });
        EXPECT_TRUE(there);
        inside += step.offset != 0 ? 1 : 0;
      }
      EXPECT_EQ(inside, interiors);
      EXPECT_EQ(way->steps.back().target, i);
    }
  });
}

}  // namespace
}  // namespace track::analysis::graph
