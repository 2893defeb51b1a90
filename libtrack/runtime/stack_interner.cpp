#include "libtrack/runtime/stack_interner.hpp"

namespace track::runtime {
namespace {

// Shared by all threads, without locks: key = hash ^ value, so that an entry torn by two writers
// answers to neither. Four entries a cache line; only a small part is used while there are few
// sites, so that it stays in the processor's cache.
class stack_memory {
 public:
  // The value for `hash`, 0: not known.
  std::uint64_t find(std::uint64_t hash, std::uint64_t sites) const {
    const entry* line = line_for(hash, sites);
    for (unsigned way = 0; way < ways; ++way) {
      const std::uint64_t value = __atomic_load_n(&line[way].value, __ATOMIC_RELAXED);
      if ((__atomic_load_n(&line[way].key, __ATOMIC_RELAXED) ^ value) == hash) {
        return value;
      }
    }
    return 0;
  }

  void insert(std::uint64_t hash, std::uint64_t value, std::uint64_t sites) {
    entry* line = const_cast<entry*>(line_for(hash, sites));
    for (unsigned way = ways - 1; way > 0; --way) {
      store(line[way], __atomic_load_n(&line[way - 1].key, __ATOMIC_RELAXED),
            __atomic_load_n(&line[way - 1].value, __ATOMIC_RELAXED));
    }
    store(line[0], hash ^ value, value);
  }

 private:
  struct entry {
    std::uint64_t key;
    std::uint64_t value;
  };
  static constexpr std::size_t ways = 4;
  static constexpr std::size_t few_lines = 4 * 1024;
  static constexpr std::size_t many_lines = 32 * 1024;
  static constexpr std::uint64_t few_sites = 3 * 1024;

  const entry* line_for(std::uint64_t hash, std::uint64_t sites) const {
    const std::size_t lines = sites < few_sites ? few_lines : many_lines;
    return &entries_[((hash >> 8) & (lines - 1)) * ways];
  }
  static void store(entry& at, std::uint64_t key, std::uint64_t value) {
    __atomic_store_n(&at.key, key, __ATOMIC_RELAXED);
    __atomic_store_n(&at.value, value, __ATOMIC_RELAXED);
  }

  alignas(64) entry entries_[many_lines * ways];
};
stack_memory known_stacks;

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 32);
}

void count_end(ledger::slot_writer& ledger, unwind::stack_end end) {
  switch (end) {
    case unwind::stack_end::depth:
      ledger.count_loss(ledger::loss::truncated_depth);
      break;
    case unwind::stack_end::no_rule:
      ledger.count_loss(ledger::loss::truncated_unknown);
      break;
    case unwind::stack_end::unreadable:
      ledger.count_loss(ledger::loss::truncated_memory);
      break;
    case unwind::stack_end::outermost:
      break;
  }
}

// The node of frames[index], looking up those further out that are still open.
node_id node_of(ledger::slot_writer& ledger, unwind::stack_cache& cache, std::uint32_t index) {
  std::uint32_t known = index + 1;
  while (known > 0 && cache.frames[known - 1].node == 0) {
    --known;
  }
  node_id node = known == 0 ? node_id{} : node_id{cache.frames[known - 1].node};
  for (std::uint32_t i = known; i <= index; ++i) {
    unwind::frame& frame = cache.frames[i];
    node = ledger.intern_node(node, frame.return_address, frame.module);
    frame.node = node.value;
    if (!node) {
      return node;
    }
  }
  return node;
}

}  // namespace

interned_stack intern_stack(ledger::slot_writer& ledger, hashed_stack& stack,
                            const unwind::registers& caller, allocation_function function) {
  unwind::stack_cache& cache = stack.frames;
  const unwind::capture taken = unwind::capture_stack(caller, cache, unwind::max_frames / 4);
  if (taken.count == 0) {
    ledger.count_loss(ledger::loss::truncated_unknown);
    return {};
  }
  if (taken.first_new == 0) {
    count_end(ledger, cache.end);
  }
  // The process's number keeps a fork's child from finding its parent's sites.
  std::uint64_t hash =
      taken.first_new == 0 ? ledger.header().process + 1 : stack.hashes[taken.first_new - 1];
  for (std::uint32_t i = taken.first_new; i < taken.count; ++i) {
    unwind::frame& frame = cache.frames[i];
    frame.node = 0;
    hash = mix(hash, frame.return_address | std::uint64_t{frame.module} << ledger::address_bits);
    stack.hashes[i] = hash;
  }
  hash = mix(hash, static_cast<std::uint64_t>(function));
  if (const std::uint64_t known = known_stacks.find(hash, ledger.sites_used());
      __builtin_expect(known != 0, 1)) {
    const node_id node{static_cast<std::uint32_t>(known)};
    cache.frames[taken.count - 1].node = node.value;
    return {node, site_id{static_cast<std::uint32_t>(known >> 32)}};
  }
  const node_id node = node_of(ledger, cache, taken.count - 1);
  if (!node) {
    stack.forget();
    return {};
  }
  if (function == allocation_function::unknown) {
    return {node, {}};
  }
  const site_id site = ledger.intern_site(node, function);
  if (site) {
    known_stacks.insert(hash, node.value | std::uint64_t{site.value} << 32, ledger.sites_used());
  }
  return {node, site};
}

}  // namespace track::runtime
