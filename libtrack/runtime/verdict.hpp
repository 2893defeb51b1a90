// Asks the collector what the program has lost since it last asked. Floor 3, freestanding.
//
// For test frameworks, by libtrack_ledger_v1. One thread at a time; not inside a hook.
// cost: a still, and the collector's walk over its graph.
#pragma once

#include "libtrack/ledger/program_table.hpp"

namespace track::runtime {

// errors: false where nobody judges: no collector, no still, no answer within `patience_ms`.
bool judge(libtrack_verdict* verdict, unsigned patience_ms);

}  // namespace track::runtime
