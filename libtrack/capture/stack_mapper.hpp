// Turns the stacks of one process into stacks of the capture, cut to the depth asked for. Floor 4.
//
// Private to libtrack/capture. The ledger keeps stacks longer than asked for, cut at varying
// places; cut to the innermost frames they become equal, and equal ones are one. Safe on any image:
// walks end though parents run in circles. One process, one thread.
#pragma once

#include <cstdint>
#include <vector>

#include "libtrack/capture/dictionary.hpp"
#include "libtrack/ledger/reader.hpp"

namespace track::capture {

class stack_mapper {
 public:
  stack_mapper(dictionary& known, const ledger::process_image& image, std::uint32_t depth_frames);

  // The capture's stack for a node of the process; 0: no stack. cost: the depth, once a node.
  std::uint32_t stack_of(node_id node);

 private:
  void measure_depths();
  std::uint32_t frame_of(std::uint32_t node);
  std::uint32_t module_of(std::uint32_t module);

  dictionary& known_;
  const ledger::process_image& image_;
  std::uint32_t depth_frames_;
  std::vector<std::uint32_t> depths_;   // of every node, saturated; 0: none, or part of a circle
  std::vector<std::uint32_t> frames_;   // of the capture; 0: not asked for yet
  std::vector<std::uint32_t> stacks_;   // likewise, of nodes that need no cut
  std::vector<std::uint32_t> modules_;  // likewise
  std::vector<std::uint32_t> walk_;
};

}  // namespace track::capture
