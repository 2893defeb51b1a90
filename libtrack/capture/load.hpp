// Reads all tables of a capture into contents, checking every id on the way. Floor 4.
//
// Private to libtrack/capture. errors: bad_input when an id points nowhere or a row makes no sense.
// cost: linear in the file; some 100 bytes of memory a site.
#pragma once

#include <string>

#include <SQLiteCpp/SQLiteCpp.h>

#include "libtrack/capture/contents.hpp"
#include "libtrack/support/result.hpp"

namespace track::capture {

result<contents> load_contents(SQLite::Database& database, const std::string& path);

}  // namespace track::capture
