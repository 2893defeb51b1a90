// What the kernel tells about a process from outside: identity, state, how it ended. Floor 6.
//
// A process is known by pid and start time, since pids are used again. Nothing here signals or
// traces. errors: what cannot be learnt is an empty optional. One thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "libtrack/support/files.hpp"

namespace track::tools {

struct process_stat {
  char state = '?';
  pid_t parent = 0;
  std::uint64_t start_ticks = 0;
  std::optional<int> wait_status;  // of a zombie that we may look at
};

// source: proc(5), /proc/PID/stat fields 3, 4, 22, 52.
std::optional<process_stat> read_process_stat(pid_t pid);

// The process as a descriptor that becomes readable when it is gone; empty when it is gone already.
file_descriptor open_process(pid_t pid);

// How a reaped process ended, for kernels that tell (6.15). source: PIDFD_GET_INFO,
// PIDFD_INFO_EXIT.
std::optional<int> exit_status_of(int process_descriptor);

// The pid, as seen here, of a process that calls itself `inner_pid` in a pid namespace below ours.
// cost: reads all of /proc.
std::optional<pid_t> find_in_namespaces(pid_t inner_pid, std::uint64_t start_ticks);

// True when the chain of parents of `pid` leads to `ancestor`.
bool descends_from(pid_t pid, pid_t ancestor);

// Whether the process has a handler for `signal` and a thread that does not block it: anywhere else
// the signal would do harm.
bool takes_signal(pid_t pid, int signal);

// Watches the counters of the out-of-memory killer of our control group and of the machine.
class oom_watch {
 public:
  oom_watch();
  // The next calls ask about so many processes that SIGKILL ended since the round before.
  void begin_round(std::size_t killed);
  // Whether the killer took such a process; empty: not known, or only some of the round's.
  std::optional<bool> killed_since();

 private:
  std::optional<std::optional<bool>> verdict_;  // of this round
  std::string group_file_;
  std::optional<std::uint64_t> group_kills_;
  std::optional<std::uint64_t> machine_kills_;
};

}  // namespace track::tools
