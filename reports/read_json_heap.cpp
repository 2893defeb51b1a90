#include "reports/read_json_heap.hpp"

#include <utility>
#include <vector>

namespace track::reports {
namespace {

model::block_sum sum_at(const json_place& at) {
  return {at["blocks"].count(), at["bytes"].count()};
}

model::cycle_edge edge_at(const json_place& at, std::size_t members) {
  model::cycle_edge edge;
  edge.from = at["from"].count<std::size_t>();
  edge.to = at["to"].count<std::size_t>();
  if (edge.from >= members || edge.to >= members) {
    at.refuse("between members");
  }
  edge.field = at["field"].text();
  edge.offset = at["offset"].count();
  edge.kind = static_cast<model::edge_kind>(at["kind"].one_of({"strong", "raw", "unknown"}));
  return edge;
}

std::vector<model::suppression_use> list_at(const json_place& at) {
  std::vector<model::suppression_use> uses;
  if (!at.is_null()) {
    at.for_each([&uses](const json_place& each) {
      uses.push_back({each["name"].text(), each["file"].text(), each["line"].count(),
                      each["owner"].text(), each["until"].text(), each["findings"].count(),
                      each["blocks"].count(), each["bytes"].count()});
    });
  }
  return uses;
}

}  // namespace

std::optional<model::heap_classes> heap_at(const json_place& at) {
  if (at.is_null()) {
    return std::nullopt;
  }
  return model::heap_classes{sum_at(at["definitely_lost"]), sum_at(at["indirectly_lost"]),
                             sum_at(at["possibly_lost"]), sum_at(at["still_reachable"]),
                             sum_at(at["suppressed"])};
}

model::still still_at(const json_place& at) {
  model::still still;
  still.number = at["still"].count();
  still.process = at["process"].count();
  still.trigger = at["trigger"].text();
  still.at_ms = at["at_ms"].optional_count();
  still.pause_ms = at["pause_ms"].real();
  still.blocks = at["blocks"].count();
  still.bytes = at["bytes"].count();
  return still;
}

model::rare<model::cycle> cycle_at(const json_place& at) {
  if (at.is_null()) {
    return std::nullopt;
  }
  model::cycle cycle;
  at["members"].for_each([&cycle](const json_place& each) {
    cycle.members.push_back({each["type"].text(), each["count"].count(), each["bytes"].count()});
  });
  at["edges"].for_each([&cycle](const json_place& each) {
    cycle.edges.push_back(edge_at(each, cycle.members.size()));
  });
  cycle.count = at["count"].count();
  cycle.proven = at["proven"].flag();
  cycle.unexplained = at["unexplained"].optional_count();
  at["weaken"].for_each([&cycle](const json_place& each) {
    cycle.weaken.push_back({each["member"].count<std::size_t>(), each["type"].text(),
                            each["field"].text(), each["why"].text()});
    if (cycle.weaken.back().member >= cycle.members.size()) {
      each["member"].refuse("a member");
    }
  });
  return cycle;
}

namespace {

std::optional<model::evictions_by_age> evictions_at(const json_place& at) {
  if (at.is_null()) {
    return std::nullopt;
  }
  model::evictions_by_age evictions{};
  std::size_t count = 0;
  at.for_each([&](const json_place& each) {
    if (count == evictions.size()) {
      at.refuse("evictions by age");
    }
    evictions[count++] = each.count();
  });
  return evictions;
}

}  // namespace

model::rare<model::cache> cache_at(const json_place& at) {
  if (at.is_null()) {
    return std::nullopt;
  }
  model::cache cache;
  cache.container = at["container"].text();
  cache.owner = at["owner"].text();
  cache.entries = at["entries"].optional_count();
  cache.inserted = at["inserted"].optional_count();
  cache.evicted = at["evicted"].optional_count();
  cache.retained_bytes = at["retained_bytes"].optional_count().value_or(0);
  cache.oldest_ms = at["oldest_ms"].optional_count();
  cache.median_age_ms = at["median_age_ms"].optional_count();
  cache.hits = at["hits"].optional_count();
  cache.misses = at["misses"].optional_count();
  cache.value_type = at["value_type"].text();
  cache.probe = at["probe"].text();
  cache.never_hit = at["never_hit"].optional_count();
  cache.evicted_by_age = evictions_at(at["evicted_by_age"]);
  return cache;
}

model::rare<model::growth> growth_at(const json_place& at) {
  if (at.is_null()) {
    return std::nullopt;
  }
  const auto real_at = [](const json_place& each) {
    return each.is_null() ? std::nullopt : std::optional(each.real());
  };
  model::growth growth;
  growth.entries_per_s = real_at(at["entries_per_s"]);
  growth.bytes_per_s = real_at(at["bytes_per_s"]);
  growth.entries_per_million = real_at(at["entries_per_million_allocations"]);
  growth.verdict = static_cast<model::growth_verdict>(
      at["verdict"].one_of({"growing", "not_growing", "undecided"}));
  growth.confidence = real_at(at["confidence"]).value_or(0);
  growth.why = at["why"].text();
  at["series"].for_each([&growth](const json_place& each) {
    std::vector<std::int64_t> numbers;
    each.for_each([&numbers](const json_place& number) { numbers.push_back(number.number()); });
    if (numbers.size() != 3 || numbers[0] < 0) {
      each.refuse("a moment, entries and bytes");
    }
    growth.series.push_back({static_cast<std::uint64_t>(numbers[0]), numbers[1], numbers[2]});
  });
  return growth;
}

std::optional<model::path> path_at(const json_place& at) {
  if (at.is_null()) {
    return std::nullopt;
  }
  model::path path;
  at.for_each([&path](const json_place& each) {
    model::path_step step;
    step.kind = static_cast<model::step_kind>(
        each["kind"].one_of({"global", "stack", "tls", "register", "heap"}));
    step.name = each["name"].text();
    step.module = each["module"].text();
    step.type = each["type"].text();
    step.field = each["field"].text();
    step.offset = each["offset"].optional_count();
    step.address = each["address"].optional_count();
    step.allocated_in = each["allocated_in"].text();
    step.thread_id = each["thread"].optional_count();
    path.push_back(std::move(step));
  });
  return path;
}

model::suppression_uses uses_at(const json_place& at) {
  model::suppression_uses uses;
  uses.used = list_at(at["used"]);
  uses.unused = list_at(at["unused"]);
  uses.expired = list_at(at["expired"]);
  uses.other_kinds = at["other_kinds"].optional_count().value_or(0);
  return uses;
}

}  // namespace track::reports
