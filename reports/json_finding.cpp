#include "reports/json_finding.hpp"

#include <utility>

namespace track::reports {
using json = ordered_json;

json frame_of(const model::frame& frame) {
  return {{"function", text_or_null(frame.function)},
          {"file", text_or_null(frame.file)},
          {"line", or_null(frame.line)},
          {"module", text_or_null(frame.module)},
          {"offset", or_null(frame.offset)},
          {"inlined", frame.inlined},
          {"unloaded", frame.unloaded}};
}

json frames_of(const model::stack& frames) {
  json list = json::array();
  for (const model::frame& frame : frames) {
    list.push_back(frame_of(frame));
  }
  return list;
}

namespace {

json mismatch_of(const model::rare<model::mismatch>& mismatch) {
  if (!mismatch) {
    return nullptr;
  }
  return {{"class", name_of(mismatch->kind)},
          {"released_by", mismatch->released_by},
          {"certain", mismatch->certain},
          {"size_given", or_null(mismatch->size_given)},
          {"first_at_ms", or_null(mismatch->first_at_ms)}};
}

json age_of(const std::optional<model::age>& age) {
  if (!age) {
    return nullptr;
  }
  return {{"min", or_null(age->min_ms)},
          {"median", or_null(age->median_ms)},
          {"max", or_null(age->max_ms)}};
}

json cycle_of(const model::rare<model::cycle>& cycle) {
  if (!cycle) {
    return nullptr;
  }
  json members = json::array();
  for (const model::cycle_member& member : cycle->members) {
    members.push_back(
        {{"type", text_or_null(member.type)}, {"count", member.count}, {"bytes", member.bytes}});
  }
  json edges = json::array();
  for (const model::cycle_edge& edge : cycle->edges) {
    edges.push_back({{"from", edge.from},
                     {"field", text_or_null(edge.field)},
                     {"offset", edge.offset},
                     {"to", edge.to},
                     {"kind", name_of(edge.kind)}});
  }
  json weaken = json::array();
  for (const model::cycle_advice& advice : cycle->weaken) {
    weaken.push_back({{"member", advice.member},
                      {"type", text_or_null(advice.type)},
                      {"field", text_or_null(advice.field)},
                      {"why", advice.why}});
  }
  return {{"members", members},
          {"edges", edges},
          {"count", cycle->count},
          {"proven", cycle->proven},
          {"unexplained", or_null(cycle->unexplained)},
          {"weaken", weaken}};
}

json evictions_of(const std::optional<model::evictions_by_age>& evictions) {
  return evictions ? json(*evictions) : json();
}

json cache_of(const model::rare<model::cache>& cache) {
  if (!cache) {
    return nullptr;
  }
  return {{"container", text_or_null(cache->container)},
          {"owner", text_or_null(cache->owner)},
          {"entries", or_null(cache->entries)},
          {"inserted", or_null(cache->inserted)},
          {"evicted", or_null(cache->evicted)},
          {"retained_bytes", cache->retained_bytes},
          {"oldest_ms", or_null(cache->oldest_ms)},
          {"median_age_ms", or_null(cache->median_age_ms)},
          {"hits", or_null(cache->hits)},
          {"misses", or_null(cache->misses)},
          {"value_type", text_or_null(cache->value_type)},
          {"probe", text_or_null(cache->probe)},
          {"never_hit", or_null(cache->never_hit)},
          {"evicted_by_age", evictions_of(cache->evicted_by_age)}};
}

json growth_of(const model::rare<model::growth>& growth) {
  if (!growth) {
    return nullptr;
  }
  json series = json::array();
  for (const model::growth_point& each : growth->series) {
    series.push_back({each.at_ms, each.entries, each.bytes});
  }
  const bool decided = growth->verdict != model::growth_verdict::undecided;
  return {{"entries_per_s", or_null(growth->entries_per_s)},
          {"bytes_per_s", or_null(growth->bytes_per_s)},
          {"entries_per_million_allocations", or_null(growth->entries_per_million)},
          {"verdict", name_of(growth->verdict)},
          {"confidence", decided ? json(growth->confidence) : json()},
          {"why", growth->why},
          {"series", series}};
}

json location_of(const model::frame& frame) {
  return {{"function", text_or_null(frame.function)},
          {"file", text_or_null(frame.file)},
          {"line", or_null(frame.line)},
          {"module", text_or_null(frame.module)}};
}

}  // namespace

json path_of(const std::optional<model::path>& path) {
  if (!path) {
    return nullptr;
  }
  json steps = json::array();
  for (const model::path_step& step : *path) {
    json shown = {{"kind", name_of(step.kind)}};
    if (step.kind == model::step_kind::heap) {
      shown["type"] = text_or_null(step.type);
      shown["allocated_in"] = text_or_null(step.allocated_in);
    } else {
      shown["name"] = text_or_null(step.name);
      shown["module"] = text_or_null(step.module);
      shown["thread"] = or_null(step.thread_id);
    }
    shown["field"] = text_or_null(step.field);
    shown["offset"] = or_null(step.offset);
    shown["address"] = or_null(step.address);
    steps.push_back(std::move(shown));
  }
  return steps;
}

json json_of(const model::still& still) {
  return {{"still", still.number},         {"process", still.process},   {"trigger", still.trigger},
          {"at_ms", or_null(still.at_ms)}, {"pause_ms", still.pause_ms}, {"blocks", still.blocks},
          {"bytes", still.bytes}};
}

json json_of(const model::finding& finding) {
  return json_of(finding, frames_of(finding.allocated));
}

json json_of(const model::finding& finding, ordered_json stack) {
  json stacks = json::array();
  for (const model::named_stack& each : finding.stacks) {
    stacks.push_back({{"role", each.role}, {"frames", frames_of(each.frames)}});
  }
  json made = {{"kind", name_of(finding.kind)},
               {"fingerprint", finding.fingerprint},
               {"weak", finding.weak},
               {"processes", finding.processes},
               {"still", or_null(finding.still)},
               {"title", finding.title},
               {"test", text_or_null(finding.test)},
               {"label", text_or_null(finding.label)},
               {"tag", text_or_null(finding.tag)},
               {"type", text_or_null(finding.type)},
               {"tracked", finding.tracked},
               {"blocks", finding.blocks},
               {"bytes", finding.bytes},
               {"retained_blocks", finding.retained ? json(finding.retained->blocks) : json()},
               {"retained_bytes", finding.retained ? json(finding.retained->bytes) : json()},
               {"age_ms", age_of(finding.age_ms)},
               {"overdue_ms", or_null(finding.overdue_ms)},
               {"suppressed", finding.suppressed},
               {"allocated_by", text_or_null(finding.allocated_by)},
               {"unloaded_module", text_or_null(finding.unloaded_module)},
               {"location", finding.location ? location_of(*finding.location) : json()},
               {"owner", finding.runtime ? "runtime" : "program"},
               {"proven", finding.proven},
               {"stack", std::move(stack)},
               {"stacks", stacks},
               {"mismatch", mismatch_of(finding.mismatch)},
               {"cycle", cycle_of(finding.cycle)},
               {"cache", cache_of(finding.cache)},
               {"growth", growth_of(finding.growth)},
               {"path", path_of(finding.path)}};
  if (finding.group) {
    made["group"] = {{"name", text_or_null(finding.group->name)},
                     {"findings", finding.group->findings}};
  }
  if (finding.state) {
    made["state"] = name_of(*finding.state);
    made["baseline"] = finding.baseline
                           ? json{{"min", finding.baseline->min}, {"max", finding.baseline->max}}
                           : json();
  }
  return made;
}

}  // namespace track::reports
