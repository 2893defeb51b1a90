// Where `track top` gets its counters from: the ledger of a running program, or a capture. Floor 6.
//
// Nothing is asked of the program. One thread an object.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libtrack/model/report.hpp"
#include "libtrack/support/result.hpp"
#include "tools/top_view.hpp"

namespace track::tools {

class top_source {
 public:
  virtual ~top_source() = default;

  // The counters as they are now; none: what is watched has ended, and the last ones stay.
  // cost: linear in the stacks and sites.
  virtual result<std::optional<top_moment>> look() = 0;

  // Nothing will change any more after the last look.
  virtual bool is_final() const { return false; }
  // One sentence, when look() gave none.
  virtual std::string ending() const = 0;
  // A descriptor that becomes readable at the end; -1: there is none.
  virtual int end_descriptor() const { return -1; }
  // Whose stills can be asked for.
  virtual std::optional<pid_t> process() const { return std::nullopt; }

  // The innermost user code of stacks of the last moment.
  virtual std::vector<model::frame> places(std::span<const std::uint32_t> stacks) = 0;
};

// errors: not_found: there is no such process, or it is not tracked.
result<std::unique_ptr<top_source>> watch_process(pid_t pid);
// errors: bad_input.
result<std::unique_ptr<top_source>> watch_capture(const std::string& path);

}  // namespace track::tools
