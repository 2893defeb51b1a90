#include "libtrack/capture/query.hpp"

#include <cstring>
#include <string_view>

#include <sqlite3.h>

namespace track::capture {
namespace {

bool is_view(const char* name) {
  return name != nullptr && std::strncmp(name, "v1_", 3) == 0;
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

// `view` is the view, or the common table expression in it, through which a table is read. A query
// may name an expression of its own like that and see the tables: they are no secret, only no
// contract.
int authorize(void*, int action, const char* first, const char* second, const char*,
              const char* view) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_READ:
      // No column: a table of a view is walked without a look at it, and SQLite does not tell by
      // which view. It gives away a number of rows.
      return is_view(first) || is_view(view) || second == nullptr || *second == '\0' ? SQLITE_OK
                                                                                     : SQLITE_DENY;
    case SQLITE_FUNCTION:
      return is_harmless(second) ? SQLITE_OK : SQLITE_DENY;
    default:
      return SQLITE_DENY;
  }
}

class authorizer {
 public:
  explicit authorizer(sqlite3* handle) : handle_(handle) {
    sqlite3_set_authorizer(handle_, authorize, nullptr);
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
  if (status == SQLITE_AUTH) {
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

}  // namespace

result<void> run_query(SQLite::Database& database, const std::string& sql, const query_sink& sink) {
  sqlite3* handle = database.getHandle();
  const authorizer guard(handle);
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
