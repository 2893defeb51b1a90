// What the preload offers to the public API of the same process: one constant table. Floor 1;
// declarations alone, no libstdc++ symbol.
//
// The preload defines the symbol `libtrack_ledger_v1`; libtrack/weak refers to it weakly, and it is
// null without the preload. Both sides are built apart, so the table carries its version and its
// size, and a function is called only when the size covers it. New functions go to the end; a
// change of meaning is a new version, and a new symbol.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libtrack/ledger/format.hpp"

extern "C" {

// Where this process's tracked objects stand in its ledger. Offsets and counts as in format.hpp.
struct libtrack_objects {
  track::ledger::object_record* records;  // element 0 is unused
  std::uint64_t capacity;
  std::uint64_t* used;  // highest index in use, plus one; raised by the caller
  char* names;          // region `names`; byte 0 is unused
  std::uint64_t names_capacity;
  std::uint64_t* names_used;      // bytes; raised by the caller
  std::uint64_t* lost;            // counts objects that found no place
  const std::uint64_t* clock_ms;  // CLOCK_MONOTONIC in ms, coarse; 0: ask the kernel
};

// Likewise its probed caches; their names stand with those of the objects.
struct libtrack_caches {
  track::ledger::cache_record* records;
  std::uint64_t capacity;
  std::uint64_t* used;  // records in use; raised by the caller
};

// What the collector found in a still that was asked for by `judge`.
struct libtrack_verdict {
  std::uint64_t lost_blocks;  // definitely and indirectly lost, not known to the verdict before
  std::uint64_t lost_bytes;
  std::uint64_t cycles;  // groups among them that keep themselves alive
  std::uint32_t skewed;  // 1: threads were not seen whole, so that nothing is called lost
  std::uint32_t sites;   // entries of `site` that are filled, largest first
  struct {
    std::uint32_t node;    // stack that allocated, as in `stack`; 0: unknown
    std::uint32_t cyclic;  // 1: part of what keeps itself alive, or held by it
    std::uint64_t blocks;
    std::uint64_t bytes;
  } site[8];
};

struct libtrack_ledger_table {
  std::uint32_t version;     // 1
  std::uint32_t size_bytes;  // sizeof of the table as its maker knew it

  // The serial number of the live heap block that starts at `block`: not zero, below 2^63, given
  // once in a process. False: no live block starts there, or it was not recorded. Any thread, not
  // inside a hook; neither allocates nor throws.
  bool (*block_serial)(const void* block, std::uint64_t* serial);

  // Fills `places`; false: nothing is recorded. A child of fork has others than its parent.
  bool (*objects)(libtrack_objects* places);

  // The stack of the caller, without its innermost `skipped` frames, as a node of the ledger's
  // trie; 0: none could be had. cost: as an allocation's.
  std::uint32_t (*stack)(unsigned skipped);

  // Return addresses of a node, innermost first, at most `most`; returns how many.
  std::size_t (*frames)(std::uint32_t node, void** addresses, std::size_t most);

  // Takes a still (trigger api) and waits for the collector to judge it: what is lost now and was
  // not at the last call. The first call says nothing and is what the next one is held against.
  // False: no collector, no still, or it did not answer within `patience_ms`.
  bool (*judge)(libtrack_verdict* verdict, unsigned patience_ms);

  // What is alive in the process now, as the program asked for it. False: nothing is recorded.
  bool (*live)(std::uint64_t* blocks, std::uint64_t* bytes);

  // This thread's number among the ledger's thread records; 0: unknown, or nothing is recorded. A
  // child of fork has another than its parent. cost: the first call of a thread as its first
  // allocation.
  std::uint32_t (*thread)();

  // As objects().
  bool (*caches)(libtrack_caches* places);
};

[[gnu::weak, gnu::visibility("default")]] extern const libtrack_ledger_table libtrack_ledger_v1;

}  // extern "C"
