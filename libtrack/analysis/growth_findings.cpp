#include "libtrack/analysis/growth_findings.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "libtrack/analysis/findings.hpp"
#include "libtrack/analysis/held_containers.hpp"
#include "libtrack/analysis/probed_caches.hpp"
#include "libtrack/analysis/processes.hpp"

namespace track::analysis {
namespace {

using model::growth_verdict;

// A site whose blocks are (nearly) all in one container tells its history.
constexpr double exclusive_share = 0.9;
constexpr double explained_share = 0.5;
// A site with no more blocks is looked at as containers by themselves.
constexpr std::uint64_t most_singles = 4;
constexpr std::size_t most_retained = 10;
constexpr std::size_t most_bounded = 1000;
constexpr std::size_t most_inserting = 3;  // stacks that are shown

std::vector<std::uint32_t> numbers_of(const std::map<std::uint32_t, std::uint64_t>& sites) {
  std::vector<std::uint32_t> numbers;
  for (const auto& [site, blocks] : sites) {
    numbers.push_back(site);
  }
  return numbers;
}

// From what has the same look.
using look = std::pair<std::uint32_t, allocation_function>;

class finder {
 public:
  finder(code_index& code, const capture::contents& all, const growth_evidence& evidence,
         const std::vector<growing_site>& growing, const growth_moment& moment,
         const growth_options& options)
      : code_(code),
        all_(all),
        series_(evidence.series),
        growing_(growing),
        view_(evidence.view),
        moment_(moment),
        options_(options),
        exe_(all.processes[process_index(all, moment.process)].exe),
        is_growing_(all.sites.size()),
        like_(all.sites.size()) {
    for (const growing_site& each : growing_) {
      for (const std::uint32_t site : each.sites) {
        is_growing_[site] = true;
      }
    }
  }

  std::vector<model::finding> find() {
    if (view_ != nullptr && (!growing_.empty() || options_.all_containers)) {
      find_containers();
    }
    for (const growing_site& each : growing_) {
      if (!is_explained(each)) {
        made_.push_back(describe(each));
      }
    }
    return std::move(made_);
  }

 private:
  struct judged {
    const held_container* held = nullptr;
    model::growth growth;
    bool exclusive = false;
    std::vector<std::uint32_t> sites;  // all that look like those of its entries
  };

  // Growing blocks that are few: vectors, strings, arrays.
  std::vector<std::uint32_t> singles() const {
    const capture::heap_graph& graph = view_->graph();
    std::vector<std::uint64_t> blocks(all_.sites.size());
    for (const std::uint32_t site : graph.site) {
      ++blocks.at(site);
    }
    std::vector<std::uint32_t> found;
    for (std::uint32_t block = 0; block < graph.block_count(); ++block) {
      const std::uint32_t site = graph.site[block];
      if (site != 0 && is_growing_.at(site) && blocks[site] <= most_singles) {
        found.push_back(block);
      }
    }
    return found;
  }

  void find_containers() {
    held_containers held(*view_, singles());
    like_sites();
    std::vector<judged> verdicts;
    for (const held_container& each : held.all()) {
      verdicts.push_back(judge(held, each, options_.all_containers));
    }
    std::vector<const held_container*> flagged;
    for (const judged& each : verdicts) {
      if (each.growth.verdict == growth_verdict::growing) {
        flagged.push_back(each.held);
      }
    }
    note_explained(held, flagged);
    note_bounded(held);
    std::stable_sort(verdicts.begin(), verdicts.end(), [](const judged& a, const judged& b) {
      return std::tuple(a.growth.verdict, -a.growth.bytes_per_s.value_or(0)) <
             std::tuple(b.growth.verdict, -b.growth.bytes_per_s.value_or(0));
    });
    std::size_t exact = 0;
    for (const judged& each : verdicts) {
      if (each.growth.verdict == growth_verdict::growing || options_.all_containers) {
        made_.push_back(describe(held, each, exact++ < most_retained));
      }
    }
  }

