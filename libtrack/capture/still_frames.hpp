// Takes the frames of many stills, as they come through one pipe or file, apart. Floor 4.
//
// Input is anybody's. A stream whose frames do not follow each other is given up, once; what is no
// frame is skipped. Keeps a frame at most. One thread.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "libtrack/ledger/graph_format.hpp"

namespace track::capture {

struct still_key {
  std::uint64_t process = 0;
  std::uint32_t still = 0;  // number within the process

  friend auto operator<=>(const still_key&, const still_key&) = default;
};

class still_sink {
 public:
  virtual ~still_sink() = default;
  // The next part of a stream; `last`: it ends here.
  virtual void payload(still_key still, std::span<const std::byte> bytes, bool last) = 0;
  // Nothing more of this stream is to come, and what came is worth nothing.
  virtual void broken(still_key still) = 0;
};

class still_frames {
 public:
  void feed(std::span<const std::byte> bytes, still_sink& sink);

  // Ends the streams that are open: breaks them.
  void finish(still_sink& sink);

 private:
  static constexpr std::uint32_t given_up = 0xffffffff;
  static constexpr std::size_t most_open = 4096;

  // Bytes of whole frames and rubbish at the front.
  std::size_t take_whole(std::span<const std::byte> bytes, still_sink& sink);
  void take(const ledger::graph::frame_header& header, std::span<const std::byte> bytes,
            still_sink& sink);

  std::vector<std::byte> rest_;  // of a frame that was cut
  std::map<still_key, std::uint32_t> next_sequence_;
};

}  // namespace track::capture
