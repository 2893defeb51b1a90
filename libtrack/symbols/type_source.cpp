#include "libtrack/symbols/type_source.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <tuple>
#include <utility>

#include <dwarf.h>

#include "libtrack/symbols/allocating_frame.hpp"
#include "libtrack/symbols/created_type.hpp"
#include "libtrack/symbols/demangle.hpp"
#include "libtrack/symbols/die_attributes.hpp"
#include "libtrack/symbols/standard_types.hpp"
#include "libtrack/symbols/type_module.hpp"
#include "libtrack/symbols/type_text.hpp"

namespace track::symbols {

namespace {

// Beyond these nobody says what was allocated.
constexpr int frames_looked_at = 3;
constexpr std::size_t functions_looked_at = 24;

std::uint64_t aligned(std::uint64_t offset, std::uint64_t align) {
  return (offset + align - 1) / align * align;
}

}  // namespace

class type_source::inside {
 public:
  inside(std::vector<module_key> modules, resolver_options options)
      : keys_(std::move(modules)), options_(std::move(options)), opened_(keys_.size()), types_(1) {}

  // A type that questions can be asked about.
  struct known_type {
    type_facts facts;
    std::optional<Dwarf_Die> die;  // of the element where there is a wrapper
    type_module* owner = nullptr;  // of the DIE
    std::optional<wrapper> wrap;
    type_module* vtable_owner = nullptr;
    std::uint64_t vtable = 0;
  };

  // A DIE and whose it is.
  struct located {
    Dwarf_Die die;
    type_module* owner;
  };

  type_module* module(std::size_t index) {
    if (index >= keys_.size()) {
      return nullptr;
    }
    if (opened_[index] == nullptr) {
      // A definition that one module lacks may be in another.
      opened_[index] = std::make_unique<type_module>(
          keys_[index], options_, [this, index](const std::string& canonical) {
            const auto found = find(canonical, index);
            return found ? std::optional(found->die) : std::nullopt;
          });
    }
    return opened_[index].get();
  }

  std::optional<located> find(std::string_view name, std::size_t near) {
    const std::string canonical = canonical_type(name);
    if (canonical.empty()) {
      return std::nullopt;
    }
    const auto key = std::pair(canonical, near);
    if (const auto known = found_.find(key); known != found_.end()) {
      return known->second;
    }
    std::optional<located> found = find_in(near, name, canonical);
    for (std::size_t i = 0; i < keys_.size() && !found; ++i) {
      found = i == near ? std::nullopt : find_in(i, name, canonical);
    }
    found_.emplace(key, found);
    return found;
  }

  // The type of this name, made anew from its parts if it is one of a library's wrappers.
  known_type named(std::string_view name, std::size_t near, std::optional<located> known) {
    known_type type;
    type.wrap = unwrap(name);
    if (!known && !type.wrap) {
      known = find(name, near);
    }
    if (type.wrap) {
      type.facts.name = type.wrap->name;
      known = element_of(*type.wrap, name, near, known);
    } else {
      type.facts.name = readable_type(name);
    }
    if (known) {
      type.die = known->die;
      type.owner = known->owner;
      type.facts.size_bytes = known->owner->layout().size_of(known->die).value_or(0);
    }
    place_element(type);
    return type;
  }

  type_number type_of_site(std::span<const site_frame> stack, std::uint64_t size_bytes) {
    const site_functions functions = functions_of(stack);
    const auto what = allocated_by(functions.names);
    if (!what) {
      return created_at(functions, size_bytes);
    }
    std::optional<located> die;
    if (const auto& [frame_die, owner] = functions.dies[what->function]; owner != nullptr) {
      die = argument_die(*what, frame_die, *owner);
    }
    const std::size_t near = functions.modules[what->function];
    known_type type = named(what->element, near, die);
    const std::uint64_t element = block_bytes(type);
    if (what->must_match_size && element != size_bytes) {
      return type_number::unknown;
    }
    if (!type.wrap) {
      type.facts.is_array = what->is_array || (element != 0 && size_bytes > element);
    } else if (what->is_multi) {
      name_multi(type.facts.name);
    }
    return number_of(std::move(type));
  }

