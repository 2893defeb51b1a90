// The DWARF of one ELF file, and which unit covers which addresses. Floor 4, inside of symbols.
//
// Owns the libdw handle; DIEs and strings from it live until `reopen` or the end. The elf_file must
// outlive it. libdw keeps all line tables and units it ever read, hence `reopen`. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <elfutils/libdw.h>

#include "libtrack/symbols/elf_file.hpp"
#include "libtrack/symbols/unpacked_sections.hpp"

namespace track::symbols {

class debug_info {
 public:
  // `alternate`: the file that .gnu_debugaltlink names (dwz), may be absent.
  // errors: none: a file without readable DWARF gives an object with an empty index.
  // cost: reads the DIE at the head of every unit and its ranges; no other DIE.
  debug_info(const elf_file& file, std::optional<elf_file> alternate,
             debug_use use = debug_use::names);
  debug_info(const debug_info&) = delete;
  debug_info& operator=(const debug_info&) = delete;
  ~debug_info();

  bool empty() const { return ranges_.empty(); }

  // The offset of the DIE of the unit that covers `address`: of several the one with the smallest
  // range. cost: a binary search.
  std::optional<Dwarf_Off> unit_of(std::uint64_t address) const;

  // The DIE at the head of a unit; false for a broken one.
  bool unit_die(Dwarf_Off offset, Dwarf_Die& die);

  // Frees all that was read so far; the index stays.
  void reopen();

  // The libdw handles, the alternate file's last; they and their DIEs end with reopen().
  std::vector<Dwarf*> handles() const;

  void drop_pages() const { file_.drop_pages(); }

  // An upper bound of the DIEs there can be: the bytes of the sections that hold them.
  std::uint64_t die_limit() const { return die_limit_; }

  // What is held apart from pages of the files.
  std::size_t size_bytes() const;

 private:
  struct unit_range {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    Dwarf_Off unit = 0;
    std::uint64_t highest = 0;  // of this and all before it: ends the search backwards
  };

  void begin();
  void end();
  // False: a unit has its better part in another file, which libdw finds beside the original only.
  bool index_units();
  void index_ranges(Dwarf_Die& unit, std::pair<std::uint64_t, std::uint64_t> code);

  const elf_file& file_;
  std::optional<elf_file> alternate_file_;
  std::optional<unpacked_sections> unpacked_;  // stand for file_ and alternate_file_
  std::optional<unpacked_sections> unpacked_alternate_;
  Dwarf* dwarf_ = nullptr;
  Dwarf* alternate_ = nullptr;
  std::vector<unit_range> ranges_;
  std::uint64_t die_limit_ = 0;
};

}  // namespace track::symbols
