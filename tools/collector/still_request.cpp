#include "tools/collector/still_request.hpp"

#include <signal.h>

#include "tools/collector/process_probe.hpp"

namespace track::tools {
namespace {

constexpr std::uint64_t patience_ms = 100;

}  // namespace

still_request::still_request(ledger::slot_header& slot, ledger::graph::trigger trigger,
                             std::uint64_t now_ms)
    : slot_(slot), asked_ms_(now_ms) {
  __atomic_store_n(&slot.still_trigger_asked, static_cast<std::uint64_t>(trigger),
                   __ATOMIC_RELEASE);
  wanted_ = __atomic_add_fetch(&slot.stills_asked, 1, __ATOMIC_ACQ_REL);
}

bool still_request::is_answered() const {
  // Counted, not compared: both words only rise.
  const std::uint64_t answered = __atomic_load_n(&slot_.stills_answered, __ATOMIC_ACQUIRE);
  return static_cast<std::int64_t>(answered - wanted_) >= 0;
}

void still_request::nudge(pid_t process, std::uint64_t now_ms) {
  if (signalled_ || now_ms - asked_ms_ < patience_ms || is_answered()) {
    return;
  }
  signalled_ = true;
  const std::uint64_t number = __atomic_load_n(&slot_.still_signal, __ATOMIC_ACQUIRE);
  if (number >= static_cast<std::uint64_t>(SIGRTMIN) &&
      number <= static_cast<std::uint64_t>(SIGRTMAX) &&
      takes_signal(process, static_cast<int>(number))) {
    kill(process, static_cast<int>(number));
  }
}

}  // namespace track::tools
