#include "libtrack/analysis/container_names.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace track::analysis {
namespace {

constexpr std::uint64_t word_bytes = 8;
constexpr std::string_view element_of = "element of ";
// More places than that in parts of the entries: what is stored points back, it does not hold.
constexpr std::uint64_t back_pointer_part = 4;
constexpr std::uint64_t most_places = 8;

bool is_standard(const std::string& type) {
  return type.starts_with("std::");
}

// By how its members point to each other.
std::string shape_of(const graph::container& each) {
  const double links = static_cast<double>(each.links) / static_cast<double>(each.entries);
  if (!each.storages.empty()) {
    return links > 0.02 ? "hash table" : "array of pointers";
  }
  if (links == 0) {
    return "block";
  }
  return links < 1.5 ? "linked structure" : links < 2.5 ? "doubly linked list" : "tree";
}

// Without numbers of elements and marks of the ABI: "g_wheel[24]" is "g_wheel".
std::string plain_name(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '[') {
      plain += text[i];
      continue;
    }
    const std::size_t end = std::min(text.find(']', i), text.size() - 1);
    const bool is_number = text.find_first_not_of("0123456789", i + 1) == end;
    const bool is_last = end + 1 == text.size();
    plain += !is_number && !std::string_view(text).substr(i).starts_with("[abi:")
                 ? text.substr(i, end + 1 - i)
             : is_number && !is_last ? "[]"
                                     : "";
    i = end;
  }
  return plain;
}

bool is_string(const std::string& type) {
  return type.find("basic_string") != std::string::npos || type.starts_with("std::string");
}

}  // namespace

container_namer::described container_namer::describe_root(std::uint32_t root,
                                                          std::uint32_t word) const {
  const auto kind = view_.graph().roots[root].kind;
  described made;
  made.lasting =
      kind != ledger::graph::root_kind::stack && kind != ledger::graph::root_kind::registers;
  made.runtime = view_.runtime_roots()[root];
  const heap_view::root_place at = view_.variable_at(root, word);
  // The runtimes' variables have names, but none that says who filled a container.
  made.owner = made.runtime ? std::string() : plain_name(at.text);
  made.type = at.is_container ? at.type : "";
  made.offset = at.offset;
  made.rank = made.runtime         ? 10
              : !made.lasting      ? 30
              : made.owner.empty() ? 35
              : at.is_container    ? 100
                                   : 80;
  return made;
}

// Blocks that nobody wrote are parts of what holds them: the innermost object on the way to them,
// or the variable, tells.
container_namer::described container_namer::describe_block(std::uint32_t block,
                                                           std::uint32_t word) {
  const auto of_object = [this](std::uint32_t from, std::uint32_t at_word, described& made) {
    const std::uint32_t type = view_.type_of(from);
    const std::string name = view_.name_of_type(type);
    const heap_view::member at = view_.member_at(type, std::uint64_t{at_word} * word_bytes);
    made.type = at.is_container ? at.type : "";
    made.offset = at.offset;
    const std::string path = plain_name(at.path);
    if (!name.empty() && !path.empty() && !name.starts_with(element_of) && !is_standard(name)) {
      made.owner = name + "::" + path;
    }
    return !made.owner.empty();
  };
  described made;
  if (of_object(block, word, made)) {
    made.rank = made.type.empty() ? 60 : 90;
    return made;
  }
  const std::string own_type = is_string(made.type) ? std::string() : made.type;
  if (!paths_) {
    paths_.emplace(graph::path_index::from_roots(view_.graph(), &view_.runtime_roots()));
  }
  const auto way = paths_->to(block);
  for (std::size_t i = way ? way->steps.size() : 0; i-- > 0 && made.owner.empty();) {
    const graph::path_step& step = way->steps[i];
    if (i != 0) {
      of_object(way->steps[i - 1].target, step.word, made);
    } else if (way->from_root) {
      made = describe_root(way->start, step.word);
    }
  }
  made.type = own_type.empty() ? made.type : own_type;
  made.rank = made.owner.empty() ? 40 : made.type.empty() ? 55 : 70;
  return made;
}

