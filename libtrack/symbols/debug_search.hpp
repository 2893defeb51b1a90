// Where the files of a module are: itself, its separate debug file, its dwz file. Floor 4, inside
// of symbols.
//
// A file is taken only if its build-id is the one looked for, or, for a debuglink, its checksum.
// Nothing is asked of the network before the disk was searched.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libtrack/symbols/elf_file.hpp"
#include "libtrack/symbols/resolver.hpp"

namespace track::symbols {

struct module_files {
  std::optional<elf_file> binary;     // the module itself
  std::optional<elf_file> debug;      // a separate file with .debug_info or .symtab
  std::optional<elf_file> alternate;  // what .gnu_debugaltlink of the one with DWARF names
};

// Finds and opens the files of `module`; what was missing, and why, is added to `status.reasons`.
// cost: a few opens a debug directory; a debuglink's candidate is read whole for its checksum.
module_files find_files(const module_key& module, const resolver_options& options,
                        module_status& status);

}  // namespace track::symbols
