// The heap graph's stream: what the still of a process tells the collector. Floor 1.
//
// A still is a frozen copy of the process; it reads its own memory once and writes records as it
// goes, into the collector's pipe or PROGRAM.PID.graph. The stream is cut into frames of at most
// PIPE_BUF bytes, each written at once, so that stills of many processes share one pipe. Records
// run across frames; the last frame holds notes and end alone. Contents of memory are not kept, but
// for the counts of shared_ptr control blocks and the names of types. GRAPH.md explains it with a
// worked example.
#pragma once

#include <cstddef>
#include <cstdint>

namespace track::ledger::graph {

inline constexpr std::uint32_t frame_magic = 0x46475254;  // "TRGF", little endian
inline constexpr std::uint32_t stream_version = 1;
inline constexpr std::size_t frame_limit = 4096;  // PIPE_BUF: such a write is never torn

enum frame_flags : std::uint16_t {
  last = 1  // the stream ends here; without it the still is incomplete
};

struct frame_header {
  std::uint32_t magic;
  std::uint16_t bytes;  // of payload that follow
  std::uint16_t flags;
  std::uint64_t process;   // number within the capture
  std::uint32_t still;     // number within the process, from 0
  std::uint32_t sequence;  // of the frame within the still, from 0
};
static_assert(sizeof(frame_header) == 24);
inline constexpr std::size_t payload_limit = frame_limit - sizeof(frame_header);

// What made the process take the still.
enum class trigger : std::uint8_t {
  exit_begin = 0,  // main returned or exit was entered: no destructor has run
  exit_end = 1,    // after the last destructor
  interval = 2,    // --snapshot-every
  request = 3,     // track snapshot
  api = 4,         // a call of the program
  leak_check = 5   // __lsan_do_leak_check
};

// The first byte of a record. Numbers are LEB128; `signed` ones zigzag first. Ids of blocks, roots
// and types are their places in the stream: blocks and roots from 0, types from 1 (0: none).
enum class record : std::uint8_t {
  // version, trigger, moment (CLOCK_MONOTONIC in ms), threads, clock (low 32 bits of
  // CLOCK_MONOTONIC in ms, as births are given), first_site of the process. First in every stream.
  begin = 1,
  // start, bytes above start, length of the path, path. A file mapped into the process, from its
  // lowest address on; before the roots.
  module = 2,
  // root_kind, start, bytes, thread id (0: none); of tls also where the thread pointer lies, as
  // bytes
  // above start (0: not known). For registers start and bytes are 0.
  root = 3,
  // root id, count, edges; see `edges`. Offsets count from the root's start.
  root_edges = 4,
  // address of the vtable's first function, shape (control_shape), length of the name, mangled name
  // (none: no RTTI).
  type = 5,
  // granules (8 bytes) since the last block's address (the first: since 0), bytes, site (global id,
  // see slot_header::first_site), function * 16 + block_flags, age in ms, thread, type.
  block = 6,
  // count, then as many edges, of the block last named. An edge: words since the end of the last
  // edge's word (the first: since the start), then signed difference to the last edge's target
  // (the first: to the block's own id; of a root: to 0), times 2, plus 1 if interior; if interior,
  // the offset within the target and edge_flags. At most max_edges a record.
  edges = 7,
  // block, offset of the control block within it, use count word, weak count word, control_shape.
  counts = 8,
  // note, count, of what makes the still less than exact. From here on in the last frame.
  note = 9,
  // blocks, bytes, edges, root edges, microseconds that the program was held up. Last.
  end = 10
};

inline constexpr std::uint32_t max_edges = 1024;

enum class root_kind : std::uint8_t {
  registers = 0,
  stack = 1,
  tls = 2,      // static TLS, the thread's own block and what its DTV names
  segment = 3,  // writable data of a module
  mapping = 4   // anonymous memory that holds no tracked block
};

enum edge_flags : std::uint8_t {
  // memcheck's heuristics, by which an interior pointer counts as one to the start.
  std_string = 1,
  length64 = 2,
  new_array = 4,
  multiple_inheritance = 8
};

// How the counts of a control block are kept.
enum class control_shape : std::uint8_t {
  none = 0,
  libstdcxx = 1,  // use int32 at +8, weak int32 at +12
  libcxx = 2      // use - 1 int64 at +8, weak - 1 int64 at +16
};

enum class note : std::uint8_t {
  registers_missing = 0,   // threads asleep in the kernel whose registers are unknown
  thread_not_stopped = 1,  // threads that ran on while memory was copied
  threads_unseen = 2,      // more threads than there is room for
  mappings_unseen = 3,     // the list of mappings was cut
  unreadable = 4           // bytes of blocks that could not be read
};

}  // namespace track::ledger::graph
