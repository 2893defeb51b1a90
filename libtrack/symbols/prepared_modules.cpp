#include "libtrack/symbols/prepared_modules.hpp"

#include <chrono>
#include <utility>

#include "libtrack/symbols/debuginfod.hpp"

namespace track::symbols {

namespace {

constexpr std::size_t most_held_bytes = std::size_t{256} << 20;

// Longer than nearly all modules take. Whoever prepares may get no processor at all.
constexpr std::chrono::milliseconds patience{100};

resolver_options without_network(resolver_options options) {
  options.debuginfod = false;
  return options;
}

}  // namespace

prepared_modules::prepared_modules(resolver_options options)
    : options_(without_network(options)), may_download_(options.debuginfod) {}

void prepared_modules::prepare(const module_key& module) {
  {
    const std::lock_guard hold(mutex_);
    if (held_bytes_ >= most_held_bytes || !known_.insert(module).second) {
      return;
    }
    under_way_ = module;
  }
  prepared_module opened;
  opened.module = std::make_unique<open_module>(module, options_, opened.status);
  const std::size_t bytes = opened.module->size_bytes();
  const bool better_elsewhere =
      may_download_ && !opened.module->has_debug_info() && debuginfod_wanted();
  {
    const std::lock_guard hold(mutex_);
    // Not under way any more: the patience of whoever wanted it was at an end.
    if (under_way_ && !better_elsewhere && bytes <= most_held_bytes - held_bytes_) {
      held_bytes_ += bytes;
      ready_.emplace(module, std::move(opened));
    }
    under_way_.reset();
  }
  done_.notify_all();
}

prepared_module prepared_modules::take(const module_key& module) {
  std::unique_lock hold(mutex_);
  known_.insert(module);
  if (under_way_ == module &&
      !done_.wait_for(hold, patience, [&] { return under_way_ != module; })) {
    under_way_.reset();
    return {};
  }
  const auto found = ready_.find(module);
  if (found == ready_.end()) {
    return {};
  }
  prepared_module taken = std::move(found->second);
  ready_.erase(found);
  held_bytes_ -= taken.module->size_bytes();
  return taken;
}

}  // namespace track::symbols
