#include "tools/collector/judgement.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>

#include "libtrack/analysis/function_name.hpp"
#include "libtrack/analysis/graph/graph_summary.hpp"
#include "libtrack/analysis/still_classes.hpp"

namespace track::tools {
namespace {

namespace graph = analysis::graph;

// Memory that a runtime made for itself at the start: all of its stack is the runtime's.
bool is_runtime_site(const ledger::process_image& image, std::uint32_t site) {
  if (site >= image.sites.size()) {
    return false;
  }
  std::size_t left = image.nodes.size();
  std::size_t outermost = 0;
  for (std::size_t at = image.sites[site].node.value;
       at != 0 && at < image.nodes.size() && left != 0; at = image.nodes[at].parent.value, --left) {
    outermost = image.nodes[at].module.value;
    if (outermost == 0 || outermost >= image.modules.size() ||
        !analysis::is_runtime_module(image.modules[outermost].path)) {
      return false;
    }
  }
  return outermost != 0 && analysis::is_start_module(image.modules[outermost].path);
}

ledger::slot_header& header_of(std::span<std::byte> slot) {
  return *reinterpret_cast<ledger::slot_header*>(slot.data());
}

void add_to_site(ledger::verdict_record& verdict, std::uint32_t site, bool cyclic,
                 std::uint64_t bytes, std::map<std::uint32_t, ledger::verdict_site>& sites) {
  ledger::verdict_site& sum = sites[site];
  sum.site = site;
  sum.cyclic |= cyclic ? 1u : 0u;
  sum.blocks += 1;
  sum.bytes += bytes;
  verdict.lost_blocks += 1;
  verdict.lost_bytes += bytes;
}

std::uint32_t born_ms(const capture::heap_graph& graph, std::uint32_t block) {
  return graph.clock_ms - graph.age_ms[block];
}

// What was lost once is not told again, also where a word that memory holds from an earlier use
// seemed to point to it in between.
std::vector<std::pair<std::uint64_t, std::uint32_t>> still_there(
    const capture::heap_graph& graph,
    const std::vector<std::pair<std::uint64_t, std::uint32_t>>& known) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> there;
  for (const auto& [address, born] : known) {
    const std::size_t after = graph.address.count_to(address);
    if (after != 0 && graph.address[after - 1] == address &&
        born_ms(graph, static_cast<std::uint32_t>(after - 1)) == born) {
      there.emplace_back(address, born);
    }
  }
  return there;
}

void keep_largest(const std::map<std::uint32_t, ledger::verdict_site>& sites,
                  ledger::verdict_record& verdict) {
  std::vector<ledger::verdict_site> all;
  for (const auto& [number, site] : sites) {
    all.push_back(site);
  }
  std::ranges::sort(all, [](const auto& left, const auto& right) {
    return left.bytes != right.bytes ? left.bytes > right.bytes : left.site < right.site;
  });
  verdict.sites = std::min<std::uint64_t>(all.size(), ledger::verdict_sites);
  std::copy_n(all.begin(), verdict.sites, verdict.site);
}

}  // namespace

bool asks_verdict(std::span<std::byte> slot, std::uint32_t still) {
  return slot.size() >= sizeof(ledger::slot_header) &&
         __atomic_load_n(&header_of(slot).verdict_asked, __ATOMIC_ACQUIRE) ==
             std::uint64_t{still} + 1;
}

void give_verdict(std::span<std::byte> slot, std::uint32_t still,
                  const ledger::verdict_record& verdict) {
  if (asks_verdict(slot, still)) {
    ledger::slot_header& header = header_of(slot);
    header.verdict = verdict;
    __atomic_store_n(&header.verdict_given, std::uint64_t{still} + 1, __ATOMIC_RELEASE);
    // The low half is what the program waits on.
    syscall(SYS_futex, &header.verdict_given, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  }
}

model::heap_classes classify(const capture::heap_graph& graph, const ledger::process_image& image) {
  const std::vector<bool> runtime_roots = analysis::runtime_roots_of(graph);
  graph::reachability_options options;
  options.runtime_roots = &runtime_roots;
  options.forced = graph.ignored;
  return analysis::count_classes(
      graph, graph::classify(graph, options),
      [&image](std::uint32_t site) { return is_runtime_site(image, site); });
}

ledger::verdict_record leak_judge::judge(const capture::heap_graph& graph,
                                         const ledger::process_image& image) {
  const std::vector<bool> runtime_roots = analysis::runtime_roots_of(graph);
  graph::summary_options options;
  options.reached.runtime_roots = &runtime_roots;
  options.reached.forced = graph.ignored;
  const graph::graph_summary summary = graph::summarize(graph, options);
  const auto known = known_.find(graph.process);
  const bool is_first = known == known_.end();
  std::vector<lost_block> lost =
      is_first ? std::vector<lost_block>() : still_there(graph, known->second.lost);
  const std::uint32_t since_ms = is_first ? 0 : graph.clock_ms - known->second.clock_ms;
  std::map<std::uint32_t, ledger::verdict_site> sites;
  std::map<std::uint32_t, bool> cycles;  // by cause
  ledger::verdict_record verdict = {};
  verdict.skewed = graph.is_skewed() ? 1 : 0;
  summary.lost.for_each([&](std::uint32_t block) {
    if (graph.inherited[block] || summary.reached.only_by_runtime(block) ||
        (graph.site[block] != 0 && is_runtime_site(image, graph.site[block]))) {
      return;
    }
    const lost_block seen{graph.address[block], born_ms(graph, block)};
    if (!is_first && std::ranges::binary_search(known->second.lost, seen)) {
      return;
    }
    lost.push_back(seen);
    if (is_first || graph.age_ms[block] > since_ms) {
      return;
    }
    const std::uint32_t cause = summary.cause_of(block);
    const bool cyclic = cause != graph::no_block && summary.causes.all[cause].cyclic;
    cycles[cause] = cyclic;
    add_to_site(verdict, graph.site[block], cyclic, graph.bytes_of(block), sites);
  });
  verdict.cycles = static_cast<std::uint64_t>(
      std::ranges::count_if(cycles, [](const auto& each) { return each.second; }));
  keep_largest(sites, verdict);
  std::ranges::sort(lost);
  known_[graph.process] = {std::move(lost), graph.clock_ms};
  return verdict;
}

}  // namespace track::tools