container_namer::described container_namer::describe(const graph::container& each,
                                                     const graph::holder& by) {
  described made = by.is_root ? describe_root(by.from, by.word) : describe_block(by.from, by.word);
  if (!by.is_root && by.places > std::max(most_places, each.entries / back_pointer_part)) {
    made.rank -= 100;
  }
  // What many strings hold are their letters.
  if (is_string(made.type) && each.entries > 1) {
    made.type.clear();
    made.rank -= 50;
  }
  return made;
}

container_name container_namer::name_of(const graph::container& each) {
  container_name made;
  made.runtime = !each.holders.empty();
  std::optional<described> best;
  for (const graph::holder& by : each.holders) {
    described one = describe(each, by);
    made.runtime = made.runtime && one.runtime;
    if (!best || std::pair(one.rank, by.places) > std::pair(best->rank, made.by.places)) {
      best = std::move(one);
      made.by = by;
    }
  }
  if (best) {
    const std::uint64_t start = made.by.is_root ? view_.graph().roots[made.by.from].start
                                                : view_.graph().address[made.by.from];
    made.address = start + std::uint64_t{made.by.word} * word_bytes - best->offset;
    made.owner = best->owner;
    made.container = best->type;
  }
  if (made.container.empty()) {
    const std::string of_member = view_.type_name(each.first);
    made.container =
        of_member.starts_with(element_of) ? of_member.substr(element_of.size()) : shape_of(each);
  }
  return made;
}

// Where in its target a pointer of the holder points; none: there is none at that word.
std::optional<std::uint64_t> container_namer::offset_at(const graph::holder& by,
                                                        std::uint32_t word) const {
  const capture::heap_graph& graph = view_.graph();
  const auto& firsts = by.is_root ? graph.first_root_edge : graph.first_edge;
  const auto& edges = by.is_root ? graph.root_edges : graph.edges;
  const auto& interiors = by.is_root ? graph.root_interiors : graph.interiors;
  for (std::uint32_t edge = firsts[by.from]; edge < firsts[by.from + std::size_t{1}]; ++edge) {
    if (edges[edge].word == word) {
      return edges[edge].interior ? capture::heap_graph::interior_of(interiors, edge).offset : 0;
    }
  }
  return std::nullopt;
}

std::uint64_t container_namer::pointers_in(std::uint32_t block) const {
  return view_.graph().first_edge[block + std::size_t{1}] - view_.graph().first_edge[block];
}

std::optional<std::uint64_t> container_namer::entries_of(const graph::container& each,
                                                         const container_name& name) const {
  const capture::heap_graph& graph = view_.graph();
  if (name.container.starts_with("std::vector")) {
    const std::uint32_t block = each.storages.empty() ? each.first : each.storages.front();
    const std::uint64_t size = view_.element_bytes(block);
    if (size == word_bytes && !each.storages.empty()) {
      return pointers_in(block);
    }
    // Begin, end and end of storage stand one behind the other.
    const std::uint64_t bytes = offset_at(name.by, name.by.word + 1).value_or(0);
    return size == 0 ? std::nullopt
                     : std::optional((bytes == 0 ? graph.bytes_of(block) : bytes) / size);
  }
  // libstdc++: array of chunks, its size, then where the first and the last element are.
  const bool is_deque = name.container.starts_with("std::deque") ||
                        name.container.starts_with("std::queue") ||
                        name.container.starts_with("std::stack");
  if (is_deque) {
    const std::uint64_t size = view_.element_bytes(each.first);
    const auto first = offset_at(name.by, name.by.word + 2);
    const auto last = offset_at(name.by, name.by.word + 6);
    const std::uint64_t chunk = graph.bytes_of(each.first);
    if (size == 0 || !first || !last || chunk * each.entries + *last < *first + chunk) {
      return std::nullopt;
    }
    return (chunk * each.entries + *last - *first - chunk) / size;
  }
  if (each.storages.size() == 1 && each.links == 0 && name.container == "array of pointers") {
    return pointers_in(each.storages.front());
  }
  return is_string(name.container) ? std::nullopt : std::optional(each.entries);
}

std::optional<model::path> container_namer::path_to(std::uint32_t block) {
  if (!paths_) {
    paths_.emplace(graph::path_index::from_roots(view_.graph(), &view_.runtime_roots()));
  }
  const auto way = paths_->to(block);
  return way && way->from_root ? std::optional(view_.describe(*way)) : std::nullopt;
}

}  // namespace track::analysis
