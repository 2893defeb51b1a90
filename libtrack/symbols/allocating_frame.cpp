#include "libtrack/symbols/allocating_frame.hpp"

#include <algorithm>
#include <array>

#include "libtrack/symbols/type_text.hpp"

namespace track::symbols {

namespace {

// Calls of the library between an allocator and whoever wanted memory.
constexpr std::size_t library_depth = 8;

bool is_any_of(std::string_view name, std::span<const std::string_view> list) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool is_std(std::string_view scope) {
  return scope == "std" || scope.starts_with("std::") || scope.starts_with("__gnu_cxx");
}

bool only_passes_on(std::string_view function) {
  constexpr std::array<std::string_view, 12> names = {"malloc",
                                                      "calloc",
                                                      "realloc",
                                                      "memalign",
                                                      "aligned_alloc",
                                                      "valloc",
                                                      "pvalloc",
                                                      "posix_memalign",
                                                      "reallocarray",
                                                      "__libcpp_allocate",
                                                      "__libcpp_operator_new",
                                                      "__libcpp_aligned_alloc"};
  const std::string_view name = qualified_name(function);
  return name.starts_with("operator new") || is_any_of(parts_of(name).base, names);
}

bool is_scalar(std::string_view type) {
  constexpr std::array<std::string_view, 14> scalars = {
      "bool",  "char",         "signed char", "unsigned char", "short",     "unsigned short",
      "int",   "unsigned int", "long",        "unsigned long", "long long", "unsigned long long",
      "float", "double"};
  return type.ends_with("*") || is_any_of(type, scalars);
}

// "T" of a function that allocates Ts and nothing else; empty for others.
std::optional<allocated_type> by_function(const named_function& function) {
  using enum allocated_type::place;
  constexpr std::array<std::string_view, 4> allocators = {"allocator", "new_allocator",
                                                          "__new_allocator", "malloc_allocator"};
  const type_parts own = parts_of(qualified_name(function.name));
  const type_parts scope = parts_of(own.scope);
  const auto is = [](std::string_view element, allocated_type::place argument) {
    allocated_type found;
    found.element = element;
    found.argument = argument;
    return found;
  };
  const bool is_library = is_std(scope.scope);
  const std::string_view first = scope.arguments.empty() ? "" : scope.arguments.front();
  if (own.base == "allocate" && is_library && is_any_of(scope.base, allocators) && !first.empty()) {
    return is(first, of_scope);
  }
  if (own.base == "allocate" && is_library && scope.base == "allocator_traits") {
    const type_parts inner = parts_of(first);
    if (is_any_of(inner.base, allocators) && !inner.arguments.empty()) {
      return is(inner.arguments.front(), of_scopes_argument);
    }
  }
  if (is_library && scope.base == "basic_string" && !first.empty()) {
    auto found = is(first, of_scope);
    found.is_array = true;
    return found;
  }
  if (is_library && scope.base == "vector" && is_scalar(first)) {
    auto found = is(first, of_scope);
    found.is_array = true;
    return found;
  }
  if (own.base == "operator new" && !own.scope.empty()) {
    auto found = is(own.scope, nowhere);
    found.must_match_size = true;
    return found;
  }
  if (!function.inlines_are_known) {
    return std::nullopt;
  }
  // Here a constructor inlined into the function could have allocated, were it not known.
  if (own.base == "make_unique" && is_std(own.scope) && !own.arguments.empty()) {
    std::string_view element = own.arguments.front();
    const bool is_array = element.ends_with("[]");
    element.remove_suffix(is_array ? 2 : 0);
    auto found = is(element, is_array ? nowhere : of_function);
    found.is_array = is_array;
    return found;
  }
  constexpr std::array<std::string_view, 3> makers = {"_M_create", "_M_init_functor", "_M_clone"};
  if (is_any_of(own.base, makers) && is_library && scope.base == "_Base_manager" &&
      !first.empty()) {
    return is(first, of_scope);
  }
  return std::nullopt;
}

// What the callers, still in the library, wanted the memory for.
void look_at_caller(const type_parts& own, const type_parts& scope, allocated_type& found) {
  constexpr std::array<std::string_view, 7> arrays = {
      "_Vector_base", "_Deque_base", "basic_string",     "__split_buffer",
      "vector",       "deque",       "_Temporary_buffer"};
  constexpr std::array<std::string_view, 5> equal = {"_M_insert_equal", "_M_emplace_equal",
                                                     "_M_insert_equal_", "__emplace_multi",
                                                     "_M_emplace_hint_equal"};
  constexpr std::array<std::string_view, 4> multi = {"multimap", "multiset", "unordered_multimap",
                                                     "unordered_multiset"};
  found.is_array = found.is_array || is_any_of(scope.base, arrays) ||
                   own.base == "_M_allocate_buckets" || own.base == "__rehash";
  found.is_multi = found.is_multi || is_any_of(own.base, equal) || is_any_of(scope.base, multi);
}

// True when `caller` may be about elements of this type: its name says so.
bool mentions(std::string_view caller, std::string_view element, int depth) {
  while (element.ends_with("*") || element.ends_with(" ")) {
    element.remove_suffix(1);
  }
  constexpr std::array<std::string_view, 3> unspoken = {"char", "_Hash_node_base",
                                                        "__hash_node_base"};
  const type_parts parts = parts_of(element);
  if (caller.find(element) != std::string_view::npos || is_any_of(parts.base, unspoken)) {
    return true;
  }
  // Of the library's own types the arguments are looked for.
  return is_std(parts.scope) && depth < 8 &&
         std::any_of(parts.arguments.begin(), parts.arguments.end(),
                     [&](std::string_view each) { return mentions(caller, each, depth + 1); });
}

}  // namespace

std::string_view qualified_name(std::string_view function) {
  std::size_t first = 0;
  const std::size_t conversion = function.find("operator ");
  std::size_t at = 0;
  for (; at < function.size(); ++at) {
    const char c = function[at];
    const bool after_operator = at >= 8 && function.substr(at - 8, 8) == "operator";
    if (c == ' ' && (conversion == std::string_view::npos || at < conversion)) {
      first = at + 1;
    } else if (c == '(' && after_operator && function.substr(at).starts_with("()")) {
      ++at;
    } else if ((c == '<' && !after_operator) || c == '(' || c == '{' || c == '[') {
      const std::size_t close = closing_bracket(function, at);
      if (close == std::string_view::npos) {
        break;
      }
      std::string_view rest = function.substr(close + 1);
      for (const std::string_view qualifier : {" const", " volatile", "&"}) {
        rest.remove_prefix(rest.starts_with(qualifier) ? qualifier.size() : 0);
      }
      if (c == '(' && !rest.starts_with("::")) {
        break;  // the parameters
      }
      at = c == '(' ? function.size() - rest.size() - 1 : close;
    }
  }
  return function.substr(first, at - first);
}

std::size_t allocation_functions(std::span<const named_function> functions) {
  const auto first = std::find_if(functions.begin(), functions.end(),
                                  [](const auto& each) { return !only_passes_on(each.name); });
  return static_cast<std::size_t>(first - functions.begin());
}

std::optional<allocated_type> allocated_by(std::span<const named_function> functions) {
  const std::size_t first = allocation_functions(functions);
  std::optional<allocated_type> found;
  std::string_view outermost;
  for (std::size_t i = first; i < functions.size() && i < first + library_depth; ++i) {
    // Compilers fold equal functions into one and keep the name of any: of allocators that call
    // each other the outermost is right, unless it was folded together with its callers.
    const bool is_innermost = i == first;
    auto better = is_innermost || found ? by_function(functions[i]) : std::nullopt;
    if (is_innermost && !better) {
      return std::nullopt;
    }
    const type_parts own = parts_of(qualified_name(functions[i].name));
    const bool is_library = is_std(own.scope);
    if (better && (is_innermost || own.base == "allocate")) {
      better->function = i;
      found = std::move(better);
    } else if (!is_library) {
      break;
    } else {
      look_at_caller(own, parts_of(own.scope), *found);
    }
    outermost = is_library ? functions[i].name : outermost;
  }
  const bool agrees = !found || outermost.empty() || found->must_match_size ||
                      mentions(outermost, found->element, 0);
  return agrees ? found : std::nullopt;
}

}  // namespace track::symbols
