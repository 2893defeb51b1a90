// Questions about one still that several commands ask. Floor 6.
#pragma once

#include <cstdint>
#include <string>

#include "libtrack/model/explanation.hpp"
#include "libtrack/support/result.hpp"

namespace track::tools {

// Why `what` is there, at the still that `capture` names; by default the one before the destructors
// ran, else the last. Of several processes the first that has it. 0 ways: all.
// errors: bad_input; not_found: no still, or no such thing in it.
result<model::explanation> ask_why(const std::string& capture, const std::string& what,
                                   std::uint64_t most_ways);

}  // namespace track::tools
