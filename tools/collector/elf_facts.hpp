// What the headers of an ELF file say about tracking it. Floor 6.
//
// errors: a file that is no ELF file has `elf` false; damaged headers give what could be read.
// cost: reads the headers and the dynamic symbol table, not the code.
#pragma once

#include <string>
#include <vector>

namespace track::tools {

struct elf_facts {
  bool elf = false;
  bool is_64_bit = false;
  bool is_x86_64 = false;
  bool executable = false;          // ET_EXEC or ET_DYN
  std::string interpreter;          // PT_INTERP; empty: static, or a dynamic linker itself
  std::string soname;               // DT_SONAME
  std::vector<std::string> needed;  // DT_NEEDED
  std::string sanitizer;            // "AddressSanitizer", …; empty: none
  bool defines_malloc = false;      // an allocator is linked into the program itself
};

elf_facts read_elf_facts(const std::string& path);

}  // namespace track::tools
