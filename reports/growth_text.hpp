// Containers and growth in text: what they hold, how they went, what to do. Floor 4.
#pragma once

#include <string>
#include <vector>

#include "libtrack/model/report.hpp"

namespace track::reports {

// Lines below the title of a finding, each ended; `color`: paint the remedy.
std::string cache_lines(const model::cache& cache, bool color);
std::string growth_lines(const model::growth& growth, bool color);

// A line of bars, a point of the series each, from none to the largest; empty: there is no series.
std::string chart(const std::vector<model::growth_point>& series);

}  // namespace track::reports
