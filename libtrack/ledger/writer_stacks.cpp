#include "libtrack/ledger/writer_parts.hpp"

namespace track::ledger {
namespace {

constexpr unsigned probe_limit = 16;

unsigned hash_node(std::uint32_t parent, std::uint64_t address_module) {
  std::uint64_t hash = (address_module ^ (std::uint64_t{parent} << 32)) * 0x9e3779b97f4a7c15;
  hash ^= hash >> 29;
  hash = (hash + parent) * 0xbf58476d1ce4e5b9;
  return static_cast<unsigned>(hash >> 32);
}

}  // namespace

node_id slot_writer::find_node(node_id parent, std::uint64_t address_module, unsigned hash) {
  const unsigned newest = __atomic_load_n(&index_level_, __ATOMIC_RELAXED);
  for (unsigned level = newest + 1; level-- > 0;) {
    const std::uint32_t* table = index_ + level_offset(level);
    const std::uint64_t mask = level_entries(level) - 1;
    for (unsigned probe = 0; probe < probe_limit; ++probe) {
      const std::uint32_t id = __atomic_load_n(&table[(hash + probe) & mask], __ATOMIC_ACQUIRE);
      if (id == 0) {
        break;
      }
      if (nodes_[id].address_module == address_module && nodes_[id].parent == parent.value) {
        if (level != newest) {
          publish_node(id, hash, newest);  // found at once the next time
        }
        return node_id{id};
      }
    }
  }
  return {};
}

bool slot_writer::publish_node(std::uint32_t node, unsigned hash, unsigned level) {
  std::uint32_t* table = index_ + level_offset(level);
  const std::uint64_t mask = level_entries(level) - 1;
  for (unsigned probe = 0; probe < probe_limit; ++probe) {
    std::uint32_t empty = 0;
    if (__atomic_compare_exchange_n(&table[(hash + probe) & mask], &empty, node, false,
                                    __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
      return true;
    }
  }
  return false;
}

bool slot_writer::publish_anywhere(std::uint32_t node, unsigned hash, unsigned newest) {
  for (unsigned level = newest + 1; level-- > 0;) {
    if (publish_node(node, hash, level)) {
      return true;
    }
  }
  return false;
}

node_id slot_writer::add_node(node_id parent, std::uint64_t address_module, unsigned hash) {
  const auto place = static_cast<std::uint32_t>(take_place(header_->nodes_used, room_.nodes));
  if (place == 0) {
    count_loss(loss::nodes_full);
    return {};
  }
  nodes_[place].address_module = address_module;
  nodes_[place].parent = parent.value;
  std::uint32_t level = __atomic_load_n(&index_level_, __ATOMIC_RELAXED);
  // Half full: on to the next, larger table. A crowded neighbourhood alone is no reason: the
  // smaller tables are searched as well.
  while (place > level_entries(level) / 2 || !publish_anywhere(place, hash, level)) {
    if (level_offset(level + 2) > index_entries(room_.nodes)) {
      count_loss(loss::nodes_full);
      return {};
    }
    __atomic_compare_exchange_n(&index_level_, &level, level + 1, false, __ATOMIC_RELAXED,
                                __ATOMIC_RELAXED);
    level = __atomic_load_n(&index_level_, __ATOMIC_RELAXED);
  }
  return node_id{place};
}

node_id slot_writer::intern_node(node_id parent, std::uintptr_t address, std::uint16_t module) {
  const std::uint64_t address_module = (address & ((std::uint64_t{1} << address_bits) - 1)) |
                                       (std::uint64_t{module} << address_bits);
  const unsigned hash = hash_node(parent.value, address_module);
  const node_id known = find_node(parent, address_module, hash);
  return known ? known : add_node(parent, address_module, hash);
}

site_id slot_writer::intern_site(node_id stack, allocation_function function) {
  if (!stack) {
    return {};
  }
  for (std::uint32_t id = __atomic_load_n(&nodes_[stack.value].site, __ATOMIC_ACQUIRE); id != 0;
       id = sites_[id].next_site) {
    if (sites_[id].function == static_cast<std::uint32_t>(function)) {
      return site_id{id};
    }
  }
  return add_site(stack, function);
}

site_id slot_writer::add_site(node_id stack, allocation_function function) {
  const auto place = static_cast<std::uint32_t>(take_place(header_->sites_used, room_.sites));
  if (place == 0) {
    count_loss(loss::sites_full);
    return {};
  }
  site_record& site = sites_[place];
  site.node = stack.value;
  site.function = static_cast<std::uint32_t>(function);
  std::uint32_t& head = nodes_[stack.value].site;
  std::uint32_t first = __atomic_load_n(&head, __ATOMIC_RELAXED);
  do {
    site.next_site = first;
    site.complete = 1;
  } while (!__atomic_compare_exchange_n(&head, &first, place, false, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED));
  return site_id{place};
}

}  // namespace track::ledger
