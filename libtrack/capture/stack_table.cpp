#include "libtrack/capture/stack_table.hpp"

#include <algorithm>
#include <utility>

#include "libtrack/capture/stack_chunks.hpp"

namespace track::capture {

stack_table::stack_table(SQLite::Database& database)
    : insert_(database, "INSERT OR REPLACE INTO stack_chunks VALUES (?, ?, ?)") {
  auto known = load_stacks(database.getHandle());
  if (!known) {
    throw SQLite::Exception(known.failure().message);
  }
  rows_ = *std::move(known);
  stored_ = static_cast<std::uint32_t>(rows_.size());
}

void stack_table::begin_trie() {
  for (; known_ < rows_.size(); ++known_) {
    find_or_add(rows_[known_], known_);
  }
}

std::uint32_t stack_table::find_or_add(stack_row row, std::uint32_t next) {
  return numbers_.find_or_add(
      number_index::hash_of(row.parent, row.frame), next, [this, row](std::uint32_t known) {
        return rows_[known].parent == row.parent && rows_[known].frame == row.frame;
      });
}

std::uint32_t stack_table::number(std::uint32_t parent, std::uint32_t frame) {
  const auto next = static_cast<std::uint32_t>(rows_.size());
  // Stacks come outermost frame first: an equal process finds most rows just behind their callers.
  if (parent + 1 < known_ && rows_[parent + 1].parent == parent &&
      rows_[parent + 1].frame == frame) {
    return parent + 1;
  }
  const std::uint32_t number = parent < known_ ? find_or_add({parent, frame}, next) : next;
  if (number == next) {
    rows_.push_back({parent, frame});
  }
  return number;
}

void stack_table::store() {
  while (stored_ < rows_.size()) {
    const std::uint32_t first = (stored_ - 1) / chunk_rows * chunk_rows + 1;
    const auto count =
        static_cast<std::uint32_t>(std::min<std::size_t>(chunk_rows, rows_.size() - first));
    const auto chunk = encode_chunk(rows().subspan(first, count), first);
    insert_.bind(1, first);
    insert_.bind(2, count);
    insert_.bindNoCopy(3, chunk.data(), static_cast<int>(chunk.size()));
    insert_.exec();
    insert_.reset();
    stored_ = first + count;
  }
}

}  // namespace track::capture
