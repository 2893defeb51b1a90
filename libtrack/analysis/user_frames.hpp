// The frames of a stack that people wrote, as a fingerprint sees them, from a report's stack.
// Floor 5.
//
// Pure. Frames of allocators, standard libraries and runtimes are trimmed, recursion is folded;
// frames without a name are their module and offset.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libtrack/model/report.hpp"

namespace track::analysis {

// The innermost four at most, by reduced name, innermost first.
std::vector<std::string> user_frames(const model::stack& frames);

// The same as numbers that never change: part of baselines.
using frame_keys = std::vector<std::uint32_t>;
frame_keys keys_of(const std::vector<std::string>& user_frames);

// Whether a stack that vanished and a new one are the same, moved: three shared frames, or all of a
// shorter one's, which are at least two. 0: they are not; else the more the liker.
std::size_t likeness(const frame_keys& vanished, const frame_keys& added);

// The innermost frame that people look for: user code when there is any. Null: no frame at all.
const model::frame* primary_frame(const model::stack& frames);
model::shared_frame shared_primary_frame(const model::stack& frames);

// The stack that a finding's fingerprint is made from.
const model::stack& telling_stack(const model::finding& finding);

}  // namespace track::analysis
