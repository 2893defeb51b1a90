#include "libtrack/capture/heap_names.hpp"

#include <algorithm>
#include <string>

#include "libtrack/capture/heap_naming.hpp"

namespace track::capture {
namespace {

std::uint64_t unsigned_of(const SQLite::Column& column) {
  return static_cast<std::uint64_t>(column.getInt64());
}

// 0 for what is no type.
std::uint32_t type_of(const SQLite::Column& column, const heap_names& names) {
  const std::uint64_t type = unsigned_of(column);
  return type < names.types.size() ? static_cast<std::uint32_t>(type) : 0;
}

bool load_types(SQLite::Database& database, heap_names& names) {
  SQLite::Statement rows(database,
                         "SELECT id, name, bytes, element_offset, is_array FROM types ORDER BY id");
  while (rows.executeStep()) {
    if (unsigned_of(rows.getColumn(0)) != names.types.size()) {
      return false;
    }
    names.types.push_back({rows.getColumn(1).getString(), unsigned_of(rows.getColumn(2)),
                           unsigned_of(rows.getColumn(3)), rows.getColumn(4).getInt() != 0});
  }
  return true;
}

bool load_fields(SQLite::Database& database, heap_names& names) {
  SQLite::Statement rows(database,
                         "SELECT type, offset, path, field_type, field_offset, kind FROM fields");
  while (rows.executeStep()) {
    const std::uint64_t kind = unsigned_of(rows.getColumn(5));
    if (kind > static_cast<std::uint64_t>(pointer_kind::virtual_table)) {
      return false;
    }
    names.fields.try_emplace(
        heap_names::field_key(type_of(rows.getColumn(0), names), unsigned_of(rows.getColumn(1))),
        field_row{rows.getColumn(2).getString(), rows.getColumn(3).getString(),
                  unsigned_of(rows.getColumn(4)), static_cast<pointer_kind>(kind)});
  }
  return true;
}

void load_variables(SQLite::Database& database, const heap_graph& graph, heap_names& names) {
  SQLite::Statement rows(database,
                         "SELECT address, name, path, type, offset FROM variables "
                         "WHERE process = ?");
  rows.bind(1, static_cast<std::int64_t>(graph.process));
  while (rows.executeStep()) {
    names.variables.try_emplace(
        unsigned_of(rows.getColumn(0)),
        variable_row{rows.getColumn(1).getString(), rows.getColumn(2).getString(),
                     rows.getColumn(3).getString(), unsigned_of(rows.getColumn(4))});
  }
}

// By type of the graph: into names.types.
std::vector<std::uint32_t> load_vtables(SQLite::Database& database, const heap_graph& graph,
                                        const heap_names& names) {
  std::unordered_map<std::uint64_t, std::uint32_t> known;
  SQLite::Statement rows(database, "SELECT address, type FROM vtables WHERE process = ?");
  rows.bind(1, static_cast<std::int64_t>(graph.process));
  while (rows.executeStep()) {
    known.try_emplace(unsigned_of(rows.getColumn(0)), type_of(rows.getColumn(1), names));
  }
  std::vector<std::uint32_t> types(graph.types.size());
  for (std::size_t i = 1; i < graph.types.size(); ++i) {
    const auto found = known.find(graph.types[i].vtable);
    types[i] = found == known.end() ? 0 : found->second;
  }
  return types;
}

// Sizes of 4 GiB and more share the place of the largest.
std::uint64_t site_key(std::uint64_t site, std::uint64_t bytes) {
  return site << 32 | std::min<std::uint64_t>(bytes, UINT32_MAX);
}

void load_types_of_blocks(SQLite::Database& database, const heap_graph& graph, heap_names& names) {
  const std::vector<std::uint32_t> by_vtable = load_vtables(database, graph, names);
  std::unordered_map<std::uint64_t, std::uint32_t> by_site;
  SQLite::Statement rows(database, "SELECT site, bytes, type FROM site_types");
  while (rows.executeStep()) {
    by_site.try_emplace(site_key(unsigned_of(rows.getColumn(0)), unsigned_of(rows.getColumn(1))),
                        type_of(rows.getColumn(2), names));
  }
  names.type_of_block.resize(graph.block_count());
  std::uint64_t last_key = 0;  // blocks of one kind lie together
  std::uint32_t last_type = 0;
  for (std::uint32_t block = 0; block < graph.block_count(); ++block) {
    std::uint32_t& type = names.type_of_block[block];
    type = by_vtable[graph.type[block]];
    if (type == 0 && graph.site[block] != 0) {
      const std::uint64_t key = site_key(graph.site[block], graph.size[block]);
      if (key != last_key) {
        const auto found = by_site.find(key);
        last_key = key;
        last_type = found == by_site.end() ? 0 : found->second;
      }
      type = last_type;
    }
  }
}

}  // namespace

result<heap_names> load_stored_heap_names(SQLite::Database& database, const heap_graph& graph) {
  heap_names names;
  if (!load_types(database, names) || !load_fields(database, names)) {
    return error{error_code::bad_input,
                 "its types make no sense: the capture is corrupt; record it again"};
  }
  load_variables(database, graph, names);
  load_types_of_blocks(database, graph, names);
  return names;
}

}  // namespace track::capture
