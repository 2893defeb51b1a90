#include "libtrack/analysis/probed_caches.hpp"

#include <algorithm>
#include <utility>

#include "libtrack/analysis/findings.hpp"

namespace track::analysis {
namespace {

bool lived_at(const capture::cache_row& probe, std::uint64_t at_ms) {
  return probe.born_at_ms <= at_ms && (!probe.ended_at_ms || *probe.ended_at_ms >= at_ms);
}

}  // namespace

const capture::cache_row* probe_at(const capture::contents& all, std::uint64_t process,
                                   std::uint64_t begin, std::uint64_t end, std::uint64_t at_ms) {
  const capture::cache_row* best = nullptr;
  const auto rank = [at_ms](const capture::cache_row& probe) {
    return std::pair(lived_at(probe, at_ms), probe.serial);
  };
  for (const capture::cache_row& probe : all.caches) {
    if (probe.process == process && probe.address && *probe.address >= begin &&
        *probe.address < end && (best == nullptr || rank(probe) > rank(*best))) {
      best = &probe;
    }
  }
  return best;
}

model::cache describe_probe(const capture::contents& all, const capture::cache_row& probe) {
  model::cache cache;
  cache.owner = all.object_names[probe.name];
  const std::uint64_t gone = probe.evictions + probe.erased;
  cache.entries = probe.size.value_or(probe.inserts - std::min(probe.inserts, gone));
  cache.inserted = probe.inserts;
  cache.evicted = probe.evictions;
  cache.hits = probe.hits;
  cache.misses = probe.misses;
  cache.never_hit = probe.never_hit;
  if (std::ranges::any_of(probe.ages, [](std::uint64_t count) { return count != 0; })) {
    cache.evicted_by_age = probe.ages;
  }
  return cache;
}

std::vector<model::finding> find_probed(const capture::contents& all, code_index& code) {
  std::vector<model::finding> findings;
  for (const capture::cache_row& probe : all.caches) {
    model::finding finding;
    finding.kind = model::finding_kind::cache;
    finding.cache = describe_probe(all, probe);
    finding.cache->container = "cache_probe";
    finding.cache->probe = finding.cache->owner;
    finding.fingerprint =
        fingerprint_of_edges({"cache", finding.cache->owner, finding.cache->container}).digits;
    finding.processes = {probe.process};
    finding.allocated = code.stack(probe.stack);
    finding.title = title_of(finding);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace track::analysis
