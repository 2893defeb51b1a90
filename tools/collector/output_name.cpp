#include "tools/collector/output_name.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>

#include <time.h>

namespace track::tools {
namespace {

std::string base_name(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return name.empty() ? "program" : name;
}

std::string time_stamp() {
  const time_t now = ::time(nullptr);
  tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  const std::size_t size = strftime(text, sizeof text, "%Y%m%dT%H%M%S", &parts);
  return std::string(text, size);
}

// Expands `%q{VAR}` whose `q` stands at `at`; moves `at` to the closing brace.
result<std::string> expand_variable(const std::string& pattern, std::size_t& at) {
  const std::size_t end = pattern.find('}', at);
  if (pattern.compare(at + 1, 1, "{") != 0 || end == std::string::npos) {
    return error{error_code::usage, "-o " + pattern + ": %q needs a variable: %q{VAR}"};
  }
  const std::string variable = pattern.substr(at + 2, end - at - 2);
  const char* value = std::getenv(variable.c_str());
  if (value == nullptr) {
    return error{error_code::usage, "-o " + pattern + ": the variable " + variable + " is not set"};
  }
  at = end;
  return std::string(value);
}

bool is_taken(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::symlink_status(path, ignored)) ||
         std::filesystem::exists(std::filesystem::symlink_status(path + ".partial", ignored));
}

}  // namespace

result<std::string> expand_name(const std::string& pattern, const name_parts& parts) {
  std::string name;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '%') {
      name.push_back(pattern[at]);
      continue;
    }
    const char letter = ++at < pattern.size() ? pattern[at] : '\0';
    if (letter == 'p') {
      name += std::to_string(parts.pid);
    } else if (letter == 'n') {
      name += base_name(parts.program);
    } else if (letter == 'h') {
      name += parts.host;
    } else if (letter == 't') {
      name += time_stamp();
    } else if (letter == '%') {
      name.push_back('%');
    } else if (letter == 'q') {
      auto value = expand_variable(pattern, at);
      if (!value) {
        return value.failure();
      }
      name += *value;
    } else {
      return error{error_code::usage,
                   "-o " + pattern + ": after % stands one of p n h t q{VAR} or %"};
    }
  }
  if (name.empty()) {
    return error{error_code::usage, "-o: the name is empty"};
  }
  return name;
}

std::string default_name(const name_parts& parts) {
  return base_name(parts.program) + "." + std::to_string(parts.pid) + ".track";
}

std::string free_name(const std::string& path) {
  constexpr std::string_view suffix = ".track";
  const bool usual = path.ends_with(suffix);
  const std::string stem = usual ? path.substr(0, path.size() - suffix.size()) : path;
  std::string candidate = path;
  for (unsigned number = 2; is_taken(candidate); ++number) {
    candidate = stem + "." + std::to_string(number) + std::string(usual ? suffix : "");
  }
  return candidate;
}

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? std::string(name) : std::string("localhost");
}

std::string absolute_path(const std::string& path) {
  std::error_code failure;
  const auto absolute = std::filesystem::absolute(path, failure);
  return failure ? path : absolute.string();
}

}  // namespace track::tools
