// What `track run` and its collector process say to each other. Floor 6.
//
// One packet a message, over a socket pair; both ends are this program. The end of the stream means
// that the other one is gone, which neither takes amiss.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace track::tools {

enum class message_kind : std::uint32_t {
  // To the collector.
  program,        // value: pid of the program, which waits for `ready`
  program_ended,  // value: its wait status
  abandon,        // it could not be started: leave no file behind
  // From the collector.
  ready,      // the capture is begun; text: its path while it grows
  refused,    // no capture can be written; text: why
  progress,   // text: what takes long
  trouble,    // text: what went wrong; data may be missing
  note,       // text: what is good to know
  detached,   // the program ended, value processes go on; text: where the capture will be
  finished,   // text: the capture; the numbers are filled in
  unfinished  // it could not be completed, `trouble` said why; text: what there is
};

struct message {
  message_kind kind = message_kind::ready;
  std::int64_t value = 0;
  std::int64_t live_blocks = 0;
  std::int64_t live_bytes = 0;
  std::int64_t processes = 0;
  std::int64_t mismatches = 0;
  std::int64_t incomplete = 0;  // processes whose evidence is incomplete
  std::string text = {};
};

// A connected pair, close-on-exec. False: the system gave none.
bool make_channel(int (&ends)[2]);

// Never raises SIGPIPE. False: the other end is gone.
bool send_message(int channel, const message& said);

// Waits for a message. Empty: the other end is gone.
std::optional<message> receive_message(int channel);

}  // namespace track::tools
