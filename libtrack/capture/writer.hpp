// Writes one capture: a SQLite file that grows as FILE.partial and becomes FILE when complete.
// Floor 4.
//
// Used by the CLI alone (`track run`, `track collect`, `track symbolize`), never by the program.
// Every call commits before it returns, so that a killed collector leaves a readable file behind;
// only samples may wait, a second at most.
// The file is private (0600) and needs no companion files once a call has returned.
// One thread at a time. Memory: the dictionaries of frames, stacks and sites, some 30 bytes each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libtrack/capture/heap_graph.hpp"
#include "libtrack/capture/name_source.hpp"
#include "libtrack/capture/series.hpp"
#include "libtrack/capture/still_frames.hpp"
#include "libtrack/ledger/reader.hpp"
#include "libtrack/support/result.hpp"

namespace track::capture {

struct capture_info {
  std::string tool_version;
  std::int64_t created_unix_ms = 0;   // wall clock when the ledger was made
  std::uint64_t created_mono_ms = 0;  // CLOCK_MONOTONIC at the same moment
  std::string host;
  bool record_args = false;
  bool collector = true;            // false: no collector watched (plain preload), so no series
  std::uint32_t depth_frames = 64;  // frames of a stack to keep, innermost first
  std::uint64_t exit_stills = 0;    // as ledger::file_header::exit_stills; 0: none wanted
  std::string default_suppressions;
  std::optional<std::uint64_t> sample_interval_ms;
};

enum class end_kind : std::uint32_t {
  exited = 0,
  signaled = 1,
  execed = 2,
  running = 3,
  unknown = 4
};

// How a process ended, as its parent (wait status) or the ledger tells.
struct process_end {
  end_kind kind = end_kind::unknown;
  std::optional<std::int32_t> code;
  std::optional<std::int32_t> signal;
  std::optional<bool> oom_killed;
  std::optional<std::uint64_t> duration_ms;
  bool ran_under_collector = true;  // false: a plain preload, collected or read afterwards
};

// A descendant that ran without the preload, or whose evidence could not be kept.
struct untracked_process {
  std::optional<std::uint64_t> parent_process;
  std::uint32_t pid = 0;   // 0: unknown
  std::string exe;         // may be empty
  std::string reason;      // one line for people: "static binary", "skipped by --skip", …
  bool asked_for = false;  // left alone on request (--skip, --no-follow): no loss of evidence
};

struct finalize_options {
  name_source* names = nullptr;  // null: names later (`--symbols later`, `track symbolize`)
  std::optional<heap_graph> decoded = {};  // of one of the stills, as graph_decoder made it
};

class writer {
 public:
  // Makes `partial_path` anew; a left-over of the same name is replaced.
  // errors: output, when it cannot be made there.
  static result<writer> create(const std::string& partial_path, const capture_info& info);

  writer(writer&&) noexcept;
  writer& operator=(writer&&) noexcept;
  ~writer();

  // Keeps the state of a running process, from ledger::pack_slot; replaces its earlier checkpoint.
  result<void> checkpoint(std::uint64_t process, std::span<const std::byte> packed_slot);

  // One point of the process's time series. Thinned: at most some 1,000 points stay a process.
  // units: at_mono_ms is CLOCK_MONOTONIC in ms.
  result<void> sample(std::uint64_t process, std::uint64_t at_mono_ms,
                      const ledger::process_totals& totals);

  // What sites did since the last such moment, by site of the process's ledger. Thinned as `series`
  // says. cost: some 10 bytes a change, before compression.
  result<void> add_moment(std::uint64_t process, std::uint64_t at_mono_ms,
                          std::vector<site_change> changes);

  // The whole evidence of a process that ended (or is left running); replaces its checkpoint.
  // A process that was added before is replaced in full. cost: linear in its sites.
  result<void> add_process(const ledger::process_image& image, const process_end& end);

  // Takes the next part of a still's graph; `last`: it is whole. Returns the number that the still
  // has in the capture then; later calls of add_process for its process make its sites known.
  // errors: output; bad_input, the graph makes no sense and is dropped.
  // cost: memory for a MiB of a graph; the rest is in the file.
  result<std::optional<std::uint64_t>> add_graph(still_key still, std::span<const std::byte> bytes,
                                                 bool last);
  // No more of this graph will come: what there is of it is removed.
  result<void> drop_graph(still_key still);

  result<void> add_untracked(const untracked_process& process);

  // Processes that found no free slot (file_header::processes_lost); the capture is incomplete.
  result<void> set_processes_lost(std::uint64_t count);

  // Resolves names, takes what is left as checkpoints in as of unknown end, marks the capture
  // complete and renames it to `final_path`, replacing a file of that name. Returns the path.
  // The writer takes nothing more afterwards.
  result<std::string> finalize(const std::string& final_path, finalize_options options);

 private:
  struct state;
  explicit writer(std::unique_ptr<state> initial);
  std::unique_ptr<state> state_;
};

}  // namespace track::capture
