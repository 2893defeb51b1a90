// Strong ids. Floor 0: used in the preload and out of it; no allocation, no libstdc++ symbol.
//
// An id is a 32-bit index with a type of its own, so that mixing two kinds does not compile.
// Zero is "none" or "others" for every kind.
#pragma once

#include <cstdint>

namespace track {

template <typename Tag>
struct strong_id {
  std::uint32_t value = 0;

  constexpr explicit operator bool() const { return value != 0; }
  friend constexpr bool operator==(strong_id, strong_id) = default;
};

using node_id = strong_id<struct node_tag>;      // a node of the stack trie, that is, a stack
using site_id = strong_id<struct site_tag>;      // a stack and the function that allocated
using module_id = strong_id<struct module_tag>;  // a loaded module, one loading of it

}  // namespace track
