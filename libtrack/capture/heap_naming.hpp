// Asks a source for the types, fields and variables that the heap graphs of a capture hold, and
// keeps the answers. Floor 4.
//
// Private to libtrack/capture. Throws what SQLite throws; the caller holds the transaction. Frames
// have their names already. A graph that is damaged is left out: reading it will say so.
// cost: decodes every other graph; one question a vtable, a site and size, a type and offset, a
// variable.
#pragma once

#include <optional>
#include <string>

#include <SQLiteCpp/SQLiteCpp.h>

#include "libtrack/capture/heap_graph.hpp"
#include "libtrack/capture/heap_name_source.hpp"
#include "libtrack/capture/heap_names.hpp"
#include "libtrack/support/result.hpp"

namespace track::capture {

// What the source does not know keeps the answer it had. `decoded`: the graph of one of the
// capture's stills, which then need not be decoded again; with the sites of its process's ledger.
result<void> name_heaps(SQLite::Database& database, const std::string& path,
                        heap_name_source& source, std::optional<heap_graph> decoded = {});

// errors: bad_input, when a row makes no sense.
result<heap_names> load_stored_heap_names(SQLite::Database& database, const heap_graph& graph);

}  // namespace track::capture
