// Reports in the formats that people and machines ask for, by their names. Floor 6.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libtrack/model/report.hpp"
#include "libtrack/support/result.hpp"
#include "reports/text.hpp"
#include "tools/page.hpp"

namespace track::tools {

// Of findings: json, html, sarif, junit, gitlab, github, markdown; text is each command's own.
bool is_finding_format(std::string_view format);
// "text|json|…", for the help.
std::string finding_formats();

// `text`: renders the text format. `beside`: what a page shows besides.
template <typename Text>
std::string render_findings(const model::report& report, const std::string& format,
                            const page& beside, Text&& text);
// Any but text.
std::string render_other(const model::report& report, std::string_view format, const page& beside);

template <typename Text>
std::string render_findings(const model::report& report, const std::string& format,
                            const page& beside, Text&& text) {
  return format == "text" ? std::forward<Text>(text)() : render_other(report, format, beside);
}

// Where else a command writes its report: format and file.
using output_files = std::vector<std::pair<std::string, std::string>>;

// errors: usage: two formats for one file. `output`: of -o, may be empty.
result<void> check_output_files(const output_files& files, const std::string& output);
// Also behind one that cannot be written. errors: output; all but the last are complained of.
result<void> write_output_files(const model::report& report, const output_files& files,
                                const page& beside);

// Annotations for GitHub's log on stdout, and a summary to the file that it asks it in, if it does.
// errors: output.
result<void> write_for_github(const model::report& report);

}  // namespace track::tools
