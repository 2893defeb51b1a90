// Brings the heap graphs of stills from the pipe into a capture. Floor 6.
//
// Counts, a process, the stills whose graph has come to its end, whole or not: with what the
// process says it began, that tells whether more is to come. Not thread-safe; never blocks but on
// the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libtrack/capture/still_frames.hpp"
#include "libtrack/capture/writer.hpp"
#include "tools/collector/live_graph.hpp"

namespace track::tools {

class still_intake {
 public:
  // Who sees the streams as they come.
  struct onlookers {
    live_graph* beside = nullptr;      // what it decodes goes into the capture as well
    live_graph* instead_of = nullptr;  // what it decodes does not
  };

  // Takes what the pipe holds, some MiB at most. units: now_ms is CLOCK_MONOTONIC in ms.
  // errors: the first of the writer's; the other stills are taken all the same.
  result<void> drain(int pipe, capture::writer& writer, std::uint64_t now_ms,
                     const onlookers& seeing);
  result<void> drain(int pipe, capture::writer& writer, std::uint64_t now_ms) {
    return drain(pipe, writer, now_ms, {});
  }

  // Takes a plain preload's file, if it is there, as of `process`. errors: likewise.
  result<void> take_file(const std::string& path, std::uint64_t process, capture::writer& writer);

  // Whether the last of the `begun` stills of a process is in the capture.
  bool has_last(std::uint64_t process, std::uint64_t begun) const;
  // Whether a process should have left a still at its end, by file_header::exit_stills, and did
  // not.
  bool is_missing(std::uint64_t exit_stills, const ledger::process_image& image,
                  const capture::process_end& end) const;

  // A process began `begun` stills and knows of `failed` without a graph: whether it is worth
  // waiting for the graph of another.
  bool is_coming(std::uint64_t process, std::uint64_t begun, std::uint64_t failed,
                 std::uint64_t now_ms);

 private:
  class sink;
  struct progress {
    std::uint64_t ended = 0;
    std::optional<std::uint32_t> last_kept;  // number within the process
    std::uint64_t heard_ms = 0;
    std::optional<std::uint64_t> waiting_since_ms;
  };

  capture::still_frames frames_;
  std::map<std::uint64_t, progress> processes_;
  std::vector<std::byte> buffer_;
};

}  // namespace track::tools
