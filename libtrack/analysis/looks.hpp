// What is shown of stacks and findings, as short keys: equal for those that look the same. Floor 5.
//
// A frame's look is a number of its own, so that a stack's is four bytes a frame. Keys of one table
// compare only with each other. One thread. cost: a frame that was seen before is looked up by its
// address, another one by its texts.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "libtrack/model/report.hpp"

namespace track::analysis {

class look_table {
 public:
  std::string of(const model::stack& frames);
  std::string of(const model::finding& finding);

  // Lets go of the frames, not of their looks: for reports to come that share none with the last.
  void forget_frames() { known_.clear(); }

 private:
  std::uint32_t number_of(const model::shared_frame& frame);
  void append_stack(std::string& look, const model::stack& frames);

  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::unordered_map<model::shared_frame, std::uint32_t> known_;
};

}  // namespace track::analysis
