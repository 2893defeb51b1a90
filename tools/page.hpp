// What the HTML page of a report shows beside findings. Floor 6.
#pragma once

#include <string>

#include "libtrack/model/charts.hpp"
#include "libtrack/model/report.hpp"

namespace track::tools {

struct page {
  std::string name;     // of what was read
  std::string capture;  // that every command may be asked about, as a word for the shell
  model::charts charts;
  std::string source_root;  // whose lines are embedded; empty: none are
};

std::string render_page(const model::report& report, const page& beside);

}  // namespace track::tools
