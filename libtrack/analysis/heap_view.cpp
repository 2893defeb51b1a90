#include "libtrack/analysis/heap_view.hpp"

#include <algorithm>

#include "libtrack/analysis/function_name.hpp"
#include "libtrack/analysis/mangled_pattern.hpp"
#include "libtrack/analysis/still_classes.hpp"
#include "libtrack/analysis/user_frames.hpp"

namespace track::analysis {
namespace {

using ledger::graph::root_kind;

constexpr std::uint64_t word_bytes = 8;

model::step_kind step_of(root_kind kind) {
  switch (kind) {
    case root_kind::registers:
      return model::step_kind::registers;
    case root_kind::stack:
      return model::step_kind::stack;
    case root_kind::tls:
      return model::step_kind::tls;
    default:
      return model::step_kind::global;
  }
}

// A pointer that counts its owners in what it points to.
bool counts_inside(const std::string& type) {
  return type.find("intrusive_ptr<") != std::string::npos ||
         type.find("scoped_refptr<") != std::string::npos;
}

// What keeps what it is given until it is told otherwise.
bool is_container_type(std::string_view type) {
  constexpr std::string_view standard = "std::";
  constexpr std::string_view names[] = {"map",
                                        "set",
                                        "multimap",
                                        "multiset",
                                        "vector",
                                        "unordered_map",
                                        "unordered_set",
                                        "unordered_multimap",
                                        "unordered_multiset",
                                        "deque",
                                        "list",
                                        "forward_list",
                                        "basic_string",
                                        "string",
                                        "queue",
                                        "stack",
                                        "priority_queue"};
  if (!type.starts_with(standard)) {
    return false;
  }
  type.remove_prefix(standard.size());
  for (const std::string_view inner : {"__cxx11::", "__1::", "pmr::"}) {
    if (type.starts_with(inner)) {
      type.remove_prefix(inner.size());
    }
  }
  const std::string_view base = type.substr(0, type.find('<'));
  return std::find(std::begin(names), std::end(names), base) != std::end(names);
}

// Nodes, and arrays of library types or of pointers: nothing that people wrote.
bool is_inside_of_container(const std::string& type) {
  return type.starts_with("element of ") || type.starts_with("std::") || type.ends_with('*');
}

}  // namespace

heap_view::heap_view(const capture::contents& all, code_index& code,
                     const capture::heap_graph& graph, const capture::heap_names& names)
    : all_(all),
      code_(code),
      graph_(graph),
      names_(names),
      runtime_roots_(runtime_roots_of(graph)),
      objects_(place_objects(all, graph)) {}

std::uint32_t heap_view::type_of(std::uint32_t block) const {
  if (block < names_.type_of_block.size() && names_.type_of_block[block] != 0) {
    return names_.type_of_block[block];
  }
  const std::uint32_t by_vtable = graph_.type[block];
  const bool has_rtti = by_vtable != 0 && !graph_.types[by_vtable].mangled.empty();
  if (has_rtti) {
    return static_cast<std::uint32_t>(names_.types.size()) + by_vtable;
  }
  const capture::object_row* object = object_in(block);
  return object == nullptr || object->type == 0 ? 0 : first_tracked_type() + object->type;
}

std::uint32_t heap_view::first_tracked_type() const {
  return static_cast<std::uint32_t>(names_.types.size() + graph_.types.size());
}

const capture::object_row* heap_view::object_in(std::uint32_t block) const {
  if (objects_.empty()) {
    return nullptr;
  }
  const auto found = std::lower_bound(
      objects_.begin(), objects_.end(), block,
      [](const placed_object& each, std::uint32_t wanted) { return each.block < wanted; });
  return found == objects_.end() || found->block != block ? nullptr : found->object;
}

std::string heap_view::name_of_type(std::uint32_t type) const {
  if (type < names_.types.size()) {
    return type == 0 ? std::string() : names_.types[type].name;
  }
  if (type >= first_tracked_type()) {
    return all_.object_names[type - first_tracked_type()];
  }
  const std::string& mangled = graph_.types[type - names_.types.size()].mangled;
  return demangled_type(mangled);
}

heap_view::place heap_view::place_in(std::uint32_t type, std::uint64_t offset) const {
  place found;
  found.offset = offset;
  if (type == 0 || type >= names_.types.size()) {
    return found;
  }
  const capture::type_row& row = names_.types[type];
  found.offset = capture::heap_names::offset_in_object(row, offset);
  if (const capture::field_row* field = names_.field_at(type, offset)) {
    found.field = field->path;
    // Of an array the first element's fields are kept.
    if (row.is_array && found.field.starts_with("[0]") && row.size_bytes != 0) {
      const std::uint64_t element = (offset - row.element_offset) / row.size_bytes;
      found.field.replace(0, 3, "[" + std::to_string(element) + "]");
    }
  }
  found.offset -= found.offset >= row.element_offset ? row.element_offset : 0;
  return found;
}

heap_view::member heap_view::member_at(std::uint32_t type, std::uint64_t offset) const {
  member found;
  if (type == 0 || type >= names_.types.size()) {
    return found;
  }
  if (const capture::field_row* field = names_.field_at(type, offset)) {
    found.path = field->path;
    found.type = field->type;
    found.offset = field->offset;
    found.is_container = is_container_type(field->type);
  }
  return found;
}

heap_view::root_place heap_view::variable_at(std::uint32_t root, std::uint32_t word) const {
  root_place found;
  const capture::variable_row* row =
      names_.variable_at(graph_.roots[root].start + std::uint64_t{word} * word_bytes);
  if (row == nullptr) {
    return found;
  }
  found.name = row->name;
  found.text = row->name;
  if (!row->path.empty()) {
    found.text += (row->path.starts_with('[') ? "" : ".") + row->path;
  }
  found.type = row->type;
  found.offset = row->offset;
  found.is_container = is_container_type(row->type);
  return found;
}

std::uint64_t heap_view::element_bytes(std::uint32_t block) const {
  const std::uint32_t type = type_of(block);
  return type < names_.types.size() && names_.types[type].is_array ? names_.types[type].size_bytes
                                                                   : 0;
}

graph::field_kind heap_view::evidence(std::uint32_t block, std::uint32_t word) const {
  const std::uint32_t type = type_of(block);
  const capture::field_row* field =
      type != 0 && type < names_.types.size() ? names_.field_at(type, word * word_bytes) : nullptr;
  if (field == nullptr) {
    return graph::field_kind::unknown;
  }
  switch (field->kind) {
    case capture::pointer_kind::strong:
      return counts_inside(field->type) ? graph::field_kind::intrusive : graph::field_kind::strong;
    case capture::pointer_kind::weak:
      return graph::field_kind::weak;
    case capture::pointer_kind::unique:
    case capture::pointer_kind::container:
      return graph::field_kind::owner;
    case capture::pointer_kind::virtual_table:
      return graph::field_kind::observer;
    default:
      return graph::field_kind::unknown;
  }
}

graph::graph_summary heap_view::summarize(bool dominators) const {
  graph::summary_options options;
  options.reached.runtime_roots = &runtime_roots_;
  options.reached.forced = graph_.ignored;
  options.cycles.type_of = [this](std::uint32_t block) { return type_of(block); };
  options.cycles.evidence = [this](std::uint32_t block, std::uint32_t word) {
    return evidence(block, word);
  };
  const std::size_t types =
      first_tracked_type() + (objects_.empty() ? 0 : all_.object_names.size());
  std::vector<bool> insides;  // by type
  for (std::uint32_t type = 0; type < types; ++type) {
    insides.push_back(is_inside_of_container(name_of_type(type)));
  }
  options.cycles.field_start = [this](std::uint32_t block, std::uint32_t word) {
    const std::uint32_t type = type_of(block);
    const capture::field_row* field =
        type < names_.types.size() ? names_.field_at(type, word * word_bytes) : nullptr;
    const std::uint64_t inside = field == nullptr ? 0 : field->offset / word_bytes;
    return inside > word ? 0 : word - static_cast<std::uint32_t>(inside);
  };
  options.cycles.is_storage = [&](std::uint32_t block) { return insides[type_of(block)]; };
  options.dominators = dominators;
  return graph::summarize(graph_, options);
}

std::string heap_view::allocated_in(std::uint32_t block) const {
  const std::uint32_t site = graph_.site[block];
  if (site == 0) {
    return {};
  }
  const std::vector<std::string> frames = user_frames(code_.stack(all_.sites[site].stack));
  return frames.empty() ? std::string() : frames.front();
}

model::path_step heap_view::describe_root(std::uint32_t number, std::uint32_t word) const {
  const capture::graph_root& root = graph_.roots[number];
  const std::uint64_t address = root.start + word * word_bytes;
  model::path_step step;
  step.kind = step_of(root.kind);
  if (root.kind != root_kind::registers) {
    step.address = address;
  }
  if (root.thread_id != 0) {
    step.thread_id = root.thread_id;
  }
  const capture::graph_module* module = module_at(graph_, address);
  if (module != nullptr) {
    step.module = std::string(file_name(module->path));
    step.offset = address - module->start;
  } else if (root.kind != root_kind::registers) {
    step.offset = word * word_bytes;
  }
  if (const capture::variable_row* variable = names_.variable_at(address)) {
    step.name = variable->name;
    step.field = variable->path;
    step.offset = variable->offset;
  }
  return step;
}

model::path heap_view::describe(const graph::path& way) const {
  model::path path;
  std::uint32_t block = way.start;
  const auto heap_step = [this](std::uint32_t of) {
    model::path_step step;
    step.type = type_name(of);
    step.allocated_in = allocated_in(of);
    return step;
  };
  for (std::size_t i = 0; i < way.steps.size(); ++i) {
    if (i == 0 && way.from_root) {
      path.push_back(describe_root(way.start, way.steps[0].word));
    } else {
      model::path_step step = heap_step(block);
      place within = place_in(type_of(block), way.steps[i].word * word_bytes);
      step.field = std::move(within.field);
      step.offset = within.offset;
      step.address = graph_.address[block] + way.steps[i].word * word_bytes;
      path.push_back(std::move(step));
    }
    block = way.steps[i].target;
  }
  path.push_back(heap_step(block));
  path.back().address = graph_.address[block];
  return path;
}

}  // namespace track::analysis
