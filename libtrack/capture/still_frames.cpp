#include "libtrack/capture/still_frames.hpp"

#include <algorithm>
#include <cstring>

namespace track::capture {
namespace {

namespace graph = ledger::graph;

bool is_frame(const graph::frame_header& header) {
  return header.magic == graph::frame_magic && header.bytes <= graph::payload_limit;
}

}  // namespace

void still_frames::feed(std::span<const std::byte> bytes, still_sink& sink) {
  // What was cut becomes whole with at most a frame more.
  while (!rest_.empty() && !bytes.empty()) {
    const std::size_t before = rest_.size();
    const auto more = bytes.first(std::min(bytes.size(), graph::frame_limit));
    rest_.insert(rest_.end(), more.begin(), more.end());
    const std::size_t used = take_whole(rest_, sink);
    if (used >= before) {
      bytes = bytes.subspan(used - before);
      rest_.clear();
    } else {
      rest_.erase(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(used));
      bytes = bytes.subspan(more.size());
    }
  }
  const std::size_t used = take_whole(bytes, sink);
  rest_.insert(rest_.end(), bytes.begin() + static_cast<std::ptrdiff_t>(used), bytes.end());
}

std::size_t still_frames::take_whole(std::span<const std::byte> bytes, still_sink& sink) {
  std::size_t at = 0;
  while (bytes.size() - at >= sizeof(graph::frame_header)) {
    graph::frame_header header;
    std::memcpy(&header, bytes.data() + at, sizeof header);
    if (!is_frame(header)) {
      ++at;
      continue;
    }
    const std::size_t size = sizeof header + header.bytes;
    if (bytes.size() - at < size) {
      break;
    }
    take(header, bytes.subspan(at + sizeof header, header.bytes), sink);
    at += size;
  }
  return at;
}

void still_frames::take(const graph::frame_header& header, std::span<const std::byte> bytes,
                        still_sink& sink) {
  const still_key key{header.process, header.still};
  auto known = next_sequence_.find(key);
  if (known == next_sequence_.end()) {
    if (next_sequence_.size() >= most_open) {
      sink.broken(key);
      return;
    }
    known = next_sequence_.emplace(key, 0).first;
  }
  std::uint32_t& next = known->second;
  const bool last = (header.flags & graph::last) != 0;
  if (next != given_up && header.sequence != next) {
    next = given_up;
    sink.broken(key);
  }
  if (next != given_up) {
    ++next;
    sink.payload(key, bytes, last);
  }
  if (last) {
    next_sequence_.erase(known);
  }
}

void still_frames::finish(still_sink& sink) {
  for (const auto& [key, next] : next_sequence_) {
    if (next != given_up) {
      sink.broken(key);
    }
  }
  next_sequence_.clear();
  rest_.clear();
}

}  // namespace track::capture
