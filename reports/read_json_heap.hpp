// What a still told, read back from the contract's JSON: classes, cycles, paths. Floor 4.
//
// Private to reports/: read_json.cpp puts reports together from it. Throws misplaced_value for what
// no report has. Pure.
#pragma once

#include <optional>

#include "libtrack/model/report.hpp"
#include "reports/json_place.hpp"

namespace track::reports {

std::optional<model::heap_classes> heap_at(const json_place& at);
model::still still_at(const json_place& at);
model::rare<model::cycle> cycle_at(const json_place& at);
model::rare<model::cache> cache_at(const json_place& at);
model::rare<model::growth> growth_at(const json_place& at);
std::optional<model::path> path_at(const json_place& at);
model::suppression_uses uses_at(const json_place& at);

}  // namespace track::reports