  // By site: the first that looks like it.
  void like_sites() {
    std::map<look, std::uint32_t> first;
    for (std::uint32_t site = 1; site < all_.sites.size(); ++site) {
      const look its{code_.visible_stack(all_.sites[site].stack), all_.sites[site].function};
      like_[site] = first.emplace(its, site).first->second;
      alike_[like_[site]].push_back(site);
    }
  }

  judged judge(const held_containers& held, const held_container& each, bool always) {
    judged made;
    made.held = &each;
    std::map<std::uint32_t, bool> looks;
    bool grows = false;
    for (const auto& [site, blocks] : each.sites) {
      grows = grows || is_growing_.at(site);
      looks[like_.at(site)] = true;
    }
    std::uint64_t alive = 0;
    std::uint64_t own = 0;
    for (const auto& [first, is] : looks) {
      for (const std::uint32_t site : alike_[first]) {
        made.sites.push_back(site);
        alive += held.blocks_of_site(site);
        const auto found = each.sites.find(site);
        own += found == each.sites.end() ? 0 : found->second;
      }
    }
    std::ranges::sort(made.sites);
    made.exclusive = static_cast<double>(own) >= exclusive_share * static_cast<double>(alive);
    if (!grows && !always) {
      made.growth.verdict = growth_verdict::not_growing;
      return made;
    }
    if (made.exclusive) {
      const auto points = series_.of(made.sites);
      made.growth = judge_growth(points);
      made.growth.series = series_of(points);
    } else {
      const auto points = series_.of_births(
          births_of(each), each.bytes / std::max<std::uint64_t>(1, each.ages_ms.size()));
      made.growth = judge_survivors(points);
      made.growth.series = series_of(points);
    }
    return made;
  }

  std::vector<std::uint64_t> births_of(const held_container& each) const {
    const std::uint64_t now = moment_.at_ms;
    std::vector<std::uint64_t> births;
    for (const std::uint32_t age : each.ages_ms) {
      births.push_back(now - std::min<std::uint64_t>(now, age));
    }
    return births;
  }

  // Blocks of growing sites that go with what is flagged.
  void note_explained(const held_containers& held,
                      const std::vector<const held_container*>& flagged) {
    explained_.resize(all_.sites.size());
    lost_.resize(all_.sites.size());
    const capture::heap_graph& graph = view_->graph();
    const auto reached = graph::classify(graph, {.runtime_roots = &view_->runtime_roots()});
    const std::vector<bool> retained =
        flagged.empty() ? std::vector<bool>(graph.block_count()) : held.retained_by(flagged);
    for (std::uint32_t block = 0; block < graph.block_count(); ++block) {
      const std::uint32_t site = graph.site[block];
      explained_[site] += retained[block] ? 1 : 0;
      lost_[site] += reached.class_of(block) == graph::block_class::definite ||
                             reached.class_of(block) == graph::block_class::indirect
                         ? 1
                         : 0;
      ++alive_[site];
    }
  }

  // Of growing sites, what belongs to entries of containers that do not grow: one block an entry at
  // most cannot be more than they are. So it is with what only some entries have.
  void note_bounded(const held_containers& held) {
    std::uint64_t least = UINT64_MAX;
    for (const growing_site& each : growing_) {
      least = is_explained(each) || each.entries <= 1
                  ? least
                  : std::min(least, static_cast<std::uint64_t>(each.entries));
    }
    std::vector<const held_container*> bounded;
    for (const held_container& each : held.all()) {
      if (each.ages_ms.size() < least || bounded.size() > most_bounded) {
        continue;
      }
      const judged verdict = judge(held, each, true);
      if (verdict.exclusive && verdict.growth.verdict == growth_verdict::not_growing) {
        bounded.push_back(&each);
        largest_bounded_ = std::max<std::uint64_t>(largest_bounded_, each.ages_ms.size());
      }
    }
    if (bounded.empty()) {
      return;
    }
    bounded_.resize(all_.sites.size());
    const std::vector<bool> retained = held.retained_by(bounded);
    for (std::uint32_t block = 0; block < retained.size(); ++block) {
      bounded_[view_->graph().site[block]] += retained[block] ? 1 : 0;
    }
  }

