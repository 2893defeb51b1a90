// The modules that a slot names, as they come. Floor 6.
//
// Trusts nothing in the slot, like libtrack/ledger/reader.hpp, but reads no stacks and no counters.
// One thread a slot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "libtrack/capture/name_source.hpp"

namespace track::tools {

class module_watch {
 public:
  // Calls `visit` with each module that was not there the last time.
  // cost: one load unless something is new.
  void look(std::span<const std::byte> slot,
            const std::function<void(const capture::module_key&)>& visit);

 private:
  std::size_t seen_ = 1;  // 0 stands for none
};

}  // namespace track::tools
