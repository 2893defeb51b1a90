// Turns the stacks of one process into stacks of the capture. Floor 4.
//
// Private to libtrack/capture. A node of the ledger becomes a row of the capture once; stacks that
// are equal in their innermost frames are one, the first. Safe on any image: walks end though
// parents run in circles. One process, one thread.
#pragma once

#include <cstdint>
#include <vector>

#include "libtrack/capture/dictionary.hpp"
#include "libtrack/ledger/reader.hpp"

namespace track::capture {

class stack_mapper {
 public:
  stack_mapper(dictionary& known, const ledger::process_image& image);

  // The capture's stack for a node of the process; 0: no stack. cost: a look-up a node that was
  // not seen before, and the depth once a stack.
  std::uint32_t stack_of(node_id node);

 private:
  std::uint32_t whole_stack_of(std::uint32_t node);
  std::uint32_t frame_of(std::uint32_t node);
  std::uint32_t module_of(std::uint32_t module);

  dictionary& known_;
  const ledger::process_image& image_;
  std::vector<std::uint32_t> whole_;    // of every node; 0: not asked for yet
  std::vector<std::uint32_t> stacks_;   // likewise, the stack that stands for it
  std::vector<std::uint32_t> modules_;  // likewise
  std::vector<std::uint32_t> walk_;
};

}  // namespace track::capture
