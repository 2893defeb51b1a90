// The weak reference of a record to its object, and what removes the record. Floor 3.
//
// It hangs in the object's life, and the table knows it by a hidden word, so that the registry is
// no path to the object for whoever searches memory for pointers. Whoever takes it out of the
// table, under the shard's lock, gives up the holder's share.
#pragma once

#include <cstdint>

#include "libtrack/weak/object_table.hpp"
#include <track/detail/life.hpp>
#include <track/detail/watching.hpp>

namespace track::detail {

class watch_node final : public death_node {
 public:
  watch_node(const object_table& table, std::uint32_t index, const held_object& object) noexcept
      : death_node(ref_info::finalizer, nullptr, reinterpret_cast<const void*>(object.address)),
        memory_(object.memory),
        index_(index),
        generation_(table.generation) {}

  const weak_memory& memory() const noexcept { return memory_; }

  // All below under the shard's lock.
  bool detached() const noexcept { return detached_; }
  bool take_notice_away() noexcept { return detached_ = death_node::detach(); }

  static std::uint64_t hidden(const watch_node* node) noexcept {
    return ~static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(node));
  }
  static watch_node* shown(std::uint64_t word) noexcept {
    return word == 0 ? nullptr : reinterpret_cast<watch_node*>(~word);
  }

 private:
  void on_death(const dead_ref&) noexcept override;

  const weak_memory memory_;  // of the life
  const std::uint32_t index_;
  const std::uint32_t generation_;
  bool detached_ = false;
};

// The node of a record that has one and this serial, under the shard's lock; else null.
inline watch_node* node_of(const object_table& table, std::uint32_t index,
                           std::uint64_t serial) noexcept {
  const ledger::object_record& record = table.record(index);
  if (read_word(record.address) == 0 ||
      (read_word(record.serial_thread) & ledger::object_serial_mask) != serial) {
    return nullptr;
  }
  return watch_node::shown(table.side[index].load(std::memory_order_relaxed));
}

}  // namespace track::detail
