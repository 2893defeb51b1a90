#include "libtrack/runtime/stack_interner.hpp"

namespace track::runtime {
namespace {

constexpr std::size_t cache_entries = 32 * 1024;

// key = hash ^ value, so that an entry torn by two writers answers to neither.
struct cache_entry {
  std::uint64_t key;
  std::uint64_t value;  // node, site << 32
};
alignas(64) cache_entry stack_cache_entries[cache_entries];

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

interned_stack intern_stack(ledger::slot_writer& ledger, unwind::stack_cache& cache,
                            const unwind::registers& caller, std::uint32_t depth_frames,
                            allocation_function function) {
  const unwind::capture taken = unwind::capture_stack(caller, cache, depth_frames);
  if (taken.count == 0) {
    ledger.count_loss(ledger::loss::truncated_unknown);
    return {};
  }
  if (taken.first_new == 0) {
    count_end(ledger, cache.end);
  }
  const node_id base = taken.first_new == 0 ? node_id{} : node_of(ledger, cache, taken.first_new - 1);
  if (taken.first_new != 0 && !base) {
    cache.count = 0;
    return {};
  }
  std::uint64_t hash = mix(ledger.header().process + 1, static_cast<std::uint64_t>(function));
  hash = mix(hash, base.value);
  for (std::uint32_t i = taken.first_new; i < taken.count; ++i) {
    unwind::frame& frame = cache.frames[i];
    frame.node = 0;
    hash = mix(hash, frame.return_address | std::uint64_t{frame.module} << ledger::address_bits);
  }
  cache_entry& entry = stack_cache_entries[(hash >> 7) % cache_entries];
  unwind::frame& innermost = cache.frames[taken.count - 1];
  const std::uint64_t value = __atomic_load_n(&entry.value, __ATOMIC_RELAXED);
  if (__builtin_expect((__atomic_load_n(&entry.key, __ATOMIC_RELAXED) ^ value) == hash && value != 0, 1)) {
    const node_id node{static_cast<std::uint32_t>(value)};
    innermost.node = node.value;
    return {node, site_id{static_cast<std::uint32_t>(value >> 32)}};
  }
  const node_id node = node_of(ledger, cache, taken.count - 1);
  if (!node) {
    cache.count = 0;
    return {};
  }
  if (function == allocation_function::unknown) {
    return {node, {}};
  }
  const site_id site = ledger.intern_site(node, function);
  if (site) {
    const std::uint64_t fresh = node.value | std::uint64_t{site.value} << 32;
    __atomic_store_n(&entry.value, fresh, __ATOMIC_RELAXED);
    __atomic_store_n(&entry.key, hash ^ fresh, __ATOMIC_RELAXED);
  }
  return {node, site};
}

}  // namespace track::runtime
