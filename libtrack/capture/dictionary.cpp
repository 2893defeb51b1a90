#include "libtrack/capture/dictionary.hpp"

namespace track::capture {
namespace {

std::string module_key_of(const std::string& path, const std::string& build_id) {
  return build_id + '\0' + path;
}

std::uint64_t frame_key_of(std::uint32_t module, bool unloaded) {
  return std::uint64_t{module} << 1 | (unloaded ? 1u : 0u);
}

std::uint32_t to_id(const SQLite::Column& column) {
  return static_cast<std::uint32_t>(column.getInt64());
}

}  // namespace

dictionary::dictionary(SQLite::Database& database)
    : database_(database),
      add_module_(database, "INSERT INTO modules (id, path, build_id) VALUES (?, ?, ?)"),
      add_frame_(database, "INSERT INTO frames VALUES (?, ?, ?, ?)"),
      add_stack_(database, "INSERT INTO stacks VALUES (?, ?, ?)"),
      add_site_(database, "INSERT INTO sites VALUES (?, ?, ?)") {
  load();
}

void dictionary::load() {
  SQLite::Statement modules(database_, "SELECT id, path, build_id FROM modules");
  while (modules.executeStep()) {
    modules_.try_emplace(
        module_key_of(modules.getColumn(1).getString(), modules.getColumn(2).getString()),
        to_id(modules.getColumn(0)));
  }
  SQLite::Statement frames(database_, "SELECT id, module, offset, unloaded FROM frames");
  while (frames.executeStep()) {
    const std::uint64_t owner =
        frame_key_of(to_id(frames.getColumn(1)), frames.getColumn(3).getInt() != 0);
    const auto offset = static_cast<std::uint64_t>(frames.getColumn(2).getInt64());
    frames_.try_emplace(std::pair{owner, offset}, to_id(frames.getColumn(0)));
  }
  const auto load_pairs = [this](const char* sql, pair_map& map) {
    SQLite::Statement rows(database_, sql);
    while (rows.executeStep()) {
      map.try_emplace(std::pair{static_cast<std::uint64_t>(rows.getColumn(1).getInt64()),
                                static_cast<std::uint64_t>(rows.getColumn(2).getInt64())},
                      to_id(rows.getColumn(0)));
    }
  };
  load_pairs("SELECT id, parent, frame FROM stacks", stacks_);
  load_pairs("SELECT id, stack, function FROM sites", sites_);
}

std::uint32_t dictionary::module(const std::string& path, const std::string& build_id) {
  const auto next = static_cast<std::uint32_t>(modules_.size() + 1);
  const auto [found, added] = modules_.try_emplace(module_key_of(path, build_id), next);
  if (added) {
    add_module_.bind(1, next);
    add_module_.bind(2, path);
    add_module_.bind(3, build_id);
    add_module_.exec();
    add_module_.reset();
  }
  return found->second;
}

std::uint32_t dictionary::frame(std::uint32_t module, std::uint64_t offset, bool unloaded) {
  const auto next = static_cast<std::uint32_t>(frames_.size() + 1);
  const auto [found, added] =
      frames_.try_emplace(std::pair{frame_key_of(module, unloaded), offset}, next);
  if (added) {
    add_frame_.bind(1, next);
    add_frame_.bind(2, module);
    add_frame_.bind(3, static_cast<std::int64_t>(offset));
    add_frame_.bind(4, unloaded ? 1 : 0);
    add_frame_.exec();
    add_frame_.reset();
  }
  return found->second;
}

std::uint32_t dictionary::stack(std::uint32_t parent, std::uint32_t frame) {
  const auto next = static_cast<std::uint32_t>(stacks_.size() + 1);
  const auto [found, added] = stacks_.try_emplace(std::pair{parent, frame}, next);
  if (added) {
    add_stack_.bind(1, next);
    add_stack_.bind(2, parent);
    add_stack_.bind(3, frame);
    add_stack_.exec();
    add_stack_.reset();
  }
  return found->second;
}

std::uint32_t dictionary::site(std::uint32_t stack, std::uint32_t function) {
  const auto next = static_cast<std::uint32_t>(sites_.size() + 1);
  const auto [found, added] = sites_.try_emplace(std::pair{stack, function}, next);
  if (added) {
    add_site_.bind(1, next);
    add_site_.bind(2, stack);
    add_site_.bind(3, function);
    add_site_.exec();
    add_site_.reset();
  }
  return found->second;
}

}  // namespace track::capture
