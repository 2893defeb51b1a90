#include "libtrack/analysis/test_names.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "libtrack/analysis/function_name.hpp"

namespace track::analysis {
namespace {

constexpr std::string_view digits = "0123456789";

// "ns::Suite_name_Test::TestBody" → "Suite.name". Suites have no underscore, names may.
std::string of_googletest(std::string_view function) {
  constexpr std::string_view body = "::TestBody";
  constexpr std::string_view mark = "_Test";
  if (!function.ends_with(body)) {
    return {};
  }
  function.remove_suffix(body.size());
  if (!function.ends_with(mark)) {
    return {};
  }
  function.remove_suffix(mark.size());
  const std::size_t scope = function.rfind("::");
  function.remove_prefix(scope == std::string_view::npos ? 0 : scope + 2);
  const std::size_t split = function.find('_');
  if (split == 0 || split == std::string_view::npos || split + 1 == function.size()) {
    return {};
  }
  return std::string(function.substr(0, split)) + "." + std::string(function.substr(split + 1));
}

std::string of_catch2(std::string_view function, std::string_view file) {
  for (const std::string_view mark : {"CATCH2_INTERNAL_TEST_", "C_A_T_C_H_T_E_S_T_"}) {
    const std::size_t at = function.rfind(mark);
    if (at == std::string_view::npos) {
      continue;
    }
    std::string_view number = function.substr(at + mark.size());
    number = number.substr(0, number.find_first_not_of(digits));
    return number.empty() ? std::string()
                          : (file.empty() ? "" : std::string(file_name(file)) + ", ") + "test " +
                                std::string(number);
  }
  return {};
}

std::string test_of(const model::frame& frame) {
  const std::string function = reduced_name(frame.function);
  std::string test = of_googletest(function);
  return test.empty() ? of_catch2(function, frame.file) : test;
}

}  // namespace

std::string test_of(const model::stack& frames) {
  for (const model::frame& frame : frames) {
    if (std::string test = test_of(frame); !test.empty()) {
      return test;
    }
  }
  return {};
}

void name_tests(std::vector<model::finding>& findings) {
  std::unordered_map<const model::frame*, std::string> tests;
  for (model::finding& finding : findings) {
    if (!finding.test.empty() || finding.tracked) {
      continue;
    }
    for (const model::frame& frame : finding.allocated) {
      const auto [test, is_new] = tests.try_emplace(&frame);
      if (is_new) {
        test->second = test_of(frame);
      }
      if (!test->second.empty()) {
        finding.test = test->second;
        break;
      }
    }
  }
}

}  // namespace track::analysis
