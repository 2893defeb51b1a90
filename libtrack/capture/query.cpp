#include "libtrack/capture/query.hpp"

#include <cstring>
#include <string_view>

#include <sqlite3.h>

namespace track::capture {
namespace {

bool starts_with(const char* name, std::string_view prefix) {
  return name != nullptr &&
         sqlite3_strnicmp(name, prefix.data(), static_cast<int>(prefix.size())) == 0;
}

bool is_harmless(const char* function) {
  for (const char* refused :
       {"load_extension", "fts3_tokenizer", "writefile", "readfile", "edit"}) {
    if (function == nullptr || sqlite3_stricmp(function, refused) == 0) {
      return false;
    }
  }
  return true;
}

// Reading every table. How much SQLite tells of the view that leads to a table depends on what its
// optimizer made of the query, so the names in it are not judged here.
int authorize_reading(void*, int action, const char*, const char* second, const char*,
                      const char*) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
    case SQLITE_READ:
      return SQLITE_OK;
    case SQLITE_FUNCTION:
      return is_harmless(second) ? SQLITE_OK : SQLITE_DENY;
    default:
      return SQLITE_DENY;
  }
}

// For a database of nothing but the views: beside them there is only what SQLite itself keeps.
int authorize_names(void*, int action, const char* first, const char* second, const char* database,
                    const char* view) {
  if (action != SQLITE_READ || starts_with(first, "v1_")) {
    return authorize_reading(nullptr, action, first, second, database, view);
  }
  // No column: also said of a common table expression whose rows are only counted.
  const bool counted = second == nullptr || *second == '\0';
  return counted && !starts_with(first, "sqlite_") && !starts_with(first, "pragma_") ? SQLITE_OK
                                                                                     : SQLITE_DENY;
}

using authorize_function = decltype(&authorize_reading);

class authorizer {
 public:
  authorizer(sqlite3* handle, authorize_function function) : handle_(handle) {
    sqlite3_set_authorizer(handle_, function, nullptr);
  }
  authorizer(const authorizer&) = delete;
  authorizer& operator=(const authorizer&) = delete;
  ~authorizer() { sqlite3_set_authorizer(handle_, nullptr, nullptr); }

 private:
  sqlite3* handle_;
};

struct finalizer {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using statement_ptr = std::unique_ptr<sqlite3_stmt, finalizer>;

error wrong_sql(sqlite3* handle, int status) {
  std::string why = sqlite3_errmsg(handle);
  if (status == SQLITE_AUTH || why.starts_with("no such table")) {
    why = "only reading the views v1_* is possible (" + why + "); `track query` lists them";
  }
  const int primary = status & 0xff;
  const bool damaged = primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
  return {damaged ? error_code::bad_input : error_code::usage, "query: " + why};
}

query_value value_of(sqlite3_stmt* statement, int column) {
  query_value value;
  const int type = sqlite3_column_type(statement, column);
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  value.null = text == nullptr;
  value.number = type == SQLITE_INTEGER || type == SQLITE_FLOAT;
  if (text != nullptr) {
    value.text.assign(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
  }
  return value;
}

bool only_space(const char* text) {
  const std::string_view rest(text);
  return rest.find_first_not_of(" \t\r\n;") == std::string_view::npos;
}

// Tables named like the views and with their columns, all empty.
std::string empty_views(SQLite::Database& database) {
  SQLite::Statement made(
      database,
      "SELECT group_concat(made, '') FROM ("
      "SELECT printf('CREATE TABLE \"%w\" (', v.name) || "
      "group_concat(printf('\"%w\"', c.name)) || ');' AS made "
      "FROM sqlite_schema v JOIN pragma_table_info(v.name) c "
      "WHERE v.type = 'view' AND v.name LIKE 'v1\\_%' ESCAPE '\\' GROUP BY v.name)");
  return made.executeStep() ? made.getColumn(0).getString() : std::string();
}

// Compiles the statement where the views are all there is: so it names no table.
result<void> check_names(SQLite::Database& database, const std::string& sql) {
  SQLite::Database views(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  views.exec(empty_views(database));
  sqlite3* handle = views.getHandle();
  const authorizer guard(handle, authorize_names);
  sqlite3_stmt* raw = nullptr;
  const int status = sqlite3_prepare_v2(handle, sql.c_str(), -1, &raw, nullptr);
  const statement_ptr statement(raw);
  return status == SQLITE_OK ? result<void>() : wrong_sql(handle, status);
}

}  // namespace

result<void> run_query(SQLite::Database& database, const std::string& sql, const query_sink& sink) {
  if (const auto named = check_names(database, sql); !named) {
    return named;
  }
  sqlite3* handle = database.getHandle();
  const authorizer guard(handle, authorize_reading);
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  int status = sqlite3_prepare_v2(handle, sql.c_str(), -1, &raw, &rest);
  const statement_ptr statement(raw);
  if (status != SQLITE_OK) {
    return wrong_sql(handle, status);
  }
  if (raw == nullptr || !only_space(rest)) {
    return error{error_code::usage, "query: give exactly one SQL statement"};
  }
  const int count = sqlite3_column_count(raw);
  std::vector<std::string> columns;
  for (int i = 0; i < count; ++i) {
    const char* name = sqlite3_column_name(raw, i);
    columns.emplace_back(name == nullptr ? "" : name);
  }
  sink.begin(columns);
  while ((status = sqlite3_step(raw)) == SQLITE_ROW) {
    query_row row;
    for (int i = 0; i < count; ++i) {
      row.push_back(value_of(raw, i));
    }
    if (!sink.row(row)) {
      return {};
    }
  }
  return status == SQLITE_DONE ? result<void>() : wrong_sql(handle, status);
}

std::vector<std::string> list_views(SQLite::Database& database) {
  std::vector<std::string> views;
  SQLite::Statement rows(database,
                         "SELECT v.name, group_concat(c.name, ', ') FROM sqlite_schema v "
                         "JOIN pragma_table_info(v.name) c WHERE v.type = 'view' "
                         "AND v.name LIKE 'v1\\_%' ESCAPE '\\' GROUP BY v.name");
  while (rows.executeStep()) {
    views.push_back(rows.getColumn(0).getString() + " (" + rows.getColumn(1).getString() + ")");
  }
  return views;
}

}  // namespace track::capture
