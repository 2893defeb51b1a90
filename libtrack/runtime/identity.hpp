// Who this process is, as its slot says it. Floor 3, freestanding; raw system calls only.
#pragma once

#include <cstdint>

#include "libtrack/ledger/writer.hpp"

namespace track::runtime {

std::uint64_t monotonic_ms();

// Once, at start: the executable and its arguments.
void remember_command();

// The executable of this process; "" when it could not be read.
const char* program_path();

// Takes the next process number and fills in pid, times, executable and arguments.
void fill_identity(ledger::slot_writer& ledger, ledger::file_header& file,
                   ledger::process_origin origin, std::uint64_t parent_process);

// The live blocks of the process that this one was forked from.
void inherit_live_blocks(ledger::slot_header& child, const ledger::slot_header& parent);

}  // namespace track::runtime
