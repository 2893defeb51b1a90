#include "libtrack/capture/load.hpp"

#include <algorithm>
#include <utility>

#include "libtrack/capture/database.hpp"
#include "libtrack/capture/stack_chunks.hpp"
#include "libtrack/capture/text_codec.hpp"

namespace track::capture {
namespace {

// A table whose rows contradict each other; caught in load_contents.
struct bad_row {
  const char* table;
  std::int64_t id;
};

// Walks the rows of one query, column by column.
class row_reader {
 public:
  row_reader(SQLite::Database& database, const char* table, const char* sql)
      : table_(table), query_(database, sql) {}

  bool next() {
    column_ = 0;
    return query_.executeStep();
  }
  std::int64_t number() { return query_.getColumn(column_++).getInt64(); }
  std::uint64_t count() { return static_cast<std::uint64_t>(std::max<std::int64_t>(number(), 0)); }
  std::string text() { return query_.getColumn(column_++).getString(); }
  bool flag() { return number() != 0; }

  template <typename T>
  std::optional<T> optional() {
    if (query_.getColumn(column_).isNull()) {
      ++column_;
      return std::nullopt;
    }
    return static_cast<T>(number());
  }

  // An id below `limit`; 0 stands for none and is always one.
  std::uint32_t id(std::size_t limit) {
    const std::int64_t value = number();
    if (value < 0 || (value != 0 && static_cast<std::uint64_t>(value) >= limit)) {
      throw bad_row{table_, value};
    }
    return static_cast<std::uint32_t>(value);
  }

  // The next number of a dense table.
  void expect_id(std::size_t expected) {
    const std::int64_t value = number();
    if (value != static_cast<std::int64_t>(expected) || expected > UINT32_MAX) {
      throw bad_row{table_, value};
    }
  }

  template <typename Enum>
  Enum term(Enum last) {
    const std::int64_t value = number();
    if (value < 0 || value > static_cast<std::int64_t>(last)) {
      throw bad_row{table_, value};
    }
    return static_cast<Enum>(value);
  }

