// Takes one decoded process into the tables of a capture. Floor 4.
//
// Private to libtrack/capture; the one code for live collection, checkpoints and raw ledgers.
// Throws what SQLite throws; the caller holds the transaction. cost: linear in nodes and sites.
#pragma once

#include <cstdint>

#include <SQLiteCpp/SQLiteCpp.h>

#include "libtrack/capture/dictionary.hpp"
#include "libtrack/capture/writer.hpp"
#include "libtrack/ledger/reader.hpp"

namespace track::capture {

struct ingest_options {
  std::int64_t created_unix_ms = 0;
  std::uint64_t created_mono_ms = 0;
  bool from_checkpoint = false;
};

// Replaces what the capture of `known` held of this process.
void ingest_process(dictionary& known, const ledger::process_image& image, const process_end& end,
                    const ingest_options& options);

void ingest_untracked(SQLite::Database& database, const untracked_process& process);

// The end of a process as its own ledger tells; for a process that says nothing, whether it still
// runs on this machine.
process_end end_from_ledger(const ledger::process_image& image, bool same_machine);

}  // namespace track::capture
