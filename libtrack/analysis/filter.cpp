#include "libtrack/analysis/filter.hpp"

#include <algorithm>
#include <string_view>

#include "libtrack/analysis/function_name.hpp"
#include "libtrack/support/text.hpp"

namespace track::analysis {
namespace {

// Including globs are alternatives; any excluding one decides.
template <typename Things, typename Matches>
bool admits_list(const std::vector<std::string>& globs, const Things& things, Matches&& matches) {
  bool any_including = false;
  bool included = false;
  for (const std::string& glob : globs) {
    const bool negated = glob.starts_with('!');
    const std::string_view pattern = std::string_view(glob).substr(negated ? 1 : 0);
    const bool found = std::any_of(things.begin(), things.end(),
                                   [&](const auto& thing) { return matches(pattern, thing); });
    if (negated && found) {
      return false;
    }
    any_including = any_including || !negated;
    included = included || (!negated && found);
  }
  return included || !any_including;
}

bool module_matches(std::string_view pattern, const model::frame& frame) {
  return glob_match(pattern, frame.module);
}

bool function_matches(std::string_view pattern, const model::frame& frame) {
  return !frame.function.empty() &&
         (glob_match(pattern, frame.function) || glob_match(pattern, reduced_name(frame.function)));
}

bool file_matches(std::string_view pattern, const model::frame& frame) {
  return !frame.file.empty() &&
         (glob_match(pattern, frame.file) || glob_match(pattern, file_name(frame.file)));
}

std::vector<std::string> if_any(const std::string& text) {
  return text.empty() ? std::vector<std::string>() : std::vector{text};
}

// That of the finding and of all members of a cycle.
std::vector<std::string> types_of(const model::finding& finding) {
  std::vector<std::string> types;
  if (!finding.type.empty()) {
    types.push_back(finding.type);
  }
  if (finding.cycle) {
    for (const model::cycle_member& member : finding.cycle->members) {
      types.push_back(member.type);
    }
  }
  return types;
}

}  // namespace

bool admits_stack(const filter& wanted, const model::stack& frames) {
  return admits_list(wanted.modules, frames, module_matches) &&
         admits_list(wanted.functions, frames, function_matches) &&
         admits_list(wanted.files, frames, file_matches);
}

bool admits(const filter& wanted, const model::finding& finding) {
  if (!wanted.kinds.empty() &&
      std::find(wanted.kinds.begin(), wanted.kinds.end(), finding.kind) == wanted.kinds.end()) {
    return false;
  }
  if (finding.bytes < wanted.min_bytes) {
    return false;
  }
  if (!admits_list(wanted.types, types_of(finding), glob_match) ||
      !admits_list(wanted.labels, if_any(finding.label), glob_match) ||
      !admits_list(wanted.tests, if_any(finding.test), glob_match)) {
    return false;
  }
  const bool from_release = finding.allocated.empty() && !finding.stacks.empty();
  return admits_stack(wanted, from_release ? finding.stacks.front().frames : finding.allocated);
}

}  // namespace track::analysis
