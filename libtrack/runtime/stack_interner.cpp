#include "libtrack/runtime/stack_interner.hpp"

#include "libtrack/runtime/arena.hpp"
#include "libtrack/runtime/live_table.hpp"
#include "libtrack/runtime/main_frame.hpp"

namespace track::runtime {
namespace {

// hash of a stack and function → site. Shared by all threads, without locks: an entry is one word,
// forty bits of the hash over the site. Eight entries a cache line, and only as many lines as the
// sites there are need, so that it stays in the processor's cache.
class stack_memory {
 public:
  // 0: not known. No branch depends on the place that answers.
  std::uint32_t find(std::uint64_t hash, std::uint64_t sites) const {
    const std::uint64_t* line = line_for(hash, sites);
    std::uint64_t found = 0;
    for (unsigned way = 0; way < ways; ++way) {
      const std::uint64_t entry = __atomic_load_n(&line[way], __ATOMIC_RELAXED);
      found = (entry ^ hash) >> site_bits == 0 ? entry : found;
    }
    return static_cast<std::uint32_t>(found) & max_site;
  }

  void insert(std::uint64_t hash, std::uint32_t site, std::uint64_t sites) {
    auto* line = const_cast<std::uint64_t*>(line_for(hash, sites));
    for (unsigned way = ways - 1; way > 0; --way) {
      __atomic_store_n(&line[way], __atomic_load_n(&line[way - 1], __ATOMIC_RELAXED),
                       __ATOMIC_RELAXED);
    }
    __atomic_store_n(&line[0], (hash & ~std::uint64_t{max_site}) | site, __ATOMIC_RELAXED);
  }

 private:
  static constexpr unsigned site_bits = 24;
  static_assert(max_site == (1u << site_bits) - 1);
  static constexpr std::size_t ways = 8;
  static constexpr unsigned fewest_lines_log2 = 8;
  static constexpr unsigned most_lines_log2 = 15;

  // At most half of the entries are in use.
  const std::uint64_t* line_for(std::uint64_t hash, std::uint64_t sites) const {
    constexpr std::uint64_t least = std::uint64_t{2} << fewest_lines_log2;
    const unsigned wanted = 62u - static_cast<unsigned>(__builtin_clzll(sites | least));
    const unsigned lines_log2 = wanted < most_lines_log2 ? wanted : most_lines_log2;
    return &entries_[((hash >> 8) & ((std::size_t{1} << lines_log2) - 1)) * ways];
  }

  alignas(64) std::uint64_t entries_[(std::size_t{1} << most_lines_log2) * ways];
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
    if (node && frame.return_address == main_return_address()) {
      frame.node = node.value;
      continue;
    }
    node = ledger.intern_node(node, frame.return_address, frame.module);
    frame.node = node.value;
    if (!node) {
      return node;
    }
  }
  return node;
}

// Captures the stack and hashes its new frames. False when there is none (counted).
bool capture_hashed(ledger::slot_writer& ledger, hashed_stack& stack,
                    const unwind::registers& caller) {
  unwind::stack_cache& cache = stack.frames;
  const unwind::capture taken = unwind::capture_stack(caller, cache, unwind::max_frames / 4);
  if (taken.count == 0) {
    ledger.count_loss(ledger::loss::truncated_unknown);
    return false;
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
  return true;
}

node_id node_of_captured(ledger::slot_writer& ledger, hashed_stack& stack) {
  const node_id node = node_of(ledger, stack.frames, stack.frames.count - 1);
  if (!node) {
    stack.forget();
  }
  return node;
}

// Out of the way of the stacks that are known.
[[gnu::noinline]] site_id add_site(ledger::slot_writer& ledger, hashed_stack& stack,
                                   allocation_function function, std::uint64_t hash) {
  const site_id site = ledger.intern_site(node_of_captured(ledger, stack), function);
  if (site) {
    known_stacks.insert(hash, site.value, ledger.sites_used());
  }
  return site;
}

// Only in threads that allocate much, for its memory's sake.
void remember(hashed_stack& stack, const unwind::registers& caller, std::uint16_t tag,
              site_id site) {
  constexpr std::uint32_t captures_before = 512;
  if (stack.memo == nullptr && ++stack.captures == captures_before) {
    stack.memo = static_cast<unwind::stack_memo*>(map_pages(sizeof(unwind::stack_memo)));
  }
  if (stack.memo != nullptr && site) {
    stack.memo->note(caller, tag, stack.frames, site.value);
  }
}

}  // namespace

site_id intern_site(ledger::slot_writer& ledger, hashed_stack& stack,
                    const unwind::registers& caller, allocation_function function) {
  const auto tag = static_cast<std::uint16_t>(function);
  if (stack.memo != nullptr) {
    if (const std::uint32_t known = stack.memo->find(caller, tag, stack.frames); known != 0) {
      return site_id{known};
    }
  }
  if (__builtin_expect(!capture_hashed(ledger, stack, caller), 0)) {
    return {};
  }
  const std::uint64_t hash =
      mix(stack.hashes[stack.frames.count - 1], static_cast<std::uint64_t>(function));
  const std::uint32_t known = known_stacks.find(hash, ledger.sites_used());
  const site_id site =
      __builtin_expect(known != 0, 1) ? site_id{known} : add_site(ledger, stack, function, hash);
  remember(stack, caller, tag, site);
  return site;
}

node_id intern_outer_stack(ledger::slot_writer& ledger, hashed_stack& stack,
                           const unwind::registers& caller, unsigned skipped) {
  // Known under a number that no allocation function has, so that nodes and sites do not mix.
  constexpr std::uint32_t first_tag = 0x100;
  static_assert(static_cast<std::uint32_t>(allocation_function::count) < first_tag);
  constexpr unsigned most_skipped = 0xff;
  if (skipped > most_skipped) {
    return {};
  }
  const auto tag = static_cast<std::uint16_t>(first_tag + skipped);
  if (stack.memo != nullptr) {
    if (const std::uint32_t known = stack.memo->find(caller, tag, stack.frames); known != 0) {
      return node_id{known};
    }
  }
  if (!capture_hashed(ledger, stack, caller) || stack.frames.count <= skipped) {
    return {};
  }
  const std::uint32_t innermost = stack.frames.count - 1 - skipped;
  const std::uint64_t hash = mix(stack.hashes[innermost], first_tag);
  std::uint32_t node = known_stacks.find(hash, ledger.sites_used());
  if (node == 0) {
    node = node_of(ledger, stack.frames, innermost).value;
    if (node == 0) {
      stack.forget();
      return {};
    }
    if (node <= max_site) {
      known_stacks.insert(hash, node, ledger.sites_used());
    }
  }
  remember(stack, caller, tag, site_id{node});
  return node_id{node};
}

node_id intern_stack(ledger::slot_writer& ledger, hashed_stack& stack,
                     const unwind::registers& caller) {
  return capture_hashed(ledger, stack, caller) ? node_of_captured(ledger, stack) : node_id{};
}

}  // namespace track::runtime
