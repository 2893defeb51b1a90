// GitLab's code quality report: a JSON array of what counts. Floor 4.
//
// Of a judged report what is new, grown or changed; of others all but survivors; never what is
// suppressed, fixed or of the runtimes. Evidence that is missing is an entry of its own, so that an
// empty list says that nothing was found. Paths are relative to the repository: `--source-root`
// makes them so. Ends with a line feed.
// source: GitLab, "Code Quality", section "Code Quality report format".
#pragma once

#include <string>

#include "libtrack/model/report.hpp"

namespace track::reports {

std::string render_gitlab(const model::report& report);

}  // namespace track::reports
