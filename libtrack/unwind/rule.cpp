#include "libtrack/unwind/rule.hpp"

#include "libtrack/unwind/call_frame.hpp"
#include "libtrack/unwind/machine.hpp"
#include "libtrack/unwind/modules.hpp"

namespace track::unwind {

constinit rule_table shared_rules{};

namespace {

constexpr std::uint8_t op_breg_rbp = 0x76;
constexpr std::uint8_t op_breg_rsp = 0x77;
constexpr std::uint8_t op_deref = 0x06;

// An expression of the form register + offset, or the word there. False for any other.
bool is_base_and_offset(std::int64_t expression, std::uint8_t base_op, bool dereferenced,
                        std::int64_t& offset) {
  byte_cursor code = expression_at(expression);
  if (code.fixed<std::uint8_t>() != base_op) {
    return false;
  }
  offset = code.sleb();
  if (dereferenced && code.fixed<std::uint8_t>() != op_deref) {
    return false;
  }
  return !code.failed && code.left() == 0;
}

bool is_kernel_frame(const frame_row& row) {
  constexpr std::int64_t rbp_at = 0x78, rsp_at = 0xa0, pc_at = 0xa8;
  std::int64_t cfa = 0, rbp = 0, pc = 0;
  return row.cfa_is_expression && row.rule[register_rbp] == how::at_expression &&
         row.rule[register_pc] == how::at_expression &&
         is_base_and_offset(row.cfa_value, op_breg_rsp, true, cfa) && cfa == rsp_at &&
         is_base_and_offset(row.value[register_rbp], op_breg_rsp, false, rbp) && rbp == rbp_at &&
         is_base_and_offset(row.value[register_pc], op_breg_rsp, false, pc) && pc == pc_at;
}

bool set_cfa(const frame_row& row, rule& out, std::uint16_t module) {
  if (row.cfa_is_expression) {
    std::int64_t offset = 0;
    out = rule(rule_kind::deref, module);
    return is_base_and_offset(row.cfa_value, op_breg_rbp, true, offset) &&
           out.set_cfa(true, offset);
  }
  out = rule(rule_kind::plain, module);
  return (row.cfa_register == register_rsp || row.cfa_register == register_rbp) &&
         out.set_cfa(row.cfa_register == register_rbp, row.cfa_value);
}

bool set_rbp(const frame_row& row, rule& out) {
  const std::int64_t value = row.value[register_rbp];
  std::int64_t offset = 0;
  switch (row.rule[register_rbp]) {
    case how::unsaved:
    case how::undefined:
      return true;
    case how::at_offset:
      return out.set_rbp(saved_rbp::at_cfa, value);
    case how::at_expression:
      return is_base_and_offset(value, op_breg_rbp, false, offset) &&
             out.set_rbp(saved_rbp::at_rbp, offset);
    default:
      return false;
  }
}

rule compress(const frame_description& description, const frame_row& row, std::uint16_t module) {
  if (row.rule[description.return_register] == how::undefined) {
    return rule(rule_kind::outermost, module);
  }
  if (description.signal_frame) {
    return rule(is_kernel_frame(row) ? rule_kind::signal : rule_kind::general, module);
  }
  rule out;
  if (description.return_register != register_pc || row.rule[register_pc] != how::at_offset ||
      row.value[register_pc] != -8 || row.rule[register_rsp] != how::unsaved ||
      !set_cfa(row, out, module) || !set_rbp(row, out)) {
    return rule(rule_kind::general, module);
  }
  return out;
}

}  // namespace

[[gnu::noinline, gnu::cold]] rule make_rule(std::uintptr_t address, std::uintptr_t pc,
                                            std::uint32_t generation) {
  module_info module;
  frame_description description;
  frame_row row;
  const bool in_module = find_module(address, module);
  const std::uint16_t number = in_module ? number_of(module, generation) : std::uint16_t{0};
  if (!in_module || module.eh_frame_header == nullptr ||
      !find_description(module, address, description)) {
    const rule_kind kind = is_signal_return(pc)             ? rule_kind::signal
                           : in_module && is_loader(module) ? rule_kind::outermost
                                                            : rule_kind::none;
    return rule(kind, number);
  }
  if (!find_row(description, address, row)) {
    return rule(rule_kind::none, number);
  }
  const rule found = compress(description, row, number);
  shared_rules.insert(address, rule_table::mark_of(generation), found);
  return found;
}

}  // namespace track::unwind
