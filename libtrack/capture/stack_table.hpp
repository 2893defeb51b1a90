// All stacks of a capture that is being written: finds equal ones, stores new ones. Floor 4.
//
// Private to libtrack/capture. Holds every row in memory, some 32 bytes each, so that a known
// stack costs a hash look-up and no SQL. store() writes what is new; the caller holds the
// transaction, and makes this anew from the file when that is rolled back. Throws what SQLite
// throws. One thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include "libtrack/capture/number_index.hpp"
#include "libtrack/capture/stack_row.hpp"

namespace track::capture {

class stack_table {
 public:
  // Takes up what `database` holds already. It must outlive this.
  explicit stack_table(SQLite::Database& database);

  // From now on rows come from another trie, that of the next process.
  void begin_trie();

  // The row of `frame` called from `parent`, a row of this table. A trie asks once for each of its
  // nodes: below a row that it brought itself nothing can be known, and nothing is looked up.
  std::uint32_t number(std::uint32_t parent, std::uint32_t frame);

  std::span<const stack_row> rows() const { return rows_; }

  // Writes the rows that came since the last call. A last chunk that is not full is written again.
  void store();

 private:
  std::uint32_t find_or_add(stack_row row, std::uint32_t next);

  std::vector<stack_row> rows_;
  number_index numbers_;      // of rows before known_
  std::uint32_t known_ = 1;   // the first row of the trie under way
  std::uint32_t stored_ = 1;  // rows before this one are in the file
  SQLite::Statement insert_;
};

}  // namespace track::capture
