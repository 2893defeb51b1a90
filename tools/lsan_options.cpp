#include "tools/lsan_options.hpp"

#include <algorithm>
#include <charconv>

namespace track::tools {
namespace {

constexpr std::string_view separators = " ,:\n\t\r";

// Takes the value that `rest` begins with.
std::string_view take_value(std::string_view& rest) {
  const bool quoted = !rest.empty() && (rest.front() == '\'' || rest.front() == '"');
  const std::size_t start = quoted ? 1 : 0;
  const std::size_t end = quoted ? rest.find(rest.front(), 1) : rest.find_first_of(separators);
  const std::string_view value = rest.substr(start, end == rest.npos ? end : end - start);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return value;
}

}  // namespace

result<lsan_options> parse_lsan_options(std::string_view text) {
  lsan_options options;
  while (!text.empty()) {
    text.remove_prefix(std::min(text.find_first_not_of(separators), text.size()));
    const std::size_t equals = text.find('=');
    if (equals == text.npos) {
      break;
    }
    const std::string_view name = text.substr(0, equals);
    text.remove_prefix(equals + 1);
    const std::string_view value = take_value(text);
    if (name == "suppressions") {
      options.suppressions = value;
    } else if (name == "exitcode") {
      int number = 0;
      const auto parsed = std::from_chars(value.data(), value.data() + value.size(), number);
      if (parsed.ec != std::errc() || parsed.ptr != value.data() + value.size() || number < 0 ||
          number > 255) {
        return error{error_code::usage,
                     "LSAN_OPTIONS: exitcode=" + std::string(value) + " is no exit status"};
      }
      options.exitcode = number;
    }
  }
  return options;
}

}  // namespace track::tools
