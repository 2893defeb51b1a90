// Source paths as people have them: other folders than those of the build, and the one frame of a
// finding that is theirs. Floor 5. Pure functions on values.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libtrack/capture/contents.hpp"
#include "libtrack/model/report.hpp"

namespace track::analysis {

struct source_places {
  std::vector<std::pair<std::string, std::string>> maps;  // FROM, TO; the first that fits counts
  std::string root;  // absolute, without '/' at its end; empty: none
};

// The path with FROM at its beginning, as whole folders, replaced by TO.
std::string mapped_path(const source_places& places, std::string_view path);

// Maps the paths of all source files, before anything is told of them.
void map_sources(capture::contents& all, const source_places& places);
void map_sources(model::report& report, const source_places& places);

// Gives each finding its primary location: the innermost frame with a source inside the root, its
// file relative to that; none: no frame is. Without a root the innermost of user code.
void locate_findings(model::report& report, const source_places& places);

}  // namespace track::analysis
