#include "libtrack/capture/reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "libtrack/capture/database.hpp"
#include "libtrack/capture/growing.hpp"
#include "libtrack/capture/heap_naming.hpp"
#include "libtrack/capture/load.hpp"
#include "libtrack/capture/moment_store.hpp"
#include "libtrack/capture/naming.hpp"
#include "libtrack/capture/query.hpp"
#include "libtrack/capture/stack_chunks.hpp"
#include "libtrack/capture/still_store.hpp"

namespace track::capture {
namespace {

constexpr std::string_view sqlite_head("SQLite format 3\0", 16);
using file_head = std::array<std::byte, 20>;

bool is_sqlite(const file_head& head) {
  return std::memcmp(head.data(), sqlite_head.data(), sqlite_head.size()) == 0;
}

// Bytes 18 and 19 ask for a write-ahead log. We never write such files, and reading one would make
// SQLite put companion files beside it.
bool wants_companions(const file_head& head) {
  return head[18] != std::byte{1} || head[19] != std::byte{1};
}

error unreadable(const std::string& path, const std::string& why) {
  return {error_code::bad_input, "'" + path + "': " + why};
}

result<file_head> read_head(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    return unreadable(path, std::strerror(errno));
  }
  file_head head = {};
  struct stat info {};
  const bool regular = fstat(file, &info) == 0 && S_ISREG(info.st_mode);
  const ssize_t got = regular ? read(file, head.data(), head.size()) : 0;
  close(file);
  if (!regular) {
    return unreadable(path, "is no regular file; name a capture (*.track) or a ledger (*.ledger)");
  }
  if (got == 0) {
    return unreadable(path, "is empty; nothing was recorded into it");
  }
  return head;
}

// A killed collector may have left a journal; only a writer may roll it back.
void roll_back_journal(const std::string& path) {
  const std::string journal = path + "-journal";
  if (::access(journal.c_str(), F_OK) == 0) {
    static_cast<void>(open_database(path, access::write));
  }
}

result<SQLite::Database> open_capture(const std::string& path) {
  roll_back_journal(path);
  auto database = open_database(path, access::read);
  if (!database) {
    return database;
  }
  return guarded(error_code::bad_input, path, [&]() -> result<SQLite::Database> {
    if (meta_text(*database, "state") == "complete") {
      // Nobody writes it any more: one lock for all that is read.
      database->exec("BEGIN");
      return std::move(database);
    }
    auto copy = copy_to_memory(*database);
    if (!copy) {
      return copy;
    }
    SQLite::Transaction transaction(*copy);
    dictionary known(*copy, load_depth_frames(copy->getHandle()));
    if (const auto done = ingest_checkpoints(*copy, known, path); !done) {
      return done.failure();
    }
    transaction.commit();
    return copy;
  });
}

}  // namespace

struct reader::state {
  state(SQLite::Database opened, std::string name)
      : database(std::move(opened)), path(std::move(name)) {}
  SQLite::Database database;
  std::string path;
  bool named = false;
};

reader::reader(std::unique_ptr<state> initial) : state_(std::move(initial)) {}
reader::reader(reader&&) noexcept = default;
reader& reader::operator=(reader&&) noexcept = default;
reader::~reader() = default;

result<reader> reader::open(const std::string& path) {
  const auto head = read_head(path);
  if (!head) {
    return head.failure();
  }
  const bool ledger = is_ledger(*head);
  if (!ledger && !is_sqlite(*head)) {
    return unreadable(path, "is neither a capture nor a ledger; name one made by `track run`");
  }
  if (!ledger && wants_companions(*head)) {
    return unreadable(path, "is a SQLite file that track did not write, or corrupt");
  }
  auto database = ledger ? ingest_ledger(path) : open_capture(path);
  if (!database) {
    return database.failure();
  }
  return guarded(error_code::bad_input, path, [&]() -> result<reader> {
    auto initial = std::make_unique<state>(std::move(*database), path);
    initial->named = meta_number(initial->database, "named") != 0;
    return reader(std::move(initial));
  });
}

result<contents> reader::load() {
  return load_contents(state_->database, state_->path);
}

result<heap_graph> reader::load_graph(std::uint64_t still) {
  return guarded(error_code::bad_input, state_->path, [&]() -> result<heap_graph> {
    auto graph = load_stored_graph(state_->database, still);
    if (!graph) {
      return error{graph.failure().code, "'" + state_->path + "': " + graph.failure().message};
    }
    return graph;
  });
}

result<heap_names> reader::load_heap_names(const heap_graph& graph) {
  return guarded(error_code::bad_input, state_->path, [&]() -> result<heap_names> {
    auto names = load_stored_heap_names(state_->database, graph);
    if (!names) {
      return error{names.failure().code, "'" + state_->path + "': " + names.failure().message};
    }
    return names;
  });
}

result<series> reader::load_series() {
  return guarded(error_code::bad_input, state_->path, [&]() -> result<series> {
    auto all = load_stored_series(state_->database);
    if (!all) {
      return error{all.failure().code, "'" + state_->path + "': " + all.failure().message};
    }
    return all;
  });
}

bool reader::named() const {
  return state_->named;
}

result<void> reader::name(name_source& source) {
  return guarded(error_code::bad_input, state_->path, [&]() -> result<void> {
    auto copy = copy_to_memory(state_->database);
    if (!copy) {
      return copy.failure();
    }
    SQLite::Transaction transaction(*copy);
    if (auto named = name_all(*copy, state_->path, source); !named) {
      return named;
    }
    transaction.commit();
    state_->database = std::move(*copy);
    state_->named = true;
    return {};
  });
}

result<void> reader::query(const std::string& sql, const query_sink& sink) {
  return guarded(error_code::bad_input, state_->path,
                 [&] { return run_query(state_->database, sql, sink); });
}

result<std::vector<std::string>> reader::views() {
  return guarded(error_code::bad_input, state_->path, [&]() -> result<std::vector<std::string>> {
    return list_views(state_->database);
  });
}

}  // namespace track::capture
