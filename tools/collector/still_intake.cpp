#include "tools/collector/still_intake.hpp"

#include <unistd.h>

#include <algorithm>
#include <span>

#include "libtrack/support/files.hpp"

namespace track::tools {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 18;
constexpr std::size_t most_bytes_a_round = std::size_t{8} << 20;
// A copy of a process that is gone writes on; one that was killed says nothing more.
constexpr std::uint64_t patience_ms = 2000;

}  // namespace

class still_intake::sink final : public capture::still_sink {
 public:
  sink(still_intake& intake, capture::writer& writer, std::uint64_t now_ms, const onlookers& seeing)
      : intake_(intake), writer_(writer), now_ms_(now_ms), seeing_(seeing) {}

  // All frames are said to be of this process.
  void set_process(std::uint64_t process) { process_ = process; }
  const result<void>& outcome() const { return outcome_; }

  void payload(capture::still_key still, std::span<const std::byte> bytes, bool last) override {
    still = renamed(still);
    progress& known = intake_.processes_[still.process];
    known.heard_ms = now_ms_;
    known.ended += last ? 1 : 0;
    if (seeing_.instead_of != nullptr && seeing_.instead_of->payload(still, bytes, last)) {
      return;
    }
    if (seeing_.beside != nullptr) {
      seeing_.beside->payload(still, bytes, last);
    }
    const auto added = writer_.add_graph(still, bytes, last);
    if (!added) {
      keep(added.failure());
    } else if (*added) {
      known.last_kept = std::max(known.last_kept.value_or(0), still.still);
    }
  }

  void broken(capture::still_key still) override {
    still = renamed(still);
    ++intake_.processes_[still.process].ended;
    for (live_graph* each : {seeing_.beside, seeing_.instead_of}) {
      if (each != nullptr) {
        each->broken(still);
      }
    }
    if (const auto dropped = writer_.drop_graph(still); !dropped) {
      keep(dropped.failure());
    }
  }

 private:
  capture::still_key renamed(capture::still_key still) const {
    return {process_.value_or(still.process), still.still};
  }

  void keep(const error& failure) {
    if (outcome_) {
      outcome_ = failure;
    }
  }

  still_intake& intake_;
  capture::writer& writer_;
  std::uint64_t now_ms_;
  onlookers seeing_;
  std::optional<std::uint64_t> process_;
  result<void> outcome_;
};

result<void> still_intake::drain(int pipe, capture::writer& writer, std::uint64_t now_ms,
                                 const onlookers& seeing) {
  buffer_.resize(buffer_bytes);
  sink into(*this, writer, now_ms, seeing);
  for (std::size_t taken = 0; taken < most_bytes_a_round;) {
    const ssize_t got = read(pipe, buffer_.data(), buffer_.size());
    if (got <= 0) {
      break;
    }
    frames_.feed(std::span(buffer_).first(static_cast<std::size_t>(got)), into);
    taken += static_cast<std::size_t>(got);
  }
  return into.outcome();
}

result<void> still_intake::take_file(const std::string& path, std::uint64_t process,
                                     capture::writer& writer) {
  const auto file = mapped_file::open(path);
  if (!file) {
    return {};
  }
  capture::still_frames apart;
  sink into(*this, writer, 0, {});
  into.set_process(process);
  apart.feed(file->bytes(), into);
  apart.finish(into);
  return into.outcome();
}

bool still_intake::has_last(std::uint64_t process, std::uint64_t begun) const {
  const auto known = processes_.find(process);
  return begun != 0 && known != processes_.end() && known->second.last_kept &&
         std::uint64_t{*known->second.last_kept} + 1 >= begun;
}

bool still_intake::is_missing(std::uint64_t exit_stills, const ledger::process_image& image,
                              const capture::process_end& end) const {
  constexpr auto bit = static_cast<unsigned>(ledger::graph::trigger::exit_end);
  const bool is_off = image.lost[static_cast<unsigned>(ledger::loss::leak_check_off)] != 0;
  return (exit_stills >> bit & 1) != 0 && end.kind == capture::end_kind::exited &&
         image.survivors_valid && !is_off && !has_last(image.process, image.stills_begun);
}

bool still_intake::is_coming(std::uint64_t process, std::uint64_t begun, std::uint64_t failed,
                             std::uint64_t now_ms) {
  progress& known = processes_[process];
  if (begun <= known.ended + failed) {
    known.waiting_since_ms.reset();
    return false;
  }
  if (!known.waiting_since_ms) {
    known.waiting_since_ms = now_ms;
  }
  return now_ms - std::max(known.heard_ms, *known.waiting_since_ms) < patience_ms;
}

}  // namespace track::tools
