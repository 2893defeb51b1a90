// Gives modules, frames, stacks and sites one number each over all processes of a capture. Floor 4.
//
// Private to libtrack/capture. Keeps what the tables hold in memory, so that a known stack costs
// hash look-ups and no SQL. Numbers are dense from 1 and a stack's caller has a smaller one than
// the stack; readers count on both. The caller holds the transaction; when it is rolled back, what
// is in memory is no longer what is in the file, and this must be made anew. Throws what SQLite
// throws. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include "libtrack/capture/number_index.hpp"
#include "libtrack/capture/stack_row.hpp"
#include "libtrack/capture/stack_table.hpp"
#include "libtrack/capture/statement_cache.hpp"

namespace track::capture {

class dictionary {
 public:
  // Takes up what `database` holds already. It must outlive this. Of a stack, only the innermost
  // `depth_frames` frames count.
  dictionary(SQLite::Database& database, std::uint32_t depth_frames);

  std::uint32_t module(const std::string& path, const std::string& build_id);
  std::uint32_t frame(std::uint32_t module, std::uint64_t offset, bool unloaded);
  // Whole stacks, by the caller's number and the innermost frame, from one trie after the other.
  // In memory until store_stacks().
  void begin_trie() { stacks_.begin_trie(); }
  std::uint32_t stack(std::uint32_t parent, std::uint32_t frame) {
    return stacks_.number(parent, frame);
  }
  // The one of all stacks that are equal to `stack` which stands for them.
  std::uint32_t first_like(std::uint32_t stack) { return equal_.first_like(stacks_.rows(), stack); }
  void store_stacks() { stacks_.store(); }

  // For what is stored beside this.
  statement_cache& statements() { return statements_; }

  std::uint32_t site(std::uint32_t stack, std::uint32_t function);

  // The text of a tracked object: a type, a label, a tag, a test; 0: empty.
  std::uint32_t object_name(const std::string& text);

 private:
  // Pairs of numbers, numbered from 1.
  class pair_table {
   public:
    // The number of a pair, and whether it is new.
    std::pair<std::uint32_t, bool> number(std::uint64_t one, std::uint64_t other);

   private:
    std::vector<std::pair<std::uint64_t, std::uint64_t>> pairs_{1};
    number_index numbers_;
  };

  void load();

  SQLite::Database& database_;
  statement_cache statements_;
  std::unordered_map<std::string, std::uint32_t> modules_;
  std::unordered_map<std::string, std::uint32_t> object_names_;
  pair_table frames_;  // {module and unloaded, offset}
  stack_table stacks_;
  equal_stacks equal_;
  pair_table sites_;  // {stack, function}
};

}  // namespace track::capture