  // "build()::{lambda()}" → "build()::{lambda()#2}" where the function has several.
  static void number_lambda(known_type& type) {
    if (!type.die || !type.facts.name.ends_with('}') ||
        type.facts.name.find("{lambda") == std::string::npos || !is_closure(*type.die)) {
      return;
    }
    if (const std::size_t number = closure_number(*type.die); number != 0) {
      type.facts.name.insert(type.facts.name.size() - 1, "#" + std::to_string(number));
    }
  }

  type_number number_of(known_type type) {
    number_lambda(type);
    const auto key = std::tuple(type.facts.name, type.facts.element_offset, type.facts.is_array,
                                type.die ? type.die->addr : nullptr);
    const auto [found, fresh] = numbers_.try_emplace(key, types_.size());
    if (fresh) {
      types_.push_back(std::move(type));
    } else if (known_type& old = types_[found->second]; old.vtable_owner == nullptr) {
      old.vtable_owner = type.vtable_owner;
      old.vtable = type.vtable;
    }
    return static_cast<type_number>(found->second);
  }

  const known_type& type(type_number number) const {
    const auto place = static_cast<std::size_t>(number);
    return types_[place < types_.size() ? place : 0];
  }

  // The DIE of what a function allocates, from the template arguments in the debug information.
  std::optional<located> argument_die(const allocated_type& what, Dwarf_Die function,
                                      type_module& owner) {
    using enum allocated_type::place;
    Dwarf_Die declaration = die_names::declaration(function);
    std::optional<Dwarf_Die> found;
    if (what.argument == of_function) {
      found = type_layout::template_argument(declaration, 0);
    } else if (what.argument != nowhere) {
      auto scopes = owner.layout().names().scopes(declaration);
      if (scopes.empty()) {
        return std::nullopt;
      }
      found = type_layout::template_argument(scopes.back(), 0);
      if (const auto whole = owner.layout().complete(scopes.back()); whole && !found) {
        found = type_layout::template_argument(*whole, 0);
      }
      if (found && what.argument == of_scopes_argument) {
        const auto allocator = owner.layout().complete(*found);
        found = allocator ? type_layout::template_argument(*allocator, 0) : std::nullopt;
      }
    }
    return found ? std::optional(located{*found, &owner}) : std::nullopt;
  }

  type_layout::vtable_reader vtable_reader(const known_type& type) const {
    if (type.vtable_owner == nullptr) {
      return {};
    }
    return [owner = type.vtable_owner, vtable = type.vtable](std::int64_t slot) {
      const auto word = owner->word_at(vtable + static_cast<std::uint64_t>(slot));
      return word && *word >= 0 ? std::optional(static_cast<std::uint64_t>(*word)) : std::nullopt;
    };
  }

  std::optional<variable_facts> describe(type_module& owner, const data_symbol& symbol,
                                         std::uint64_t offset, bool is_tls) {
    variable_facts facts;
    facts.name = demangle(symbol.name);
    facts.offset = offset;
    if (auto die = owner.variable(symbol, is_tls)) {
      Dwarf_Attribute attribute;
      Dwarf_Die type;
      if (dwarf_attr_integrate(&*die, DW_AT_type, &attribute) != nullptr &&
          dwarf_formref_die(&attribute, &type) != nullptr) {
        facts.type = owner.layout().name_of(type);
        if (auto field = owner.layout().field_at(type, offset, "", {})) {
          facts.path = std::move(field->path);
          facts.type = std::move(field->type);
        }
      }
    }
    return facts;
  }

 private:
  std::optional<located> find_in(std::size_t index, std::string_view name,
                                 std::string_view canonical) {
    type_module* owner = module(index);
    const auto die = owner == nullptr ? std::nullopt : owner->type(name, canonical);
    return die ? std::optional(located{*die, owner}) : std::nullopt;
  }

  // The innermost functions of a stack, in views of the same length.
  struct site_functions {
    std::vector<named_function> names;
    std::vector<const site_frame*> frames;
    std::vector<std::pair<Dwarf_Die, type_module*>> dies;  // no owner: no debug information
    std::vector<std::size_t> modules;
  };

