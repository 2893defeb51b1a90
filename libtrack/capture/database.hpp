// SQLite behind one seam: opening with every guard on, exceptions turned into errors. Floor 4.
//
// Private to libtrack/capture. A file that we did not write is opened defensively: no trust in its
// schema, which must be ours to the letter, no extensions, bounded lengths. One thread a handle.
#pragma once

#include <string>

#include <SQLiteCpp/SQLiteCpp.h>

#include "libtrack/support/result.hpp"

namespace track::capture {

enum class access { read, write };

// Makes an empty capture at `path`, mode 0600, replacing what is there; an empty file of ours is
// taken as it is, with the locks that are on it. errors: output.
result<SQLite::Database> create_database(const std::string& path);

// An empty capture in memory.
result<SQLite::Database> create_memory_database();

// Opens an existing capture. errors: bad_input when it is foreign, newer or corrupt.
// cost: reads the whole file once (PRAGMA quick_check).
result<SQLite::Database> open_database(const std::string& path, access wanted);

// A private copy in memory of `source`, for adding what the file does not hold.
result<SQLite::Database> copy_to_memory(SQLite::Database& source);

std::string meta_text(SQLite::Database& database, const char* key);
std::int64_t meta_number(SQLite::Database& database, const char* key);
void set_meta(SQLite::Database& database, const char* key, const std::string& value);
void set_meta(SQLite::Database& database, const char* key, std::int64_t value);

// What SQLite threw about `path`: what happened, and what to do when the disk is the reason.
error storage_error(error_code code, const std::string& path, const SQLite::Exception& failure);

// Runs `body`; what SQLite throws becomes an error with `code` that names `path`.
template <typename Body>
auto guarded(error_code code, const std::string& path, Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const SQLite::Exception& failure) {
    return storage_error(code, path, failure);
  }
}

}  // namespace track::capture
