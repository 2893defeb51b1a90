// Fills the names of a capture's frames from a name source. Floor 4.
//
// Private to libtrack/capture. Throws what SQLite throws; the caller holds the transaction.
// cost: one call of the source a module, rows linear in the frames.
#pragma once

#include <optional>
#include <string>

#include <SQLiteCpp/SQLiteCpp.h>

#include "libtrack/capture/heap_graph.hpp"
#include "libtrack/capture/name_source.hpp"
#include "libtrack/support/result.hpp"

namespace track::capture {

// Replaces all names. A frame of which the source knows nothing keeps the name it had, so that
// naming again on a machine without the modules loses nothing.
void name_frames(SQLite::Database& database, name_source& source);

// The same, and then what the heap graphs hold, `decoded` as in name_heaps. errors: bad_input, the
// capture at `path` is corrupt.
result<void> name_all(SQLite::Database& database, const std::string& path, name_source& source,
                      std::optional<heap_graph> decoded = {});

}  // namespace track::capture
