#include "tools/page.hpp"

#include "reports/html.hpp"
#include "tools/source_excerpts.hpp"

namespace track::tools {

std::string render_page(const model::report& report, const page& beside) {
  reports::html_extras extras;
  extras.name = beside.name;
  extras.capture = beside.capture;
  extras.charts = beside.charts;
  if (!beside.source_root.empty()) {
    extras.sources = read_excerpts(report, beside.source_root);
  }
  return reports::render_html(report, extras);
}

}  // namespace track::tools
