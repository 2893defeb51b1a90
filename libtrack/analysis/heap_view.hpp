// One still's graph with its names: what analyses of it have in common. Floor 5.
//
// Looks at contents, graph and names that must outlive it. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libtrack/analysis/code_index.hpp"
#include "libtrack/analysis/graph/cycles.hpp"
#include "libtrack/analysis/graph/graph_summary.hpp"
#include "libtrack/analysis/graph/paths.hpp"
#include "libtrack/analysis/tracked_objects.hpp"
#include "libtrack/capture/contents.hpp"
#include "libtrack/capture/heap_graph.hpp"
#include "libtrack/capture/heap_names.hpp"
#include "libtrack/model/report.hpp"

namespace track::analysis {

class heap_view {
 public:
  heap_view(const capture::contents& all, code_index& code, const capture::heap_graph& graph,
            const capture::heap_names& names);

  const capture::contents& all() const { return all_; }
  code_index& code() const { return code_; }
  const capture::heap_graph& graph() const { return graph_; }
  const std::vector<bool>& runtime_roots() const { return runtime_roots_; }

  // Classes, causes and cycles, by what is known of types and fields.
  graph::graph_summary summarize(bool dominators) const;

  // Empty: unknown.
  std::string type_name(std::uint32_t block) const { return name_of_type(type_of(block)); }
  std::string name_of_type(std::uint32_t type) const;
  // Of the names; behind them those of the graph that RTTI alone tells, and behind those the types
  // that the program itself gave to objects in blocks of which nothing else is known.
  std::uint32_t type_of(std::uint32_t block) const;

  // A place in a block of a type: the path of the member, or empty; and its offset in the object.
  struct place {
    std::string field;
    std::uint64_t offset = 0;
  };
  place place_in(std::uint32_t type, std::uint64_t offset) const;

  // What a type has at an offset: the member's path and type.
  struct member {
    std::string path;          // empty: the object itself, or unknown
    std::string type;          // empty: unknown
    std::uint64_t offset = 0;  // within that member
    bool is_container = false;
  };
  member member_at(std::uint32_t type, std::uint64_t offset) const;

  // The variable, or its member, that a word of a root belongs to.
  struct root_place {
    std::string name;  // of the variable; empty: unknown
    std::string text;  // with the member: "g_server.state.sessions"
    std::string type;
    std::uint64_t offset = 0;  // within that member
    bool is_container = false;
  };
  root_place variable_at(std::uint32_t root, std::uint32_t word) const;

  // Of blocks that are arrays: the size of an element; 0: unknown, or no array.
  std::uint64_t element_bytes(std::uint32_t block) const;

  // From outside to the block, one step a pointer; the last one is the block itself.
  model::path describe(const graph::path& way) const;

  // The largest tracked object in a block; null: there is none.
  const capture::object_row* object_in(std::uint32_t block) const;
  // All of them; see place_objects.
  const std::vector<placed_object>& objects() const { return objects_; }

  // The function that allocated a block, or empty.
  std::string allocated_in(std::uint32_t block) const;

 private:
  std::uint32_t first_tracked_type() const;
  graph::field_kind evidence(std::uint32_t block, std::uint32_t word) const;
  model::path_step describe_root(std::uint32_t root, std::uint32_t word) const;

  const capture::contents& all_;
  code_index& code_;
  const capture::heap_graph& graph_;
  const capture::heap_names& names_;
  std::vector<bool> runtime_roots_;
  std::vector<placed_object> objects_;
};

}  // namespace track::analysis
