// Where names of code addresses come from, as the capture sees it. Floor 4.
//
// libtrack/symbols stands on the same floor, so the capture names only this interface; tools/names
// joins the two, and tests bring their own. One thread at a time; implementations may allocate.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace track::capture {

struct module_key {
  std::string path;
  std::vector<std::uint8_t> build_id;  // empty: it has none
};

// One function at an address: the innermost inlined one first, the real function last.
struct code_name {
  std::string function;    // demangled; empty: unknown
  std::string file;        // empty: unknown
  std::uint32_t line = 0;  // 0: unknown
  bool inlined = false;
};

struct module_names {
  bool found = false;                          // the module's file, of that build, was there
  bool has_symbols = false;                    // some symbol table or debug information
  std::vector<std::vector<code_name>> chains;  // one an offset asked for; empty: no name
};

class heap_name_source;

class name_source {
 public:
  virtual ~name_source() = default;

  // Names what heaps hold, too. Null: this one does not.
  virtual heap_name_source* heaps() { return nullptr; }

  // shape: `offsets` are return addresses minus the load bias, ascending; the call instruction is
  //   looked up, one byte before.
  virtual module_names resolve(const module_key& module,
                               std::span<const std::uint64_t> offsets) = 0;
};

}  // namespace track::capture
