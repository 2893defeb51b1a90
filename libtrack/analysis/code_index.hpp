// Stacks of a capture as a report shows them, and their fingerprints. Floor 5.
//
// Looks at contents that must outlive it; remembers reduced names, one a function, and which stacks
// look the same. A stack has the innermost frames that the capture is about, and shares them with
// all stacks made here. Not for several threads. cost: a stack is linear in its frames, a
// fingerprint stops at the fourth user frame.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libtrack/capture/contents.hpp"
#include "libtrack/model/report.hpp"

namespace track::analysis {

struct fingerprint {
  std::string digits;  // 16 hex digits
  bool weak = false;   // a frame without a name is part of it
};

// Of a cycle: version 1 over its edges, each a member's type (or its site's fingerprint) and a
// field, sorted and each once.
fingerprint fingerprint_of_edges(const std::vector<std::string>& edges);

class code_index {
 public:
  explicit code_index(const capture::contents& all);

  model::stack stack(std::uint32_t stack);

  // The same number for stacks that look the same: other addresses, but equal names, files and
  // lines in every frame (a compiler unrolls a loop, and one call becomes five). 0: no stack.
  std::uint32_t visible_stack(std::uint32_t stack);

  // Version 1 of the contract's fingerprint. `exe` is the program's path: frames of that module
  // count as "-", whatever the program is called.
  fingerprint fingerprint_of(std::uint32_t stack, std::string_view exe);

  // No frame of the program or its libraries: memory that the C or C++ runtime made for itself.
  bool is_runtime_only(std::uint32_t stack) const;

  bool is_named(std::uint32_t frame) const;

 private:
  struct reduced {
    std::string name;
    bool library = false;
  };
  const reduced& reduced_of(std::uint32_t string);
  std::vector<std::uint32_t> visible_frames() const;
  const std::vector<model::shared_frame>& shown(std::uint32_t frame);

  const capture::contents& all_;
  std::vector<std::optional<reduced>> reduced_;
  std::vector<std::vector<model::shared_frame>> shown_;  // of every frame; empty: not made yet
  std::vector<bool> runtime_;                            // of every module
  std::vector<capture::stack_row> visible_;     // all stacks, of frames that stand for their likes
  std::vector<std::uint32_t> visible_numbers_;  // of every stack; 0: not asked for yet
  capture::equal_stacks look_equal_;
};

}  // namespace track::analysis
