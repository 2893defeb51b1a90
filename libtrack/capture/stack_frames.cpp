#include "libtrack/capture/stack_frames.hpp"

#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <sqlite3.h>

#include "libtrack/capture/stack_chunks.hpp"

namespace track::capture {
namespace {

enum column : int { stack_column, position_column, frame_column };
enum plan : int { all_stacks = 0, one_stack = 1, one_position = 2 };

struct table : sqlite3_vtab {
  explicit table(sqlite3* connection) : sqlite3_vtab(), database(connection) {}

  sqlite3* database;
  std::vector<stack_row> rows;
  std::vector<bool> allocates;  // of every row: it is the stack of a site or an object
  std::uint32_t depth_frames = 0;
  sqlite3_int64 changes = -1;  // of the connection, when `rows` were decoded
};

struct cursor : sqlite3_vtab_cursor {
  cursor() : sqlite3_vtab_cursor() {}

  std::uint32_t stack = 0;
  std::uint32_t last_stack = 0;
  std::uint32_t at = 0;  // 0: past the end
  std::uint32_t position = 0;
  sqlite3_int64 wanted_position = -1;  // -1: every one
};

int fail(table& owner, const std::string& message) {
  sqlite3_free(owner.zErrMsg);
  owner.zErrMsg = sqlite3_mprintf("%s", message.c_str());
  return SQLITE_CORRUPT_VTAB;
}

int decode(table& owner) {
  const sqlite3_int64 changes = sqlite3_total_changes64(owner.database);
  if (owner.changes == changes) {
    return SQLITE_OK;
  }
  auto rows = load_stacks(owner.database);
  if (!rows) {
    return fail(owner, rows.failure().message);
  }
  owner.rows = *std::move(rows);
  owner.allocates = load_whole_stacks(owner.database, owner.rows.size());
  owner.depth_frames = load_depth_frames(owner.database);
  owner.changes = changes;
  return SQLITE_OK;
}

int connect(sqlite3* database, void*, int, const char* const*, sqlite3_vtab** made, char**) {
  const int status = sqlite3_declare_vtab(
      database, "CREATE TABLE stack_frames (stack INTEGER, position INTEGER, frame INTEGER)");
  if (status != SQLITE_OK) {
    return status;
  }
  // It reads nothing but this file, so views of a file that nobody trusts may use it.
  sqlite3_vtab_config(database, SQLITE_VTAB_INNOCUOUS);
  *made = new (std::nothrow) table(database);
  return *made == nullptr ? SQLITE_NOMEM : SQLITE_OK;
}

int disconnect(sqlite3_vtab* base) {
  delete static_cast<table*>(base);
  return SQLITE_OK;
}

int choose_plan(sqlite3_vtab*, sqlite3_index_info* info) {
  int by_column[] = {-1, -1};
  for (int i = 0; i < info->nConstraint; ++i) {
    const auto& constraint = info->aConstraint[i];
    if (constraint.usable != 0 && constraint.op == SQLITE_INDEX_CONSTRAINT_EQ &&
        (constraint.iColumn == stack_column || constraint.iColumn == position_column)) {
      by_column[constraint.iColumn] = i;
    }
  }
  info->idxNum = all_stacks;
  info->estimatedCost = 1e9;
  info->estimatedRows = 10'000'000;
  int arguments = 0;
  const auto use = [&](column which, plan bit, double share) {
    if (by_column[which] >= 0) {
      info->idxNum |= bit;
      info->aConstraintUsage[by_column[which]].argvIndex = ++arguments;
      info->estimatedCost *= share;
      info->estimatedRows =
          static_cast<sqlite3_int64>(static_cast<double>(info->estimatedRows) * share);
    }
  };
  use(stack_column, one_stack, 3e-6);
  use(position_column, one_position, 0.04);
  return SQLITE_OK;
}

int open_cursor(sqlite3_vtab*, sqlite3_vtab_cursor** made) {
  *made = new (std::nothrow) cursor;
  return *made == nullptr ? SQLITE_NOMEM : SQLITE_OK;
}

int close_cursor(sqlite3_vtab_cursor* base) {
  delete static_cast<cursor*>(base);
  return SQLITE_OK;
}

table& owner_of(const cursor& here) {
  return *static_cast<table*>(here.pVtab);
}

// Goes on to the next stack, and further until its frames hold the position asked for.
void settle(cursor& here) {
  const table& owner = owner_of(here);
  const auto wanted = [&here] {
    return here.wanted_position < 0 || here.position == here.wanted_position;
  };
  for (;;) {
    while (here.at != 0 && here.position < owner.depth_frames && !wanted()) {
      here.at = owner.rows[here.at].parent;
      ++here.position;
    }
    if (here.at != 0 && here.position < owner.depth_frames) {
      return;
    }
    here.at = 0;
    here.position = 0;
    do {
      if (here.stack >= here.last_stack) {
        return;
      }
    } while (!owner.allocates[++here.stack]);
    here.at = here.stack;
  }
}

void start(cursor& here, int chosen, sqlite3_value** values) {
  const auto& allocates = owner_of(here).allocates;
  here.stack = 0;
  here.last_stack = static_cast<std::uint32_t>(allocates.size() - 1);
  here.at = 0;
  here.position = 0;
  here.wanted_position = -1;
  if ((chosen & one_stack) != 0) {
    const sqlite3_int64 stack = sqlite3_value_int64(*values++);
    const bool known = stack > 0 && static_cast<std::uint64_t>(stack) < allocates.size() &&
                       allocates[static_cast<std::size_t>(stack)];
    here.at = here.stack = here.last_stack = known ? static_cast<std::uint32_t>(stack) : 0;
  }
  if ((chosen & one_position) != 0) {
    here.wanted_position = sqlite3_value_int64(*values);
    // No row has a negative one; -1 means any.
    here.wanted_position = here.wanted_position < 0 ? INT64_MAX : here.wanted_position;
  }
  settle(here);
}

int filter(sqlite3_vtab_cursor* base, int chosen, const char*, int, sqlite3_value** values) {
  auto& here = static_cast<cursor&>(*base);
  try {
    if (const int status = decode(owner_of(here)); status != SQLITE_OK) {
      return status;
    }
  } catch (const std::bad_alloc&) {
    return SQLITE_NOMEM;
  }
  start(here, chosen, values);
  return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* base) {
  auto& here = static_cast<cursor&>(*base);
  here.at = owner_of(here).rows[here.at].parent;
  ++here.position;
  settle(here);
  return SQLITE_OK;
}

int at_end(sqlite3_vtab_cursor* base) {
  return static_cast<cursor*>(base)->at == 0 ? 1 : 0;
}

int value(sqlite3_vtab_cursor* base, sqlite3_context* context, int wanted) {
  const auto& here = static_cast<cursor&>(*base);
  sqlite3_result_int64(context, wanted == stack_column      ? here.stack
                                : wanted == position_column ? here.position
                                                            : owner_of(here).rows[here.at].frame);
  return SQLITE_OK;
}

int row_number(sqlite3_vtab_cursor* base, sqlite3_int64* number) {
  const auto& here = static_cast<cursor&>(*base);
  *number = static_cast<sqlite3_int64>(here.stack) * most_depth_frames + here.position;
  return SQLITE_OK;
}

constexpr sqlite3_module make_module() {
  sqlite3_module made{};
  made.iVersion = 1;
  // No xCreate: there is the one table, under the module's own name.
  made.xConnect = connect;
  made.xBestIndex = choose_plan;
  made.xDisconnect = disconnect;
  made.xOpen = open_cursor;
  made.xClose = close_cursor;
  made.xFilter = filter;
  made.xNext = next;
  made.xEof = at_end;
  made.xColumn = value;
  made.xRowid = row_number;
  return made;
}

constexpr sqlite3_module module = make_module();

}  // namespace

void offer_stack_frames(SQLite::Database& database) {
  const int status =
      sqlite3_create_module_v2(database.getHandle(), "stack_frames", &module, nullptr, nullptr);
  if (status != SQLITE_OK) {
    throw SQLite::Exception(database.getHandle(), status);
  }
}

}  // namespace track::capture
