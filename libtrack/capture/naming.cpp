#include "libtrack/capture/naming.hpp"

#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libtrack/capture/database.hpp"
#include "libtrack/capture/heap_naming.hpp"
#include "libtrack/capture/text_codec.hpp"

namespace track::capture {
namespace {

// Texts of names, each stored once.
class string_table {
 public:
  explicit string_table(SQLite::Database& database)
      : insert_(database, "INSERT INTO strings VALUES (?, ?)") {
    SQLite::Statement rows(database, "SELECT id, value FROM strings");
    while (rows.executeStep()) {
      numbers_.emplace(rows.getColumn(1).getString(), rows.getColumn(0).getInt64());
    }
  }

  std::int64_t number(const std::string& text) {
    if (text.empty()) {
      return 0;
    }
    const auto next = static_cast<std::int64_t>(numbers_.size() + 1);
    const auto [found, added] = numbers_.emplace(text, next);
    if (added) {
      insert_.bind(1, next);
      insert_.bind(2, text);
      insert_.exec();
      insert_.reset();
    }
    return found->second;
  }

 private:
  std::unordered_map<std::string, std::int64_t> numbers_;
  SQLite::Statement insert_;
};

struct module_work {
  module_key key;
  std::vector<std::uint64_t> offsets;  // ascending
  std::vector<std::int64_t> frames;
};

std::map<std::int64_t, module_work> collect_work(SQLite::Database& database) {
  std::map<std::int64_t, module_work> work;
  SQLite::Statement modules(database, "SELECT id, path, build_id FROM modules");
  while (modules.executeStep()) {
    work[modules.getColumn(0).getInt64()].key = {modules.getColumn(1).getString(),
                                                 from_hex(modules.getColumn(2).getString())};
  }
  SQLite::Statement frames(database, "SELECT module, offset, id FROM frames ORDER BY offset");
  while (frames.executeStep()) {
    const auto owner = work.find(frames.getColumn(0).getInt64());
    if (owner != work.end()) {
      owner->second.offsets.push_back(static_cast<std::uint64_t>(frames.getColumn(1).getInt64()));
      owner->second.frames.push_back(frames.getColumn(2).getInt64());
    }
  }
  return work;
}

class namer {
 public:
  explicit namer(SQLite::Database& database)
      : strings_(database),
        remove_(database, "DELETE FROM names WHERE frame = ?"),
        insert_(database, "INSERT OR REPLACE INTO names VALUES (?, ?, ?, ?, ?, ?)"),
        mark_(database, "UPDATE modules SET found = ?, has_symbols = ? WHERE id = ?") {}

  void name_module(std::int64_t module, const module_work& work, name_source& source) {
    const module_names names = source.resolve(work.key, work.offsets);
    for (std::size_t i = 0; i < work.frames.size() && i < names.chains.size(); ++i) {
      store(work.frames[i], names.chains[i]);
    }
    mark_.bind(1, names.found ? 1 : 0);
    mark_.bind(2, names.has_symbols ? 1 : 0);
    mark_.bind(3, module);
    mark_.exec();
    mark_.reset();
  }

 private:
  void store(std::int64_t frame, const std::vector<code_name>& chain) {
    if (chain.empty()) {
      return;
    }
    remove_.bind(1, frame);
    remove_.exec();
    remove_.reset();
    std::int64_t level = 0;
    for (const code_name& name : chain) {
      insert_.bind(1, frame);
      insert_.bind(2, level++);
      insert_.bind(3, strings_.number(name.function));
      insert_.bind(4, strings_.number(name.file));
      insert_.bind(5, static_cast<std::int64_t>(name.line));
      insert_.bind(6, name.inlined ? 1 : 0);
      insert_.exec();
      insert_.reset();
    }
  }

  string_table strings_;
  SQLite::Statement remove_;
  SQLite::Statement insert_;
  SQLite::Statement mark_;
};

}  // namespace

void name_frames(SQLite::Database& database, name_source& source) {
  namer names(database);
  for (const auto& [module, work] : collect_work(database)) {
    names.name_module(module, work, source);
  }
  set_meta(database, "named", 1);
}

result<void> name_all(SQLite::Database& database, const std::string& path, name_source& source,
                      std::optional<heap_graph> decoded) {
  name_frames(database, source);
  return source.heaps() == nullptr
             ? result<void>()
             : name_heaps(database, path, *source.heaps(), std::move(decoded));
}

}  // namespace track::capture
