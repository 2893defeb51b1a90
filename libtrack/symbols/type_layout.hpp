// Sizes and members of types in DWARF: offset → path of members. Floor 4, inside of symbols.
//
// Works on DIEs; what a DIE only declares is asked of a `type_finder`. Standard containers and
// smart pointers are not entered: a member of such a type is where a path ends. Bounded in depth
// and in members; broken DWARF gives nothing. DIEs must outlive the object's caches. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <elfutils/libdw.h>

#include "libtrack/symbols/die_names.hpp"
#include "libtrack/symbols/type_source.hpp"

namespace track::symbols {

class type_layout {
 public:
  // The definition of a type that is known by its canonical name only.
  using type_finder = std::function<std::optional<Dwarf_Die>(const std::string& canonical)>;

  explicit type_layout(type_finder finder) : finder_(std::move(finder)) {}

  // nullopt where the debug information does not say. cost: one look at the DIE, cached alignment.
  std::optional<std::uint64_t> size_of(Dwarf_Die type);
  std::uint64_t align_of(Dwarf_Die type, int depth = 0);

  // The innermost member at `offset`; its path starts with `prefix`. `virtual_base` reads the
  // offset of a virtual base, given where in the vtable it stands (negative: before what the
  // object's first word points to); empty: not known.
  using vtable_reader = std::function<std::optional<std::uint64_t>(std::int64_t)>;
  std::optional<field_facts> field_at(Dwarf_Die type, std::uint64_t offset, std::string prefix,
                                      const vtable_reader& virtual_base);

  // The readable name; of an anonymous struct the typedef's.
  const std::string& name_of(Dwarf_Die type);

  // What a pointer or reference type points to.
  static std::optional<Dwarf_Die> pointee_of(Dwarf_Die type);

  // The n-th template argument that is a type.
  static std::optional<Dwarf_Die> template_argument(Dwarf_Die die, int index);

  // True when both have the same size and members.
  bool same_layout(Dwarf_Die left, Dwarf_Die right);

  // Without typedefs and qualifiers.
  static Dwarf_Die plain(Dwarf_Die type);

  // `type`, or its definition when it is declared only.
  std::optional<Dwarf_Die> complete(Dwarf_Die type);

  die_names& names() { return names_; }

 private:
  struct member {
    std::uint64_t offset = 0;
    std::uint64_t end = 0;
    std::string name;  // "" a base, or an anonymous struct
    Dwarf_Die type;
    bool is_base = false;
    std::optional<std::int64_t> vtable_slot;  // a virtual base: where its offset is
  };

  const std::vector<member>& members_of(Dwarf_Die& type);
  void read_member(Dwarf_Die& child, bool is_closure, std::vector<member>& out);
  bool is_empty(Dwarf_Die type, int depth = 0);
  void add_inherited_bases(std::vector<member>& members);
  member placed(const member& each, const std::vector<member>& all,
                const vtable_reader& virtual_base);
  std::optional<member> member_at(Dwarf_Die& type, std::uint64_t& offset,
                                  const vtable_reader& virtual_base);
  bool into_array(Dwarf_Die& type, std::uint64_t& offset, std::string& path);
  bool into_member(Dwarf_Die& type, std::uint64_t& offset, std::string& path,
                   const vtable_reader& virtual_base, bool& is_most_derived);
  field_facts ended(Dwarf_Die& type, std::uint64_t offset, std::string path);

  type_finder finder_;
  die_names names_;
  std::unordered_map<const void*, std::vector<member>> members_;
  std::unordered_map<const void*, std::string> type_names_;
  std::unordered_map<const void*, std::uint64_t> alignments_;
};

}  // namespace track::symbols
