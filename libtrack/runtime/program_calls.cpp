// What a program may ask of the recorder: libtrack/include/track/snapshot.h. Floor 3.
#include "libtrack/base/relaxed.hpp"
#include "libtrack/runtime/hook.hpp"
#include "libtrack/runtime/still.hpp"

using namespace track;
using namespace track::runtime;

LIBTRACK_EXPORT int libtrack_snapshot() {
  if ((!is_armed() && prepare() != readiness::record) ||
      (this_thread != nullptr && load_relaxed(this_thread->busy) != 0)) {
    return 0;
  }
  return take_still(ledger::graph::trigger::api) ? 1 : 0;
}
