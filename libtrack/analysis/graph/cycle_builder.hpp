// Tells apart the pointers inside components: pairs, owners, observers. Floor 5, internal to
// cycles.
//
// Refers to the graph and its parts, which have to outlive it; one thread. References to the
// control blocks of the chosen components are counted once, in one pass over the whole graph. cost:
// 4 bytes a member of the part, 56 a control block of the graph.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "libtrack/analysis/graph/control_blocks.hpp"
#include "libtrack/analysis/graph/cycle_links.hpp"
#include "libtrack/analysis/graph/cycles.hpp"

namespace track::analysis::graph {

class cycle_builder {
 public:
  cycle_builder(const capture::heap_graph& heap, const block_set& part, const components& parts,
                std::span<const std::uint32_t> chosen, const cycle_options& options);

  // Whether it is one block that points at itself and that nobody counts owners of: most objects
  // with a short std::string do.
  bool is_plain_self(std::uint32_t component) const {
    const auto members = parts_.members_of(component);
    return members.size() == 1 && controls_.first_in(members[0]) == control_blocks::none;
  }

  component_links links_of(std::uint32_t component);

  // Owners of the component's control blocks that are not found inside it; `proven`: all are.
  struct account {
    std::uint64_t unexplained = 0;
    bool proven = false;
  };
  account account_of(std::uint32_t component) const;

  std::uint32_t type_of(std::uint32_t block) const {
    return options_.type_of ? options_.type_of(block) : heap_.type[block];
  }

 private:
  using edge_range = std::span<const capture::graph_edge>;

  std::uint32_t chosen_component(std::uint32_t block) const;
  std::uint32_t place_in(std::uint32_t component, std::uint32_t block) const;
  void count_references();
  void count_reference(std::uint32_t control, std::uint32_t source, std::uint32_t word, bool whole);
  field_kind evidence(std::uint32_t block, std::uint32_t word);
  void mark_counted(std::uint32_t component, component_links& all);
  void add_links(std::uint32_t component, std::uint32_t member, component_links& all);
  void add_pair(std::uint32_t component, std::uint32_t member, std::uint32_t control,
                const capture::graph_edge& edge, bool whole, component_links& all);
  void add_plain(std::uint32_t component, std::uint32_t member, std::uint64_t place,
                 component_links& all);
  link_role role_of_pair(std::uint32_t control, std::uint32_t source, field_kind told) const;
  std::uint64_t unfound_weak(std::uint32_t control) const;
  std::uint64_t explained(std::uint32_t control) const;

  const capture::heap_graph& heap_;
  const block_set& part_;
  const components& parts_;
  const cycle_options& options_;
  control_blocks controls_;
  std::vector<bool> is_chosen_;              // by component
  std::vector<std::uint32_t> place_;         // by rank: among the component's members
  std::vector<std::uint32_t> component_of_;  // by control block; no_block: none of the chosen
  std::vector<reference_tally> tallies_;     // by control block
  std::unordered_map<std::uint64_t, field_kind> told_;
};

}  // namespace track::analysis::graph
