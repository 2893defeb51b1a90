// A capture in memory: plain rows, ids dense and checked, safe whatever the file held. Floor 4.
//
// Filled by load(); owned by its caller, read by libtrack/analysis. Ids index the vectors below;
// element 0 of modules, frames, stacks, sites, strings and object names stands for "none" ("others"
// for sites). A stack's parent has a smaller id than itself, so that every walk ends; only its
// innermost `depth_frames` frames are to be shown and compared.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libtrack/base/allocation_function.hpp"
#include "libtrack/capture/stack_row.hpp"
#include "libtrack/capture/writer.hpp"
#include "libtrack/ledger/format.hpp"
#include "libtrack/ledger/graph_format.hpp"

namespace track::capture {

struct process_row {
  std::uint64_t id = 0;
  std::optional<std::uint64_t> parent;
  std::uint32_t pid = 0;
  ledger::process_origin origin = ledger::process_origin::start;
  std::string exe;
  std::vector<std::string> args;
  std::optional<std::int64_t> start_unix_ms;
  process_end end;
  ledger::exit_path path = ledger::exit_path::none;
  bool from_checkpoint = false;  // the last state that a lost collector wrote
  bool survivors_valid = false;
  std::uint64_t inherited_blocks = 0;
  std::uint64_t inherited_frees = 0;
  std::uint64_t reallocations = 0;
  std::int64_t peak_bytes = 0;
  std::uint64_t stills_begun = 0;
  std::uint64_t stills_failed = 0;  // of those, without a graph, as far as the process knew
  std::uint64_t seen_ms = 0;        // it is known to have lived so long
  std::array<std::uint64_t, ledger::max_losses> losses = {};
};

struct module_row {
  std::string path;
  std::optional<bool> found;  // unknown: names were not looked for
  std::optional<bool> has_symbols;
};

struct frame_row {
  std::uint32_t module = 0;
  std::uint64_t offset = 0;
  bool unloaded = false;
  std::uint32_t first_name = 0;  // into names, innermost inlined function first
  std::uint32_t name_count = 0;
};

struct name_row {
  std::uint32_t function = 0;  // into strings; 0: unknown, likewise the file
  std::uint32_t file = 0;
  std::uint32_t line = 0;
  bool inlined = false;
};

struct site_row {
  std::uint32_t stack = 0;
  allocation_function function = allocation_function::unknown;
};

struct survivors {
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> oldest_age_ms;
  std::optional<std::uint64_t> youngest_age_ms;
};

struct counter_row {
  std::uint64_t process = 0;
  std::uint32_t site = 0;
  std::uint64_t allocations = 0;
  std::uint64_t bytes_allocated = 0;
  std::uint64_t frees = 0;
  std::uint64_t bytes_freed = 0;
  std::int64_t peak_blocks = 0;
  std::int64_t peak_bytes = 0;
  std::uint64_t temporary = 0;
  std::array<std::uint64_t, 4> lifetimes = {};
  std::optional<survivors> surviving;  // from the live table; none: it was not read at the end
};

struct mismatch_row {
  std::uint64_t process = 0;
  ledger::mismatch_kind kind = ledger::mismatch_kind::none;
  std::uint32_t allocation_site = 0;
  std::uint32_t release_stack = 0;
  release_function function = release_function::unknown;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  bool certain = false;
  std::optional<std::uint64_t> first_at_ms;
  std::uint64_t size_given = 0;
};

// A still whose graph is there whole.
struct still_row {
  std::uint64_t id = 0;  // within the capture
  std::uint64_t process = 0;
  std::uint32_t number = 0;  // within the process
  ledger::graph::trigger trigger = ledger::graph::trigger::exit_end;
  std::uint64_t at_ms = 0;  // since the process's start
  std::uint64_t pause_us = 0;
  std::uint32_t threads = 0;
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
  std::array<std::uint64_t, 5> notes = {};  // by ledger::graph::note
};

// A tracked object as the process left it. Times are since the process's start.
struct object_row {
  std::uint64_t process = 0;
  std::uint64_t serial = 0;  // rises with each registration in the process
  std::uint64_t address = 0;
  bool dead = false;       // it is gone; only its record is left
  std::uint32_t type = 0;  // into object_names, likewise the next three; 0: none
  std::uint32_t label = 0;
  std::uint32_t tag = 0;
  std::uint32_t test = 0;
  std::uint64_t born_at_ms = 0;
  std::optional<std::uint64_t> due_at_ms;  // it should have been gone by then
  std::uint32_t stack = 0;                 // that registered it
  std::uint64_t bytes = 0;
};

// A cache that its program probes, likewise.
struct cache_row {
  std::uint64_t process = 0;
  std::uint64_t serial = 0;
  std::uint32_t name = 0;  // into object_names
  std::optional<std::uint64_t> address;
  std::uint64_t born_at_ms = 0;
  std::optional<std::uint64_t> ended_at_ms;
  std::uint64_t inserts = 0;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t evictions = 0;
  std::uint64_t erased = 0;
  std::optional<std::uint64_t> size;  // as it says itself
  std::optional<std::uint64_t> never_hit;
  std::array<std::uint64_t, ledger::age_buckets> ages = {};  // evictions whose age is known
  std::uint32_t stack = 0;                                   // that made the probe
};

struct contents {
  bool complete = false;  // written to its end by the collector
  bool named = false;     // names were looked for
  bool collector = false;
  std::uint32_t depth_frames = 64;
  std::uint64_t exit_stills = 0;  // wanted, as ledger::file_header::exit_stills
  std::uint64_t processes_lost = 0;
  std::string default_suppressions;    // the text of a file
  std::string program_suppressions;    // what programs gave by __lsan_default_suppressions
  std::vector<process_row> processes;  // by id
  std::vector<untracked_process> untracked;
  std::vector<module_row> modules;
  std::vector<frame_row> frames;
  std::vector<name_row> names;
  std::vector<std::string> strings;
  std::vector<stack_row> stacks;
  std::vector<site_row> sites;
  std::vector<counter_row> counters;  // by process, then site
  std::vector<mismatch_row> mismatches;
  std::vector<still_row> stills;          // by id
  std::vector<std::string> object_names;  // element 0 is empty
  std::vector<object_row> objects;        // by process, as in its ledger
  std::vector<cache_row> caches;          // likewise
};

}  // namespace track::capture
