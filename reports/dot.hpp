// Cycles and paths as Graphviz reads them. Floor 4.
//
// Names are escaped: they come from files of anybody. Ends with a line feed.
#pragma once

#include <string>

#include "libtrack/model/explanation.hpp"
#include "libtrack/model/report.hpp"

namespace track::reports {

// finding.cycle is there. Advised edges are dashed.
std::string render_dot(const model::finding& finding);

// All ways as one graph; equal hops are one node.
std::string render_dot(const model::explanation& explanation);

}  // namespace track::reports
