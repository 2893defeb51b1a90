#include "libtrack/symbols/created_type.hpp"

#include <algorithm>
#include <vector>

#include <dwarf.h>

#include "libtrack/symbols/die_attributes.hpp"
#include "libtrack/symbols/pointer_flow.hpp"

namespace track::symbols {

namespace {

constexpr std::size_t most_code_bytes = 1024;
constexpr int depth_limit = 32;
constexpr std::size_t most_found = 32;
constexpr std::int64_t saved_bytes = 16;  // return address and rbp, below the frame's CFA

class evidence {
 public:
  evidence(type_module& owner, std::uint64_t size_bytes) : owner_(owner), size_bytes_(size_bytes) {}

  std::optional<Dwarf_Die> search(std::uint64_t return_address, const scope_chain& functions) {
    Dwarf_Die function = functions.front();
    const auto code = owner_.bytes_at(return_address, most_code_bytes);
    Dwarf_Addr end = 0;
    const bool has_end = dwarf_highpc(&function, &end) == 0 && end > return_address;
    const pointer_flow flow = follow_pointer(
        has_end ? code.first(std::min<std::size_t>(code.size(), end - return_address)) : code,
        return_address);
    frame_is_cfa_ = frame_base_is_cfa(function);
    look_at_uses(flow, function);
    look_at_variables(flow, function, 0);
    return most_derived();
  }

 private:
  // All evidence must agree, but for bases, which constructors and variables may speak of.
  std::optional<Dwarf_Die> most_derived() {
    for (const Dwarf_Die& each : found_) {
      if (std::all_of(found_.begin(), found_.end(),
                      [&](const Dwarf_Die& other) { return starts_with(each, other, 0); })) {
        return each;
      }
    }
    return std::nullopt;
  }

  // True when the type is `base`, or begins with it as its base.
  bool starts_with(Dwarf_Die type, Dwarf_Die base, int depth) {
    if (owner_.layout().name_of(type) == owner_.layout().name_of(base)) {
      return true;
    }
    const auto whole = owner_.layout().complete(type);
    Dwarf_Die die = whole.value_or(type);
    Dwarf_Die child;
    bool more = depth < depth_limit && dwarf_child(&die, &child) == 0;
    for (; more; more = dwarf_siblingof(&child, &child) == 0) {
      Dwarf_Attribute attribute;
      Dwarf_Die parent;
      if (dwarf_tag(&child) == DW_TAG_inheritance &&
          dwarf_attr(&child, DW_AT_type, &attribute) != nullptr &&
          dwarf_formref_die(&attribute, &parent) != nullptr &&
          starts_with(parent, base, depth + 1)) {
        return true;
      }
    }
    return false;
  }

  void take(std::optional<Dwarf_Die> type) {
    if (type && found_.size() < most_found) {
      found_.push_back(*type);
    }
  }

  // A class of the size that was asked for.
  std::optional<Dwarf_Die> fitting(std::optional<Dwarf_Die> type) {
    if (!type) {
      return std::nullopt;
    }
    Dwarf_Die plain = type_layout::plain(*type);
    const auto whole = owner_.layout().complete(plain);
    Dwarf_Die die = whole.value_or(plain);
    const bool fits = is_class_tag(dwarf_tag(&die)) && owner_.layout().size_of(die) == size_bytes_;
    return fits ? std::optional(*type) : std::nullopt;
  }

  std::optional<Dwarf_Die> pointee(Dwarf_Die holder) {
    Dwarf_Attribute attribute;
    Dwarf_Die type;
    if (dwarf_attr_integrate(&holder, DW_AT_type, &attribute) == nullptr ||
        dwarf_formref_die(&attribute, &type) == nullptr) {
      return std::nullopt;
    }
    return fitting(type_layout::pointee_of(type));
  }