  // The type by what the code behind the call of the allocation function does.
  type_number created_at(const site_functions& functions, std::uint64_t size_bytes) {
    const std::size_t first = allocation_functions(functions.names);
    if (first >= functions.names.size() || functions.frames[first] == nullptr) {
      return type_number::unknown;
    }
    const module_address place = functions.frames[first]->return_address;
    type_module* owner = module(place.module);
    const auto die = owner == nullptr
                         ? std::nullopt
                         : created_type(*owner, place.address,
                                        owner->functions_at(place.address - 1), size_bytes);
    if (!die) {
      return type_number::unknown;
    }
    return number_of(named(owner->layout().name_of(*die), place.module, located{*die, owner}));
  }

  site_functions functions_of(std::span<const site_frame> stack) {
    site_functions all;
    int looked_at = 0;
    for (const site_frame& frame : stack) {
      std::vector<named_function> names;
      for (const std::string& function : frame.functions) {
        names.push_back({function, false});
      }
      const bool passes_on = allocation_functions(names) == names.size();
      type_module* owner = nullptr;
      scope_chain chain;
      if (!passes_on && looked_at++ < frames_looked_at) {
        owner = module(frame.return_address.module);
        chain = owner == nullptr ? scope_chain{}
                                 : owner->functions_at(frame.return_address.address - 1);
      }
      const bool matches = !chain.empty() && chain.size() == frame.functions.size();
      for (std::size_t i = 0; i < frame.functions.size(); ++i) {
        all.names.push_back({frame.functions[i], matches});
        all.dies.emplace_back(matches ? chain[chain.size() - 1 - i] : Dwarf_Die{},
                              matches ? owner : nullptr);
        all.modules.push_back(frame.return_address.module);
        all.frames.push_back(&frame);
      }
      if (all.names.size() >= functions_looked_at) {
        break;
      }
    }
    return all;
  }

  // The bytes that one of this type takes in a block of its own; 0 unknown.
  static std::uint64_t block_bytes(const known_type& type) {
    return type.wrap ? 0 : type.facts.size_bytes;
  }

  static void name_multi(std::string& name) {
    for (const std::string_view container : {"map<", "set<"}) {
      const std::size_t at = name.find(container);
      if (at != std::string::npos) {
        name.insert(at, "multi");
        return;
      }
    }
  }

  // The element of a wrapper: an argument of the wrapper's own DIE, which is exact, or by its name.
  std::optional<located> element_of(const wrapper& wrap, std::string_view name, std::size_t near,
                                    std::optional<located> whole) {
    if (wrap.is == wrapper::role::control_block) {
      return std::nullopt;
    }
    if (!whole) {
      if (auto by_name = find(wrap.element, near)) {
        return by_name;
      }
      whole = find(name, near);
    }
    if (!whole) {
      return std::nullopt;
    }
    const auto complete = whole->owner->layout().complete(whole->die);
    const auto element = complete ? type_layout::template_argument(*complete, 0) : std::nullopt;
    return element ? std::optional(located{*element, whole->owner}) : std::nullopt;
  }

  static void place_element(known_type& type) {
    if (!type.wrap || type.wrap->is == wrapper::role::control_block) {
      return;
    }
    std::uint64_t align = 8;
    if (type.die) {
      align = type.owner->layout().align_of(*type.die);
    }
    type.facts.element_offset = aligned(type.wrap->header_bytes, align);
  }

  using type_key = std::tuple<std::string, std::uint64_t, bool, const void*>;

