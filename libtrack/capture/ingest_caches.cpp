#include "libtrack/capture/ingest_caches.hpp"

#include <algorithm>
#include <optional>

namespace track::capture {
namespace {

std::int64_t to_sql(std::uint64_t value) {
  return static_cast<std::int64_t>(
      std::min<std::uint64_t>(value, static_cast<std::uint64_t>(INT64_MAX)));
}

void bind_optional(SQLite::Statement& statement, int index, std::optional<std::uint64_t> value) {
  if (value) {
    statement.bind(index, to_sql(*value));
  } else {
    statement.bind(index);
  }
}

// Since the process's start; a moment that the process was not seen to live until is its last.
std::uint64_t moment_of(std::uint32_t clock_ms, std::uint64_t start_mono_ms,
                        std::uint64_t seen_ms) {
  const std::uint32_t ago = static_cast<std::uint32_t>(start_mono_ms + seen_ms) - clock_ms;
  return seen_ms - std::min<std::uint64_t>(seen_ms, ago < 0x80000000u ? ago : 0);
}

void bind(SQLite::Statement& insert, const ledger::cache_image& cache, std::uint64_t start_mono_ms,
          std::uint64_t seen_ms) {
  std::optional<std::uint64_t> ended_at_ms;
  if (cache.end_ms) {
    ended_at_ms = moment_of(*cache.end_ms, start_mono_ms, seen_ms);
  }
  int at = 3;
  if (cache.address != 0) {
    insert.bind(++at, static_cast<std::int64_t>(cache.address));
  } else {
    insert.bind(++at);
  }
  insert.bind(++at, to_sql(moment_of(cache.birth_ms, start_mono_ms, seen_ms)));
  bind_optional(insert, ++at, ended_at_ms);
  for (const std::uint64_t count :
       {cache.inserts, cache.hits, cache.misses, cache.evictions, cache.erased}) {
    insert.bind(++at, to_sql(count));
  }
  bind_optional(insert, ++at, cache.size);
  bind_optional(insert, ++at, cache.never_hit);
  for (const std::uint64_t count : cache.ages) {
    insert.bind(++at, to_sql(count));
  }
}

}  // namespace

void insert_caches(dictionary& known, const ledger::process_image& image, std::uint64_t seen_ms,
                   stack_mapper& stacks) {
  constexpr int stack_column = 22;
  for (const ledger::cache_image& cache : image.caches) {
    const std::uint32_t name =
        cache.name < image.names.size() ? known.object_name(image.names[cache.name]) : 0;
    SQLite::Statement& insert = known.statements()(
        "INSERT INTO caches VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    insert.bind(1, to_sql(image.process));
    insert.bind(2, to_sql(cache.serial));
    insert.bind(3, static_cast<std::int64_t>(name));
    bind(insert, cache, image.start_mono_ms, seen_ms);
    insert.bind(stack_column, static_cast<std::int64_t>(stacks.stack_of(cache.node)));
    insert.exec();
    insert.reset();
  }
}

}  // namespace track::capture
