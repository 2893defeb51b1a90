#include "libtrack/symbols/type_layout.hpp"

#include <algorithm>
#include <string_view>

#include <dwarf.h>

#include "libtrack/symbols/die_attributes.hpp"
#include "libtrack/symbols/name_index.hpp"
#include "libtrack/symbols/standard_types.hpp"
#include "libtrack/symbols/type_text.hpp"

namespace track::symbols {

namespace {

constexpr int depth_limit = 32;
constexpr std::size_t most_members = 20'000;
constexpr std::size_t most_bases = 64;
constexpr std::uint64_t most_alignment = 4096;

}  // namespace

Dwarf_Die type_layout::plain(Dwarf_Die type) {
  for (int i = 0; i < depth_limit; ++i) {
    const int tag = dwarf_tag(&type);
    if (is_class_tag(tag)) {
      // A declaration may name the type unit that has the rest.
      return followed(type, DW_AT_signature).value_or(type);
    }
    if (tag != DW_TAG_typedef && tag != DW_TAG_const_type && tag != DW_TAG_volatile_type &&
        tag != DW_TAG_atomic_type && tag != DW_TAG_template_alias) {
      break;
    }
    const auto target = followed(type, DW_AT_type);
    if (!target) {
      break;
    }
    type = *target;
  }
  return type;
}

std::optional<Dwarf_Die> type_layout::pointee_of(Dwarf_Die type) {
  type = plain(type);
  return is_pointer_tag(dwarf_tag(&type)) ? followed(type, DW_AT_type) : std::nullopt;
}

std::optional<Dwarf_Die> type_layout::template_argument(Dwarf_Die die, int index) {
  Dwarf_Die child;
  bool more = dwarf_child(&die, &child) == 0;
  for (; more; more = dwarf_siblingof(&child, &child) == 0) {
    if (dwarf_tag(&child) == DW_TAG_template_type_parameter && index-- == 0) {
      return followed(child, DW_AT_type);
    }
  }
  return std::nullopt;
}

const std::string& type_layout::name_of(Dwarf_Die type) {
  const auto [entry, fresh] = type_names_.try_emplace(type.addr);
  if (fresh) {
    const Dwarf_Die target = plain(type);
    Dwarf_Die named = target;
    const bool is_unnamed = is_class_tag(dwarf_tag(&named)) && dwarf_diename(&named) == nullptr;
    const char* alias =
        is_unnamed && dwarf_tag(&type) == DW_TAG_typedef ? dwarf_diename(&type) : nullptr;
    entry->second = alias != nullptr ? alias : readable_type(names_.type(type));
  }
  return entry->second;
}

std::optional<Dwarf_Die> type_layout::complete(Dwarf_Die type) {
  type = plain(type);
  if (!is_class_tag(dwarf_tag(&type)) || !is_declaration(type)) {
    return type;
  }
  return finder_(canonical_type(names_.type(type)));
}

std::optional<std::uint64_t> type_layout::size_of(Dwarf_Die type) {
  const auto whole = complete(type);
  if (!whole) {
    return std::nullopt;
  }
  Dwarf_Die die = *whole;
  const int tag = dwarf_tag(&die);
  if (is_pointer_tag(tag)) {
    return 8;
  }
  if (tag == DW_TAG_array_type) {
    const auto element = followed(die, DW_AT_type);
    auto size = element ? size_of(*element) : std::nullopt;
    for (const std::uint64_t length : dimensions(die)) {
      if (!size || length == 0 || *size > UINT32_MAX || length > UINT32_MAX) {
        return std::nullopt;
      }
      *size *= length;
    }
    return size;
  }
  return number(die, DW_AT_byte_size);
}

std::uint64_t type_layout::align_of(Dwarf_Die type, int depth) {
  const auto whole = complete(type);
  if (!whole || depth > depth_limit) {
    return 1;
  }
  Dwarf_Die die = *whole;
  const auto [entry, fresh] = alignments_.try_emplace(die.addr, 1);
  if (!fresh) {
    return entry->second;
  }
  std::uint64_t align = number(die, DW_AT_alignment).value_or(1);
  if (dwarf_tag(&die) == DW_TAG_array_type) {
    const auto element = followed(die, DW_AT_type);
    align = std::max(align, element ? align_of(*element, depth + 1) : 1);
  } else if (is_class_tag(dwarf_tag(&die))) {
    for (const member& each : members_of(die)) {
      align = std::max(align, align_of(each.type, depth + 1));
    }
    // A member may be over-aligned itself.
    Dwarf_Die child;
    for (bool more = dwarf_child(&die, &child) == 0; more;
         more = dwarf_siblingof(&child, &child) == 0) {
      if (dwarf_tag(&child) == DW_TAG_member) {
        align = std::max(align, number(child, DW_AT_alignment).value_or(1));
      }
    }
  } else {
    align = std::max(align, std::min<std::uint64_t>(size_of(die).value_or(1), 16));
  }
  const bool is_power = align != 0 && (align & (align - 1)) == 0 && align <= most_alignment;
  align = is_power ? align : 1;
  alignments_[die.addr] = align;
  return align;
}

const std::vector<type_layout::member>& type_layout::members_of(Dwarf_Die& type) {
  const auto [entry, fresh] = members_.try_emplace(type.addr);
  if (fresh) {
    std::vector<member> found;
    const bool is_of_closure = is_closure(type);
    Dwarf_Die child;
    bool more = dwarf_child(&type, &child) == 0;
    for (; more && found.size() < most_members; more = dwarf_siblingof(&child, &child) == 0) {
      read_member(child, is_of_closure, found);
    }
    members_[type.addr] = std::move(found);
  }
  return members_[type.addr];
}

void type_layout::read_member(Dwarf_Die& child, bool is_of_closure, std::vector<member>& out) {
  const int tag = dwarf_tag(&child);
  const auto type = followed(child, DW_AT_type);
  const bool is_static = is_flagged(child, DW_AT_external) || is_flagged(child, DW_AT_declaration);
  if ((tag != DW_TAG_member && tag != DW_TAG_inheritance) || !type || is_static) {
    return;
  }
  member found;
  found.type = *type;
  found.is_base = tag == DW_TAG_inheritance;
  const bool is_virtual =
      found.is_base && number(child, DW_AT_virtuality).value_or(0) == DW_VIRTUALITY_virtual;
  Dwarf_Attribute attribute;
  Dwarf_Op* ops = nullptr;
  std::size_t count = 0;
  if (is_virtual) {
    // dup, deref, constu N, minus, deref, plus: the offset is N bytes before what the vptr says.
    if (dwarf_attr(&child, DW_AT_data_member_location, &attribute) == nullptr ||
        dwarf_getlocation(&attribute, &ops, &count) != 0 || count != 6 ||
        ops[0].atom != DW_OP_dup || ops[3].atom != DW_OP_minus || ops[2].number > most_alignment) {
      return;
    }
    const bool is_literal = ops[2].atom >= DW_OP_lit0 && ops[2].atom <= DW_OP_lit31;
    const auto distance =
        static_cast<std::int64_t>(is_literal ? ops[2].atom - DW_OP_lit0 : ops[2].number);
    found.vtable_slot = -distance;
  } else {
    found.offset = number(child, DW_AT_data_member_location)
                       .value_or(number(child, DW_AT_data_bit_offset).value_or(0) / 8);
  }
  const std::uint64_t size = size_of(*type).value_or(0);
  found.end = found.offset + std::min<std::uint64_t>(size, UINT32_MAX);
  if (const char* name = found.is_base ? nullptr : dwarf_diename(&child)) {
    found.name = name;
    const bool is_captured = is_of_closure && found.name.starts_with("__");
    found.name.erase(0, is_captured ? 2 : 0);
  }
  out.push_back(std::move(found));
}

bool type_layout::is_empty(Dwarf_Die type, int depth) {
  const auto whole = complete(type);
  if (!whole || depth > depth_limit) {
    return false;
  }
  Dwarf_Die die = *whole;
  if (!is_class_tag(dwarf_tag(&die)) || size_of(die) != 1) {
    return false;
  }
  const std::vector<member>& members = members_of(die);
  return std::all_of(members.begin(), members.end(), [&](const member& each) {
    return each.is_base && is_empty(each.type, depth + 1);
  });
}

bool type_layout::same_layout(Dwarf_Die left, Dwarf_Die right) {
  const auto same = [](const member& a, const member& b) {
    return a.offset == b.offset && a.end == b.end && a.name == b.name && a.is_base == b.is_base;
  };
  const std::vector<member>& a = members_of(left);
  const std::vector<member>& b = members_of(right);
  return size_of(left) == size_of(right) &&
         std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

type_layout::member type_layout::placed(const member& each, const std::vector<member>& all,
                                        const vtable_reader& virtual_base) {
  member found = each;
  const auto size = size_of(each.type);
  if (each.vtable_slot) {
    const auto at = virtual_base ? virtual_base(*each.vtable_slot) : std::nullopt;
    found.offset = at.value_or(0);
    found.end = at ? *at + size.value_or(0) : 0;
  } else if (!size) {
    // As long as nothing else begins.
    found.end = UINT64_MAX;
    for (const member& other : all) {
      const bool is_next = !other.vtable_slot && other.offset > found.offset;
      found.end = is_next ? std::min(found.end, other.offset) : found.end;
    }
  }
  return found;
}

// Virtual bases of the bases at the start: these share the object's vtable.
void type_layout::add_inherited_bases(std::vector<member>& members) {
  std::vector<Dwarf_Die> sharing;
  const auto take = [&](const member& each) {
    if (each.is_base && each.offset == 0 && !each.vtable_slot) {
      sharing.push_back(each.type);
    }
  };
  std::for_each(members.begin(), members.end(), take);
  for (std::size_t i = 0; i < sharing.size() && i < most_bases; ++i) {
    const auto base = complete(sharing[i]);
    Dwarf_Die die = base.value_or(sharing[i]);
    for (const member& each : members_of(die)) {
      take(each);
      const bool is_known = std::any_of(members.begin(), members.end(), [&](const member& other) {
        return other.vtable_slot == each.vtable_slot;
      });
      if (each.vtable_slot && !is_known) {
        members.push_back(each);
      }
    }
  }
}

// The member that covers `offset`, which becomes the offset in it. Of a union none, unless all but
// one are too short.
std::optional<type_layout::member> type_layout::member_at(Dwarf_Die& type, std::uint64_t& offset,
                                                          const vtable_reader& virtual_base) {
  const bool is_union = dwarf_tag(&type) == DW_TAG_union_type;
  std::vector<member> members = members_of(type);
  if (virtual_base) {
    add_inherited_bases(members);
  }
  std::optional<member> best;
  for (const member& each : members) {
    member candidate = placed(each, members, virtual_base);
    // An empty base or member has size 1 and may lie over the first byte of another.
    if (offset < candidate.offset || offset >= candidate.end || is_empty(candidate.type)) {
      continue;
    }
    if (best && (is_union || best->offset == candidate.offset)) {
      return std::nullopt;
    }
    // What has a virtual base is shorter as a base itself: what begins later counts.
    if (!best || candidate.offset > best->offset) {
      best = std::move(candidate);
    }
  }
  if (best) {
    offset -= best->offset;
  }
  return best;
}

bool type_layout::into_array(Dwarf_Die& type, std::uint64_t& offset, std::string& path) {
  const auto element = followed(type, DW_AT_type);
  const auto size = element ? size_of(*element) : std::nullopt;
  const std::vector<std::uint64_t> lengths = dimensions(type);
  // The length of the first dimension need not be known.
  std::uint64_t stride = size.value_or(0);
  for (std::size_t i = 1; i < lengths.size(); ++i) {
    stride =
        lengths[i] == 0 || stride > UINT32_MAX || lengths[i] > UINT32_MAX ? 0 : stride * lengths[i];
  }
  if (stride == 0 || lengths.empty()) {
    return false;
  }
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    path += "[" + std::to_string(offset / stride) + "]";
    offset %= stride;
    stride /= i + 1 < lengths.size() ? lengths[i + 1] : 1;
  }
  type = *element;
  return true;
}

bool type_layout::into_member(Dwarf_Die& type, std::uint64_t& offset, std::string& path,
                              const vtable_reader& virtual_base, bool& is_most_derived) {
  const std::string& own_name = name_of(type);
  const auto found = member_at(type, offset, is_most_derived ? virtual_base : vtable_reader());
  if (!found) {
    return false;
  }
  // A base at the start shares the vtable.
  is_most_derived = is_most_derived && found->is_base && found->offset == 0 && !found->vtable_slot;
  const bool may_join = path.empty() || path.ends_with("::");
  if (found->is_base) {
    if (!is_empty_step(own_name)) {
      Dwarf_Die base = plain(found->type);
      const char* name = dwarf_diename(&base);
      path += may_join ? "" : ".";
      path += readable_type(name == nullptr ? "{unnamed}" : name) + "::";
    }
  } else if (!found->name.empty() && !is_empty_step(own_name)) {
    path += (may_join ? "" : ".") + found->name;
  }
  type = found->type;
  return true;
}

field_facts type_layout::ended(Dwarf_Die& type, std::uint64_t offset, std::string path) {
  field_facts field;
  field.path = std::move(path);
  if (field.path.ends_with("::")) {
    field.path.resize(field.path.size() - 2);
  }
  field.type = name_of(type);
  field.offset = offset;
  Dwarf_Die target = plain(type);
  field.kind = is_pointer_tag(dwarf_tag(&target)) ? pointer_kind::raw : kind_of_type(field.type);
  if (field.path.starts_with("_vptr") || field.path.find("::_vptr") != std::string::npos) {
    field.kind = pointer_kind::virtual_table;
  }
  return field;
}

std::optional<field_facts> type_layout::field_at(Dwarf_Die type, std::uint64_t offset,
                                                 std::string path,
                                                 const vtable_reader& virtual_base) {
  bool is_most_derived = true;
  for (int depth = 0; depth < depth_limit; ++depth) {
    const auto whole = complete(type);
    if (!whole) {
      return ended(type, offset, std::move(path));
    }
    Dwarf_Die target = *whole;
    const int tag = dwarf_tag(&target);
    const bool goes_on = tag == DW_TAG_array_type || is_class_tag(tag);
    const bool is_closed =
        is_class_tag(tag) && (is_closed_type(name_of(type)) || counts_inside(name_of(type)));
    if (!goes_on || is_closed) {
      return ended(type, offset, std::move(path));
    }
    const auto size = size_of(target);
    if (size && offset >= *size) {
      return std::nullopt;
    }
    std::string longer = path;
    std::uint64_t inner = offset;
    const bool entered = tag == DW_TAG_array_type
                             ? into_array(target, inner, longer)
                             : into_member(target, inner, longer, virtual_base, is_most_derived);
    if (!entered) {
      // Padding, a union, a base at an unknown place: what is around it is still true.
      return path.empty() ? std::nullopt : std::optional(ended(type, offset, std::move(path)));
    }
    path = std::move(longer);
    offset = inner;
    type = target;
  }
  return std::nullopt;
}

}  // namespace track::symbols
