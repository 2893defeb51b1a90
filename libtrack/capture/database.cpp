#include "libtrack/capture/database.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <set>

#include <SQLiteCpp/Backup.h>
#include <sqlite3.h>

#include "libtrack/base/allocation_function.hpp"
#include "libtrack/capture/schema.hpp"
#include "libtrack/capture/stack_frames.hpp"
#include "libtrack/support/files.hpp"

namespace track::capture {
namespace {

constexpr int busy_ms = 5000;
constexpr int length_limit = 1 << 29;

// What a hostile file could use against us is off; what remains is plain tables.
void harden(SQLite::Database& database) {
  sqlite3* handle = database.getHandle();
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, length_limit);
  sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
  database.exec("PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY");
  offer_stack_frames(database);
}

std::set<std::string> schema_of(SQLite::Database& database) {
  std::set<std::string> statements;
  SQLite::Statement query(database, "SELECT coalesce(sql, name) FROM sqlite_schema");
  while (query.executeStep()) {
    statements.insert(query.getColumn(0).getString());
  }
  return statements;
}

std::set<std::string> fresh_schema() {
  SQLite::Database empty(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  empty.exec(schema::tables);
  empty.exec(schema::views);
  return schema_of(empty);
}

// Once: to set up a database takes longer than to read a small capture.
const std::set<std::string>& expected_schema() {
  static const std::set<std::string> statements = fresh_schema();
  return statements;
}

error unusable(const std::string& path, const std::string& why) {
  return {error_code::bad_input, "'" + path + "': " + why};
}

result<void> check_identity(SQLite::Database& database, const std::string& path) {
  const int application = database.execAndGet("PRAGMA application_id").getInt();
  const int version = database.execAndGet("PRAGMA user_version").getInt();
  if (application != schema::application_id) {
    return unusable(path, "is a SQLite file of another program, not a capture");
  }
  if (version > schema::version) {
    return unusable(path, "was written by a newer track (schema " + std::to_string(version) +
                              ", this one reads up to " + std::to_string(schema::version) +
                              "); read it with that version");
  }
  if (version > 0 && version < schema::version) {
    return unusable(path, "was written by an older track (schema " + std::to_string(version) +
                              ", this one reads " + std::to_string(schema::version) +
                              "); read it with that version, or record it again");
  }
  if (version != schema::version || schema_of(database) != expected_schema()) {
    return unusable(path, "is not laid out as a capture of schema " +
                              std::to_string(schema::version) +
                              ": it is corrupt or was altered; record it again");
  }
  return {};
}

result<void> check_pages(SQLite::Database& database, const std::string& path) {
  const std::string verdict = database.execAndGet("PRAGMA quick_check(1)").getString();
  if (verdict != "ok") {
    return unusable(path, "is corrupt (" + verdict.substr(0, 120) + "); record it again");
  }
  return {};
}

void fill_terms(SQLite::Database& database) {
  SQLite::Statement insert(database, "INSERT INTO terms VALUES (?, ?, ?)");
  const auto add = [&insert](const char* kind, int id, const char* name) {
    insert.bind(1, kind);
    insert.bind(2, id);
    insert.bind(3, name);
    insert.exec();
    insert.reset();
  };
  for (int i = 0; i < static_cast<int>(allocation_function::count); ++i) {
    add("allocation", i, name_of(static_cast<allocation_function>(i)));
  }
  for (int i = 0; i < static_cast<int>(release_function::count); ++i) {
    add("release", i, name_of(static_cast<release_function>(i)));
  }
  const auto add_list = [&add](const char* kind, std::initializer_list<const char*> names) {
    int id = 0;
    for (const char* name : names) {
      add(kind, id++, name);
    }
  };
  add_list("origin", {"start", "fork", "exec"});
  add_list("end", {"exited", "signaled", "execed", "running", "unknown"});
  add_list("trigger", {"exit_begin", "exit_end", "interval", "request", "api", "leak_check"});
  add_list("pointer",
           {"unknown", "raw", "strong", "weak", "unique", "container", "link", "virtual_table"});
  add_list("mismatch", {"none", "family", "double_free", "foreign_free", "size", "alignment"});
  add_list("loss", {"table_full", "nested_overflow", "missed_free", "nodes_full", "sites_full",
                    "modules_full", "strings_full", "mismatches_full", "truncated_depth",
                    "truncated_unknown", "truncated_memory", "raw_clone", "threads_full",
                    "no_stack_signal", "allocator_bypassed", "leak_check_off", "objects_full"});
}

bool is_empty_and_ours(const std::string& path) {
  struct stat status = {};
  return lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0 &&
         status.st_uid == geteuid() && status.st_nlink == 1;
}

void create_schema(SQLite::Database& database) {
  SQLite::Transaction transaction(database);
  database.exec(schema::tables);
  database.exec(schema::views);
  database.exec("PRAGMA application_id=" + std::to_string(schema::application_id));
  database.exec("PRAGMA user_version=" + std::to_string(schema::version));
  fill_terms(database);
  transaction.commit();
}

}  // namespace

error storage_error(error_code code, const std::string& path, const SQLite::Exception& failure) {
  const std::string place = "'" + path + "': ";
  switch (failure.getErrorCode()) {
    case SQLITE_FULL:
      return {code, "cannot write " + place +
                        "the disk is full; free some space, or write to another directory"};
    case SQLITE_IOERR:
      return {code, place + failure.what() +
                        "; look for errors of the disk, a quota, or a limit on file sizes "
                        "(ulimit -f)"};
    case SQLITE_CANTOPEN:
      return {code, place + "cannot be opened; check the path and the permissions"};
    default:
      return {code, place + failure.what()};
  }
}

result<SQLite::Database> create_database(const std::string& path) {
  // Made anew and by hand, so that nobody else can read it at any moment.
  const bool usable = is_empty_and_ours(path);
  if (!usable && unlink(path.c_str()) != 0 && errno != ENOENT) {
    return error{error_code::output, "cannot replace '" + path + "': " + std::strerror(errno)};
  }
  const std::string journal = path + "-journal";
  unlink(journal.c_str());
  const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (usable ? 0 : O_CREAT | O_EXCL);
  const int file = open(path.c_str(), flags, 0600);
  if (file < 0 || fchmod(file, 0600) != 0) {
    const int reason = errno;
    close(file);
    return file_error("cannot create", "'" + path + "'", reason, error_code::output);
  }
  close(file);
  return guarded(error_code::output, path, [&path]() -> result<SQLite::Database> {
    SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, busy_ms);
    // A crash of the machine may cost the capture; a crash of track may not.
    database.exec("PRAGMA synchronous=OFF; PRAGMA temp_store=MEMORY");
    create_schema(database);
    return database;
  });
}