  std::vector<module_key> keys_;
  resolver_options options_;
  std::vector<std::unique_ptr<type_module>> opened_;
  std::map<std::pair<std::string, std::size_t>, std::optional<located>> found_;
  std::vector<known_type> types_;
  std::map<type_key, std::size_t> numbers_;
};

type_source::type_source(std::vector<module_key> modules, resolver_options options)
    : inside_(std::make_unique<inside>(std::move(modules), std::move(options))) {}

type_source::~type_source() = default;

std::optional<std::uint64_t> type_source::load_bias(std::size_t module, std::uint64_t lowest) {
  const type_module* owner = inside_->module(module);
  return owner == nullptr ? std::nullopt : owner->load_bias(lowest);
}

type_number type_source::type_of_vtable(module_address vtable, std::string_view mangled) {
  constexpr std::string_view internal_linkage = "*";
  type_module* owner = inside_->module(vtable.module);
  std::string name;
  if (!mangled.empty()) {
    mangled.remove_prefix(mangled.starts_with(internal_linkage) ? 1 : 0);
    const std::string whole = demangle("_ZTS" + std::string(mangled));
    constexpr std::string_view before = "typeinfo name for ";
    name = whole.starts_with(before) ? whole.substr(before.size()) : "";
  } else if (const data_symbol* symbol =
                 owner == nullptr ? nullptr : owner->variable_at(vtable.address)) {
    constexpr std::string_view before = "vtable for ";
    const std::string whole = demangle(symbol->name);
    name = whole.starts_with(before) ? whole.substr(before.size()) : "";
  }
  if (name.empty()) {
    return type_number::unknown;
  }
  auto type = inside_->named(name, vtable.module, std::nullopt);
  type.vtable_owner = owner;
  type.vtable = vtable.address;
  return inside_->number_of(std::move(type));
}

type_number type_source::type_named(std::string_view name, std::size_t near) {
  return inside_->number_of(inside_->named(name, near, std::nullopt));
}

type_number type_source::type_of_site(std::span<const site_frame> stack, std::uint64_t size_bytes) {
  return inside_->type_of_site(stack, size_bytes);
}

const type_facts& type_source::facts(type_number type) const {
  return inside_->type(type).facts;
}

std::optional<field_facts> type_source::field_at(type_number number, std::uint64_t offset) {
  const inside::known_type& type = inside_->type(number);
  std::string prefix;
  if (type.wrap) {
    const bool has_links = type.wrap->is != wrapper::role::in_place &&
                           type.wrap->is != wrapper::role::stored_function &&
                           type.wrap->is != wrapper::role::control_block;
    if (type.wrap->is == wrapper::role::control_block) {
      return offset == type.wrap->header_bytes
                 ? std::optional(field_facts{"pointer", "", 0, pointer_kind::unique})
                 : std::nullopt;
    }
    if (offset < type.facts.element_offset) {
      const std::string_view link = link_at(*type.wrap, offset);
      return link.empty() ? std::nullopt
                          : std::optional(
                                field_facts{std::string(link), "", offset % 8, pointer_kind::link});
    }
    offset -= type.facts.element_offset;
    const bool is_pair =
        type.die && type.owner->layout().name_of(*type.die).starts_with("std::pair<");
    const bool is_value_type = type.die && is_empty_step(type.owner->layout().name_of(*type.die));
    prefix = has_links && !is_pair && !is_value_type ? "value" : "";
  }
  if (!type.die) {
    return prefix.empty() ? std::nullopt
                          : std::optional(field_facts{prefix, "", offset, pointer_kind::unknown});
  }
  if (type.facts.is_array) {
    if (type.facts.size_bytes == 0) {
      return std::nullopt;
    }
    prefix = "[" + std::to_string(offset / type.facts.size_bytes) + "]";
    offset %= type.facts.size_bytes;
  }
  return type.owner->layout().field_at(*type.die, offset, prefix, inside_->vtable_reader(type));
}

std::optional<variable_facts> type_source::variable_at(module_address place) {
  type_module* owner = inside_->module(place.module);
  const data_symbol* symbol = owner == nullptr ? nullptr : owner->variable_at(place.address);
  return symbol == nullptr
             ? std::nullopt
             : inside_->describe(*owner, *symbol, place.address - symbol->address, false);
}

std::optional<variable_facts> type_source::thread_local_at(std::size_t module,
                                                           std::uint64_t offset) {
  type_module* owner = inside_->module(module);
  const data_symbol* symbol = owner == nullptr ? nullptr : owner->thread_local_at(offset);
  return symbol == nullptr ? std::nullopt
                           : inside_->describe(*owner, *symbol, offset - symbol->address, true);
}

std::optional<tls_segment> type_source::thread_locals(std::size_t module) {
  const type_module* owner = inside_->module(module);
  return owner == nullptr ? std::nullopt : owner->thread_locals();
}

}  // namespace track::symbols
