// Gives modules, frames, stacks and sites one number each over all processes of a capture. Floor 4.
//
// Private to libtrack/capture. Keeps what the tables hold in memory, so that a known stack costs
// hash look-ups and no SQL. Numbers are dense from 1 and a stack's caller has a smaller one than
// the stack; readers count on both. Throws what SQLite throws. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>

namespace track::capture {

class dictionary {
 public:
  // Takes up what `database` holds already. It must outlive this.
  explicit dictionary(SQLite::Database& database);

  std::uint32_t module(const std::string& path, const std::string& build_id);
  std::uint32_t frame(std::uint32_t module, std::uint64_t offset, bool unloaded);
  std::uint32_t stack(std::uint32_t parent, std::uint32_t frame);
  std::uint32_t site(std::uint32_t stack, std::uint32_t function);

 private:
  struct pair_hash {
    std::size_t operator()(const std::pair<std::uint64_t, std::uint64_t>& key) const {
      std::uint64_t mixed = key.first * 0x9e3779b97f4a7c15ull ^ key.second;
      mixed ^= mixed >> 29;
      return mixed * 0xbf58476d1ce4e5b9ull >> 7;
    }
  };
  using pair_map =
      std::unordered_map<std::pair<std::uint64_t, std::uint64_t>, std::uint32_t, pair_hash>;

  void load();

  SQLite::Database& database_;
  std::unordered_map<std::string, std::uint32_t> modules_;
  pair_map frames_;  // {module and unloaded, offset}
  pair_map stacks_;  // {parent, frame}
  pair_map sites_;   // {stack, function}
  SQLite::Statement add_module_;
  SQLite::Statement add_frame_;
  SQLite::Statement add_stack_;
  SQLite::Statement add_site_;
};

}  // namespace track::capture
