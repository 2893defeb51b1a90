// What a heap graph says before anything in it has a name: classes, and verdicts that a program
// asked for. Floor 6.
//
// Pure but for what a judge remembers. One thread. cost: as the analyses that it calls.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "libtrack/capture/heap_graph.hpp"
#include "libtrack/ledger/reader.hpp"
#include "libtrack/model/heap.hpp"

namespace track::tools {

// memcheck's classes of a graph, as a report of it will count them before suppressions. `image`:
// its process, which made the sites.
model::heap_classes classify(const capture::heap_graph& graph, const ledger::process_image& image);

// Whether the process of a slot waits for a verdict on this still of it.
bool asks_verdict(std::span<std::byte> slot, std::uint32_t still);
// Answers it.
void give_verdict(std::span<std::byte> slot, std::uint32_t still,
                  const ledger::verdict_record& verdict);

// Tells what a process has lost since it last asked.
class leak_judge {
 public:
  // The first of a process finds nothing: later ones are held against it. Told is what was made
  // since the last one: an old block that is lost only now may have been held by nothing but a word
  // that memory kept from an earlier use. Blocks of the runtimes,
  // those that a parent left, and those held by what was ignored are in none.
  ledger::verdict_record judge(const capture::heap_graph& graph,
                               const ledger::process_image& image);

 private:
  using lost_block = std::pair<std::uint64_t, std::uint32_t>;  // address, birth in ms

  struct last_verdict {
    std::vector<lost_block> lost;  // ascending
    std::uint32_t clock_ms = 0;
  };

  std::map<std::uint64_t, last_verdict> known_;  // by process
};

}  // namespace track::tools
