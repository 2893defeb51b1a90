#include "libtrack/symbols/resolver.hpp"

#include <utility>

#include "libtrack/symbols/open_module.hpp"
#include "libtrack/symbols/prepared_modules.hpp"

namespace track::symbols {

resolver::resolver(resolver_options options)
    : options_(std::move(options)), prepared_(std::make_unique<prepared_modules>(options_)) {}

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

void resolver::prepare(const module_key& module) {
  prepared_->prepare(module);
}

open_module& resolver::opened(const module_key& module) {
  if (current_key_ != module) {
    current_.reset();
    prepared_module ready = prepared_->take(module);
    if (ready.module == nullptr) {
      ready.module = std::make_unique<open_module>(module, options_, ready.status);
    }
    current_ = std::move(ready.module);
    current_key_ = module;
    statuses_[module] = std::move(ready.status);
  }
  return *current_;
}

}  // namespace track::symbols