result<SQLite::Database> create_memory_database() {
  return guarded(error_code::internal, "memory", []() -> result<SQLite::Database> {
    SQLite::Database database(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    create_schema(database);
    offer_stack_frames(database);
    return database;
  });
}

result<SQLite::Database> open_database(const std::string& path, access wanted) {
  return guarded(error_code::bad_input, path, [&]() -> result<SQLite::Database> {
    const int flags = wanted == access::write ? SQLite::OPEN_READWRITE : SQLite::OPEN_READONLY;
    SQLite::Database database(path, flags, busy_ms);
    harden(database);
    if (wanted == access::write) {
      database.exec("PRAGMA synchronous=OFF");
    }
    if (const auto identity = check_identity(database, path); !identity) {
      return identity.failure();
    }
    if (const auto pages = check_pages(database, path); !pages) {
      return pages.failure();
    }
    return database;
  });
}

result<SQLite::Database> copy_to_memory(SQLite::Database& source) {
  return guarded(error_code::bad_input, source.getFilename(), [&]() -> result<SQLite::Database> {
    SQLite::Database copy(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    SQLite::Backup backup(copy, source);
    backup.executeStep(-1);
    harden(copy);
    return copy;
  });
}

std::string meta_text(SQLite::Database& database, const char* key) {
  SQLite::Statement query(database, "SELECT value FROM meta WHERE key = ?");
  query.bind(1, key);
  return query.executeStep() ? query.getColumn(0).getString() : std::string();
}

std::int64_t meta_number(SQLite::Database& database, const char* key) {
  SQLite::Statement query(database, "SELECT value FROM meta WHERE key = ?");
  query.bind(1, key);
  return query.executeStep() ? query.getColumn(0).getInt64() : 0;
}

void set_meta(SQLite::Database& database, const char* key, const std::string& value) {
  SQLite::Statement insert(database, "INSERT OR REPLACE INTO meta VALUES (?, ?)");
  insert.bind(1, key);
  insert.bind(2, value);
  insert.exec();
}

void set_meta(SQLite::Database& database, const char* key, std::int64_t value) {
  SQLite::Statement insert(database, "INSERT OR REPLACE INTO meta VALUES (?, ?)");
  insert.bind(1, key);
  insert.bind(2, value);
  insert.exec();
}

}  // namespace track::capture
