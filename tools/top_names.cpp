#include "tools/top_names.hpp"

#include <algorithm>

#include "libtrack/analysis/function_name.hpp"

namespace track::tools {
namespace {

// Library code is seldom deeper; a module is opened anew each time that one is asked again.
constexpr std::size_t frames_at_once = 8;

bool is_user_code(const std::string& function) {
  return function.empty() || !analysis::is_library_function(analysis::reduced_name(function));
}

model::frame frame_of(const code_address& address) {
  model::frame frame;
  frame.module_path = address.module.path;
  frame.module = std::string(analysis::file_name(address.module.path));
  frame.offset = address.offset;
  return frame;
}

model::frame frame_of(const code_address& address, const capture::code_name& name) {
  model::frame frame = frame_of(address);
  frame.function = name.function;
  frame.file = name.file;
  frame.line = name.line == 0 ? std::nullopt : std::optional(name.line);
  frame.inlined = name.inlined;
  return frame;
}

// The innermost user code of one address; null: it is all of libraries.
const capture::code_name* user_code(const std::vector<capture::code_name>& chain) {
  const auto found = std::find_if(chain.begin(), chain.end(), [](const capture::code_name& name) {
    return is_user_code(name.function);
  });
  return found == chain.end() ? nullptr : &*found;
}

}  // namespace

const top_names::chain* top_names::find(const code_address& address) const {
  const auto module = known_.find({address.module.path, address.module.build_id});
  if (module == known_.end()) {
    return nullptr;
  }
  const auto found = module->second.find(address.offset);
  return found == module->second.end() ? nullptr : &found->second;
}

// What is still needed to choose a frame of `stack`; false: nothing.
bool top_names::ask_for(const address_stack& stack, wanted& asked) const {
  std::size_t added = 0;
  const auto add = [&](const code_address& address) {
    asked.offsets[{address.module.path, address.module.build_id}].push_back(address.offset);
    ++added;
  };
  for (const code_address& address : stack) {
    if (analysis::is_runtime_module(address.module.path)) {
      continue;
    }
    const chain* names = find(address);
    if (names != nullptr && added == 0 && (names->empty() || user_code(*names) != nullptr)) {
      return false;
    }
    if (names == nullptr) {
      add(address);
    }
    if (added == frames_at_once) {
      break;
    }
  }
  if (added == 0 && !stack.empty() && find(stack.front()) == nullptr) {
    add(stack.front());
  }
  return added != 0;
}

void top_names::resolve(wanted& asked) {
  for (auto& [module, offsets] : asked.offsets) {
    std::sort(offsets.begin(), offsets.end());
    offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
    capture::module_names names;
    if (!module.first.empty()) {
      names = source_->resolve({module.first, module.second}, offsets);
    }
    names.chains.resize(offsets.size());
    for (std::size_t i = 0; i < offsets.size(); ++i) {
      known_[module][offsets[i]] = std::move(names.chains[i]);
    }
  }
}

model::frame top_names::choose(const address_stack& stack) const {
  for (const code_address& address : stack) {
    const chain* names = find(address);
    if (analysis::is_runtime_module(address.module.path) || names == nullptr) {
      continue;
    }
    if (names->empty()) {
      return frame_of(address);
    }
    if (const capture::code_name* name = user_code(*names)) {
      return frame_of(address, *name);
    }
  }
  if (stack.empty()) {
    return {};
  }
  const chain* names = find(stack.front());
  return names == nullptr || names->empty() ? frame_of(stack.front())
                                            : frame_of(stack.front(), names->front());
}

std::vector<model::frame> top_names::innermost(const std::vector<address_stack>& stacks) {
  for (bool more = true; more;) {
    more = false;
    wanted asked;
    for (const address_stack& stack : stacks) {
      more = ask_for(stack, asked) || more;
    }
    resolve(asked);
  }
  std::vector<model::frame> chosen;
  chosen.reserve(stacks.size());
  for (const address_stack& stack : stacks) {
    chosen.push_back(choose(stack));
  }
  return chosen;
}

}  // namespace track::tools
