// What the program sees of its environment, and what its children get. Floor 3, freestanding.
//
// At start LD_PRELOAD (our part of it) and every TRACK_* leave the environment; exec and spawn put
// them back. Called from a vfork child too: only the stack and, for huge environments, mappings.
#pragma once

#include <cstddef>
#include <cstdint>

namespace track::runtime {

// What the environment told us at start. Strings live in our own memory.
struct start_options {
  char ledger[256];      // TRACK_LEDGER: PID:FD:INODE:SOCKET; empty: plain preload
  char directory[1024];  // TRACK_DIR
  char skip[1024];       // TRACK_SKIP: globs of programs to leave alone, joined by ':'
  char depth[16];        // TRACK_DEPTH, plain preload only
  std::uint64_t parent;  // TRACK_PARENT=NUMBER:PID of the image that exec'd or spawned us
  std::uint64_t parent_pid;
  bool has_parent;
  bool no_follow;       // TRACK_NO_FOLLOW
  bool record_args;     // TRACK_RECORD_ARGS, plain preload only
  bool under_valgrind;  // another preload shows that this is no ordinary process
};

// Reads and removes our variables from `environment`, in place. `own_path` is this library's file.
void take_options(char** environment, const char* own_path, start_options& options);

// An environment with our variables in it, for the time of one call.
class child_environment {
 public:
  // Bytes that one of this size takes: stacks may be as small as those that clone is given.
  static std::size_t bytes_needed(char* const* environment, const start_options& options,
                                  const char* own_path);

  // Builds into `place`, which is aligned to pointers and has bytes_needed. `process` and `pid` are
  // this image's, for the child to name as its parent. Leaves `environment` as it is when it has
  // TRACK_LEDGER already: then somebody set it on purpose.
  static char* const* build(char* const* environment, char* place, const start_options& options,
                            const char* own_path, std::uint64_t process, std::uint32_t pid);
};

}  // namespace track::runtime
