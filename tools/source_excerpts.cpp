#include "tools/source_excerpts.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "libtrack/support/files.hpp"
#include "libtrack/support/text.hpp"

namespace track::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t lines_around = 6;
constexpr std::uint64_t most_file_bytes = 4u << 20;
constexpr std::size_t most_bytes = 4u << 20;
constexpr std::size_t longest_line = 400;

bool is_within(const fs::path& file, const fs::path& root) {
  return std::mismatch(root.begin(), root.end(), file.begin(), file.end()).first == root.end();
}

// No source is hidden, and what has no size is made up by the kernel.
bool is_source(const fs::path& file, const fs::path& root) {
  std::error_code failure;
  const fs::path inside = file.lexically_relative(root);
  return is_within(file, root) && fs::is_regular_file(file, failure) &&
         fs::file_size(file, failure) != 0 &&
         std::none_of(inside.begin(), inside.end(),
                      [](const fs::path& part) { return part.native().starts_with('.'); });
}

// The lines of the file; none: it may not or cannot be read.
std::optional<std::vector<std::string>> lines_of(const fs::path& root, const std::string& file) {
  std::error_code failure;
  const fs::path real = fs::canonical(root / file, failure);
  if (failure || !is_source(real, root)) {
    return std::nullopt;
  }
  const auto text = read_file(real.string(), most_file_bytes);
  if (!text) {
    return std::nullopt;
  }
  std::vector<std::string> lines;
  std::istringstream in(*text);
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) {
      line.pop_back();
    }
    lines.push_back(line.substr(0, longest_line));
  }
  return lines;
}

reports::source_excerpt around(const std::vector<std::string>& lines, std::uint32_t line) {
  const std::uint32_t first = line > lines_around ? line - lines_around : 1;
  const std::size_t end = std::min<std::size_t>(lines.size(), std::size_t{line} + lines_around);
  return {first, {lines.begin() + (first - 1), lines.begin() + static_cast<std::ptrdiff_t>(end)}};
}

std::size_t size_of(const reports::source_excerpt& excerpt) {
  std::size_t bytes = 0;
  for (const std::string& line : excerpt.lines) {
    bytes += line.size();
  }
  return bytes;
}

}  // namespace

reports::source_excerpts read_excerpts(const model::report& report, const std::string& root) {
  std::error_code failure;
  const fs::path folder = fs::canonical(root, failure);
  reports::source_excerpts excerpts;
  if (failure) {
    return excerpts;
  }
  std::map<std::string, std::optional<std::vector<std::string>>> files;
  std::size_t bytes = 0;
  for (const model::finding& finding : report.findings) {
    if (!finding.location || finding.location->file.empty() || !finding.location->line) {
      continue;
    }
    const std::string& file = finding.location->file;
    const std::uint32_t line = *finding.location->line;
    const auto [known, added] = files.try_emplace(file);
    if (added) {
      known->second = lines_of(folder, file);
    }
    if (!known->second || line == 0 || line > known->second->size() ||
        excerpts.contains({file, line})) {
      continue;
    }
    reports::source_excerpt excerpt = around(*known->second, line);
    bytes += size_of(excerpt);
    if (bytes > most_bytes) {
      break;
    }
    excerpts.emplace(std::pair(file, line), std::move(excerpt));
  }
  return excerpts;
}

}  // namespace track::tools
