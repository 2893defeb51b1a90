// SQL statements that are compiled once for a connection. Floor 4.
//
// Private to libtrack/capture. Compiling costs more than running a small insert does. The database
// must outlive this. Throws what SQLite throws. One thread.
#pragma once

#include <map>

#include <SQLiteCpp/SQLiteCpp.h>

namespace track::capture {

class statement_cache {
 public:
  explicit statement_cache(SQLite::Database& database) : database_(database) {}

  // The statement for `sql`, a literal known by its address, ready to be bound; good until it is
  // asked for again.
  SQLite::Statement& operator()(const char* sql) {
    SQLite::Statement& statement = statements_.try_emplace(sql, database_, sql).first->second;
    statement.reset();
    statement.clearBindings();
    return statement;
  }

 private:
  SQLite::Database& database_;
  std::map<const char*, SQLite::Statement> statements_;
};

}  // namespace track::capture
