// Reports in the formats that people and machines ask for, by their names. Floor 6.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libtrack/model/report.hpp"
#include "libtrack/support/result.hpp"
#include "reports/text.hpp"

namespace track::tools {

// Of findings: json, sarif, junit, gitlab, github, markdown; text is each command's own.
bool is_finding_format(std::string_view format);

// `text`: renders the text format.
template <typename Text>
std::string render_findings(const model::report& report, const std::string& format, Text&& text);
// Any but text.
std::string render_for_machines(const model::report& report, std::string_view format);

template <typename Text>
std::string render_findings(const model::report& report, const std::string& format, Text&& text) {
  return format == "text" ? std::forward<Text>(text)() : render_for_machines(report, format);
}

// Where else a command writes its report: format and file.
using output_files = std::vector<std::pair<std::string, std::string>>;

// errors: usage: two formats for one file. `output`: of -o, may be empty.
result<void> check_output_files(const output_files& files, const std::string& output);
// errors: output.
result<void> write_output_files(const model::report& report, const output_files& files);

// Annotations for GitHub's log on stdout, and a summary to the file that it asks it in, if it does.
// errors: output.
result<void> write_for_github(const model::report& report);

}  // namespace track::tools
