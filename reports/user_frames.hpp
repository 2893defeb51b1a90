// Which frames of a stack people wrote, as far as names tell. Floor 4.
//
// For what is shown; fingerprints are made by libtrack/analysis, which knows more. Pure.
#pragma once

#include "libtrack/model/report.hpp"

namespace track::reports {

// None of an allocator, a standard library or the code that starts programs.
bool is_user_frame(const model::frame& frame);

// Those alone; the whole stack when there is none.
model::stack user_frames_of(const model::stack& frames);

}  // namespace track::reports
