#include <algorithm>
#include <map>
#include <ostream>
#include <string>
#include <tuple>

#include <track/cache_probe.hpp>
#include <track/registry.hpp>

namespace track {
namespace {

constexpr std::size_t shown_at_most = 50;

struct alike {
  survivor first;
  std::size_t count = 0;
  std::size_t bytes = 0;
  std::size_t dead = 0;
  std::size_t overdue = 0;
  std::chrono::milliseconds oldest{0};
  std::chrono::milliseconds latest{0};  // of the overdue ones

  void add(const survivor& each) {
    if (count++ == 0) {
      first = each;
    }
    bytes += each.size_bytes;
    dead += each.alive ? 0 : 1;
    overdue += each.overdue ? 1 : 0;
    oldest = std::max(oldest, each.age);
    latest = std::max(latest, each.overdue_by);
  }
};

// Alike in all that is printed, the overdue first, then the largest.
std::vector<alike> grouped(const std::vector<survivor>& all) {
  using key = std::tuple<std::string_view, std::string_view, std::string_view, std::string_view,
                         call_stack>;
  std::map<key, alike> groups;
  for (const survivor& each : all) {
    groups[key(each.type, each.label, each.tag, each.test, each.stack)].add(each);
  }
  std::vector<alike> sorted;
  sorted.reserve(groups.size());
  for (const auto& [of, group] : groups) {
    sorted.push_back(group);
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const alike& a, const alike& b) {
    return std::pair(a.overdue != 0, a.bytes) > std::pair(b.overdue != 0, b.bytes);
  });
  return sorted;
}

std::string readable(std::chrono::milliseconds time) {
  const auto ms = time.count();
  return ms < 10'000 ? std::to_string(ms) + " ms" : std::to_string(ms / 1000) + " s";
}

std::string counted_bytes(std::size_t count, std::size_t bytes) {
  return std::to_string(count) + (count == 1 ? " object, " : " objects, ") + std::to_string(bytes) +
         " bytes";
}

void append(std::string& line, const char* what, std::string_view value) {
  if (!value.empty()) {
    line.append(what).append(value);
  }
}

std::string line_of(const alike& group) {
  std::string line = counted_bytes(group.count, group.bytes);
  append(line, ": ", group.first.type.empty() ? "(bytes)" : group.first.type);
  append(line, ", label ", group.first.label);
  append(line, ", tag ", group.first.tag);
  append(line, ", test ", group.first.test);
  line += ", oldest " + readable(group.oldest);
  if (group.overdue != 0) {
    line += ", " + std::to_string(group.overdue) + " overdue by up to " + readable(group.latest);
  }
  if (group.dead != 0) {
    line += ", " + std::to_string(group.dead) + " dead";
  }
  return line;
}

std::string age_text(std::size_t bucket) {
  return bucket == 0 ? "under 1 ms" : readable(eviction_ages::from(bucket)) + " and more";
}

std::string line_of(const cache_stats& cache) {
  const auto count = [](std::uint64_t n) { return std::to_string(n); };
  std::string line = "cache " + std::string(cache.name) + ": " + count(cache.size) +
                     (cache.size == 1 ? " entry, " : " entries, ") + count(cache.inserts) +
                     " inserted, " + count(cache.evictions) + " evicted";
  if (const auto youngest = cache.ages.min_bucket()) {
    line += " (youngest " + age_text(*youngest) + ", median " +
            age_text(cache.ages.median_bucket().value_or(*youngest)) + ")";
  }
  if (cache.erased != 0) {
    line += ", " + count(cache.erased) + " erased";
  }
  if (const auto ratio = cache.hit_ratio()) {
    const auto percent = static_cast<unsigned>(*ratio * 100);
    line += std::string(", hit ratio ") + (percent == 100 ? "1." : "0.") +
            (percent % 100 < 10 ? "0" : "") + count(percent % 100) + " of " +
            count(cache.hits + cache.misses);
  } else {
    line += ", never asked";
  }
  if (cache.never_hit) {
    line += ", " + count(*cache.never_hit) + " never hit";
  }
  return line;
}

}  // namespace

void report(std::ostream& out, const survivor_filter& filter) {
  const std::vector<survivor> all = survivors(filter);
  alike total;
  for (const survivor& each : all) {
    total.add(each);
  }
  out << "libtrack: " << counted_bytes(total.count, total.bytes).c_str() << " alive";
  if (total.overdue != 0) {
    out << ", " << total.overdue << " overdue";
  }
  if (total.dead != 0) {
    out << ", " << total.dead << " of them dead, their records detached";
  }
  if (const std::uint64_t lost = lost_records()) {
    out << "; incomplete, " << lost << " records found no place";
  }
  out << '\n';
  const std::vector<alike> groups = grouped(all);
  const std::size_t shown = std::min(groups.size(), shown_at_most);
  for (std::size_t i = 0; i < shown; ++i) {
    out << line_of(groups[i]) << '\n' << groups[i].first.stack;
  }
  if (groups.size() > shown) {
    out << "and " << groups.size() - shown << " smaller groups\n";
  }
  for (const cache_stats& each : cache_probes()) {
    out << line_of(each) << '\n';
  }
}

}  // namespace track
