// The validating reader of ledgers. Floor 1; hosted, never in the preload.
//
// Takes bytes that anybody may have written: every offset and count is checked against the bytes
// that are there, parents that run in circles are cut, counters are taken as they are.
// Nothing is kept of the input after a call. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "libtrack/base/allocation_function.hpp"
#include "libtrack/ledger/format.hpp"

namespace track::ledger {

struct read_error {
  std::string message;       // what is wrong and what it means
  std::uint64_t offset = 0;  // where in the input, bytes
};

struct module_image {
  std::uint64_t load_bias = 0;
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::string path;
  std::vector<std::uint8_t> build_id;
  std::uint64_t loaded_mono_ms = 0;
  std::optional<std::uint64_t> unloaded_mono_ms;
};

struct node_image {
  std::uint64_t address = 0;
  module_id module;
  node_id parent;
};

// Counters of a site, summed over the stripes.
struct site_image {
  node_id node;
  allocation_function function = allocation_function::unknown;
  std::uint64_t allocations = 0;
  std::uint64_t bytes_allocated = 0;
  std::uint64_t frees = 0;
  std::uint64_t bytes_freed = 0;
  std::int64_t peak_blocks = 0;  // this site's part of the process's peak
  std::int64_t peak_bytes = 0;
  std::uint64_t temporary = 0;
  std::uint64_t lifetimes[4] = {};  // frees within 10 ms, 1 s, 60 s, later
  // From the survivors region, where it was filled.
  std::optional<survivor_record> survivors;

  std::int64_t live_blocks() const { return static_cast<std::int64_t>(allocations - frees); }
  std::int64_t live_bytes() const {
    return static_cast<std::int64_t>(bytes_allocated - bytes_freed);
  }
};

struct mismatch_image {
  mismatch_kind kind = mismatch_kind::none;
  site_id allocation_site;
  node_id release_node;
  release_function function = release_function::unknown;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  bool certain = false;
  std::uint64_t first_mono_ms = 0;
  std::uint64_t size_given = 0;
};

// A tracked object. Texts are places in process_image::names, 0: none.
struct object_image {
  std::uint64_t address = 0;
  bool dead = false;  // it is gone, but whoever watched it still has its record
  std::uint64_t serial = 0;
  std::uint32_t thread = 0;  // thread_record; 0: unknown
  std::uint32_t type = 0;
  std::uint32_t label = 0;
  std::uint32_t tag = 0;
  std::uint32_t test = 0;
  std::uint32_t birth_ms = 0;  // low 32 bits of CLOCK_MONOTONIC ms
  std::optional<std::uint32_t> due_ms;
  node_id node;  // stack that registered it
  std::uint32_t size_bytes = 0;
};

// A probed cache, summed over its stripes.
struct cache_image {
  std::uint64_t serial = 0;
  std::uint64_t address = 0;  // 0: not told
  std::uint32_t name = 0;     // as in object_image
  node_id node;               // stack that made the probe
  std::uint32_t birth_ms = 0;
  std::optional<std::uint32_t> end_ms;  // it was gone by then
  std::uint64_t inserts = 0;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t evictions = 0;
  std::uint64_t erased = 0;
  std::array<std::uint64_t, age_buckets> ages = {};  // of the evictions whose age is known
  std::optional<std::uint64_t> size;                 // as the cache says itself
  std::optional<std::uint64_t> never_hit;
};

// A slot, decoded: plain values, safe to use whatever the input was. Element 0 of modules, nodes
// and sites stands for "none" / "others", as in the format; of names it is the empty one.
struct process_image {
  slot_state state = slot_state::free;
  std::uint64_t process = 0;
  std::optional<std::uint64_t> parent_process;
  std::uint32_t pid = 0;
  std::uint32_t parent_pid = 0;
  std::uint64_t start_ticks = 0;
  process_origin origin = process_origin::start;
  std::uint64_t start_mono_ms = 0;
  std::optional<std::uint64_t> end_mono_ms;
  exit_path path = exit_path::none;
  std::int32_t exit_code = 0;
  std::string exe;
  std::vector<std::string> args;
  std::string suppressions;  // the program's own, in LeakSanitizer's syntax
  std::uint64_t inherited_blocks = 0;
  std::uint64_t inherited_bytes = 0;
  std::uint64_t inherited_frees = 0;
  std::uint64_t reallocations = 0;
  bool survivors_valid = false;
  std::uint64_t stills_begun = 0;
  std::uint64_t stills_failed = 0;
  std::int64_t peak_bytes = 0;
  std::int64_t peak_blocks = 0;
  std::uint64_t peak_mono_ms = 0;
  std::uint64_t lost[max_losses] = {};
  std::uint64_t thread_count = 0;
  std::vector<module_image> modules;
  std::vector<node_image> nodes;
  std::vector<site_image> sites;
  std::vector<mismatch_image> mismatches;
  std::vector<std::string> names;
  std::vector<object_image> objects;  // as they stand in the ledger
  std::vector<cache_image> caches;    // likewise
};

// Reads the header of a ledger file. errors: foreign, newer, truncated.
std::variant<file_header, read_error> read_file_header(std::span<const std::byte> file);

// Bytes of slot `index`; empty when it lies outside of the file.
std::span<const std::byte> slot_bytes(std::span<const std::byte> file, const file_header& header,
                                      std::uint32_t index);

// Decodes one slot or one packed slot. A slot in state free or claimed decodes to an error.
// cost: linear in what is used.
std::variant<process_image, read_error> read_slot(std::span<const std::byte> slot);

// The same slot without its unused space: a slot image that read_slot takes, for checkpoints.
// The writer's node_index is left out.
std::variant<std::vector<std::byte>, read_error> pack_slot(std::span<const std::byte> slot);

// Totals of a process, cheap: without decoding stacks. For sampling a running program.
struct process_totals {
  std::int64_t live_bytes = 0;
  std::int64_t live_blocks = 0;
  std::int64_t peak_bytes = 0;
};
std::optional<process_totals> read_totals(std::span<const std::byte> slot);

// Counters of a site at one moment, summed over the stripes.
struct site_counts {
  std::uint64_t allocations = 0;
  std::uint64_t bytes_allocated = 0;
  std::uint64_t frees = 0;
  std::uint64_t bytes_freed = 0;
};
// Those of all sites in use, into `counts`, for the series of a running program; false: this is no
// slot in use. cost: a look at each counter, some 5 ns.
bool read_site_counts(std::span<const std::byte> slot, std::vector<site_counts>& counts);

}  // namespace track::ledger
