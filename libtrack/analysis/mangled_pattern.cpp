#include "libtrack/analysis/mangled_pattern.hpp"

#include <cstdlib>
#include <memory>

#include <cxxabi.h>

#include "libtrack/support/text.hpp"

namespace track::analysis {
namespace {

struct freed {
  void operator()(char* text) const { std::free(text); }
};

std::string demangled(const std::string& mangled) {
  int status = 0;
  const std::unique_ptr<char, freed> text(
      abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status));
  return status == 0 && text ? std::string(text.get()) : std::string();
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "_ZN3net4pool*" → "net::pool*": whole names only, then anything.
std::string scopes_of(std::string_view mangled) {
  mangled.remove_prefix(2);
  if (mangled.starts_with('N')) {
    mangled.remove_prefix(1);
    while (mangled.starts_with('K') || mangled.starts_with('V')) {
      mangled.remove_prefix(1);
    }
  }
  std::string scopes;
  if (mangled.starts_with("St")) {
    scopes = "std";
    mangled.remove_prefix(2);
  }
  while (!mangled.empty() && is_digit(mangled.front())) {
    std::size_t length = 0;
    for (; !mangled.empty() && is_digit(mangled.front()) && length < 10000;
         mangled.remove_prefix(1)) {
      length = length * 10 + static_cast<std::size_t>(mangled.front() - '0');
    }
    const std::string_view name = mangled.substr(0, length);
    if (name.size() < length || name.find_first_of("*?") != std::string_view::npos) {
      scopes += scopes.empty() ? "" : "::";
      scopes += name.substr(0, name.find_first_of("*?"));
      break;
    }
    scopes += scopes.empty() ? "" : "::";
    scopes += name;
    mangled.remove_prefix(length);
  }
  return scopes.empty() ? scopes : scopes + "*";
}

}  // namespace

std::string demangled_pattern(std::string_view pattern) {
  if (!pattern.starts_with("_Z")) {
    return {};
  }
  return pattern.find_first_of("*?") == std::string_view::npos ? demangled(std::string(pattern))
                                                               : scopes_of(pattern);
}

std::string demangled_type(std::string_view mangled) {
  mangled.remove_prefix(mangled.starts_with('*') ? 1 : 0);
  return mangled.empty() ? std::string() : demangled(std::string(mangled));
}

bool wildcard_matches(std::string_view pattern, std::string_view text) {
  // Brackets of "operator new[]" are no sets here.
  std::string glob;
  for (const char c : pattern) {
    if (c == '[' || c == '\\') {
      glob += '\\';
    }
    glob += c;
  }
  return glob_match(glob, text);
}

}  // namespace track::analysis
