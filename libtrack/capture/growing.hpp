// Evidence that no collector has finished: checkpoints and raw ledgers. Floor 4.
//
// Private to libtrack/capture. Decodes slots with ledger::read_slot and ingests them into an
// in-memory capture. errors: bad_input with the place. Throws what SQLite throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include "libtrack/capture/dictionary.hpp"
#include "libtrack/support/result.hpp"

namespace track::capture {

// A checkpoint as stored: zstd over a packed slot.
std::vector<std::byte> compress_checkpoint(std::span<const std::byte> packed_slot);
result<std::vector<std::byte>> expand_checkpoint(std::span<const std::byte> stored);

// Takes every checkpoint of `database` in as a process whose end is what its ledger says. `known`
// is what `database` holds.
result<void> ingest_checkpoints(SQLite::Database& database, dictionary& known,
                                const std::string& path);

bool is_ledger(std::span<const std::byte> head);
result<SQLite::Database> ingest_ledger(const std::string& path);

}  // namespace track::capture
