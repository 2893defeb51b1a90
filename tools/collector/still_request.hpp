// Asks a running process for a still, through its slot of the ledger. Floor 6.
//
// The process answers at its next allocation. One that allocates nothing can be made to by the
// signal that its slot names, which may end a system call of it with EINTR. The caller has made
// sure that the pid is still the process of the slot. One thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "libtrack/ledger/format.hpp"
#include "libtrack/ledger/graph_format.hpp"

namespace track::tools {

class still_request {
 public:
  still_request(ledger::slot_header& slot, ledger::graph::trigger trigger, std::uint64_t now_ms);

  // Sends the signal when it is time, once. `process`: the pid as seen here.
  void nudge(pid_t process, std::uint64_t now_ms);

  // The process has taken the still, or tried to.
  bool is_answered() const;

 private:
  ledger::slot_header& slot_;
  std::uint64_t wanted_;
  std::uint64_t asked_ms_;
  bool signalled_ = false;
};

}  // namespace track::tools
