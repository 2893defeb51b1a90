// What lies in a block of the heap, by name: types, fields, global variables. Floor 4.
//
// Beside `resolver` the second class that others use. Made for one process: it is given the modules
// that were loaded, opens each when a question first needs it, and keeps it open. Ask at the end of
// a run for what the graph really holds, and store the answers. Nothing is guessed: what the
// evidence does not prove is absent. Input files are anybody's: a corrupt one costs names, never a
// crash. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libtrack/symbols/resolver.hpp"

namespace track::symbols {

// Where a question is about: a module, by its place in the list given, and an address in its file
// (address in memory minus load bias).
struct module_address {
  std::size_t module = 0;
  std::uint64_t address = 0;
};

// One frame of an allocation's stack.
struct site_frame {
  module_address return_address;  // not yet minus 1
  // The functions at it, innermost first, all but the last one inlined, as `resolver` names them.
  std::vector<std::string> functions;
};

// 0: unknown. Others are asked of the type_source that gave them; equal types have equal numbers.
enum class type_number : std::uint32_t { unknown = 0 };

struct type_facts {
  // "Session", "element of std::map<int, Foo>", "control block of std::shared_ptr<Foo>"
  std::string name;
  std::uint64_t size_bytes = 0;      // of one such object; 0 unknown
  std::uint64_t element_offset = 0;  // where in the block it starts: 16 after make_shared
  bool is_array = false;             // such objects one after the other
};

// What a pointer in a field does to what it points to.
enum class pointer_kind : std::uint8_t {
  unknown,    // no layout, or an integer
  raw,        // a pointer or reference
  strong,     // std::shared_ptr, boost::intrusive_ptr and their like
  weak,       // std::weak_ptr, std::enable_shared_from_this
  unique,     // std::unique_ptr
  container,  // any other type of a standard library, its inside
  link,       // of a container's node to another
  virtual_table
};

struct field_facts {
  std::string path;          // "peer", "base::next", "items[3].owner"; "" the object itself
  std::string type;          // of what the path names: "std::shared_ptr<Peer>"; "" unknown
  std::uint64_t offset = 0;  // within that
  pointer_kind kind = pointer_kind::unknown;
};

struct variable_facts {
  std::string name;          // "app::g_images", "f()::cache"
  std::string path;          // within it: "items[3].owner"; "" the variable itself, or unknown
  std::string type;          // of the innermost that is named; "" unknown
  std::uint64_t offset = 0;  // within the variable
};

// The thread-local storage of a module, as its program headers have it. That of the program itself
// starts at thread pointer minus `start_below_pointer`.
struct tls_segment {
  std::uint64_t size_bytes = 0;
  std::uint64_t align_bytes = 1;
  std::uint64_t start_below_pointer = 0;
};

class type_source {
 public:
  explicit type_source(std::vector<module_key> modules, resolver_options options = {});
  type_source(const type_source&) = delete;
  type_source& operator=(const type_source&) = delete;
  ~type_source();

  // What must be added to addresses in the file of a module whose lowest mapping is at `lowest`.
  // errors: none where the file is missing or has no segments.
  std::optional<std::uint64_t> load_bias(std::size_t module, std::uint64_t lowest);

  // The type of a block whose first word points at `vtable`. `mangled`: the name in its type_info
  // ("7Session", perhaps with a '*' before); "" no RTTI, the symbol of the vtable decides.
  type_number type_of_vtable(module_address vtable, std::string_view mangled);

  // The type of a block of `size_bytes` that was allocated by this stack, innermost frame first;
  // the allocation function's own frame may be there or not. cost: reads the debug information of
  // the units of the two innermost frames.
  type_number type_of_site(std::span<const site_frame> stack, std::uint64_t size_bytes);

  // The type of this name, as demanglers and compilers write it; `near`: whose module goes first.
  type_number type_named(std::string_view name, std::size_t near = 0);

  const type_facts& facts(type_number type) const;

  // What is at `offset` in a block of this type. Offsets in the control part of a make_shared block
  // have no field.
  std::optional<field_facts> field_at(type_number type, std::uint64_t offset);

  // The variable in a writable segment that `place` lies in; of an unknown type without path.
  std::optional<variable_facts> variable_at(module_address place);

  // The same for `offset` in the thread-local storage of a module.
  std::optional<variable_facts> thread_local_at(std::size_t module, std::uint64_t offset);
  std::optional<tls_segment> thread_locals(std::size_t module);

 private:
  class inside;
  std::unique_ptr<inside> inside_;
};

}  // namespace track::symbols
