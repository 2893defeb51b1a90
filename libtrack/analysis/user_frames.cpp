#include "libtrack/analysis/user_frames.hpp"

#include <algorithm>

#include "libtrack/analysis/function_name.hpp"

namespace track::analysis {
namespace {

constexpr std::size_t most_frames = 4;
constexpr std::size_t shared_when_moved = 3;

}  // namespace

std::vector<std::string> user_frames(const model::stack& frames) {
  std::vector<std::string> found;
  for (const model::frame& frame : frames) {
    std::string name = reduced_name(frame.function);
    if (is_runtime_module(frame.module) || is_library_function(name)) {
      continue;
    }
    if (name.empty()) {
      name = frame.module + "+" + std::to_string(frame.offset.value_or(0));
    }
    if (std::find(found.begin(), found.end(), name) == found.end()) {
      found.push_back(std::move(name));
    }
    if (found.size() == most_frames) {
      break;
    }
  }
  return found;
}

frame_keys keys_of(const std::vector<std::string>& user_frames) {
  frame_keys keys;
  for (const std::string& name : user_frames) {
    std::uint64_t hash = 0xcbf29ce484222325ull;  // FNV-1a
    for (const char c : name) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
    }
    keys.push_back(static_cast<std::uint32_t>(hash ^ hash >> 32));
  }
  return keys;
}

std::size_t likeness(const frame_keys& vanished, const frame_keys& added) {
  const auto shared = static_cast<std::size_t>(
      std::count_if(vanished.begin(), vanished.end(), [&added](std::uint32_t key) {
        return std::find(added.begin(), added.end(), key) != added.end();
      }));
  const std::size_t needed =
      std::clamp<std::size_t>(std::min(vanished.size(), added.size()), 2, shared_when_moved);
  return shared >= needed ? shared : 0;
}

model::shared_frame shared_primary_frame(const model::stack& frames) {
  for (const model::shared_frame& frame : frames.shared()) {
    if (!is_runtime_module(frame->module) &&
        (frame->function.empty() || !is_library_function(reduced_name(frame->function)))) {
      return frame;
    }
  }
  return frames.empty() ? nullptr : frames.shared().front();
}

const model::frame* primary_frame(const model::stack& frames) {
  return shared_primary_frame(frames).get();
}

const model::stack& telling_stack(const model::finding& finding) {
  return finding.allocated.empty() && !finding.stacks.empty() ? finding.stacks.front().frames
                                                              : finding.allocated;
}

}  // namespace track::analysis
