#include "tools/still_taking.hpp"

#include <poll.h>

#include <optional>

#include <fmt/format.h>

#include "libtrack/capture/reader.hpp"
#include "tools/collector/clock.hpp"
#include "tools/collector/still_request.hpp"
#include "tools/collector/tracked_process.hpp"

namespace track::tools {
namespace {

constexpr std::uint64_t answer_patience_ms = 10'000;
constexpr std::uint64_t graph_patience_ms = 120'000;
constexpr int tick_ms = 20;
constexpr int look_every_ms = 100;

error not_taken(pid_t pid, const std::string& why) {
  return {error_code::incomplete, fmt::format("no still of process {}: {}", pid, why)};
}

// Waits for the program; its place in the process's row of stills.
result<std::uint64_t> ask_for_still(pid_t pid, ledger::slot_header& slot,
                                    const std::atomic<bool>& given_up) {
  const std::uint64_t begun = __atomic_load_n(&slot.stills_begun, __ATOMIC_ACQUIRE);
  const std::uint64_t failed = __atomic_load_n(&slot.stills_failed, __ATOMIC_ACQUIRE);
  const std::uint64_t asked_ms = mono_ms();
  still_request request(slot, ledger::graph::trigger::request, asked_ms);
  while (!request.is_answered()) {
    if (__atomic_load_n(&slot.state, __ATOMIC_ACQUIRE) !=
        static_cast<std::uint32_t>(ledger::slot_state::live)) {
      return not_taken(pid, "it has ended");
    }
    if (mono_ms() - asked_ms > answer_patience_ms) {
      return not_taken(pid, "it does not answer; it allocates nothing and blocks signals");
    }
    if (given_up) {
      return not_taken(pid, "nobody waits for it");
    }
    ::poll(nullptr, 0, tick_ms);
    request.nudge(pid, mono_ms());
  }
  if (__atomic_load_n(&slot.stills_begun, __ATOMIC_ACQUIRE) == begun ||
      __atomic_load_n(&slot.stills_failed, __ATOMIC_ACQUIRE) != failed) {
    return not_taken(pid, "there was no memory or no place for a copy of it");
  }
  return begun;
}

std::optional<std::uint64_t> find_still(const std::string& evidence, std::uint64_t process,
                                        std::uint64_t number) {
  auto reader = capture::reader::open(evidence);
  if (!reader) {
    return std::nullopt;
  }
  const auto all = reader->load();
  for (std::size_t i = 0; all && i < all->stills.size(); ++i) {
    const capture::still_row& still = all->stills[i];
    if (still.process == process && still.number >= number &&
        still.trigger == ledger::graph::trigger::request) {
      return still.id;
    }
  }
  return std::nullopt;
}

}  // namespace

result<taken_still> take_still(pid_t pid, const std::atomic<bool>& given_up) {
  auto found = find_tracked_process(pid);
  if (!found) {
    return found.failure();
  }
  const auto bytes = found->ledger.writable_slot(found->slot);
  auto& slot = *reinterpret_cast<ledger::slot_header*>(bytes.data());
  const auto number = ask_for_still(pid, slot, given_up);
  if (!number) {
    return number.failure();
  }
  const std::uint64_t taken_ms = mono_ms();
  const std::uint64_t failed = __atomic_load_n(&slot.stills_failed, __ATOMIC_ACQUIRE);
  for (;;) {
    if (const auto still = find_still(found->evidence, slot.process, *number)) {
      return taken_still{*still, found->evidence};
    }
    if (__atomic_load_n(&slot.stills_failed, __ATOMIC_ACQUIRE) != failed ||
        mono_ms() - taken_ms > graph_patience_ms) {
      return not_taken(pid, "its graph did not arrive");
    }
    if (given_up) {
      return not_taken(pid, "nobody waits for it");
    }
    ::poll(nullptr, 0, look_every_ms);
  }
}

}  // namespace track::tools