 private:
  const char* table_;
  SQLite::Statement query_;
  int column_ = 0;
};

void load_meta(SQLite::Database& database, contents& all) {
  all.complete = meta_text(database, "state") == "complete";
  all.named = meta_number(database, "named") != 0;
  all.collector = meta_number(database, "collector") != 0;
  all.depth_frames = load_depth_frames(database.getHandle());
  all.exit_stills = static_cast<std::uint64_t>(meta_number(database, "exit_stills"));
  all.processes_lost = static_cast<std::uint64_t>(
      std::max<std::int64_t>(meta_number(database, "processes_lost"), 0));
  all.default_suppressions = meta_text(database, "default_suppressions");
  all.program_suppressions = meta_text(database, "program_suppressions");
}

void load_processes(SQLite::Database& database, contents& all) {
  row_reader rows(
      database, "processes",
      "SELECT id, parent, pid, origin, exe, args, start_unix_ms, duration_ms, "
      "end_kind, exit_code, exit_signal, oom_killed, exit_path, collector, "
      "from_checkpoint, survivors_valid, inherited_blocks, inherited_frees, "
      "reallocations, peak_bytes, stills_begun, stills_failed, seen_ms FROM processes ORDER BY id");
  while (rows.next()) {
    process_row row;
    row.id = rows.count();
    row.parent = rows.optional<std::uint64_t>();
    row.pid = static_cast<std::uint32_t>(rows.number());
    row.origin = rows.term(ledger::process_origin::exec);
    row.exe = rows.text();
    row.args = from_json_array(rows.text());
    row.start_unix_ms = rows.optional<std::int64_t>();
    row.end.duration_ms = rows.optional<std::uint64_t>();
    row.end.kind = rows.term(end_kind::unknown);
    row.end.code = rows.optional<std::int32_t>();
    row.end.signal = rows.optional<std::int32_t>();
    row.end.oom_killed = rows.optional<bool>();
    row.path = rows.term(ledger::exit_path::exec);
    row.end.ran_under_collector = rows.flag();
    row.from_checkpoint = rows.flag();
    row.survivors_valid = rows.flag();
    row.inherited_blocks = rows.count();
    row.inherited_frees = rows.count();
    row.reallocations = rows.count();
    row.peak_bytes = rows.number();
    row.stills_begun = rows.count();
    row.stills_failed = rows.count();
    row.seen_ms = rows.count();
    all.processes.push_back(std::move(row));
  }
}

process_row* find_process(contents& all, std::uint64_t id) {
  const auto found = std::lower_bound(
      all.processes.begin(), all.processes.end(), id,
      [](const process_row& row, std::uint64_t wanted) { return row.id < wanted; });
  return found != all.processes.end() && found->id == id ? &*found : nullptr;
}

std::uint64_t known_process(contents& all, row_reader& rows, const char* table) {
  const std::int64_t id = rows.number();
  if (id < 0 || find_process(all, static_cast<std::uint64_t>(id)) == nullptr) {
    throw bad_row{table, id};
  }
  return static_cast<std::uint64_t>(id);
}

void load_losses(SQLite::Database& database, contents& all) {
  row_reader rows(database, "losses", "SELECT process, loss, count FROM losses");
  while (rows.next()) {
    process_row* process = find_process(all, known_process(all, rows, "losses"));
    const std::uint32_t loss = rows.id(ledger::max_losses);
    process->losses[loss] = rows.count();
  }
  row_reader untracked(database, "untracked",
                       "SELECT parent, pid, exe, reason, asked_for FROM untracked");
  while (untracked.next()) {
    untracked_process row;
    row.parent_process = untracked.optional<std::uint64_t>();
    row.pid = static_cast<std::uint32_t>(untracked.number());
    row.exe = untracked.text();
    row.reason = untracked.text();
    row.asked_for = untracked.flag();
    all.untracked.push_back(std::move(row));
  }
}

void load_code(SQLite::Database& database, contents& all) {
  all.strings.resize(1);
  row_reader strings(database, "strings", "SELECT id, value FROM strings ORDER BY id");
  while (strings.next()) {
    strings.expect_id(all.strings.size());
    all.strings.push_back(strings.text());
  }
  all.modules.resize(1);
  row_reader modules(database, "modules",
                     "SELECT id, path, found, has_symbols FROM modules ORDER BY id");
  while (modules.next()) {
    modules.expect_id(all.modules.size());
    module_row row;
    row.path = modules.text();
    row.found = modules.optional<bool>();
    row.has_symbols = modules.optional<bool>();
    all.modules.push_back(std::move(row));
  }
  all.frames.resize(1);
  row_reader frames(database, "frames",
                    "SELECT id, module, offset, unloaded FROM frames ORDER BY id");
  while (frames.next()) {
    frames.expect_id(all.frames.size());
    frame_row row;
    row.module = frames.id(all.modules.size());
    row.offset = static_cast<std::uint64_t>(frames.number());
    row.unloaded = frames.flag();
    all.frames.push_back(row);
  }
}

void load_names(SQLite::Database& database, contents& all) {
  row_reader names(database, "names",
                   "SELECT frame, function, file, line, inlined FROM names ORDER BY frame, level");
  while (names.next()) {
    frame_row& frame = all.frames[names.id(all.frames.size())];
    if (frame.name_count == 0) {
      frame.first_name = static_cast<std::uint32_t>(all.names.size());
    }
    ++frame.name_count;
    name_row row;
    row.function = names.id(all.strings.size());
    row.file = names.id(all.strings.size());
    row.line = static_cast<std::uint32_t>(names.number());
    row.inlined = names.flag();
    all.names.push_back(row);
  }
}

void load_trie(SQLite::Database& database, contents& all) {
  auto rows = load_stacks(database.getHandle());
  if (!rows) {
    throw SQLite::Exception(rows.failure().message);
  }
  all.stacks = *std::move(rows);
  for (const stack_row& row : all.stacks) {
    if (row.frame >= all.frames.size()) {
      throw bad_row{"stack_chunks", row.frame};
    }
  }
}

void load_sites(SQLite::Database& database, contents& all) {
  all.sites.resize(1);
  row_reader sites(database, "sites", "SELECT id, stack, function FROM sites ORDER BY id");
  while (sites.next()) {
    sites.expect_id(all.sites.size());
    site_row row;
    row.stack = sites.id(all.stacks.size());
    row.function = sites.term(allocation_function::operator_new_array_aligned);
    all.sites.push_back(row);
  }
}

void load_counters(SQLite::Database& database, contents& all) {
  row_reader rows(database, "counters",
                  "SELECT process, site, allocations, bytes_allocated, frees, bytes_freed, "
                  "peak_blocks, peak_bytes, temporary, within_10ms, within_1s, within_60s, longer, "
                  "surviving_blocks, surviving_bytes, oldest_age_ms, youngest_age_ms "
                  "FROM counters ORDER BY process, site");
  while (rows.next()) {
    counter_row row;
    row.process = known_process(all, rows, "counters");
    row.site = rows.id(all.sites.size());
    row.allocations = rows.count();
    row.bytes_allocated = rows.count();
    row.frees = rows.count();
    row.bytes_freed = rows.count();
    row.peak_blocks = rows.number();
    row.peak_bytes = rows.number();
    row.temporary = rows.count();
    for (std::uint64_t& lifetime : row.lifetimes) {
      lifetime = rows.count();
    }
    const auto blocks = rows.optional<std::uint64_t>();
    const std::uint64_t bytes = rows.count();
    if (blocks) {
      row.surviving =
          survivors{*blocks, bytes, rows.optional<std::uint64_t>(), rows.optional<std::uint64_t>()};
    }
    all.counters.push_back(row);
  }
}

void load_mismatches(SQLite::Database& database, contents& all) {
  row_reader rows(
      database, "mismatches",
      "SELECT process, kind, allocation_site, release_stack, release_function, count, "
      "bytes, certain, first_at_ms, size_given FROM mismatches ORDER BY process, rowid");
  while (rows.next()) {
    mismatch_row row;
    row.process = known_process(all, rows, "mismatches");
    row.kind = rows.term(ledger::mismatch_kind::alignment);
    row.allocation_site = rows.id(all.sites.size());
    row.release_stack = rows.id(all.stacks.size());
    row.function = rows.term(release_function::operator_delete_array_aligned);
    row.count = rows.count();
    row.bytes = rows.count();
    row.certain = rows.flag();
    row.first_at_ms = rows.optional<std::uint64_t>();
    row.size_given = rows.count();
    all.mismatches.push_back(row);
  }
}

void load_objects(SQLite::Database& database, contents& all) {
  all.object_names.resize(1);
  row_reader names(database, "object_names", "SELECT id, value FROM object_names ORDER BY id");
  while (names.next()) {
    names.expect_id(all.object_names.size());
    all.object_names.push_back(names.text());
  }
  row_reader rows(database, "objects",
                  "SELECT process, serial, address, dead, type, label, tag, test, born_at_ms, "
                  "due_at_ms, stack, bytes FROM objects ORDER BY process, rowid");
  while (rows.next()) {
    object_row row;
    row.process = known_process(all, rows, "objects");
    row.serial = rows.count();
    row.address = static_cast<std::uint64_t>(rows.number());
    row.dead = rows.flag();
    for (std::uint32_t* name : {&row.type, &row.label, &row.tag, &row.test}) {
      *name = rows.id(all.object_names.size());
    }
    row.born_at_ms = rows.count();
    row.due_at_ms = rows.optional<std::uint64_t>();
    row.stack = rows.id(all.stacks.size());
    row.bytes = rows.count();
    all.objects.push_back(row);
  }
}

void load_caches(SQLite::Database& database, contents& all) {
  row_reader rows(
      database, "caches",
      "SELECT process, serial, name, address, born_at_ms, ended_at_ms, inserts, hits, misses, "
      "evictions, erased, size, never_hit, evicted_1ms, evicted_10ms, evicted_100ms, evicted_1s, "
      "evicted_10s, evicted_100s, evicted_1000s, evicted_later, stack FROM caches "
      "ORDER BY process, rowid");
  while (rows.next()) {
    cache_row row;
    row.process = known_process(all, rows, "caches");
    row.serial = rows.count();
    row.name = rows.id(all.object_names.size());
    row.address = rows.optional<std::uint64_t>();
    row.born_at_ms = rows.count();
    row.ended_at_ms = rows.optional<std::uint64_t>();
    for (std::uint64_t* count :
         {&row.inserts, &row.hits, &row.misses, &row.evictions, &row.erased}) {
      *count = rows.count();
    }
    row.size = rows.optional<std::uint64_t>();
    row.never_hit = rows.optional<std::uint64_t>();
    for (std::uint64_t& count : row.ages) {
      count = rows.count();
    }
    row.stack = rows.id(all.stacks.size());
    all.caches.push_back(row);
  }
}

// Stills of processes that are not there yet are left out: a collector may have been killed between
// the two.
void load_stills(SQLite::Database& database, contents& all) {
  row_reader rows(database, "stills",
                  "SELECT s.id, s.process, s.number, s.trigger, "
                  "max(s.at_mono_ms - p.start_mono_ms, 0), s.pause_us, s.threads, s.blocks, "
                  "s.bytes, s.registers_missing, s.threads_not_stopped, s.threads_unseen, "
                  "s.mappings_unseen, s.unreadable_bytes "
                  "FROM stills s JOIN processes p ON p.id = s.process ORDER BY s.id");
  while (rows.next()) {
    still_row row;
    row.id = rows.count();
    row.process = rows.count();
    row.number = static_cast<std::uint32_t>(rows.count());
    row.trigger = rows.term(ledger::graph::trigger::leak_check);
    row.at_ms = rows.count();
    row.pause_us = rows.count();
    row.threads = static_cast<std::uint32_t>(rows.count());
    row.blocks = rows.count();
    row.bytes = rows.count();
    for (std::uint64_t& note : row.notes) {
      note = rows.count();
    }
    all.stills.push_back(row);
  }
}

}  // namespace

result<contents> load_contents(SQLite::Database& database, const std::string& path) {
  return guarded(error_code::bad_input, path, [&]() -> result<contents> {
    contents all;
    try {
      load_meta(database, all);
      load_processes(database, all);
      load_losses(database, all);
      load_code(database, all);
      load_names(database, all);
      load_trie(database, all);
      load_sites(database, all);
      load_counters(database, all);
      load_mismatches(database, all);
      load_objects(database, all);
      load_caches(database, all);
      load_stills(database, all);
    } catch (const bad_row& row) {
      return error{error_code::bad_input,
                   "'" + path + "': table " + row.table + " points to a row that cannot be (" +
                       std::to_string(row.id) + "): the capture is corrupt; record it again"};
    }
    return all;
  });
}

}  // namespace track::capture
