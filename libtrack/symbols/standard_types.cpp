#include "libtrack/symbols/standard_types.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "libtrack/symbols/type_text.hpp"

namespace track::symbols {

namespace {

struct known_wrapper {
  std::string_view base;
  wrapper::role is;
  bool is_libcxx;
  std::uint64_t header_bytes;
  std::string_view plain_container;  // of nodes: with a value alone, and with key and value
  std::string_view pair_container;
};

using enum wrapper::role;

constexpr std::array<known_wrapper, 15> known_wrappers = {{
    {"_Sp_counted_ptr_inplace", in_place, false, 16, "", ""},
    {"_Sp_counted_ptr", control_block, false, 16, "", ""},
    {"_Sp_counted_deleter", control_block, false, 16, "", ""},
    {"__shared_ptr_emplace", in_place, true, 24, "", ""},
    {"__shared_ptr_pointer", control_block, true, 24, "", ""},
    {"__func", stored_function, true, 8, "", ""},
    {"_Rb_tree_node", tree_node, false, 32, "set", "map"},
    {"__tree_node", tree_node, true, 26, "set", "map"},
    {"_List_node", list_node, false, 16, "list", "list"},
    {"__list_node", list_node, true, 16, "list", "list"},
    {"_Fwd_list_node", forward_node, false, 8, "forward_list", "forward_list"},
    {"__forward_list_node", forward_node, true, 8, "forward_list", "forward_list"},
    {"_Hash_node", hash_node, false, 8, "unordered_set", "unordered_map"},
    {"__hash_node", hash_node, true, 16, "unordered_set", "unordered_map"},
    {"__hash_node_value", hash_node, true, 16, "unordered_set", "unordered_map"},
}};

std::string_view without_const(std::string_view type) {
  if (type.ends_with(" const")) {
    type.remove_suffix(6);
  }
  if (type.starts_with("const ")) {
    type.remove_prefix(6);
  }
  return type;
}

bool is_std(std::string_view scope) {
  return scope == "std" || scope.starts_with("std::");
}

std::string container_name(const known_wrapper& known, std::string_view value) {
  const type_parts parts = parts_of(value);
  const bool keyed =
      is_std(parts.scope) && parts.arguments.size() == 2 &&
      (parts.base == "pair" || parts.base == "__value_type" || parts.base == "__hash_value_type");
  const bool is_pair =
      keyed && known.pair_container != known.plain_container &&
      (parts.base != "pair" || without_const(parts.arguments[0]) != parts.arguments[0]);
  std::string name = "std::";
  name += is_pair ? known.pair_container : known.plain_container;
  name += "<";
  name += is_pair ? readable_type(without_const(parts.arguments[0])) + ", " +
                        readable_type(parts.arguments[1])
                  : readable_type(value);
  return name + ">";
}

bool is_any_of(std::string_view name, std::span<const std::string_view> list) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

std::optional<wrapper> unwrap(std::string_view type) {
  const type_parts parts = parts_of(type);
  if (!is_std(parts.scope) || parts.arguments.empty()) {
    return std::nullopt;
  }
  const auto known =
      std::find_if(known_wrappers.begin(), known_wrappers.end(),
                   [&](const known_wrapper& each) { return each.base == parts.base; });
  const bool is_libcxx_function = parts.base != "__func" || parts.scope.ends_with("__function");
  if (known == known_wrappers.end() || !is_libcxx_function) {
    return std::nullopt;
  }
  wrapper found;
  found.is = known->is;
  found.is_libcxx = known->is_libcxx;
  found.header_bytes = known->header_bytes;
  std::string_view element = parts.arguments.front();
  if (found.is == in_place) {
    element = without_const(element);
    if (element.ends_with("[]")) {
      return std::nullopt;  // the elements come first, then the control block
    }
  }
  if (found.is == control_block) {
    element = element.ends_with("*") ? element.substr(0, element.size() - 1) : element;
    found.name = "control block of std::shared_ptr<" + readable_type(element) + ">";
  } else if (!known->plain_container.empty()) {
    found.name = "element of " + container_name(*known, element);
  } else {
    found.name = readable_type(element);
  }
  found.element = element;
  return found;
}

std::string_view link_at(const wrapper& node, std::uint64_t offset) {
  constexpr std::array<std::string_view, 4> libstdcxx_tree = {"", "parent", "left", "right"};
  constexpr std::array<std::string_view, 4> libcxx_tree = {"left", "right", "parent", ""};
  constexpr std::array<std::string_view, 2> libstdcxx_list = {"next", "prev"};
  constexpr std::array<std::string_view, 2> libcxx_list = {"prev", "next"};
  const std::uint64_t word = offset / 8;
  switch (node.is) {
    case tree_node:
      return word < 4 ? (node.is_libcxx ? libcxx_tree : libstdcxx_tree)[word] : "";
    case list_node:
      return word < 2 ? (node.is_libcxx ? libcxx_list : libstdcxx_list)[word] : "";
    case forward_node:
    case hash_node:
      return word == 0 ? "next" : "";
    default:
      return "";
  }
}

bool is_empty_step(std::string_view name) {
  const type_parts parts = parts_of(name);
  constexpr std::array<std::string_view, 3> steps = {"array", "__value_type", "__hash_value_type"};
  return is_std(parts.scope) && is_any_of(parts.base, steps);
}

bool is_closed_type(std::string_view name) {
  const type_parts parts = parts_of(name);
  const bool is_library = is_std(parts.scope) || parts.scope.starts_with("__gnu_cxx");
  return is_library && parts.base != "pair" && !is_empty_step(name);
}

bool counts_inside(std::string_view name) {
  const std::string_view base = parts_of(name).base;
  return base == "intrusive_ptr" || base == "scoped_refptr";
}

pointer_kind kind_of_type(std::string_view name) {
  const type_parts parts = parts_of(name);
  constexpr std::array<std::string_view, 6> strong = {"shared_ptr",     "__shared_ptr",
                                                      "intrusive_ptr",  "scoped_refptr",
                                                      "__shared_count", "exception_ptr"};
  constexpr std::array<std::string_view, 4> weak = {"weak_ptr", "__weak_ptr",
                                                    "enable_shared_from_this", "__weak_count"};
  if (is_any_of(parts.base, strong)) {
    return pointer_kind::strong;
  }
  if (is_any_of(parts.base, weak)) {
    return pointer_kind::weak;
  }
  if (parts.base == "unique_ptr") {
    return pointer_kind::unique;
  }
  return is_closed_type(name) ? pointer_kind::container : pointer_kind::unknown;
}

}  // namespace track::symbols
