// A report as one HTML file that needs nothing else: no network, no other file. Floor 4.
//
// The page is reports/html, bundled when libtrack is built; here its data is put in, compressed and
// as base64, so that no name of a capture is ever markup. A content security policy lets only the
// page's own script and style run. Browsers from 2023 on read it (DecompressionStream).
// shape: the data is reports/html/DATA.md.
// cost: linear; the memory of the JSON form besides the report.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "libtrack/model/charts.hpp"
#include "libtrack/model/report.hpp"

namespace track::reports {

struct source_excerpt {
  std::uint32_t first_line = 1;
  std::vector<std::string> lines;
};
// By file, as the findings name it, and the line that it is about.
using source_excerpts = std::map<std::pair<std::string, std::uint32_t>, source_excerpt>;

struct html_extras {
  std::string name;          // of what was read, for the heading; may be empty
  std::string capture = {};  // that commands may be asked about, as a word for the shell
  model::charts charts = {};
  source_excerpts sources = {};
};

// False: libtrack was built without npm. Then there is no page, and `why_no_html` says what to do.
bool has_html();
inline constexpr const char* why_no_html =
    "this track was built without its HTML page: npm was missing, or `npm ci` in reports/html was "
    "not run; with both, build it again (all other formats work)";

// errors: none; has_html() must be true. Names may be any bytes.
std::string render_html(const model::report& report, const html_extras& extras);

}  // namespace track::reports
