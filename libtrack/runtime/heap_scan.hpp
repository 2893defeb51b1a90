// Reads blocks and roots once, in address order, and tells their pointers to the stream. Floor 3,
// freestanding.
//
// For the still: one thread, a frozen memory. Nothing is followed: words that may point to blocks
// are gathered in batches, whose look-ups are prefetched together, so that a shuffled heap costs
// little more than one in order.
// cost: about 20 ns a block and 10 a pointer.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libtrack/runtime/block_index.hpp"
#include "libtrack/runtime/graph_stream.hpp"
#include "libtrack/runtime/memory_map.hpp"
#include "libtrack/runtime/type_finder.hpp"

namespace track::runtime {

struct scan_totals {
  std::uint64_t bytes = 0;
  std::uint64_t edges = 0;
  std::uint64_t root_edges = 0;
  std::uint64_t unreadable_bytes = 0;
};

class heap_scan {
 public:
  heap_scan(const block_index& index, memory_map& map, graph_stream& out)
      : index_(index), map_(map), out_(out) {}

  // errors: false when there is no memory.
  bool initialize();

  // Tells a root and what its words point to. `begin` and `end` are aligned to words.
  void scan_root(ledger::graph::root_kind kind, std::uintptr_t begin, std::uintptr_t end,
                 std::uint32_t tid, std::uintptr_t thread_pointer = 0);
  // Registers, as words that lie elsewhere.
  void scan_registers(const std::uintptr_t* words, std::size_t count, std::uint32_t tid);
  // A root whose pointers, also interior ones, count as pointers to the start.
  void force_reachable(const std::uintptr_t* words, std::size_t count, std::uint32_t tid);

  // The next roots are data of libc, with its allocator's lists of free memory in it.
  void set_allocator_data(bool is) { allocator_data_ = is; }

  // Tells all blocks and their pointers. `now_ms` as births are given.
  void scan_blocks(const live_table& table, std::uint32_t now_ms);

  const scan_totals& totals() const { return totals_; }

 private:
  // A word that may point to a block.
  struct candidate {
    std::uintptr_t value;
    std::uint64_t word;  // place in its source
    block_number target;
    std::uint8_t flags;  // edge_flags of an interior pointer
    bool inside;         // it points at no start
  };
  // A block or a root whose candidates begin at `first`; `told`: an earlier batch has named it.
  struct source {
    block_number block;  // no_block: the current root
    std::uint32_t first;
    bool told;
    ledger::graph::control_shape shape;
    std::uint32_t type;
    std::uintptr_t address;
    block_record record;
  };
  static constexpr std::uint32_t most_candidates = 4096;
  static constexpr std::uint32_t most_sources = 1024;

  void begin_root(ledger::graph::root_kind kind, std::uintptr_t begin, std::uintptr_t end,
                  std::uint32_t tid, std::uintptr_t thread_pointer);
  void add_block(std::uintptr_t address, const block_record& record);
  // `first_word`: the place of words[0] in its source.
  void add_words(const std::uintptr_t* words, std::size_t count, std::uint64_t first_word = 0);
  // The pages of a large range that are there: reading the others would make them.
  void add_present_pages(std::uintptr_t begin, std::uintptr_t end);
  void add_source(const source& added);
  void flush();
  void look_up();
  void tell_block(const source& from);
  void tell_counts(block_number block, std::uint64_t offset, ledger::graph::control_shape shape);
  void tell_edges(const source& from, std::uint32_t end);
  void tell_edge(const candidate& to);
  void look_for_counts(const candidate& to);
  std::uint8_t heuristics(const candidate& to);
  bool is_next_header(const candidate& to) const;
  bool is_interior(const candidate& to) const { return to.inside && !forced_; }

  const block_index& index_;
  memory_map& map_;
  graph_stream& out_;
  type_finder types_;
  candidate* candidates_ = nullptr;
  source* sources_ = nullptr;
  std::uint32_t candidate_count_ = 0;
  std::uint32_t source_count_ = 0;
  std::uint32_t roots_ = 0;
  block_number next_block_ = 0;
  bool forced_ = false;
  bool allocator_data_ = false;
  std::uint32_t now_ms_ = 0;
  std::uintptr_t last_address_ = 0;
  std::uint64_t next_word_ = 0;  // of the source whose edges are told
  block_number last_target_ = 0;
  scan_totals totals_;
};

}  // namespace track::runtime
