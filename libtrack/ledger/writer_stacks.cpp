#include "libtrack/base/relaxed.hpp"
#include "libtrack/ledger/writer_parts.hpp"

namespace track::ledger {
namespace {

constexpr std::uint32_t whole_word = ~std::uint32_t{0};

// A site's word is looked for before its number is known.
std::uint64_t hash_child(std::uint32_t parent, std::uint32_t word) {
  const std::uint32_t key = (word & site_word) != 0 ? word & ~site_word_id_mask : word;
  return mix_bits(std::uint64_t{parent} << 32 | key);
}

}  // namespace

std::uint32_t slot_writer::intern_frame(std::uint64_t address_module) {
  const std::uint64_t hash = mix_bits(address_module);
  const std::uint32_t known = frame_index_.find(
      hash, [&](std::uint32_t id) { return frames_[id].address_module == address_module; });
  if (known != 0) {
    return known;
  }
  const auto place = static_cast<std::uint32_t>(take_place(header_->frames_used, room_.frames));
  if (place == 0) {
    return 0;
  }
  frames_[place].address_module = address_module;
  const bool indexed = frame_index_.insert(
      hash, place, [this](std::uint32_t id) { return mix_bits(frames_[id].address_module); });
  return indexed ? place : 0;
}

std::uint32_t slot_writer::find_child(std::uint32_t parent, std::uint32_t key,
                                      std::uint32_t mask) const {
  if (parent + 1 < room_.nodes &&
      (__atomic_load_n(&words_[parent + 1], __ATOMIC_ACQUIRE) & mask) == key) {
    return parent + 1;
  }
  return word_index_.find(hash_child(parent, key), [&](std::uint32_t word) {
    return (load_relaxed(words_[word]) & mask) == key &&
           load_relaxed(words_[word - 1]) == (branch_word | parent);
  });
}

std::uint32_t slot_writer::add_child(std::uint32_t parent, std::uint32_t word) {
  std::uint64_t end = std::uint64_t{parent} + 1;
  if (end < room_.nodes && load_relaxed(header_->nodes_used) == end &&
      __atomic_compare_exchange_n(&header_->nodes_used, &end, end + 1, false, __ATOMIC_RELAXED,
                                  __ATOMIC_RELAXED)) {
    __atomic_store_n(&words_[end], word, __ATOMIC_RELEASE);
    return static_cast<std::uint32_t>(end);
  }
  const auto place = static_cast<std::uint32_t>(take_places(header_->nodes_used, room_.nodes, 2));
  if (place == 0) {
    count_loss(loss::nodes_full);
    return 0;
  }
  store_relaxed(words_[place], branch_word | parent);
  __atomic_store_n(&words_[place + 1], word, __ATOMIC_RELEASE);
  const bool indexed =
      word_index_.insert(hash_child(parent, word), place + 1, [this](std::uint32_t id) {
        return hash_child(load_relaxed(words_[id - 1]) & ~branch_word, load_relaxed(words_[id]));
      });
  if (!indexed) {
    count_loss(loss::nodes_full);
  }
  return indexed ? place + 1 : 0;
}

node_id slot_writer::intern_node(node_id parent, std::uintptr_t address, std::uint16_t module) {
  const std::uint32_t frame = intern_frame((address & ((std::uint64_t{1} << address_bits) - 1)) |
                                           (std::uint64_t{module} << address_bits));
  if (frame == 0) {
    count_loss(loss::nodes_full);
    return {};
  }
  const std::uint32_t known = find_child(parent.value, frame, whole_word);
  return node_id{known != 0 ? known : add_child(parent.value, frame)};
}

std::size_t slot_writer::frames_of(std::uint32_t node, void** addresses, std::size_t most) const {
  constexpr std::uint64_t low_address = (std::uint64_t{1} << address_bits) - 1;
  const std::uint64_t used = load_relaxed(header_->nodes_used);
  std::size_t count = 0;
  for (std::uint64_t at = node; at != 0 && at < used && at < room_.nodes && count < most;) {
    const std::uint32_t frame = __atomic_load_n(&words_[at], __ATOMIC_ACQUIRE);
    if (frame == 0 || frame >= site_word || frame >= room_.frames) {
      break;
    }
    addresses[count++] = reinterpret_cast<void*>(frames_[frame].address_module & low_address);
    const std::uint32_t before = load_relaxed(words_[at - 1]);
    const std::uint64_t caller = (before & branch_word) != 0 ? before & ~branch_word : at - 1;
    at = caller < at ? caller : 0;
  }
  return count;
}

site_id slot_writer::intern_site(node_id stack, allocation_function function) {
  if (!stack) {
    return {};
  }
  const std::uint32_t key = site_word | static_cast<std::uint32_t>(function) << site_word_id_bits;
  const std::uint32_t known = find_child(stack.value, key, ~site_word_id_mask);
  if (known != 0) {
    return site_id{load_relaxed(words_[known]) & site_word_id_mask};
  }
  const auto site = static_cast<std::uint32_t>(take_place(header_->sites_used, room_.sites));
  if (site == 0) {
    count_loss(loss::sites_full);
    return {};
  }
  return add_child(stack.value, key | site) != 0 ? site_id{site} : site_id{};
}

node_id slot_writer::stack_of(site_id site) const {
  const std::uint64_t used = load_relaxed(header_->nodes_used);
  for (std::uint64_t place = 1; site && place < used && place < room_.nodes; ++place) {
    const std::uint32_t word = load_relaxed(words_[place]);
    if ((word & (branch_word | site_word)) == site_word &&
        (word & site_word_id_mask) == site.value) {
      const std::uint32_t before = load_relaxed(words_[place - 1]);
      return node_id{(before & branch_word) != 0 ? before & ~branch_word
                                                 : static_cast<std::uint32_t>(place - 1)};
    }
  }
  return {};
}

}  // namespace track::ledger
