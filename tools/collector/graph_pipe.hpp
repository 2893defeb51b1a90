// The pipe through which stills send their heap graphs to the collector. Floor 6.
//
// Made before the collector and the program start; both ends belong to the collector alone. A still
// opens the writing end through /proc, so the pipe never ends and keeps nobody alive.
#pragma once

#include <cstdint>

#include "libtrack/support/files.hpp"
#include "libtrack/support/result.hpp"

namespace track::tools {

class graph_pipe {
 public:
  // No pipe.
  graph_pipe() = default;
  // errors: internal, no descriptors left.
  static result<graph_pipe> create();

  int reading_end() const { return reading_.get(); }
  int writing_end() const { return writing_.get(); }
  std::uint64_t inode() const { return inode_; }

 private:
  file_descriptor reading_;  // does not block
  file_descriptor writing_;
  std::uint64_t inode_ = 0;
};

}  // namespace track::tools
