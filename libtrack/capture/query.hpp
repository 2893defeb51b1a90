// Read-only SQL over the views of a capture. Floor 4.
//
// Private to libtrack/capture. A statement is first compiled in a database of nothing but the views
// v1_*, so that it can name no table; then in the capture, where an authorizer admits reading and
// functions without side effects, and nothing else. One statement a call.
#pragma once

#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include "libtrack/capture/reader.hpp"

namespace track::capture {

// errors: usage, bad_input. Throws what SQLite throws.
result<void> run_query(SQLite::Database& database, const std::string& sql, const query_sink& sink);

// "v1_sites (site, function, …)", one a view. Throws what SQLite throws.
std::vector<std::string> list_views(SQLite::Database& database);

}  // namespace track::capture
