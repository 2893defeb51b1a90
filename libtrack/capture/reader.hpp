// Opens whatever holds evidence: a capture, a growing one, a raw ledger; one way to ask all.
// Floor 4.
//
// Dispatches on content, not on the name. Input is anybody's: errors, never crashes. What a growing
// capture or a ledger holds undecoded goes through the writer's own ingest into memory; the file is
// not changed. One thread an object.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libtrack/capture/contents.hpp"
#include "libtrack/capture/heap_graph.hpp"
#include "libtrack/capture/heap_names.hpp"
#include "libtrack/capture/name_source.hpp"
#include "libtrack/capture/series.hpp"
#include "libtrack/support/result.hpp"

namespace track::capture {

// One cell of an answer, as SQLite renders it.
struct query_value {
  std::string text;
  bool null = false;
  bool number = false;

  friend bool operator==(const query_value&, const query_value&) = default;
};
using query_row = std::vector<query_value>;

struct query_sink {
  std::function<void(const std::vector<std::string>& columns)> begin;
  std::function<bool(const query_row& row)> row;  // false: enough
};

// Where the stills of a plain preload lie that wrote this ledger; empty: it has another name.
std::string graph_file_of(const std::string& ledger_path);

class reader {
 public:
  // errors: bad_input when the file is missing, foreign, newer or corrupt.
  // cost: reads the file once; decodes checkpoints and ledgers whole.
  static result<reader> open(const std::string& path);

  reader(reader&&) noexcept;
  reader& operator=(reader&&) noexcept;
  ~reader();

  result<contents> load();

  // The heap graph of contents::stills[…].id, with the sites of contents::sites.
  // errors: bad_input, damaged; not_found. cost: see graph_decoder.
  result<heap_graph> load_graph(std::uint64_t still);
  // What is known of the types, fields and variables of a graph loaded from here.
  result<heap_names> load_heap_names(const heap_graph& graph);

  // What sites did over time, with the sites of contents::sites; empty: nobody watched.
  // errors: bad_input. cost: 32 bytes a change.
  result<series> load_series();

  // Names were looked for when the capture was made.
  bool named() const;
  // Looks names up for this object alone; the file stays as it is.
  result<void> name(name_source& source);

  // Runs one read-only statement over the views v1_* and nothing else.
  // errors: usage, when the SQL is wrong or asks for more than that.
  result<void> query(const std::string& sql, const query_sink& sink);
  // The views and their columns.
  result<std::vector<std::string>> views();

 private:
  struct state;
  explicit reader(std::unique_ptr<state> initial);
  std::unique_ptr<state> state_;
};

// Names the frames of the capture at `path` again, in place: a copy is named and takes its place.
// errors: bad_input for the capture, output when the copy cannot be written.
result<void> symbolize(const std::string& path, name_source& source);

}  // namespace track::capture
