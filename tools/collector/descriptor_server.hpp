// Serves the descriptors of the ledger and of the stills' pipe to tracked processes that lost them.
// Floor 6.
//
// A process that closed every descriptor and may not read /proc/COLLECTOR/fd (another user, a
// chroot) connects to an abstract socket before it execs, and gets them by SCM_RIGHTS.
// Served are our own user, descendants of the program, and processes that have a slot already.
#pragma once

#include <sys/types.h>

#include <functional>
#include <span>
#include <string>

#include "libtrack/support/files.hpp"

namespace track::tools {

class descriptor_server {
 public:
  // Binds a fresh name. Without a socket (no descriptors left) it serves nobody.
  descriptor_server();

  // Without the leading zero byte of abstract names; empty: there is no socket.
  const std::string& name() const { return name_; }
  int listener() const { return listener_.get(); }

  // Answers all who wait with `descriptors`, in one message; `is_known` judges processes of other
  // users. Never blocks.
  void serve(std::span<const int> descriptors, const std::function<bool(pid_t)>& is_known);

 private:
  file_descriptor listener_;
  std::string name_;
};

}  // namespace track::tools
