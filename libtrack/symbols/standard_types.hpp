// What is known of the standard libraries' types by their names alone. Floor 4, inside of symbols.
//
// Control blocks, nodes of containers, stored functions: types that stand for an element of the
// program's. Layouts are those of libstdc++ and libc++ on x86-64. Names may come as demanglers or
// as compilers write them. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libtrack/symbols/type_source.hpp"

namespace track::symbols {

// A library's type around an element of the program's.
struct wrapper {
  enum class role : std::uint8_t {
    in_place,         // make_shared: the element is in the block
    control_block,    // shared_ptr(new T): the element is elsewhere
    stored_function,  // libc++: a std::function's target
    tree_node,
    list_node,
    forward_node,
    hash_node
  };
  role is = role::in_place;
  bool is_libcxx = false;
  std::string element;             // its type, as in the name that was given
  std::uint64_t header_bytes = 0;  // before the element, unless it is aligned to more
  std::string name;                // of the block: "Session", "element of std::map<int, Foo>"
};

// Nothing for other types. `type` is a demangled name.
std::optional<wrapper> unwrap(std::string_view type);

// The link at `offset` in the header of a node: "next", "left"; "" none.
std::string_view link_at(const wrapper& node, std::uint64_t offset);

// Types whose inside is nobody's business but the library's. `name` is readable.
bool is_closed_type(std::string_view name);

// A smart pointer that counts owners in what it points to, of whatever library.
bool counts_inside(std::string_view name);

// Types whose members are not named in a path: std::array, libc++'s value types.
bool is_empty_step(std::string_view name);

pointer_kind kind_of_type(std::string_view name);

}  // namespace track::symbols
