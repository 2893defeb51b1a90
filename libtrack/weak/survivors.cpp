#include <algorithm>
#include <array>
#include <map>

#include "libtrack/weak/object_table.hpp"
#include "libtrack/weak/watch_node.hpp"
#include <track/registry.hpp>

namespace track {
namespace detail {
namespace {

enum class state { unused, dying, alive, dead };

// Of a record with a node: whether the object lives.
state judge(object_table& table, std::uint32_t index, const ledger::object_record& read,
            const void*& address) noexcept {
  const lock_guard guard(table.lock_of(index));
  const watch_node* const node =
      node_of(table, index, read.serial_thread & ledger::object_serial_mask);
  if (node == nullptr) {
    return state::unused;
  }
  address = reinterpret_cast<const void*>(node->told().address);
  if (!node->memory().expired()) {
    return state::alive;
  }
  if (!node->detached()) {
    return state::dying;
  }
  write_word(table.record(index).address, read.address | ledger::object_dead);
  return state::dead;
}

// A record as it was at one moment.
state read_record(object_table& table, std::uint32_t index, ledger::object_record& read,
                  const void*& address) noexcept {
  const ledger::object_record& record = table.record(index);
  read.address = read_word(record.address);
  if (read.address == 0) {
    return state::unused;
  }
  read.serial_thread = read_word(record.serial_thread);
  read.type = read_word(record.type);
  read.label = read_word(record.label);
  read.tag = read_word(record.tag);
  read.test = read_word(record.test);
  read.birth_ms = read_word(record.birth_ms);
  read.due_ms = read_word(record.due_ms);
  read.node = read_word(record.node);
  read.size = read_word(record.size);
  const bool watched = table.side[index].load(std::memory_order_acquire) != 0;
  if (read_word(record.serial_thread) != read.serial_thread || read_word(record.address) == 0) {
    return state::unused;
  }
  if (watched) {
    return judge(table, index, read, address);
  }
  address = reinterpret_cast<const void*>(read.address);
  return state::alive;
}

survivor told(const object_table& table, const ledger::object_record& read, std::uint32_t now_ms,
              state is) {
  survivor each;
  each.type = table.text_of(read.type);
  each.label = table.text_of(read.label);
  each.tag = table.text_of(read.tag);
  each.test = table.text_of(read.test);
  each.size_bytes = read.size;
  each.serial = read.serial_thread & ledger::object_serial_mask;
  each.thread = read_word(table.thread_ids[read.serial_thread >> ledger::object_serial_bits]);
  each.alive = is == state::alive;
  // Words of 32 bits: only the difference means something.
  each.age = std::chrono::milliseconds(
      std::max<std::int32_t>(0, static_cast<std::int32_t>(now_ms - read.birth_ms)));
  const auto late = static_cast<std::int32_t>(now_ms - read.due_ms);
  each.overdue = each.alive && read.due_ms != 0 && late >= 0;
  each.overdue_by = std::chrono::milliseconds(each.overdue ? late : 0);
  each.stack = call_stack(read.node, read.node == 0 ? 0 : table.generation);
  return each;
}

bool matches(const survivor& each, const survivor_filter& filter) noexcept {
  const auto is = [](std::string_view text, std::string_view wanted) {
    return wanted.empty() || text == wanted;
  };
  return is(each.type, filter.type) && is(each.label, filter.label) && is(each.tag, filter.tag) &&
         is(each.test, filter.test) && each.age >= filter.min_age &&
         (each.overdue || !filter.only_overdue) && (each.alive || !filter.only_alive);
}

struct age_class {
  std::chrono::milliseconds below;
  std::string_view name;
};
constexpr std::array<age_class, 4> age_classes = {
    {{std::chrono::milliseconds(10), "under 10 ms"},
     {std::chrono::milliseconds(1000), "under 1 s"},
     {std::chrono::milliseconds(60'000), "under 1 min"},
     {std::chrono::milliseconds::max(), "1 min and more"}}};

std::string_view key_of(const survivor& each, group_by what) noexcept {
  switch (what) {
    case group_by::type:
      return each.type;
    case group_by::label:
      return each.label;
    case group_by::tag:
      return each.tag;
    case group_by::test:
      return each.test;
    case group_by::age:
      break;
  }
  return std::find_if(age_classes.begin(), age_classes.end() - 1,
                      [&](const age_class& c) { return each.age < c.below; })
      ->name;
}

}  // namespace
}  // namespace detail

std::vector<survivor> survivors(const survivor_filter& filter) {
  std::vector<survivor> found;
  detail::object_table* const table = detail::existing_table();
  if (table == nullptr) {
    return found;
  }
  const auto now_ms = static_cast<std::uint32_t>(table->now_ms());
  for (std::uint32_t index = 1; index < table->end(); ++index) {
    ledger::object_record read;
    const void* address = nullptr;
    const detail::state is = detail::read_record(*table, index, read, address);
    if (is != detail::state::alive && is != detail::state::dead) {
      continue;
    }
    const std::uint64_t serial = read.serial_thread & ledger::object_serial_mask;
    if (serial < filter.since || serial >= filter.before) {
      continue;
    }
    survivor each = detail::told(*table, read, now_ms, is);
    each.address = address;
    if (detail::matches(each, filter)) {
      found.push_back(each);
    }
  }
  std::sort(found.begin(), found.end(),
            [](const survivor& a, const survivor& b) { return a.serial < b.serial; });
  return found;
}

std::vector<survivor_group> survivors_by(group_by what, const survivor_filter& filter) {
  std::map<std::string_view, survivor_group> groups;
  for (const survivor& each : survivors(filter)) {
    const std::string_view key = detail::key_of(each, what);
    survivor_group& group = groups[key];
    group.key = key;
    ++group.count;
    group.bytes += each.size_bytes;
    group.oldest = std::max(group.oldest, each.age);
  }
  std::vector<survivor_group> all;
  all.reserve(groups.size());
  for (const auto& [key, group] : groups) {
    all.push_back(group);
  }
  std::stable_sort(all.begin(), all.end(), [](const survivor_group& a, const survivor_group& b) {
    return a.bytes > b.bytes;
  });
  return all;
}

}  // namespace track
