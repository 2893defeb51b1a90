#include "libtrack/capture/stack_chunks.hpp"

#include <algorithm>
#include <memory>

#include <sqlite3.h>

#include "libtrack/capture/blob.hpp"
#include "libtrack/capture/number_codec.hpp"

namespace track::capture {
namespace {

// Far more than a recorder finds room for; blobs of nothing but zeros expand to any size.
constexpr std::size_t most_rows = std::size_t{1} << 26;

struct finalizer {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using statement_ptr = std::unique_ptr<sqlite3_stmt, finalizer>;

// Null when it cannot be had; the connection knows why.
statement_ptr prepare(sqlite3* database, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(database, sql, -1, &statement, nullptr);
  return statement_ptr(statement);
}

error damaged(const std::string& what) {
  return {error_code::bad_input, "the capture is corrupt: " + what + "; record it again"};
}

}  // namespace

std::vector<std::byte> encode_chunk(std::span<const stack_row> rows, std::uint32_t first) {
  std::vector<std::byte> plain;
  plain.reserve(rows.size() * 4);
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    append_number(plain, first + i - rows[i].parent);
  }
  for (const stack_row& row : rows) {
    append_number(plain, row.frame);
  }
  return compress_blob(plain, dense_compression);
}

bool decode_chunk(std::span<const std::byte> stored, std::uint32_t count,
                  std::vector<stack_row>& rows) {
  std::vector<std::byte> bytes;
  if (!expand_blob(stored, std::size_t{count} * 2 * longest_number, bytes)) {
    return false;
  }
  number_reader numbers(bytes);
  const std::size_t first = rows.size();
  for (std::size_t id = first; id < first + count; ++id) {
    const auto back = numbers.next32();
    // Only a smaller number may be a parent: this is what makes every walk end.
    if (!back || *back == 0 || *back > id) {
      return false;
    }
    rows.push_back({static_cast<std::uint32_t>(id - *back), 0});
  }
  for (std::size_t id = first; id < rows.size(); ++id) {
    const auto frame = numbers.next32();
    if (!frame) {
      return false;
    }
    rows[id].frame = *frame;
  }
  return numbers.at_end();
}

result<std::vector<stack_row>> load_stacks(sqlite3* database) {
  const auto chunks =
      prepare(database, "SELECT first, count, nodes FROM stack_chunks ORDER BY first");
  std::vector<stack_row> rows(1);
  int status = chunks ? sqlite3_step(chunks.get()) : SQLITE_ERROR;
  for (; status == SQLITE_ROW; status = sqlite3_step(chunks.get())) {
    const sqlite3_int64 first = sqlite3_column_int64(chunks.get(), 0);
    const sqlite3_int64 count = sqlite3_column_int64(chunks.get(), 1);
    const auto* blob = static_cast<const std::byte*>(sqlite3_column_blob(chunks.get(), 2));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(chunks.get(), 2));
    if (first != static_cast<sqlite3_int64>(rows.size()) || count < 1 || count > chunk_rows ||
        rows.size() > most_rows || blob == nullptr ||
        !decode_chunk({blob, size}, static_cast<std::uint32_t>(count), rows)) {
      return damaged("its stacks from " + std::to_string(first) + " on make no sense");
    }
  }
  if (status != SQLITE_DONE) {
    return damaged(std::string("its stacks: ") + sqlite3_errmsg(database));
  }
  return rows;
}

std::vector<bool> load_whole_stacks(sqlite3* database, std::size_t rows) {
  std::vector<bool> found(rows);
  const auto told =
      prepare(database, "SELECT stack FROM sites UNION ALL SELECT stack FROM objects");
  while (told && sqlite3_step(told.get()) == SQLITE_ROW) {
    const sqlite3_int64 stack = sqlite3_column_int64(told.get(), 0);
    if (stack > 0 && static_cast<std::uint64_t>(stack) < rows) {
      found[static_cast<std::size_t>(stack)] = true;
    }
  }
  return found;
}

std::uint32_t load_depth_frames(sqlite3* database) {
  const auto query = prepare(database, "SELECT value FROM meta WHERE key = 'depth_frames'");
  const bool known = query && sqlite3_step(query.get()) == SQLITE_ROW;
  return static_cast<std::uint32_t>(std::clamp<sqlite3_int64>(
      known ? sqlite3_column_int64(query.get(), 0) : 64, 1, most_depth_frames));
}

}  // namespace track::capture
