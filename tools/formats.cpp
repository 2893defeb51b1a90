#include "tools/formats.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "reports/github.hpp"
#include "reports/gitlab.hpp"
#include "reports/json.hpp"
#include "reports/junit.hpp"
#include "reports/markdown.hpp"
#include "reports/sarif.hpp"
#include "tools/console.hpp"

namespace track::tools {
namespace {

constexpr std::string_view formats[] = {"text",  "json",   "html",   "sarif",
                                        "junit", "gitlab", "github", "markdown"};

// One file, whatever its name.
std::string identity_of(const std::string& path) {
  std::error_code failure;
  const auto whole = std::filesystem::weakly_canonical(path, failure);
  return failure ? path : whole.string();
}

}  // namespace

bool is_finding_format(std::string_view format) {
  return std::ranges::find(formats, format) != std::end(formats);
}

std::string finding_formats() {
  std::string names;
  for (const std::string_view format : formats) {
    names += (names.empty() ? "" : "|") + std::string(format);
  }
  return names;
}

std::string render_other(const model::report& report, std::string_view format, const page& beside) {
  if (format == "html") {
    return render_page(report, beside);
  }
  if (format == "sarif") {
    return reports::render_sarif(report);
  }
  if (format == "junit") {
    return reports::render_junit(report);
  }
  if (format == "gitlab") {
    return reports::render_gitlab(report);
  }
  if (format == "github") {
    return reports::render_github_annotations(report);
  }
  return format == "markdown" ? reports::render_markdown(report) : reports::render_json(report);
}

result<void> check_output_files(const output_files& files, const std::string& output) {
  std::vector<std::pair<std::string, std::string>> known;
  if (!output.empty()) {
    known.emplace_back(identity_of(output), "--output");
  }
  for (const auto& [format, file] : files) {
    const std::string identity = identity_of(file);
    for (const auto& [other, option] : known) {
      if (other == identity) {
        return error{error_code::usage, "--" + format + " and " + option + " both want '" + file +
                                            "'; give each a file of its own"};
      }
    }
    known.emplace_back(identity, "--" + format);
  }
  return {};
}

result<void> write_output_files(const model::report& report, const output_files& files,
                                const page& beside) {
  result<void> all;
  for (const auto& [format, file] : files) {
    auto written = write_output(file, render_other(report, format, beside));
    if (written) {
      continue;
    }
    if (!all) {
      complain(all.failure());
    }
    all = std::move(written);
  }
  return all;
}

result<void> write_for_github(const model::report& report) {
  if (auto written = write_output("", reports::render_github_annotations(report)); !written) {
    return written;
  }
  const char* const summary = std::getenv("GITHUB_STEP_SUMMARY");
  if (summary == nullptr || *summary == '\0') {
    return {};
  }
  // Other steps of the job may have written there.
  std::ofstream file(summary, std::ios::app | std::ios::binary);
  file << reports::render_github_summary(report);
  file.close();
  return file ? result<void>()
              : error{error_code::output, "cannot write the job's summary to '" +
                                              std::string(summary) + "': " + std::strerror(errno)};
}

}  // namespace track::tools
