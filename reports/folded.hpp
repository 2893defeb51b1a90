// Folded stacks, as flame graph tools read them: "main;run;make_session 4096", root first. Floor 4.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "libtrack/model/report.hpp"

namespace track::reports {

// One line a distinct stack, sorted; sites without anything of `figure` are left out. The innermost
// entry is the allocating function. Semicolons and control characters of names are escaped, since
// the form has no way to quote them.
std::string render_folded(const model::site_report& report,
                          const std::function<std::int64_t(const model::site&)>& figure);

}  // namespace track::reports
