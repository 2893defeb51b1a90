#include "reports/folded.hpp"

#include <map>

#include "libtrack/support/text.hpp"
#include "reports/format.hpp"

namespace track::reports {
namespace {

std::string entry_of(const std::string& name) {
  std::string text = escape_control(name);
  for (char& c : text) {
    c = c == ';' ? ':' : c;
  }
  return text;
}

std::string line_of(const model::site& site) {
  std::string line;
  for (auto frame = site.allocated.rbegin(); frame != site.allocated.rend(); ++frame) {
    line += entry_of(frame_name(*frame));
    line += ';';
  }
  return line + entry_of(site.allocated_by);
}

}  // namespace

std::string render_folded(const model::site_report& report,
                          const std::function<std::int64_t(const model::site&)>& figure) {
  std::map<std::string, std::int64_t> lines;
  for (const model::site& site : report.sites) {
    const std::int64_t value = figure(site);
    if (value > 0) {
      std::int64_t& sum = lines[line_of(site)];
      sum = value > INT64_MAX - sum ? INT64_MAX : sum + value;
    }
  }
  std::string text;
  for (const auto& [line, value] : lines) {
    text += line + " " + std::to_string(value) + "\n";
  }
  return text;
}

}  // namespace track::reports
