#include "libtrack/capture/stack_mapper.hpp"

#include "libtrack/capture/text_codec.hpp"

namespace track::capture {

stack_mapper::stack_mapper(dictionary& known, const ledger::process_image& image)
    : known_(known),
      image_(image),
      whole_(image.nodes.size()),
      stacks_(image.nodes.size()),
      modules_(image.modules.size()) {
  known_.begin_trie();
}

std::uint32_t stack_mapper::module_of(std::uint32_t module) {
  if (modules_[module] == 0) {
    const ledger::module_image& source = image_.modules[module];
    modules_[module] = known_.module(source.path, to_hex(source.build_id));
  }
  return modules_[module];
}

std::uint32_t stack_mapper::frame_of(std::uint32_t node) {
  const ledger::node_image& source = image_.nodes[node];
  const std::uint32_t module = source.module.value;
  if (module == 0 || module >= image_.modules.size()) {
    return known_.frame(0, source.address, false);
  }
  const ledger::module_image& owner = image_.modules[module];
  return known_.frame(module_of(module), source.address - owner.load_bias,
                      owner.unloaded_mono_ms.has_value());
}

std::uint32_t stack_mapper::whole_stack_of(std::uint32_t node) {
  constexpr std::uint32_t on_the_way = ~std::uint32_t{0};
  walk_.clear();
  std::uint32_t at = node;
  while (at != 0 && at < whole_.size() && whole_[at] == 0) {
    whole_[at] = on_the_way;
    walk_.push_back(at);
    at = image_.nodes[at].parent.value;
  }
  // A circle is cut where the walk closes it.
  const bool outermost = at == 0 || at >= whole_.size() || whole_[at] == on_the_way;
  std::uint32_t stack = outermost ? 0 : whole_[at];
  for (; !walk_.empty(); walk_.pop_back()) {
    stack = known_.stack(stack, frame_of(walk_.back()));
    whole_[walk_.back()] = stack;
  }
  return stack;
}

std::uint32_t stack_mapper::stack_of(node_id node) {
  if (node.value == 0 || node.value >= stacks_.size()) {
    return 0;
  }
  std::uint32_t& stack = stacks_[node.value];
  if (stack == 0) {
    stack = known_.first_like(whole_stack_of(node.value));
  }
  return stack;
}

}  // namespace track::capture