  // Told with a container, or as lost.
  bool is_explained(const growing_site& each) {
    std::uint64_t alive = 0;
    std::uint64_t told = 0;
    std::uint64_t bounded = 0;
    for (const std::uint32_t site : each.sites) {
      alive += alive_[site];
      told += explained_.empty() ? 0 : explained_[site] + lost_[site];
      bounded += bounded_.empty() ? 0 : bounded_[site];
    }
    if (alive > 1 && alive <= largest_bounded_) {
      told = std::max(told, bounded);
    }
    return alive != 0 && static_cast<double>(told) >= explained_share * static_cast<double>(alive);
  }

  model::finding describe_site(const std::vector<std::uint32_t>& sites) {
    const std::uint32_t site = *std::ranges::max_element(
        sites, {}, [this](std::uint32_t each) { return series_.births(std::span(&each, 1)); });
    const capture::site_row& row = all_.sites[site];
    const fingerprint print = code_.fingerprint_of(row.stack, exe_);
    model::finding finding;
    finding.fingerprint = print.digits;
    finding.weak = print.weak;
    finding.processes = {moment_.process};
    finding.allocated_by = name_of(row.function);
    finding.allocated = code_.stack(row.stack);
    return finding;
  }

  model::finding describe(const growing_site& each) {
    model::finding finding = describe_site(each.sites);
    finding.kind = model::finding_kind::growth;
    finding.blocks = static_cast<std::uint64_t>(std::max<std::int64_t>(each.entries, 0));
    finding.bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(each.bytes, 0));
    finding.growth = each.growth;
    finding.runtime = code_.is_runtime_only(all_.sites[each.sites.front()].stack);
    finding.title = title_of(finding);
    return finding;
  }

  model::finding describe(held_containers& held, const judged& each, bool exactly) {
    const held_container& of = *each.held;
    model::finding finding = describe_site(numbers_of(of.sites));
    finding.kind = model::finding_kind::cache;
    if (!of.owner.empty()) {
      finding.fingerprint = fingerprint_of_edges({"cache", of.owner, of.container}).digits;
      finding.weak = false;
    }
    finding.still = moment_.still;
    finding.type = view_->type_name(of.example);
    finding.blocks = of.ages_ms.size();
    finding.bytes = of.bytes;
    finding.growth = each.growth;
    finding.cache = describe_cache(of, each);
    if (exactly) {
      finding.retained = sum_of(held.retained_by({&of}));
      finding.cache->retained_bytes = finding.retained->bytes;
    }
    finding.path = held.path_to(of.example);
    add_inserting(finding, of);
    finding.title = title_of(finding);
    return finding;
  }

  model::cache describe_cache(const held_container& of, const judged& each) const {
    model::cache cache;
    cache.container = of.container;
    cache.owner = of.owner;
    cache.entries = of.entries;
    cache.retained_bytes = of.bytes;
    cache.value_type = view_->type_name(of.example);
    if (each.exclusive && !of.by_bytes && of.entries == of.ages_ms.size()) {
      cache.inserted = std::max(births(each.sites), *of.entries);
      cache.evicted = *cache.inserted - *of.entries;
    }
    if (!of.by_bytes && !of.ages_ms.empty()) {
      std::vector<std::uint32_t> ages = of.ages_ms;
      const auto middle = ages.begin() + static_cast<std::ptrdiff_t>(ages.size() / 2);
      std::nth_element(ages.begin(), middle, ages.end());
      cache.median_age_ms = *middle;
      cache.oldest_ms = *std::ranges::max_element(ages);
    }
    add_probe(of, cache);
    return cache;
  }

