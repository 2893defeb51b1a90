#include "libtrack/symbols/resolver.hpp"

#include <utility>

#include "libtrack/symbols/open_module.hpp"

namespace track::symbols {

resolver::resolver(resolver_options options) : options_(std::move(options)) {}

resolver::~resolver() = default;

std::vector<std::vector<resolved_frame>> resolver::resolve_many(
    const module_key& module, std::span<const std::uint64_t> addresses) {
  return opened(module).resolve(addresses);
}

std::vector<resolved_frame> resolver::resolve(const module_key& module, std::uint64_t address) {
  return std::move(opened(module).resolve({&address, 1}).front());
}

module_status resolver::status(const module_key& module) {
  const auto known = statuses_.find(module);
  if (known == statuses_.end()) {
    opened(module);
  }
  return statuses_[module];
}

open_module& resolver::opened(const module_key& module) {
  if (current_key_ != module) {
    current_.reset();
    module_status status;
    current_ = std::make_unique<open_module>(module, options_, status);
    current_key_ = module;
    statuses_[module] = std::move(status);
  }
  return *current_;
}

}  // namespace track::symbols
