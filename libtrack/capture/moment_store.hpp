// Keeps moments of running processes in a capture, and thins them out. Floor 4.
//
// Private to libtrack/capture. A moment is one zstd frame over LEB128 numbers, see SCHEMA.md. The
// caller holds a transaction. Throws what SQLite throws. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include "libtrack/capture/series.hpp"
#include "libtrack/support/result.hpp"

namespace track::capture {

// `changes` by site, each once.
std::vector<std::byte> encode_changes(std::span<const site_change> changes);
// errors: false, when the blob makes no sense.
bool decode_changes(std::span<const std::byte> stored, std::vector<site_change>& changes);
// Both by site; what cancels out stays away.
std::vector<site_change> add_changes(std::span<const site_change> first,
                                     std::span<const site_change> second);

class moment_store {
 public:
  explicit moment_store(SQLite::Database& database) : database_(database) {}

  void add(std::uint64_t process, std::uint64_t at_mono_ms, std::span<const site_change> changes);

 private:
  void thin_out(std::uint64_t process);

  SQLite::Database& database_;
  std::map<std::uint64_t, std::size_t> stored_;  // by process
};

// errors: bad_input, a moment that makes no sense.
result<series> load_stored_series(SQLite::Database& database);

}  // namespace track::capture
