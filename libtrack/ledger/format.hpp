// The ledger's format: the one bridge between a tracked program and the commands. Floor 1.
//
// A ledger is a file of fixed size (a memfd of the collector, or PROGRAM.PID.ledger): one page of
// file_header, then slots of equal size. A slot belongs to one process image: a fork's child and a
// successful exec take a new one. A slot starts with slot_header; its region table says where the
// rest lies. Everything is addressed by offsets from the slot's start, never by pointers.
// Words that are written while others read are naturally aligned and at most eight bytes, so each
// is whole; what belongs together may be torn by one event. Writers live in the program (any
// thread), the reader (reader.hpp) trusts nothing. FORMAT.md explains it with a worked example.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libtrack/base/ids.hpp"

namespace track::ledger {

inline constexpr std::uint64_t file_magic = 0x3152474c4b415254;  // "TRAKLGR1", little endian
inline constexpr std::uint64_t slot_magic = 0x31544c534b415254;  // "TRAKSLT1"
inline constexpr std::uint32_t format_version = 1;
inline constexpr std::size_t page_bytes = 4096;
inline constexpr std::uint32_t max_stripes = 4;

// --- the file ---------------------------------------------------------------------------------

struct file_header {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t slot_count;
  std::uint64_t slot_bytes;     // distance between slots; slot 0 starts at page_bytes
  std::uint32_t clock_ticking;  // 1: a collector keeps now_ms fresh; 0: read the clock yourself
  std::uint32_t now_ms;         // CLOCK_MONOTONIC in ms (low 32 bits), ticked by the collector
  std::uint64_t collector_pid;
  std::uint64_t next_process;     // processes numbered so far, atomically taken; the root is 0
  std::uint64_t processes_lost;   // processes that found no free slot
  std::uint64_t created_unix_ms;  // wall clock when the ledger was made
  std::uint64_t created_mono_ms;  // CLOCK_MONOTONIC at the same moment
  std::uint32_t depth_frames;     // option --depth: frames to keep of a stack, innermost first
  std::uint32_t record_args;      // option --record-args: argv beyond argv[0] is stored
  std::uint64_t forks_begun;      // fork was entered, and its child has found its place or none:
  std::uint64_t forks_placed;     //   while they differ somebody may be about to appear
  // Where stills write their graphs (graph_format.hpp): the writing end of a pipe, as a descriptor
  // of the collector, and its inode; 0: none. A plain preload writes to PROGRAM.PID.graph.
  std::uint64_t graph_descriptor;
  std::uint64_t graph_inode;
  // Bits: 1 << trigger::exit_begin, 1 << trigger::exit_end, begin_when_large.
  std::uint64_t exit_stills;
  std::uint64_t mono_ms;  // as now_ms, whole; 0: nobody keeps it fresh
};
// exit_begin only where more than large_heap_bytes are alive then, or a site looks like growing.
inline constexpr std::uint64_t begin_when_large = 1u << 8;
inline constexpr std::int64_t large_heap_bytes = std::int64_t{1} << 20;
static_assert(sizeof(file_header) <= page_bytes);

// --- a slot -----------------------------------------------------------------------------------

// Life of a slot. The program moves it free → claimed → live → ended; the collector, which knows
// when the process is gone, reads it, clears it and sets it free again.
enum class slot_state : std::uint32_t { free = 0, claimed = 1, live = 2, ended = 3 };

enum class process_origin : std::uint32_t { start = 0, fork = 1, exec = 2 };

// What the hooks saw of the end. `none`: nothing, so it was killed, or left by a raw exit_group.
enum class exit_path : std::uint32_t {
  none = 0,
  exit = 1,            // return from main or exit(): our last handler ran
  immediate_exit = 2,  // _exit, _Exit
  quick_exit = 3,
  abort = 4,
  exec = 5
};

enum class region_kind : std::uint32_t {
  none = 0,
  strings = 1,      // bytes; a string is {offset, length}
  modules = 2,      // module_record; index 0 is unused
  nodes = 3,        // stack words; word 0 is the root of every stack
  node_index = 4,   // std::uint32_t; the writer's hash table, of no use to a reader
  frames = 5,       // frame_record; index 0 is unused
  frame_index = 6,  // as node_index
  rows = 7,         // site_line; all lines of the first stripe, then of the second, and so on
  saved = 8,        // saved_counts, a site and stripe; likewise in order of the stripes
  wide = 9,         // wide_counts, a site and stripe
  ages = 10,        // age_counts, a site and stripe
  mismatches = 11,  // mismatch_record; index 0 is unused
  survivors = 12,   // survivor_record; element i belongs to site i; filled at exit
  threads = 13,     // thread_record; index 0 is "others"
  names = 14,       // bytes: names of objects; byte 0 is unused
  objects = 15,     // object_record; index 0 is unused
  caches = 16       // cache_record
};

struct region {
  std::uint32_t kind;  // region_kind
  std::uint32_t element_bytes;
  std::uint64_t offset;    // from the slot's start
  std::uint64_t capacity;  // elements
};
inline constexpr std::size_t max_regions = 24;

// Live bytes and blocks of the whole process, one cell a stripe, each on a line of its own. A
// single cell may be negative: a block made in one stripe may go in another. Only the sum counts.
struct alignas(64) stripe_cell {
  std::int64_t live_bytes;
  std::int64_t live_blocks;
  std::int64_t peak_mark;  // writer's own: recompute the sum when live_bytes passes it
  std::uint64_t reallocations;
  std::uint64_t unused[4];
};

// Reasons for lost or shortened evidence, counted; indices into slot_header::lost.
enum class loss : std::uint32_t {
  table_full = 0,   // a block could not be noted: no memory for the live table
  nested_overflow,  // a signal handler inside a hook made more events than its buffer holds
  missed_free,      // an address was handed out again though no free was seen
  nodes_full,       // a new stack found no place: counted under site 0
  sites_full,       // a new site found no place: counted under site 0
  modules_full,
  strings_full,
  mismatches_full,
  truncated_depth,    // stacks cut at the depth limit
  truncated_unknown,  // stacks cut where no unwind rule was known (JIT code, no .eh_frame)
  truncated_memory,   // stacks cut where the next frame's memory could not be read
  raw_clone,          // a child made by raw clone: its inherited blocks are unknown
  threads_full,
  no_stack_signal,     // events of a nested signal handler that have no stack
  allocator_bypassed,  // 1: the program's own malloc is called first: nothing can be seen
  leak_check_off,      // 1: the program said by __lsan_is_turned_off that it wants no exit still
  objects_full,        // tracked objects, probed caches, or their names, that found no place
  count
};
inline constexpr std::size_t max_losses = 32;
inline constexpr std::size_t pauses_kept = 4;

// What is lost at a still and was not at the verdict before: by site, the largest first.
inline constexpr std::size_t verdict_sites = 8;
struct verdict_site {
  std::uint32_t site;    // site_id; 0: others
  std::uint32_t cyclic;  // 1: part of what keeps itself alive, or held by it
  std::uint64_t blocks;
  std::uint64_t bytes;
};
struct verdict_record {
  std::uint64_t lost_blocks;
  std::uint64_t lost_bytes;
  std::uint64_t cycles;  // groups that keep themselves alive
  std::uint64_t skewed;  // 1: threads were not seen whole, so that nothing is called lost
  std::uint64_t sites;   // entries in use
  verdict_site site[verdict_sites];
};

struct slot_header {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t state;           // slot_state
  std::uint64_t slot_bytes;      // bytes of this image: the stride, or less in a packed copy
  std::uint64_t process;         // number within the capture, from file_header::next_process
  std::uint64_t parent_process;  // no_process: unknown or none
  std::uint32_t pid;
  std::uint32_t parent_pid;
  std::uint64_t start_ticks;    // field 22 of /proc/PID/stat: tells a reused pid
  std::uint32_t origin;         // process_origin
  std::uint32_t stripe_count;   // 1 to max_stripes
  std::uint64_t start_mono_ms;  // of this image: start, fork or exec
  std::uint64_t end_mono_ms;    // 0: not ended by a way we saw
  std::uint32_t exit_path;      // exit_path
  std::int32_t exit_code;       // valid for exit, immediate_exit, quick_exit
  std::uint64_t exe_offset;     // strings: /proc/self/exe
  std::uint64_t exe_bytes;
  std::uint64_t args_offset;   // strings: argv, each ended by a zero byte (argv[0] alone unless
  std::uint64_t args_bytes;    //   file_header::record_args)
  std::uint64_t strings_used;  // bytes
  std::uint64_t modules_used;  // highest index in use, plus one; likewise below
  std::uint64_t nodes_used;    // words
  std::uint64_t frames_used;
  std::uint64_t sites_used;
  std::uint64_t mismatches_used;
  std::uint64_t threads_used;
  std::uint64_t first_site;        // sites below are inherited by fork and belong to the parent
  std::uint64_t inherited_blocks;  // blocks alive at the fork
  std::uint64_t inherited_bytes;
  std::uint64_t inherited_frees;  // of those, freed by this process
  std::uint64_t survivors_valid;  // 1: the survivors region was filled, after the last destructor
  std::uint64_t
      rseq_owned_stripes;  // stripes written without lock prefix, by the CPU they belong to
  // Stills: the collector raises the first, the program takes one and raises the second; how many
  // were begun, how many could not be taken, and how long the last ones held the program up.
  std::uint64_t stills_asked;
  std::uint64_t stills_answered;
  std::uint64_t stills_begun;
  std::uint64_t stills_failed;
  std::uint64_t still_pause_us[pauses_kept];  // by the still's number; 0: not known yet
  std::uint64_t still_trigger_asked;          // graph::trigger of the one asked for
  std::uint64_t still_signal;         // makes a sleeping process answer; 0: it listens to none
  std::uint64_t suppressions_offset;  // strings: what __lsan_default_suppressions gave
  std::uint64_t suppressions_bytes;
  std::uint64_t objects_used;  // highest index in use, plus one
  std::uint64_t names_used;    // bytes
  // A verdict that the program asks the collector for: one more than the number of the still that
  // is to be judged, and of the one that was judged last. The words of `verdict` hold until the
  // next.
  std::uint64_t verdict_asked;
  std::uint64_t verdict_given;
  verdict_record verdict;
  std::uint64_t growth_seen;  // 1: to the collector some site looks like growing
  std::uint64_t caches_used;  // records

