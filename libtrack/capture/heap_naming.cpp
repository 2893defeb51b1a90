#include "libtrack/capture/heap_naming.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "libtrack/capture/load.hpp"
#include "libtrack/capture/statement_cache.hpp"
#include "libtrack/capture/still_store.hpp"
#include "libtrack/capture/text_codec.hpp"

namespace track::capture {
namespace {

constexpr std::size_t frames_of_a_site = 16;
// Offsets whose fields are asked for: those of large arrays that are none would be endless.
constexpr std::uint64_t words_of_a_type = 4096;
constexpr std::size_t most_variables = 100'000;

std::int64_t to_sql(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

// Types of the capture, each once.
class type_table {
 public:
  explicit type_table(statement_cache& statements) : statements_(statements) {
    SQLite::Statement& rows =
        statements_("SELECT id, name, bytes, element_offset, is_array FROM types");
    while (rows.executeStep()) {
      const type_row type{rows.getColumn(1).getString(),
                          static_cast<std::uint64_t>(rows.getColumn(2).getInt64()),
                          static_cast<std::uint64_t>(rows.getColumn(3).getInt64()),
                          rows.getColumn(4).getInt() != 0};
      numbers_.emplace(type, static_cast<std::uint32_t>(rows.getColumn(0).getInt64()));
    }
  }

  std::uint32_t number(const type_row& type) {
    const auto next = static_cast<std::uint32_t>(numbers_.size() + 1);
    const auto [found, added] = numbers_.emplace(type, next);
    if (added) {
      SQLite::Statement& insert = statements_("INSERT INTO types VALUES (?, ?, ?, ?, ?)");
      insert.bind(1, next);
      insert.bind(2, type.name);
      insert.bind(3, to_sql(type.size_bytes));
      insert.bind(4, to_sql(type.element_offset));
      insert.bind(5, type.is_array ? 1 : 0);
      insert.exec();
    }
    return found->second;
  }

 private:
  statement_cache& statements_;
  std::map<type_row, std::uint32_t> numbers_;
};

class heap_namer {
 public:
  heap_namer(SQLite::Database& database, const contents& all, heap_name_source& source)
      : statements_(database), types_(statements_), all_(all), source_(source) {
    SQLite::Statement& rows = statements_("SELECT id, path, build_id FROM modules");
    while (rows.executeStep()) {
      const module_key key{rows.getColumn(1).getString(), from_hex(rows.getColumn(2).getString())};
      keys_[static_cast<std::uint32_t>(rows.getColumn(0).getInt64())] = key;
    }
  }

  void name(const heap_graph& graph) {
    set_modules(graph);
    find_vtable_types(graph);
    find_types_and_fields(graph);
    find_variables(graph);
  }

 private:
  // A number of the source, and what the capture calls it.
  struct known_type {
    std::uint32_t asked = 0;
    std::uint32_t stored = 0;
    type_row facts;
    std::vector<bool> seen;  // by word: its field was asked for
  };

  // The modules of the graph, then those that only stacks know.
  void set_modules(const heap_graph& graph) {
    std::vector<loaded_module> modules;
    std::map<std::string, std::uint32_t> places;
    for (const graph_module& module : graph.modules) {
      places.emplace(module.path, static_cast<std::uint32_t>(modules.size()));
      modules.push_back({{module.path, {}}, module.start, module.end});
    }
    module_places_.clear();
    for (const auto& [id, key] : keys_) {
      const auto [place, added] =
          places.emplace(key.path, static_cast<std::uint32_t>(modules.size()));
      if (added) {
        modules.push_back({key, 0, 0});
      }
      modules[place->second].key.build_id = key.build_id;
      module_places_[id] = place->second;
    }
    const auto process =
        std::ranges::lower_bound(all_.processes, graph.process, {}, &process_row::id);
    const auto program = process == all_.processes.end() ? places.end() : places.find(process->exe);
    program_ = program == places.end() ? std::nullopt : std::optional(program->second);
    by_vtable_.clear();
    if (!source_.set_modules(modules)) {
      by_number_.clear();
      by_site_.clear();
      known_.assign(1, {});
    }
  }

  // The place in known_ of a number of the source.
  std::uint32_t learn(std::uint32_t asked) {
    if (asked == 0) {
      return 0;
    }
    const auto [found, added] =
        by_number_.emplace(asked, static_cast<std::uint32_t>(known_.size()));
    if (added) {
      known_type& type = known_.emplace_back();
      type.asked = asked;
      type.facts = source_.facts(asked);
      type.stored = types_.number(type.facts);
    }
    return found->second;
  }

  void find_vtable_types(const heap_graph& graph) {
    by_vtable_.assign(graph.types.size(), 0);
    for (std::size_t i = 1; i < graph.types.size(); ++i) {
      const graph_type& type = graph.types[i];
      by_vtable_[i] = learn(source_.type_of_vtable(type.vtable, type.mangled));
      if (by_vtable_[i] != 0) {
        SQLite::Statement& insert = statements_("INSERT OR REPLACE INTO vtables VALUES (?, ?, ?)");
        insert.bind(1, to_sql(graph.process));
        insert.bind(2, to_sql(type.vtable));
        insert.bind(3, known_[by_vtable_[i]].stored);
        insert.exec();
      }
    }
  }

  // In one pass, so that types of blocks need no memory.
  void find_types_and_fields(const heap_graph& graph) {
    std::uint64_t last_key = 0;  // blocks of one kind lie together
    std::uint32_t last_type = 0;
    for (std::uint32_t block = 0; block < graph.block_count(); ++block) {
      std::uint32_t type = by_vtable_[graph.type[block]];
      if (type == 0 && graph.site[block] != 0) {
        const std::uint64_t key = std::uint64_t{graph.site[block]} << 32 | graph.size[block];
        if (key != last_key) {
          last_key = key;
          last_type = type_of_kind(graph, block, key);
        }
        type = last_type;
      }
      if (type != 0) {
        find_fields(graph, block, known_[type]);
      }
    }
  }

  // By site and size.
  std::uint32_t type_of_kind(const heap_graph& graph, std::uint32_t block, std::uint64_t key) {
    const auto [found, added] = by_site_.emplace(key, 0);
    if (added) {
      found->second = ask_site(graph.site[block], graph.bytes_of(block));
    }
    return found->second;
  }

  std::uint32_t ask_site(std::uint32_t site, std::uint64_t size_bytes) {
    const std::uint32_t type = learn(source_.type_of_site(stack_of(site), size_bytes));
    if (type != 0) {
      SQLite::Statement& insert = statements_("INSERT OR REPLACE INTO site_types VALUES (?, ?, ?)");
      insert.bind(1, site);
      insert.bind(2, to_sql(size_bytes));
      insert.bind(3, known_[type].stored);
      insert.exec();
    }
    return type;
  }

  const std::vector<allocating_frame>& stack_of(std::uint32_t site) {
    stack_.clear();
    for (std::uint32_t at = all_.sites[site].stack; at != 0 && stack_.size() < frames_of_a_site;
         at = all_.stacks[at].parent) {
      const frame_row& frame = all_.frames[all_.stacks[at].frame];
      const auto module = module_places_.find(frame.module);
      if (module == module_places_.end()) {
        break;
      }
      allocating_frame& named = stack_.emplace_back();
      named.module = module->second;
      named.offset = frame.offset;
      for (std::uint32_t i = 0; i < frame.name_count; ++i) {
        named.functions.push_back(all_.strings[all_.names[frame.first_name + i].function]);
      }
    }
    return stack_;
  }

  void find_fields(const heap_graph& graph, std::uint32_t block, known_type& type) {
    const std::uint32_t end = graph.first_edge[block + std::size_t{1}];
    for (std::uint32_t edge = graph.first_edge[block]; edge < end; ++edge) {
      const std::uint64_t offset =
          heap_names::offset_in_object(type.facts, std::uint64_t{graph.edges[edge].word} * 8);
      const std::uint64_t word = offset / 8;
      if (word >= words_of_a_type) {
        continue;
      }
      if (word >= type.seen.size()) {
        type.seen.resize(word + 1);
      }
      if (!type.seen[word]) {
        type.seen[word] = true;
        ask_field(type, offset);
      }
    }
  }

  void ask_field(const known_type& type, std::uint64_t offset) {
    const auto field = source_.field_at(type.asked, offset);
    if (!field) {
      return;
    }
    SQLite::Statement& insert =
        statements_("INSERT OR REPLACE INTO fields VALUES (?, ?, ?, ?, ?, ?)");
    insert.bind(1, type.stored);
    insert.bind(2, to_sql(offset));
    insert.bind(3, field->path);
    insert.bind(4, field->type);
    insert.bind(5, to_sql(field->offset));
    insert.bind(6, static_cast<int>(field->kind));
    insert.exec();
  }

  void find_variables(const heap_graph& graph) {
    std::unordered_set<std::uint64_t> asked;
    for (std::size_t root = 0; root < graph.roots.size(); ++root) {
      const graph_root& place = graph.roots[root];
      const bool is_local = place.thread_pointer != 0 && program_;
      if (place.kind != ledger::graph::root_kind::segment && !is_local) {
        continue;
      }
      for (std::uint64_t edge = graph.first_root_edge[root];
           edge < graph.first_root_edge[root + 1] && asked.size() < most_variables; ++edge) {
        const std::uint64_t address = place.start + std::uint64_t{graph.root_edges[edge].word} * 8;
        if (!asked.insert(address).second) {
          continue;
        }
        if (!is_local) {
          keep_variable(graph.process, address, source_.variable_at(address));
        } else if (address < place.thread_pointer) {
          keep_variable(graph.process, address,
                        source_.thread_local_at(*program_, place.thread_pointer - address));
        }
      }
    }
  }

  void keep_variable(std::uint64_t process, std::uint64_t address,
                     const std::optional<variable_row>& variable) {
    if (!variable) {
      return;
    }
    SQLite::Statement& insert =
        statements_("INSERT OR REPLACE INTO variables VALUES (?, ?, ?, ?, ?, ?)");
    insert.bind(1, to_sql(process));
    insert.bind(2, to_sql(address));
    insert.bind(3, variable->name);
    insert.bind(4, variable->path);
    insert.bind(5, variable->type);
    insert.bind(6, to_sql(variable->offset));
    insert.exec();
  }

  statement_cache statements_;
  type_table types_;
  const contents& all_;
  heap_name_source& source_;
  std::map<std::uint32_t, module_key> keys_;              // by module of the capture
  std::map<std::uint32_t, std::uint32_t> module_places_;  // likewise: into those of the source
  std::optional<std::uint32_t> program_;                  // into those of the source
  std::vector<known_type> known_;                         // element 0: unknown
  std::unordered_map<std::uint32_t, std::uint32_t> by_number_;
  std::unordered_map<std::uint64_t, std::uint32_t> by_site_;  // with the size; of small blocks
  std::vector<std::uint32_t> by_vtable_;
  std::vector<allocating_frame> stack_;
};

// Stills of processes with the same modules one after the other: the source keeps them open.
std::vector<std::uint64_t> stills_in_order(const contents& all) {
  std::vector<std::pair<std::string, std::uint64_t>> by_program;
  for (const still_row& still : all.stills) {
    const auto process =
        std::ranges::lower_bound(all.processes, still.process, {}, &process_row::id);
    by_program.emplace_back(process->exe, still.id);
  }
  std::ranges::sort(by_program);
  std::vector<std::uint64_t> stills;
  for (const auto& [exe, still] : by_program) {
    stills.push_back(still);
  }
  return stills;
}

}  // namespace

result<void> name_heaps(SQLite::Database& database, const std::string& path,
                        heap_name_source& source, std::optional<heap_graph> decoded) {
  const auto all = load_contents(database, path);
  if (!all) {
    return all.failure();
  }
  heap_namer namer(database, *all, source);
  std::vector<std::uint64_t> stills = stills_in_order(*all);
  if (decoded) {
    // Its memory is given back before another one's is taken.
    const auto known = std::ranges::find_if(all->stills, [&](const still_row& still) {
      return still.process == decoded->process && still.number == decoded->still;
    });
    if (known != all->stills.end()) {
      translate_sites(database, *decoded);
      namer.name(*decoded);
      std::erase(stills, known->id);
    }
    decoded.reset();
  }
  for (const std::uint64_t still : stills) {
    if (const auto graph = load_stored_graph(database, still)) {
      namer.name(*graph);
    }
  }
  return {};
}

}  // namespace track::capture
