// Where types, fields and variables of a heap come from, as the capture sees it. Floor 4.
//
// libtrack/symbols stands on the same floor, so the capture names only this interface; tools/names
// joins the two, and tests bring their own. Nothing is guessed: what is not known is absent. One
// thread at a time; implementations may allocate.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libtrack/capture/name_source.hpp"

namespace track::capture {

// A file that was mapped into the process.
struct loaded_module {
  module_key key;
  std::uint64_t start = 0;  // lowest mapped address; 0: not mapped at the still
  std::uint64_t end = 0;
};

// A frame of an allocating stack, by the functions at it, innermost first.
struct allocating_frame {
  std::uint32_t module = 0;  // into the modules given
  std::uint64_t offset = 0;  // return address less the load bias
  std::vector<std::string> functions;
};

struct type_row {
  std::string name;
  std::uint64_t size_bytes = 0;      // of one such object; 0: unknown
  std::uint64_t element_offset = 0;  // where in the block it starts
  bool is_array = false;             // such objects one after the other

  friend auto operator<=>(const type_row&, const type_row&) = default;
};

// What a pointer does to what it points to. The values are part of the capture's format.
enum class pointer_kind : std::uint8_t {
  unknown = 0,
  raw = 1,
  strong = 2,
  weak = 3,
  unique = 4,
  container = 5,
  link = 6,
  virtual_table = 7
};

struct field_row {
  std::string path;          // "peer", "items[3].owner"; empty: the object itself
  std::string type;          // of what the path names; empty: unknown
  std::uint64_t offset = 0;  // within that
  pointer_kind kind = pointer_kind::unknown;
};

struct variable_row {
  std::string name;
  std::string path;          // within it; empty: itself, or unknown
  std::string type;          // of the innermost that is named; empty: unknown
  std::uint64_t offset = 0;  // within the variable
};

class heap_name_source {
 public:
  virtual ~heap_name_source() = default;

  // What is asked from now on is about a process with these modules. Numbers of types are good
  // until this is called again; 0 is no type. True: they are the modules of before, wherever they
  // were mapped, and the numbers and answers given so far hold on.
  virtual bool set_modules(std::span<const loaded_module> modules) = 0;

  // `vtable`: address in memory of its first function; `mangled`: the name in its type_info.
  virtual std::uint32_t type_of_vtable(std::uint64_t vtable, std::string_view mangled) = 0;
  // shape: `stack` innermost frame first.
  virtual std::uint32_t type_of_site(std::span<const allocating_frame> stack,
                                     std::uint64_t size_bytes) = 0;
  virtual type_row facts(std::uint32_t type) = 0;
  virtual std::optional<field_row> field_at(std::uint32_t type, std::uint64_t offset) = 0;
  // So many bytes below the thread pointer, in the thread-local storage of the program itself.
  // `program`: into the modules given.
  virtual std::optional<variable_row> thread_local_at(std::uint32_t program,
                                                      std::uint64_t below_pointer) = 0;
  // At an address in memory, within the writable data of a module.
  virtual std::optional<variable_row> variable_at(std::uint64_t address) = 0;
};

}  // namespace track::capture