  // Peak by epochs: `epoch` rises when the live bytes exceed the last peak; see site_line.
  alignas(64) std::uint64_t epoch;
  std::int64_t peak_bytes;
  std::int64_t peak_blocks;
  std::uint64_t peak_mono_ms;

  alignas(64) std::uint64_t lost[max_losses];
  alignas(64) stripe_cell cells[max_stripes];
  region regions[max_regions];
};
static_assert(sizeof(slot_header) <= page_bytes);
inline constexpr std::uint64_t no_process = ~std::uint64_t{0};

// --- regions ----------------------------------------------------------------------------------

struct module_record {
  std::uint64_t load_bias;  // address in the process minus address in the file
  std::uint64_t start;      // first and one past the last mapped address
  std::uint64_t end;
  std::uint64_t path_offset;  // strings; empty when unknown
  std::uint32_t path_bytes;
  std::uint32_t build_id_bytes;  // 0 to 32; 0: it has none
  std::uint8_t build_id[32];
  std::uint64_t loaded_mono_ms;
  std::uint64_t unloaded_mono_ms;  // 0: still loaded as far as seen
  std::uint64_t complete;          // 1: written whole
};
static_assert(sizeof(module_record) == 96);

// A return address that occurs in stacks: low 48 bits the address, high 16 bits module_id, 0: none.
struct frame_record {
  std::uint64_t address_module;
};
static_assert(sizeof(frame_record) == 8);
inline constexpr unsigned address_bits = 48;

// The trie of stacks is a row of 32-bit words, appended to and never changed. A node is the number
// of a word that holds a frame; its caller is the node at the word before, or, where that is a
// branch, the node that the branch names: lower in either case. A site is a word of its own, put
// behind the innermost frame in the same way, as if it were called from there. 0: not yet written.
//   branch  1 | 31 bits: word of the parent
//   site    0 1 | 6 bits: allocation_function | 24 bits: site_id
//   frame   0 0 | 30 bits: index into frames
inline constexpr std::uint32_t branch_word = 1u << 31;
inline constexpr std::uint32_t site_word = 1u << 30;
inline constexpr unsigned site_word_id_bits = 24;
inline constexpr std::uint32_t site_word_id_mask = (1u << site_word_id_bits) - 1;
inline constexpr std::uint32_t site_word_function_mask = 0x3f;

// Counters of one site in one stripe; the reader sums over the stripes. Exact at every moment, up
// to the event in flight. A realloc of a live block is a free at the old site and an allocation at
// the new. Both words: low 27 bits a count, high 37 bits bytes. What does not fit, or goes
// backwards, is added in wide_counts instead.
struct site_row {
  std::uint64_t made;
  std::uint64_t gone;
};
inline constexpr unsigned row_count_bits = 27;

// Three sites to a cache line: site i is place i % 3 of line i / 3. Peak: a row's first update in
// a new epoch saves its live counts as they were. If the epoch in its tag is the header's, that
// was this row's part of the peak, zero unless tag_saved says that it stands in saved_counts; else
// the row was not touched since and its live counts are. An epoch begins with a new peak, at each
// byte more at most 2^24 times and then at steps of 1/4096, so 30 bits never run over.
inline constexpr std::uint32_t sites_per_line = 3;
inline constexpr std::uint32_t tag_wide = 1u << 31;   // wide_counts belong to this row, too
inline constexpr std::uint32_t tag_saved = 1u << 30;  // saved_counts hold its part of the peak
inline constexpr std::uint32_t tag_epoch_mask = tag_saved - 1;
struct alignas(64) site_line {
  site_row rows[sites_per_line];
  std::uint32_t tags[sites_per_line];  // epoch, tag_saved, tag_wide
  std::uint32_t unused;
};
static_assert(sizeof(site_line) == 64);

// Touched only by rows that had something alive when a new epoch touched them first.
struct saved_counts {
  std::int64_t bytes;
  std::int64_t blocks;
};
static_assert(sizeof(saved_counts) == 16);

// Added to what the row holds, all modulo 2^64; only where the row's tag says so.
struct wide_counts {
  std::uint64_t allocations;
  std::uint64_t bytes_allocated;
  std::uint64_t frees;
  std::uint64_t bytes_freed;
};
static_assert(sizeof(wide_counts) == 32);

// Touched only by sites with such frees.
struct age_counts {
  std::uint32_t temporary;     // frees before the thread's next allocation; saturates
  std::uint32_t lifetimes[3];  // frees after 10 ms, 1 s, 60 s and more; the rest were shorter; same
};
static_assert(sizeof(age_counts) == 16);
inline constexpr std::uint32_t lifetime_bounds_ms[3] = {10, 1000, 60000};

enum class mismatch_kind : std::uint32_t {
  none = 0,
  family = 1,        // allocated one way, freed another
  double_free = 2,   // freed twice; `certain`: the address was not handed out in between
  foreign_free = 3,  // freed though never allocated
  size = 4,          // sized delete or free_sized with another size than was asked for
  alignment = 5      // free_aligned_sized with another alignment
};

// One kind of mismatch at one pair of places, counted.
struct mismatch_record {
  std::uint32_t kind;              // mismatch_kind
  std::uint32_t allocation_site;   // site_id, 0: unknown
  std::uint32_t release_node;      // node_id (a word) of the stack that freed
  std::uint32_t release_function;  // release_function
  std::uint64_t count;
  std::uint64_t bytes;  // as allocated, in sum
  std::uint32_t certain;
  std::uint32_t complete;  // 1: written whole
  std::uint64_t first_mono_ms;
  std::uint64_t size_given;  // for size: what the release said, of the first one
  std::uint64_t unused;
};
static_assert(sizeof(mismatch_record) == 64);

// Blocks alive after the last destructor, from the live table itself.
struct survivor_record {
  std::uint64_t blocks;
  std::uint64_t bytes;
  std::uint32_t oldest_birth_ms;  // low 32 bits of CLOCK_MONOTONIC ms
  std::uint32_t youngest_birth_ms;
};
static_assert(sizeof(survivor_record) == 24);

// A name of the region `names`: where it begins, in units of 4 bytes; 0: none. There: its length in
// bytes (16 bits), its text, zeros up to the next 4 bytes. Names are written before who refers.
using object_name = std::uint32_t;
inline constexpr std::uint32_t name_unit = 4;

// An object that the program's own registry watches (libtrack/include/track). A record is in use
// while its address is not 0: that is written last, and cleared first.
struct object_record {
  std::uint64_t address;
  // Low 48 bits: rises with each registration, from 1. High 16: thread_record, 0: unknown.
  std::uint64_t serial_thread;
  object_name type;
  object_name label;
  object_name tag;
  object_name test;
  std::uint32_t birth_ms;  // low 32 bits of CLOCK_MONOTONIC ms
  std::uint32_t due_ms;    // should be dead by then, likewise; 0: nobody expects it
  std::uint32_t node;      // stack that registered it, a node; 0: none
  std::uint32_t size;      // bytes; saturates
};
static_assert(sizeof(object_record) == 48);
inline constexpr unsigned object_serial_bits = 48;
inline constexpr std::uint64_t object_serial_mask = (std::uint64_t{1} << object_serial_bits) - 1;
inline constexpr std::uint64_t object_dead = 1;  // in the address: it died, but its record stayed

// A cache that the program probes (libtrack/include/track/cache_probe.hpp). Written by the library:
// in use while its serial number is not 0, which is written last and cleared first. A cache that is
// gone keeps its record until another needs the place.
inline constexpr std::size_t age_buckets = 8;  // under 1 ms, under 10 ms, ..., 1,000 s and more
struct alignas(64) cache_stripe {
  std::uint64_t inserts;
  std::uint64_t hits;
  std::uint64_t misses;
  std::uint64_t evictions;  // of entries whose age is not known; the others are in `ages`
  std::uint64_t erased;
  std::uint64_t unused[3];
  std::uint64_t ages[age_buckets];  // evictions by the entry's age
};
static_assert(sizeof(cache_stripe) == 128);
inline constexpr std::uint32_t cache_stripes = 16;
inline constexpr std::uint64_t cache_unknown = ~std::uint64_t{0};
struct alignas(64) cache_record {
  std::uint64_t serial;   // rises with each probe, from 1
  std::uint64_t address;  // of the container; 0: not told
  object_name name;
  std::uint32_t node;      // stack that made the probe, a node; 0: none
  std::uint32_t birth_ms;  // low 32 bits of CLOCK_MONOTONIC ms
  std::uint32_t end_ms;    // likewise; 0: it is still there
  std::uint64_t unused[4];
  std::uint64_t size;       // entries, where the cache says so itself; cache_unknown
  std::uint64_t never_hit;  // of those; likewise
  std::uint64_t unused_too[6];
  cache_stripe stripes[cache_stripes];
};
static_assert(sizeof(cache_record) == 2176);

struct thread_record {
  std::uint32_t tid;
  std::uint32_t start_ms;  // low 32 bits of CLOCK_MONOTONIC ms
};
static_assert(sizeof(thread_record) == 8);

}  // namespace track::ledger
