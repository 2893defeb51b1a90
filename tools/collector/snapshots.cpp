#include "tools/collector/snapshots.hpp"

#include "libtrack/ledger/reader.hpp"

namespace track::tools {

void snapshots::look(std::span<std::byte> bytes, std::uint64_t now_ms) {
  if (bytes.size() < sizeof(ledger::slot_header)) {
    return;
  }
  auto& slot = *reinterpret_cast<ledger::slot_header*>(bytes.data());
  if (request_) {
    if (!request_->is_answered()) {
      return;
    }
    const std::uint64_t begun = __atomic_load_n(&slot.stills_begun, __ATOMIC_ACQUIRE);
    const std::uint64_t pause_us =
        __atomic_load_n(&slot.still_pause_us[(begun - 1) % ledger::pauses_kept], __ATOMIC_ACQUIRE);
    if (pause_us == 0) {
      return;
    }
    plan_.note_pause(pause_us);
    request_.reset();
  }
  if (!plan_.may_be_due(now_ms)) {
    return;
  }
  const auto totals = ledger::read_totals(bytes);
  if (totals && plan_.is_due(now_ms, totals->live_bytes)) {
    plan_.note_asked(now_ms, totals->live_bytes);
    request_.emplace(slot, ledger::graph::trigger::interval, now_ms);
  }
}

}  // namespace track::tools
