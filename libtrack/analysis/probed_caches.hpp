// Caches that the program probes itself, as findings. Floor 5.
//
// What happened in a cache only its program knows: hits and misses, what was evicted and how old it
// was. Looks at contents that must outlive what it returns. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "libtrack/analysis/code_index.hpp"
#include "libtrack/capture/contents.hpp"
#include "libtrack/model/report.hpp"

namespace track::analysis {

// The probe of a container whose object lies in [begin, end) in this process. Of several (an
// address that was used again) the one that lived at `at_ms`, else the youngest. Null: none.
const capture::cache_row* probe_at(const capture::contents& all, std::uint64_t process,
                                   std::uint64_t begin, std::uint64_t end,
                                   std::uint64_t at_ms = ~std::uint64_t{0});

// What a probe counted; the container, and what it retains, are not told.
model::cache describe_probe(const capture::contents& all, const capture::cache_row& probe);

// One finding of kind cache for every probe, those included whose cache is gone. Nothing is said
// about growth.
std::vector<model::finding> find_probed(const capture::contents& all, code_index& code);

}  // namespace track::analysis
