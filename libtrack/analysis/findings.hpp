// Findings of a capture before they are filtered, sorted and cut. Floor 5.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "libtrack/analysis/code_index.hpp"
#include "libtrack/capture/contents.hpp"
#include "libtrack/model/report.hpp"

namespace track::analysis {

// Blocks released in a way they must not be; equal ones of several processes are one.
std::vector<model::finding> find_mismatches(const capture::contents& all, code_index& code);

// Blocks alive at the end, by site; equal sites of several processes are one. A process that went
// on as another program has none, nor have those in `told`. `runtime` and `proven` tell them apart.
std::vector<model::finding> find_survivors(const capture::contents& all, code_index& code,
                                           const std::set<std::uint64_t>& told = {});

// A finding in one line, from its counts and stacks; of kinds unknown here the one it has.
std::string title_of(const model::finding& finding);

}  // namespace track::analysis