  // What the program itself counts of it.
  void add_probe(const held_container& of, model::cache& cache) const {
    for (const std::uint64_t address : of.addresses) {
      const capture::cache_row* probe =
          probe_at(all_, moment_.process, address, address + 1, moment_.at_ms);
      if (probe != nullptr) {
        const model::cache told = describe_probe(all_, *probe);
        cache.probe = told.owner;
        cache.inserted = told.inserted;
        cache.evicted = told.evicted;
        cache.hits = told.hits;
        cache.misses = told.misses;
        cache.never_hit = told.never_hit;
        cache.evicted_by_age = told.evicted_by_age;
        return;
      }
    }
  }

  // Until the still. After exit_begin destructors run, which make nothing: the last counters hold.
  std::uint64_t births(const std::vector<std::uint32_t>& sites) const {
    if (all_.stills[moment_.still].trigger != ledger::graph::trigger::exit_begin) {
      return series_.births(sites);
    }
    std::uint64_t sum = 0;
    for (const capture::counter_row& row : all_.counters) {
      const bool is_one =
          row.process == moment_.process && std::ranges::binary_search(sites, row.site);
      sum += is_one ? row.allocations : 0;
    }
    return sum;
  }

  model::block_sum sum_of(const std::vector<bool>& blocks) const {
    model::block_sum sum;
    for (std::uint32_t block = 0; block < blocks.size(); ++block) {
      if (blocks[block]) {
        sum += model::block_sum{1, view_->graph().bytes_of(block)};
      }
    }
    return sum;
  }

  // The other stacks that insert.
  void add_inserting(model::finding& finding, const held_container& of) const {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> most;
    for (const auto& [site, blocks] : of.sites) {
      most.emplace_back(blocks, site);
    }
    std::ranges::sort(most, std::greater<>());
    std::vector<std::uint32_t> shown = {0};
    for (const auto& [blocks, site] : most) {
      const std::uint32_t stack = code_.visible_stack(all_.sites[site].stack);
      if (shown.size() <= most_inserting && std::ranges::find(shown, stack) == shown.end()) {
        shown.push_back(stack);
        if (shown.size() > 2) {
          finding.stacks.push_back({"inserted", code_.stack(all_.sites[site].stack)});
        } else {
          finding.allocated = code_.stack(all_.sites[site].stack);
        }
      }
    }
  }

  code_index& code_;
  const capture::contents& all_;
  const site_series& series_;
  const std::vector<growing_site>& growing_;
  const heap_view* view_;
  growth_moment moment_;
  growth_options options_;
  const std::string& exe_;
  std::vector<bool> is_growing_;                               // by site
  std::vector<std::uint32_t> like_;                            // by site
  std::map<std::uint32_t, std::vector<std::uint32_t>> alike_;  // by the first of a look
  std::vector<std::uint64_t> explained_;                       // by site: blocks
  std::vector<std::uint64_t> lost_;
  std::vector<std::uint64_t> bounded_;
  std::uint64_t largest_bounded_ = 0;  // entries
  std::map<std::uint32_t, std::uint64_t> alive_;
  std::vector<model::finding> made_;
};

}  // namespace

std::vector<growing_site> find_growing_sites(code_index& code, const capture::contents& all,
                                             const site_series& series) {
  std::map<look, std::vector<std::uint32_t>> looks;
  for (const std::uint32_t site : series.sites()) {
    looks[{code.visible_stack(all.sites[site].stack), all.sites[site].function}].push_back(site);
  }
  std::vector<growing_site> found;
  for (auto& [its, sites] : looks) {
    const auto points = series.of(sites);
    model::growth growth = judge_growth(points);
    if (growth.verdict == growth_verdict::growing) {
      growth.series = series_of(points);
      found.push_back(
          {std::move(sites), std::move(growth), points.back().entries, points.back().bytes});
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const growing_site& a, const growing_site& b) {
    return a.growth.bytes_per_s > b.growth.bytes_per_s;
  });
  return found;
}

std::vector<model::finding> find_growth(code_index& code, const capture::contents& all,
                                        const growth_evidence& evidence,
                                        const std::vector<growing_site>& growing,
                                        const growth_moment& moment,
                                        const growth_options& options) {
  return finder(code, all, evidence, growing, moment, options).find();
}

}  // namespace track::analysis
