// Finding a ledger and claiming a slot in it. Floor 3, freestanding; raw system calls only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libtrack/ledger/format.hpp"
#include "libtrack/ledger/writer.hpp"
#include "libtrack/runtime/environment.hpp"

namespace track::runtime {

struct slot_place {
  ledger::file_header* file = nullptr;  // the file's first page, mapped
  std::byte* slot = nullptr;            // the claimed slot, mapped, zeroed
  std::uint64_t mapped_bytes = 0;
  ledger::capacities room;
};

// Under `track run`: the collector's ledger. Tries /proc/PID/fd/FD, then its socket.
// `where`: map the slot there instead of anywhere (a fork child keeps its parent's addresses).
// errors: false when there is no ledger, no free slot (counted there) or no memory.
bool attach_to_collector(const char* description, slot_place& place);

// Where a still writes its graph: the collector's pipe, found as its ledger is, or the file
// PROGRAM.PID.graph of a plain preload, PID being the tracked process. errors: negative.
long open_graph(const start_options& options, const ledger::file_header& file, std::uint32_t pid);

// Plain preload: a ledger file of our own with one slot.
bool create_own_ledger(const start_options& options, slot_place& place);

}  // namespace track::runtime
