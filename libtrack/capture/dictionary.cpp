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

dictionary::dictionary(SQLite::Database& database, std::uint32_t depth_frames)
    : database_(database), statements_(database), stacks_(database), equal_(depth_frames) {
  load();
}

void dictionary::load() {
  SQLite::Statement modules(database_, "SELECT id, path, build_id FROM modules");
  while (modules.executeStep()) {
    modules_.try_emplace(
        module_key_of(modules.getColumn(1).getString(), modules.getColumn(2).getString()),
        to_id(modules.getColumn(0)));
  }
  SQLite::Statement names(database_, "SELECT id, value FROM object_names");
  while (names.executeStep()) {
    object_names_.try_emplace(names.getColumn(1).getString(), to_id(names.getColumn(0)));
  }
  SQLite::Statement frames(database_, "SELECT module, unloaded, offset FROM frames ORDER BY id");
  while (frames.executeStep()) {
    frames_.number(frame_key_of(to_id(frames.getColumn(0)), frames.getColumn(1).getInt() != 0),
                   static_cast<std::uint64_t>(frames.getColumn(2).getInt64()));
  }
  SQLite::Statement sites(database_, "SELECT stack, function FROM sites ORDER BY id");
  while (sites.executeStep()) {
    const std::uint32_t stack = to_id(sites.getColumn(0));
    if (stack >= stacks_.rows().size()) {
      throw SQLite::Exception("the capture is corrupt: a site has no stack; record it again");
    }
    equal_.first_like(stacks_.rows(), stack);
    sites_.number(stack, to_id(sites.getColumn(1)));
  }
}

std::pair<std::uint32_t, bool> dictionary::pair_table::number(std::uint64_t one,
                                                              std::uint64_t other) {
  const auto next = static_cast<std::uint32_t>(pairs_.size());
  const std::pair wanted(one, other);
  const std::uint32_t number =
      numbers_.find_or_add(number_index::hash_of(one, other), next,
                           [&](std::uint32_t known) { return pairs_[known] == wanted; });
  if (number == next) {
    pairs_.push_back(wanted);
  }
  return {number, number == next};
}

std::uint32_t dictionary::module(const std::string& path, const std::string& build_id) {
  const auto next = static_cast<std::uint32_t>(modules_.size() + 1);
  const auto [found, added] = modules_.try_emplace(module_key_of(path, build_id), next);
  if (added) {
    SQLite::Statement& insert =
        statements_("INSERT INTO modules (id, path, build_id) VALUES (?, ?, ?)");
    insert.bind(1, next);
    insert.bind(2, path);
    insert.bind(3, build_id);
    insert.exec();
  }
  return found->second;
}

std::uint32_t dictionary::frame(std::uint32_t module, std::uint64_t offset, bool unloaded) {
  const auto [number, added] = frames_.number(frame_key_of(module, unloaded), offset);
  if (added) {
    SQLite::Statement& insert = statements_("INSERT INTO frames VALUES (?, ?, ?, ?)");
    insert.bind(1, number);
    insert.bind(2, module);
    insert.bind(3, static_cast<std::int64_t>(offset));
    insert.bind(4, unloaded ? 1 : 0);
    insert.exec();
  }
  return number;
}

std::uint32_t dictionary::site(std::uint32_t stack, std::uint32_t function) {
  const auto [number, added] = sites_.number(stack, function);
  if (added) {
    SQLite::Statement& insert = statements_("INSERT INTO sites VALUES (?, ?, ?)");
    insert.bind(1, number);
    insert.bind(2, stack);
    insert.bind(3, function);
    insert.exec();
  }
  return number;
}

std::uint32_t dictionary::object_name(const std::string& text) {
  if (text.empty()) {
    return 0;
  }
  const auto next = static_cast<std::uint32_t>(object_names_.size() + 1);
  const auto [found, added] = object_names_.try_emplace(text, next);
  if (added) {
    SQLite::Statement& insert = statements_("INSERT INTO object_names VALUES (?, ?)");
    insert.bind(1, next);
    insert.bind(2, text);
    insert.exec();
  }
  return found->second;
}

}  // namespace track::capture
