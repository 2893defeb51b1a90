// Keeps the graphs of stills in a capture, while they come. Floor 4.
//
// Private to libtrack/capture. A stream is stored as it came, in chunks; what is not yet a chunk is
// in memory. A still is there once its stream has come to its end; chunks of one that has not are
// nobody's. The caller holds a transaction where it says so. Throws what SQLite throws. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include "libtrack/capture/graph_decoder.hpp"
#include "libtrack/capture/heap_graph.hpp"
#include "libtrack/capture/still_frames.hpp"
#include "libtrack/support/result.hpp"

namespace track::capture {

inline constexpr std::size_t graph_chunk_bytes = std::size_t{1} << 20;
inline constexpr std::size_t stored_notes = 5;  // of ledger::graph::note

class still_store {
 public:
  explicit still_store(SQLite::Database& database);

  // Takes the next part of a stream; true: store() has something to do.
  bool add(still_key still, std::span<const std::byte> bytes, bool last);
  // Within a transaction. Returns the number in the capture of a still that is complete now.
  // errors: bad_input, the stream makes no sense and is dropped.
  result<std::optional<std::uint64_t>> store(still_key still);
  // Within a transaction: forgets what came of a stream.
  void drop(still_key still);

 private:
  struct stream {
    std::int64_t number = 0;  // of its chunks
    std::int64_t still = 0;   // its id, in the order in which stills began
    std::int64_t chunks = 0;
    std::uint64_t bytes = 0;
    std::vector<std::byte> waiting;
    std::optional<graph_head> head;
    std::vector<std::byte> tail;  // payload of the last frame
    bool ended = false;
  };

  void store_chunk(stream& from);
  std::uint64_t insert_still(still_key still, const stream& from, const graph_totals& totals);

  SQLite::Database& database_;
  std::int64_t next_stream_ = 1;
  std::int64_t next_still_ = 0;
  std::map<still_key, stream> open_;
};

// By site of the process's ledger: its number in the capture, 0: none.
std::vector<std::uint32_t> load_site_numbers(SQLite::Database& database, std::uint64_t process);

// From sites of the process's ledger, as decoded, to those of the capture.
void translate_sites(SQLite::Database& database, heap_graph& graph);

// The graph of a still, read back, with the sites of the capture.
// errors: bad_input, damaged.
result<heap_graph> load_stored_graph(SQLite::Database& database, std::uint64_t still);

}  // namespace track::capture