  void look_at_uses(const pointer_flow& flow, Dwarf_Die function) {
    for (const pointer_use& use : flow.uses) {
      if (use.is == pointer_use::kind::returned) {
        take(pointee(function));
      } else if (use.target != 0) {
        scope_chain callee = owner_.functions_at(use.target);
        // The middle of a function is no function.
        Dwarf_Addr entry = 0;
        if (!callee.empty() && dwarf_entrypc(&callee.front(), &entry) == 0 && entry == use.target) {
          take(parameter_type(callee.front(), use.argument));
        }
      }
    }
  }

  // Of `this` of a constructor and of every other pointer that is passed.
  std::optional<Dwarf_Die> parameter_type(Dwarf_Die function, unsigned index) {
    Dwarf_Die child;
    bool more = dwarf_child(&function, &child) == 0;
    for (; more; more = dwarf_siblingof(&child, &child) == 0) {
      if (dwarf_tag(&child) == DW_TAG_formal_parameter && index-- == 0) {
        return pointee(child);
      }
    }
    return std::nullopt;
  }

  static bool frame_base_is_cfa(Dwarf_Die& function) {
    Dwarf_Attribute attribute;
    Dwarf_Op* ops = nullptr;
    std::size_t count = 0;
    return dwarf_attr_integrate(&function, DW_AT_frame_base, &attribute) != nullptr &&
           dwarf_getlocation(&attribute, &ops, &count) == 0 && count == 1 &&
           ops[0].atom == DW_OP_call_frame_cfa;
  }

  // Variables and parameters below `scope`, those of inlined functions (constructors) too.
  void look_at_variables(const pointer_flow& flow, Dwarf_Die scope, int depth) {
    Dwarf_Die child;
    if (depth > depth_limit || dwarf_child(&scope, &child) != 0) {
      return;
    }
    do {
      const int tag = dwarf_tag(&child);
      if ((tag == DW_TAG_variable || tag == DW_TAG_formal_parameter) &&
          is_holder(flow, scope, child)) {
        take(pointee(child));
      } else if (tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine) {
        look_at_variables(flow, child, depth + 1);
      }
    } while (dwarf_siblingof(&child, &child) == 0);
  }

  bool is_holder(const pointer_flow& flow, Dwarf_Die& scope, Dwarf_Die& variable) const {
    Dwarf_Attribute attribute;
    if (dwarf_attr(&variable, DW_AT_location, &attribute) == nullptr) {
      return false;
    }
    return std::any_of(flow.holders.begin(), flow.holders.end(), [&](const auto& holders) {
      Dwarf_Op* ops = nullptr;
      std::size_t count = 0;
      return dwarf_haspc(&scope, holders.address) != 0 &&
             dwarf_getlocation_addr(&attribute, holders.address, &ops, &count, 1) == 1 &&
             is_at(holders, ops, count);
    });
  }

  bool is_at(const pointer_holders& holders, const Dwarf_Op* ops, std::size_t count) const {
    const unsigned atom = count == 0 ? 0 : ops[0].atom;
    if (count == 1 && atom >= DW_OP_reg0 && atom <= DW_OP_reg31) {
      return holders.has(atom - DW_OP_reg0);
    }
    if (count == 2 && atom >= DW_OP_breg0 && atom <= DW_OP_breg31 &&
        ops[1].atom == DW_OP_stack_value) {
      return ops[0].number == 0 && holders.has(atom - DW_OP_breg0);
    }
    if (count == 1 && atom == DW_OP_fbreg) {
      const auto distance = static_cast<std::int64_t>(ops[0].number);
      const stack_slot slot{machine_register::rbp, distance + (frame_is_cfa_ ? saved_bytes : 0)};
      return std::find(holders.slots.begin(), holders.slots.end(), slot) != holders.slots.end();
    }
    return false;
  }

  type_module& owner_;
  std::uint64_t size_bytes_;
  bool frame_is_cfa_ = false;
  std::vector<Dwarf_Die> found_;
};

}  // namespace

std::optional<Dwarf_Die> created_type(type_module& owner, std::uint64_t return_address,
                                      const scope_chain& functions, std::uint64_t size_bytes) {
  if (functions.empty()) {
    return std::nullopt;
  }
  return evidence(owner, size_bytes).search(return_address, functions);
}

}  // namespace track::symbols
