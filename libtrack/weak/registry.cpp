#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "libtrack/weak/record_writer.hpp"
#include "libtrack/weak/watch_node.hpp"
#include <track/detail/weak_entry.hpp>
#include <track/registry.hpp>

namespace track {
namespace detail {

namespace {

// Out of the table; the caller gives the record and the node's share back after
// the unlock.
void empty_record(object_table& table, std::uint32_t index) noexcept {
  table.side[index].store(0, std::memory_order_relaxed);
  write_word(table.record(index).address, std::uint64_t{0});
}

}  // namespace

void watch_node::on_death(const dead_ref&) noexcept {
  object_table* const table = existing_table();
  if (table == nullptr || table->generation != generation_) {
    drop(this, wait::no);  // in a child of fork: the record is the parent's
    return;
  }
  {
    const lock_guard guard(table->lock_of(index_));
    if (table->side[index_].load(std::memory_order_relaxed) != hidden(this)) {
      return;
    }
    empty_record(*table, index_);
  }
  give_record(*table, records_of_thread(*table), index_);
  drop(this, wait::no);
}

watch_handle watch_held(const held_object& object, std::string_view label, if_gone gone) {
  if (object.lost) {
    count_lost(existing_table());
    return {};
  }
  if (object.record == nullptr || object.address == 0) {
    const bool foreign = object.address != 0 && !object.memory.expired();
    if (foreign || gone == if_gone::refuse) {
      throw_not_observable(foreign);
    }
    return {};
  }
  const new_record made = write_record({object.size_bytes, object.type, intern(label)});
  if (made.index == 0) {
    return {};
  }
  auto* const node = new (std::nothrow) watch_node(*made.table, made.index, object);
  bool attached = false;
  if (node != nullptr) {
    const lock_guard guard(made.table->lock_of(made.index));
    if ((attached = object.record->attach(*node))) {
      made.table->side[made.index].store(watch_node::hidden(node), std::memory_order_relaxed);
      made.publish(reinterpret_cast<const void*>(object.address));
    }
  }
  if (attached) {
    return watch_handle(made.index, made.table->generation, made.serial);
  }
  made.give_up();
  if (node == nullptr) {
    count_lost(made.table);
    return {};
  }
  death_node::drop(node, wait::no);
  if (gone == if_gone::refuse) {
    throw_not_observable(false);
  }
  return {};
}

watch_handle find_watched(const held_object& object) noexcept {
  object_table* const table = existing_table();
  if (table == nullptr || object.record == nullptr || object.record->list(nullptr, 0) == 0) {
    return {};
  }
  const std::uint64_t address = object.address & ~std::uint64_t{ledger::object_dead};
  for (std::uint32_t index = 1; index < table->end(); ++index) {
    if (read_word(table->record(index).address) != address) {
      continue;
    }
    const lock_guard guard(table->lock_of(index));
    const std::uint64_t serial =
        read_word(table->record(index).serial_thread) & ledger::object_serial_mask;
    const watch_node* const node = node_of(*table, index, serial);
    if (node != nullptr && node->record() == object.record && !node->detached()) {
      return watch_handle(index, table->generation, serial);
    }
  }
  return {};
}

namespace {

constexpr std::size_t lines_at_exit = 10;

// What nobody else would say: without the preload there is no collector to
// judge.
void note_overdue_at_exit() noexcept {
  const object_table* const table = existing_table();
  if (table == nullptr || table->in_ledger) {
    return;
  }
  try {
    const auto late = survivors({.only_overdue = true});
    for (std::size_t i = 0; i < std::min(late.size(), lines_at_exit); ++i) {
      const survivor& each = late[i];
      std::fprintf(stderr, "libtrack: overdue by %lld ms: %.*s%s%.*s at %p\n",
                   static_cast<long long>(each.overdue_by.count()),
                   static_cast<int>(each.type.size()), each.type.data(),
                   each.label.empty() ? "" : ", ", static_cast<int>(each.label.size()),
                   each.label.data(), each.address);
    }
    if (late.size() > lines_at_exit) {
      std::fprintf(stderr, "libtrack: and %zu more overdue objects\n", late.size() - lines_at_exit);
    }
  } catch (...) {
    std::fputs("libtrack: no memory to tell which objects are overdue\n", stderr);
  }
}

void note_overdue_once() noexcept {
  static constinit std::atomic<bool> done{false};
  if (!done.load(std::memory_order_relaxed) && !done.exchange(true)) {
    // Without memory for it the end of the program says nothing.
    static_cast<void>(std::atexit(note_overdue_at_exit));
  }
}

object_table* table_of(std::uint32_t generation) noexcept {
  object_table* const table = existing_table();
  return table != nullptr && table->generation == generation ? table : nullptr;
}

}  // namespace
}  // namespace detail

bool watch_handle::recorded() const noexcept {
  const detail::object_table* const table = detail::table_of(table_);
  return table != nullptr && detail::is_record(*table, index_, serial_);
}

bool watch_handle::detach() noexcept {
  detail::object_table* const table = detail::table_of(table_);
  if (table == nullptr || index_ == 0) {
    return false;
  }
  const lock_guard guard(table->lock_of(index_));
  detail::watch_node* const node = detail::node_of(*table, index_, serial_);
  return node != nullptr && !node->detached() && node->take_notice_away();
}

bool watch_handle::forget() noexcept {
  detail::object_table* const table = detail::table_of(table_);
  if (table == nullptr || index_ == 0) {
    return false;
  }
  detail::watch_node* node = nullptr;
  {
    const lock_guard guard(table->lock_of(index_));
    if ((node = detail::node_of(*table, index_, serial_)) == nullptr) {
      return false;
    }
    detail::empty_record(*table, index_);
  }
  detail::give_record(*table, detail::records_of_thread(*table), index_);
  detail::death_node::drop(node, detail::wait::no);
  return true;
}

bool watch_handle::expect_gone(std::chrono::milliseconds within) noexcept {
  detail::object_table* const table = detail::table_of(table_);
  if (table == nullptr || index_ == 0) {
    return false;
  }
  const auto due =
      static_cast<std::uint32_t>(table->now_ms() + static_cast<std::uint64_t>(within.count()));
  {
    const lock_guard guard(table->lock_of(index_));
    if (detail::node_of(*table, index_, serial_) == nullptr) {
      return false;
    }
    detail::write_word(table->record(index_).due_ms, due == 0 ? 1 : due);
  }
  detail::note_overdue_once();
  return true;
}

}  // namespace track
