#include "libtrack/capture/stack_mapper.hpp"

#include <algorithm>

#include "libtrack/capture/text_codec.hpp"

namespace track::capture {

stack_mapper::stack_mapper(dictionary& known, const ledger::process_image& image,
                           std::uint32_t depth_frames)
    : known_(known),
      image_(image),
      depth_frames_(std::max(depth_frames, 1u)),
      depths_(image.nodes.size()),
      frames_(image.nodes.size()),
      stacks_(image.nodes.size()),
      modules_(image.modules.size()) {
  measure_depths();
}

void stack_mapper::measure_depths() {
  constexpr std::uint32_t on_the_way = ~std::uint32_t{0};
  for (std::uint32_t start = 1; start < depths_.size(); ++start) {
    walk_.clear();
    std::uint32_t node = start;
    while (node != 0 && node < depths_.size() && depths_[node] == 0) {
      depths_[node] = on_the_way;
      walk_.push_back(node);
      node = image_.nodes[node].parent.value;
    }
    const bool grounded = node == 0 || node >= depths_.size() || depths_[node] == on_the_way;
    std::uint32_t depth = grounded ? 0 : depths_[node];
    while (!walk_.empty()) {
      depths_[walk_.back()] = ++depth;
      walk_.pop_back();
    }
  }
}

std::uint32_t stack_mapper::module_of(std::uint32_t module) {
  if (modules_[module] == 0) {
    const ledger::module_image& source = image_.modules[module];
    modules_[module] = known_.module(source.path, to_hex(source.build_id));
  }
  return modules_[module];
}

std::uint32_t stack_mapper::frame_of(std::uint32_t node) {
  if (frames_[node] == 0) {
    const ledger::node_image& source = image_.nodes[node];
    const std::uint32_t module = source.module.value;
    if (module == 0 || module >= image_.modules.size()) {
      frames_[node] = known_.frame(0, source.address, false);
    } else {
      const ledger::module_image& owner = image_.modules[module];
      frames_[node] = known_.frame(module_of(module), source.address - owner.load_bias,
                                   owner.unloaded_mono_ms.has_value());
    }
  }
  return frames_[node];
}

std::uint32_t stack_mapper::stack_of(node_id node) {
  if (node.value == 0 || node.value >= depths_.size()) {
    return 0;
  }
  // A node that needs no cut shares its caller's stack, so the walk stops at the first known one.
  const bool whole = depths_[node.value] <= depth_frames_;
  walk_.clear();
  std::uint32_t stack = 0;
  std::uint32_t at = node.value;
  for (std::uint32_t frames = 0; frames < depth_frames_ && at != 0 && at < depths_.size();
       ++frames) {
    if (whole && stacks_[at] != 0) {
      stack = stacks_[at];
      break;
    }
    walk_.push_back(at);
    // Depths fall towards the root; where they do not, parents run in a circle.
    const std::uint32_t parent = image_.nodes[at].parent.value;
    at = parent < depths_.size() && depths_[parent] < depths_[at] ? parent : 0;
  }
  for (; !walk_.empty(); walk_.pop_back()) {
    stack = known_.stack(stack, frame_of(walk_.back()));
    if (whole) {
      stacks_[walk_.back()] = stack;
    }
  }
  return stack;
}

}  // namespace track::capture
