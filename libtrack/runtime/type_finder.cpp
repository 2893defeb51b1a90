#include "libtrack/runtime/type_finder.hpp"

#include <string.h>

#include "libtrack/runtime/arena.hpp"

namespace track::runtime {
namespace {

constexpr std::uintptr_t cluster_gap = std::uintptr_t{64} << 20;
constexpr std::size_t longest_name = 4096;
constexpr std::int64_t farthest_top = 1 << 20;

std::uintptr_t word_at(std::uintptr_t address) {
  return *reinterpret_cast<const std::uintptr_t*>(address);
}

bool is_module_data(const mapping& at) {
  return at.inode != 0 && at.readable && !at.executable && !at.shared;
}

bool has_prefix(const char* text, std::size_t size, const char* prefix) {
  const std::size_t length = strlen(prefix);
  return size >= length && memcmp(text, prefix, length) == 0;
}

bool is_any_of(const char* text, std::size_t size, const char* const* names, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (has_prefix(text, size, names[i])) {
      return true;
    }
  }
  return false;
}

// Control blocks of std::shared_ptr, by their classes' mangled names.
ledger::graph::control_shape shape_of(const char* name, std::size_t size) {
  // Of internal linkage, as one with a lambda as its deleter is.
  if (size != 0 && *name == '*') {
    ++name;
    --size;
  }
  static constexpr const char* libstdcxx[] = {
      "St15_Sp_counted_ptr", "St19_Sp_counted_deleter", "St23_Sp_counted_ptr_inplace",
      "St17_Sp_counted_array", "St22_Sp_counted_array_base"};
  if (is_any_of(name, size, libstdcxx, 5)) {
    return ledger::graph::control_shape::libstdcxx;
  }
  constexpr const char* inline_namespace = "NSt3__1";
  if (!has_prefix(name, size, inline_namespace)) {
    return ledger::graph::control_shape::none;
  }
  std::size_t at = strlen(inline_namespace);
  while (at < size && name[at] >= '0' && name[at] <= '9') {
    ++at;
  }
  static constexpr const char* libcxx[] = {"__shared_ptr_pointer", "__shared_ptr_emplace",
                                           "__bounded_array_control_block",
                                           "__unbounded_array_control_block"};
  return is_any_of(name + at, size - at, libcxx, 4) ? ledger::graph::control_shape::libcxx
                                                    : ledger::graph::control_shape::none;
}

}  // namespace

bool type_finder::initialize(const memory_map& map) {
  map_ = &map;
  for (std::size_t i = 0; i < map.count(); ++i) {
    const mapping& at = map[i];
    if (!is_module_data(at)) {
      continue;
    }
    range& last = clusters_[cluster_count_ == 0 ? 0 : cluster_count_ - 1];
    if (cluster_count_ != 0 &&
        (at.start - last.end < cluster_gap || cluster_count_ == most_clusters)) {
      last.end = at.end;
    } else {
      clusters_[cluster_count_++] = {at.start, at.end};
    }
  }
  entries_ = static_cast<entry*>(map_pages(sizeof(entry) << entries_log2));
  return entries_ != nullptr;
}

bool type_finder::in_module(std::uintptr_t address, std::size_t size_bytes) const {
  const mapping* at = (address & 7) == 0 ? map_->find(address) : nullptr;
  return at != nullptr && is_module_data(*at) && at->end - address >= size_bytes;
}

std::size_t type_finder::name_bytes(std::uintptr_t name) const {
  const mapping* at = map_->find(name);
  if (at == nullptr || at->inode == 0 || !at->readable || at->shared) {
    return 0;
  }
  const auto* text = reinterpret_cast<const char*>(name);
  const std::size_t most = at->end - name < longest_name ? at->end - name : longest_name;
  std::size_t size = 0;
  while (size < most && text[size] > ' ' && text[size] < 0x7f) {
    ++size;
  }
  return size < most && text[size] == 0 ? size : 0;
}

type_finder::entry type_finder::judge(std::uintptr_t vtable, graph_stream& out) {
  entry judged = {vtable, 0, ledger::graph::control_shape::none, true};
  if (!in_module(vtable - 16, 24)) {
    return judged;
  }
  const auto to_top = static_cast<std::int64_t>(word_at(vtable - 16));
  const std::uintptr_t info = word_at(vtable - 8);
  const mapping* code = map_->find(word_at(vtable));
  if (to_top > farthest_top || to_top < -farthest_top || code == nullptr || !code->executable) {
    return judged;
  }
  const char* name = "";
  std::size_t size = 0;
  if (info != 0) {
    if (!in_module(info, 16) || !in_module(word_at(info) - 8, 16)) {
      return judged;
    }
    size = name_bytes(word_at(info + 8));
    if (size == 0) {
      return judged;
    }
    name = reinterpret_cast<const char*>(word_at(info + 8));
    judged.shape = shape_of(name, size);
  }
  judged.number = ++types_;
  out.tag(ledger::graph::record::type);
  out.number(vtable);
  out.byte(static_cast<std::uint8_t>(judged.shape));
  out.number(size);
  out.bytes(name, size);
  return judged;
}

found_type type_finder::look_up(std::uintptr_t word, graph_stream& out) {
  constexpr std::size_t mask = (std::size_t{1} << entries_log2) - 1;
  std::size_t place = (word >> 3) * 0x9e3779b97f4a7c15 >> (64 - entries_log2);
  while (entries_[place].judged && entries_[place].vtable != word) {
    place = (place + 1) & mask;
  }
  if (!entries_[place].judged) {
    const entry judged = judge(word, out);
    if (used_ < mask / 2) {
      ++used_;
      entries_[place] = judged;
    }
    return {judged.number, judged.shape};
  }
  return {entries_[place].number, entries_[place].shape};
}

}  // namespace track::runtime
