#include "libtrack/runtime/text.hpp"

namespace track::runtime {

bool matches_glob(const char* pattern, const char* pattern_end, const char* text) {
  const char* star = nullptr;
  const char* resume = nullptr;
  while (*text != 0) {
    if (pattern != pattern_end && (*pattern == '?' || (*pattern == *text && *pattern != '*'))) {
      ++pattern;
      ++text;
    } else if (pattern != pattern_end && *pattern == '*') {
      star = pattern++;
      resume = text;
    } else if (star != nullptr) {
      pattern = star + 1;
      text = ++resume;
    } else {
      return false;
    }
  }
  while (pattern != pattern_end && *pattern == '*') {
    ++pattern;
  }
  return pattern == pattern_end;
}

}  // namespace track::runtime
