// Modules that were opened ahead of the questions about them. Floor 4, inside of symbols.
//
// One thread prepares, of low priority perhaps, while another may take at any time: what is not
// there it opens itself, and for one that is being opened it waits, but not for long. A module is
// given away once. Bounded: what all of them hold in memory.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "libtrack/symbols/open_module.hpp"
#include "libtrack/symbols/resolver.hpp"

namespace track::symbols {

struct prepared_module {
  std::unique_ptr<open_module> module;
  module_status status;
};

class prepared_modules {
 public:
  // The network is left to whoever asks for names.
  explicit prepared_modules(resolver_options options);

  // Opens `module`, unless it was prepared or taken before.
  void prepare(const module_key& module);

  // The module, which is the caller's from then on; none when it is not prepared.
  prepared_module take(const module_key& module);

 private:
  const resolver_options options_;
  const bool may_download_;
  std::mutex mutex_;
  std::condition_variable done_;
  std::set<module_key> known_;  // prepared, given up or taken
  std::optional<module_key> under_way_;
  std::map<module_key, prepared_module> ready_;
  std::size_t held_bytes_ = 0;
};

}  // namespace track::symbols
