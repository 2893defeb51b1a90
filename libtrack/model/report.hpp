// Everything a report may know, as plain values; the shape of the contract's JSON. Floor 3.
//
// Made by libtrack/analysis, read by the renderers of reports/, which know nothing else.
// Unknown is std::nullopt or an empty string, never a guess. Values own all they hold but frames.
// units: bytes as the program asked for them, times in milliseconds.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libtrack/model/growth.hpp"
#include "libtrack/model/heap.hpp"
#include "libtrack/model/judgement.hpp"
#include "libtrack/model/rare.hpp"
#include "libtrack/model/stack.hpp"

namespace track::model {

struct named_stack {
  std::string role;  // freed, freed_again, inserted, member
  stack frames;
};

struct totals {
  std::uint64_t allocations = 0;
  std::uint64_t frees = 0;
  std::uint64_t reallocations = 0;
  std::uint64_t bytes_allocated = 0;
  std::int64_t peak_bytes = 0;
  std::uint64_t temporary = 0;
  std::int64_t live_blocks = 0;
  std::int64_t live_bytes = 0;
  std::uint64_t inherited_frees = 0;
};

// One of the closed list in QUALITY.md.
struct quality_reason {
  std::string code;
  std::string detail;
};

struct quality {
  bool complete = true;
  std::vector<quality_reason> reasons;  // of a complete process: notes
  std::uint64_t events_lost = 0;
  std::uint64_t stacks_truncated = 0;
  std::uint64_t frames_unresolved = 0;  // frames of this process that have no function name
  std::vector<std::string> modules_without_symbols;
};

enum class exit_kind { exited, signaled, execed, running, unknown };

struct exit_status {
  exit_kind kind = exit_kind::unknown;
  std::optional<std::int32_t> code;
  std::optional<std::int32_t> signal;
  std::optional<bool> oom_killed;
};

// Objects that the program registered, as they stood when it was seen last.
struct object_counts {
  std::uint64_t alive = 0;
  std::uint64_t overdue = 0;  // of those
  std::uint64_t dead = 0;     // gone, but their records are left
};

struct process {
  std::uint64_t number = 0;  // within the capture; the root is 0
  std::string capture;       // the file it is from, in a report of several
  std::optional<std::uint64_t> parent;
  std::uint32_t pid = 0;
  std::string program;               // file name of the executable
  std::vector<std::string> command;  // argv; argv[0] alone unless recorded
  std::optional<std::int64_t> start_unix_ms;
  std::optional<std::uint64_t> duration_ms;
  exit_status exit;
  track::model::quality quality;
  track::model::totals totals;
  std::int64_t inherited_blocks = 0;     // alive at the fork, the parent's
  std::optional<heap_classes> heap;      // none: no still
  std::optional<object_counts> objects;  // none: it registered none
};

enum class finding_kind { lost, cycle, possibly_lost, cache, growth, overdue, mismatch, survivor };

enum class mismatch_class { family, double_free, foreign_free, size, alignment };

struct mismatch {
  mismatch_class kind = mismatch_class::family;
  std::string released_by;                   // the releasing function's name
  bool certain = false;                      // double_free: the address was not handed out between
  std::optional<std::uint64_t> size_given;   // size: what the release said
  std::optional<std::uint64_t> first_at_ms;  // since the process's start
};

struct age {
  std::optional<std::uint64_t> min_ms;
  std::optional<std::uint64_t> median_ms;
  std::optional<std::uint64_t> max_ms;
};

// What a finding is a sum over, where `--by` was given.
struct finding_group {
  std::string name;            // the type, module or function; empty: unknown
  std::uint64_t findings = 1;  // that were summed up
};

struct finding {
  finding_kind kind = finding_kind::survivor;
  std::string fingerprint;  // 16 hex digits
  bool weak = false;        // some of its frames have no name
  bool runtime = false;     // owned by the C or C++ runtime alone
  bool proven = true;       // survivor: alive after the last destructor, not when it was killed
  std::vector<std::uint64_t> processes;
  std::optional<std::uint64_t> still;
  std::string title;
  std::string type;
  std::string label;  // of tracked objects, likewise the next two; empty: none, or several
  std::string tag;
  std::string test;          // in which they were born
  bool tracked = false;      // about objects that the program registered: they are what is counted
  std::string allocated_by;  // the allocating function's name
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
  std::optional<block_sum> retained;  // with its own blocks
  std::optional<block_sum> definite;  // of its blocks, those that count as definitely lost
  std::optional<age> age_ms;
  std::optional<std::uint64_t> overdue_ms;  // overdue: for how long, the first of them
  bool suppressed = false;
  std::string unloaded_module;  // lost when this module was unloaded; empty: not known to be
  std::optional<finding_group> group;
  shared_frame location;  // the frame to show first, by its file within the source root; null: none
  stack allocated;        // where the blocks were allocated, or the objects registered
  std::vector<named_stack> stacks;  // further ones
  rare<track::model::mismatch> mismatch;
  rare<track::model::cycle> cycle;
  rare<track::model::cache> cache;
  rare<track::model::growth> growth;
  std::optional<track::model::path> path;  // none: not reached, or not asked for
  std::optional<finding_state> state;      // gate and diff
  std::optional<block_range> baseline;     // likewise; none: it has no part in it
};

// What one site did in the whole run, over all processes that were asked for.
struct site {
  std::string fingerprint;
  bool weak = false;
  std::string allocated_by;
  std::vector<std::uint64_t> processes;
  std::uint64_t allocations = 0;
  std::uint64_t bytes_allocated = 0;
  std::uint64_t frees = 0;
  std::uint64_t temporary = 0;
  std::int64_t peak_blocks = 0;  // its part of each process's peak, in sum
  std::int64_t peak_bytes = 0;
  std::int64_t live_blocks = 0;
  std::int64_t live_bytes = 0;
  std::array<std::uint64_t, 4> lifetimes = {};  // frees within 10 ms, 1 s, 60 s, later
  stack allocated;
};

// Findings that were left out of a listing, so that nothing is cut silently.
struct left_out {
  std::uint64_t findings = 0;
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
  std::uint64_t faults = 0;  // of those, neither survivors nor suppressed nor the runtimes'
};

struct report {
  std::string tool_version;
  bool growing = false;  // the capture was not finished: track still runs, or was killed
  std::vector<process> processes;
  std::vector<still> stills;
  std::vector<finding> findings;
  bool narrowed = false;  // only some of what there is was asked for
  std::string by;  // what findings are summed up by: site, type, module, label, tag, test; empty:
                   // they are not
  left_out beyond_limit;
  left_out runtime;    // of the C and C++ runtimes, listed on request
  left_out survivors;  // of processes whose still tells what is lost; listed on request
  suppression_uses suppressions;
  std::optional<track::model::judgement> judgement;  // gate and diff
  bool truncated() const { return beyond_limit.findings != 0; }
};

struct site_report {
  std::string tool_version;
  std::string by;
  std::vector<process> processes;
  std::vector<site> sites;
  std::uint64_t sites_left_out = 0;
};

constexpr const char* name_of(finding_kind kind) {
  switch (kind) {
    case finding_kind::lost:
      return "lost";
    case finding_kind::cycle:
      return "cycle";
    case finding_kind::possibly_lost:
      return "possibly_lost";
    case finding_kind::cache:
      return "cache";
    case finding_kind::growth:
      return "growth";
    case finding_kind::overdue:
      return "overdue";
    case finding_kind::mismatch:
      return "mismatch";
    case finding_kind::survivor:
      break;
  }
  return "survivor";
}

constexpr const char* name_of(exit_kind kind) {
  constexpr const char* names[] = {"exited", "signaled", "execed", "running", "unknown"};
  return names[static_cast<int>(kind)];
}

constexpr const char* name_of(mismatch_class kind) {
  constexpr const char* names[] = {"family", "double_free", "foreign_free", "size", "alignment"};
  return names[static_cast<int>(kind)];
}

}  // namespace track::model
