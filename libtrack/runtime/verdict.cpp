#include "libtrack/runtime/verdict.hpp"

#include <linux/futex.h>

#include <time.h>

#include "libtrack/base/relaxed.hpp"
#include "libtrack/base/syscall.hpp"
#include "libtrack/runtime/hook.hpp"
#include "libtrack/runtime/still.hpp"

namespace track::runtime {
namespace {

std::uint32_t asking = 0;  // 1: a thread asks

std::uint64_t monotonic_ms() {
  timespec now = {};
  raw::call(SYS_clock_gettime, CLOCK_MONOTONIC, static_cast<void*>(&now));
  return static_cast<std::uint64_t>(now.tv_sec) * 1000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

// False: no answer in time.
bool wait_for_verdict(std::uint64_t number, unsigned patience_ms) {
  std::uint64_t* const given = &recorder.ledger.header().verdict_given;
  const std::uint64_t end_ms = monotonic_ms() + patience_ms;
  for (;;) {
    const std::uint64_t seen = __atomic_load_n(given, __ATOMIC_ACQUIRE);
    const std::uint64_t now_ms = monotonic_ms();
    if (seen == number || now_ms >= end_ms) {
      return seen == number;
    }
    const std::uint64_t left_ms = end_ms - now_ms;
    const timespec patience = {static_cast<time_t>(left_ms / 1000),
                               static_cast<long>(left_ms % 1000) * 1'000'000};
    // Its low half comes first; both processes map the same file.
    raw::call(SYS_futex, static_cast<void*>(given), FUTEX_WAIT,
              static_cast<long>(static_cast<std::uint32_t>(seen)),
              static_cast<const void*>(&patience), 0L, 0L);
  }
}

void hand_over(const ledger::verdict_record& found, libtrack_verdict& verdict) {
  verdict = {};
  verdict.lost_blocks = found.lost_blocks;
  verdict.lost_bytes = found.lost_bytes;
  verdict.cycles = found.cycles;
  verdict.skewed = found.skewed != 0 ? 1 : 0;
  for (std::size_t i = 0; i < ledger::verdict_sites && i < found.sites; ++i) {
    const ledger::verdict_site& site = found.site[i];
    auto& told = verdict.site[verdict.sites++];
    told.node = recorder.ledger.stack_of(site_id{site.site}).value;
    told.cyclic = site.cyclic;
    told.blocks = site.blocks;
    told.bytes = site.bytes;
  }
}

}  // namespace

bool judge(libtrack_verdict* verdict, unsigned patience_ms) {
  const bool alone = __atomic_exchange_n(&asking, 1, __ATOMIC_ACQUIRE) == 0;
  if (!alone) {
    return false;
  }
  bool told = false;
  if ((is_armed() || prepare() == readiness::record) && recorder.file->graph_inode != 0 &&
      (this_thread == nullptr || load_relaxed(this_thread->busy) == 0)) {
    const std::uint64_t number = take_still_to_judge();
    told = number != 0 && wait_for_verdict(number, patience_ms);
  }
  if (told) {
    hand_over(recorder.ledger.header().verdict, *verdict);
  }
  __atomic_store_n(&asking, 0, __ATOMIC_RELEASE);
  return told;
}

}  // namespace track::runtime
