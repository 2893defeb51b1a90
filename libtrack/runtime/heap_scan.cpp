#include "libtrack/runtime/heap_scan.hpp"

#include <fcntl.h>

#include "libtrack/base/syscall.hpp"
#include "libtrack/runtime/arena.hpp"
#include "libtrack/runtime/large_sizes.hpp"

namespace track::runtime {
namespace {

namespace graph = ledger::graph;

constexpr std::uint64_t word_bytes = sizeof(std::uintptr_t);
constexpr std::uintptr_t large_range = std::uintptr_t{1} << 20;

template <typename T>
T load(std::uintptr_t address) {
  T value;
  __builtin_memcpy(&value, reinterpret_cast<const void*>(address), sizeof value);
  return value;
}

std::uint64_t bytes_needed(graph::control_shape shape) {
  return shape == graph::control_shape::libcxx ? 24 : 16;
}

}  // namespace

bool heap_scan::initialize() {
  candidates_ = static_cast<candidate*>(map_pages(most_candidates * sizeof(candidate)));
  sources_ = static_cast<source*>(map_pages(most_sources * sizeof(source)));
  return candidates_ != nullptr && sources_ != nullptr && types_.initialize(map_);
}

// --- gathering --------------------------------------------------------------------------------

void heap_scan::add_source(const source& added) {
  if (source_count_ == most_sources) {
    flush();
  }
  sources_[source_count_] = added;
  sources_[source_count_++].first = candidate_count_;
}

void heap_scan::add_words(const std::uintptr_t* words, std::size_t count,
                          std::uint64_t first_word) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uintptr_t value = words[i];
    if (__builtin_expect(!index_.may_hold(value), 1)) {
      continue;
    }
    if (candidate_count_ == most_candidates) {
      flush();
    }
    index_.prefetch(value);
    candidates_[candidate_count_++] = {value, first_word + i, no_block, 0, false};
  }
}

void heap_scan::add_present_pages(std::uintptr_t begin, std::uintptr_t end) {
  constexpr std::uintptr_t page = 4096;
  constexpr std::size_t batch = 512;
  static std::uint64_t entries[batch];
  const long file = raw::call(SYS_open, "/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  for (std::uintptr_t at = begin; at < end;) {
    const std::uintptr_t left = (end - at + page - 1) / page;
    const std::size_t pages = left < batch ? left : batch;
    const long got =
        file < 0 ? -1
                 : raw::call(SYS_pread64, file, static_cast<void*>(entries),
                             static_cast<long>(pages * 8), static_cast<long>(at / page * 8));
    for (std::size_t i = 0; i < pages && at < end; ++i) {
      const std::uintptr_t next = at + page < end ? at + page : end;
      const bool known = got >= static_cast<long>((i + 1) * 8);
      if (!known || entries[i] >> 62 != 0) {  // present, or swapped out
        add_words(reinterpret_cast<const std::uintptr_t*>(at), (next - at) / word_bytes,
                  (at - begin) / word_bytes);
      }
      at = next;
    }
  }
  if (file >= 0) {
    raw::call(SYS_close, file);
  }
}

void heap_scan::begin_root(graph::root_kind kind, std::uintptr_t begin, std::uintptr_t end,
                           std::uint32_t tid, std::uintptr_t thread_pointer) {
  out_.tag(graph::record::root);
  out_.byte(static_cast<std::uint8_t>(kind));
  out_.number(begin);
  out_.number(end - begin);
  out_.number(tid);
  if (kind == graph::root_kind::tls) {
    out_.number(thread_pointer > begin && begin != 0 ? thread_pointer - begin : 0);
  }
  add_source({no_block, 0, false, {}, 0, begin, {}});
}

void heap_scan::scan_root(graph::root_kind kind, std::uintptr_t begin, std::uintptr_t end,
                          std::uint32_t tid, std::uintptr_t thread_pointer) {
  begin_root(kind, begin, end, tid, thread_pointer);
  if (end - begin < large_range || begin % 4096 != 0) {
    add_words(reinterpret_cast<const std::uintptr_t*>(begin), (end - begin) / word_bytes);
  } else {
    add_present_pages(begin, end);
  }
  flush();
  source_count_ = 0;
  ++roots_;
}

void heap_scan::scan_registers(const std::uintptr_t* words, std::size_t count, std::uint32_t tid) {
  begin_root(graph::root_kind::registers, 0, 0, tid, 0);
  add_words(words, count);
  flush();
  source_count_ = 0;
  ++roots_;
}

void heap_scan::force_reachable(const std::uintptr_t* words, std::size_t count, std::uint32_t tid) {
  begin_root(graph::root_kind::tls, 0, 0, tid, 0);
  forced_ = true;
  add_words(words, count);
  flush();
  forced_ = false;
  source_count_ = 0;
  ++roots_;
}

void heap_scan::add_block(std::uintptr_t address, const block_record& record) {
  std::uint64_t size = size_of(record);
  totals_.bytes += size;
  const std::size_t readable = map_.readable_from(address, size);
  totals_.unreadable_bytes += size - readable;
  const auto* words = reinterpret_cast<const std::uintptr_t*>(address);
  source added = {next_block_++, 0, false, {}, 0, address, record};
  if (readable >= word_bytes) {
    const found_type type = types_.find(words[0], out_);
    added.type = type.number;
    added.shape = readable >= bytes_needed(type.shape) ? type.shape : graph::control_shape::none;
  }
  add_source(added);
  add_words(words, readable / word_bytes);
}

void heap_scan::scan_blocks(const live_table& table, std::uint32_t now_ms) {
  now_ms_ = now_ms;
  table.visit_pages([this](const live_table::page_view& view) {
    std::uint8_t places[256];
    std::uint64_t starts[4] = {};
    for (unsigned i = 0; i < view.count; ++i) {
      places[view.granules[i]] = static_cast<std::uint8_t>(i);
      starts[view.granules[i] >> 6] |= std::uint64_t{1} << (view.granules[i] & 63);
    }
    for (unsigned word = 0; word < 4; ++word) {
      for (std::uint64_t left = starts[word]; left != 0; left &= left - 1) {
        const unsigned granule = word * 64 + static_cast<unsigned>(__builtin_ctzll(left));
        add_block(view.address + std::uintptr_t{granule} * 8, view.records[places[granule]]);
      }
    }
  });
  flush();
  source_count_ = 0;
}

// --- telling ----------------------------------------------------------------------------------

void heap_scan::look_up() {
  for (std::uint32_t i = 0; i < candidate_count_; ++i) {
    candidate& each = candidates_[i];
    each.target = index_.candidate(each.value);
    // What starts there needs no look at the block.
    each.inside = !index_.starts_at(each.value);
    if (each.inside && each.target != no_block) {
      index_.prefetch_block(each.target);
    }
  }
  for (std::uint32_t i = 0; i < candidate_count_; ++i) {
    candidate& each = candidates_[i];
    if (!each.inside || each.target == no_block) {
      continue;
    }
    if (!index_.holds(each.target, each.value)) {
      each.target = no_block;
    } else if (is_interior(each)) {
      __builtin_prefetch(reinterpret_cast<const void*>(index_.start(each.target)));
      __builtin_prefetch(reinterpret_cast<const void*>(each.value));
    }
  }
  for (std::uint32_t i = 0; i < candidate_count_; ++i) {
    candidate& each = candidates_[i];
    if (each.target != no_block && is_interior(each)) {
      each.flags = heuristics(each);
      each.target = allocator_data_ && is_next_header(each) ? no_block : each.target;
    }
  }
}

// Tells all that was gathered. The last source goes on: its further words belong to it.
void heap_scan::flush() {
  look_up();
  for (std::uint32_t i = 0; i < source_count_; ++i) {
    source& from = sources_[i];
    if (!from.told) {
      from.told = true;
      next_word_ = 0;
      last_target_ = from.block == no_block ? 0 : from.block;
      if (from.block != no_block) {
        tell_block(from);
      }
    }
    tell_edges(from, i + 1 < source_count_ ? sources_[i + 1].first : candidate_count_);
  }
  if (source_count_ != 0) {
    sources_[0] = sources_[source_count_ - 1];
    sources_[0].first = 0;
    source_count_ = 1;
  }
  candidate_count_ = 0;
}

void heap_scan::tell_block(const source& from) {
  const block_record& record = from.record;
  out_.append_byte(static_cast<std::uint8_t>(graph::record::block));
  out_.append((from.address - last_address_) >> 3);
  out_.append(size_of(record));
  out_.append(record.site());
  out_.append_byte(
      static_cast<std::uint8_t>(static_cast<unsigned>(record.function()) << 4 | record.flags()));
  out_.append(now_ms_ - record.birth_ms());
  out_.append(record.thread());
  out_.append(from.type);
  out_.settle();
  last_address_ = from.address;
  if (from.shape != graph::control_shape::none) {
    tell_counts(from.block, 0, from.shape);
  }
}

void heap_scan::tell_counts(block_number block, std::uint64_t offset, graph::control_shape shape) {
  const std::uintptr_t at = index_.start(block) + offset;
  const bool wide = shape == graph::control_shape::libcxx;
  out_.tag(graph::record::counts);
  out_.number(block);
  out_.number(offset);
  out_.number(wide ? load<std::uint64_t>(at + 8) : load<std::uint32_t>(at + 8));
  out_.number(wide ? load<std::uint64_t>(at + 16) : load<std::uint32_t>(at + 12));
  out_.byte(static_cast<std::uint8_t>(shape));
}

void heap_scan::tell_edges(const source& from, std::uint32_t end) {
  std::uint32_t next = from.first;
  while (next < end) {
    std::uint32_t count = 0;
    std::uint32_t stop = next;
    for (; stop < end && count < graph::max_edges; ++stop) {
      count += candidates_[stop].target != no_block ? 1 : 0;
    }
    if (count != 0) {
      if (from.block == no_block) {
        out_.tag(graph::record::root_edges);
        out_.number(roots_);
        totals_.root_edges += count;
      } else {
        out_.tag(graph::record::edges);
        totals_.edges += count;
      }
      out_.number(count);
      for (std::uint32_t i = next; i < stop; ++i) {
        if (candidates_[i].target != no_block) {
          tell_edge(candidates_[i]);
        }
      }
      for (std::uint32_t i = next; i < stop; ++i) {
        const bool pair = i > from.first && candidates_[i].target != no_block &&
                          candidates_[i - 1].target == candidates_[i].target &&
                          candidates_[i - 1].word + 1 == candidates_[i].word;
        if (pair) {
          look_for_counts(candidates_[i]);
        }
      }
    }
    next = stop;
  }
}

void heap_scan::tell_edge(const candidate& to) {
  const bool interior = is_interior(to);
  out_.append(to.word - next_word_);
  const auto difference =
      static_cast<std::int64_t>(to.target) - static_cast<std::int64_t>(last_target_);
  out_.append(graph_stream::zigzag(difference) << 1 | (interior ? 1 : 0));
  if (interior) {
    out_.append(to.value - index_.start(to.target));
    out_.append_byte(to.flags);
  }
  out_.settle();
  next_word_ = to.word + 1;
  last_target_ = to.target;
}

// A pair of pointers into one block: what make_shared of an array makes has its control block at
// the end.
void heap_scan::look_for_counts(const candidate& to) {
  const std::uint64_t offset = to.value - index_.start(to.target);
  const std::uint64_t left = index_.extent(to.target) - offset;
  if (offset == 0 || to.value % word_bytes != 0 || left < word_bytes) {
    return;
  }
  const found_type type = types_.find(load<std::uintptr_t>(to.value), out_);
  if (type.shape != graph::control_shape::none && left >= bytes_needed(type.shape)) {
    tell_counts(to.target, offset, type.shape);
  }
}

// glibc's lists name free memory by a header that overlaps the last word of the block before it.
bool heap_scan::is_next_header(const candidate& to) const {
  const std::uintptr_t start = index_.start(to.target);
  const mapping* at = map_.find(start - word_bytes);
  if (at == nullptr || !at->readable) {
    return false;
  }
  const std::uintptr_t chunk_bytes = load<std::uintptr_t>(start - word_bytes) & ~std::uintptr_t{7};
  return to.value == start - 2 * word_bytes + chunk_bytes;
}

// source: Valgrind's manual, --leak-check-heuristics.
std::uint8_t heap_scan::heuristics(const candidate& to) {
  const std::uintptr_t start = index_.start(to.target);
  const std::uint64_t size = index_.extent(to.target);
  const std::uint64_t offset = to.value - start;
  std::uint8_t flags = 0;
  const mapping* at = map_.find(start);
  if (size < 2 * word_bytes || at == nullptr || !at->readable || at->end < to.value + word_bytes) {
    return flags;
  }
  const auto first = load<std::uint64_t>(start);
  if (offset == 3 * word_bytes && size >= 4 * word_bytes) {
    const auto capacity = load<std::uint64_t>(start + word_bytes);
    flags |= first <= capacity && size - offset >= 1 && capacity == size - offset - 1
                 ? graph::std_string
                 : 0;
  }
  if (offset == word_bytes) {
    flags |= first == size - word_bytes ? graph::length64 : 0;
    flags |= first > 0 && (size - word_bytes) % first == 0 ? graph::new_array : 0;
  }
  if (to.value % word_bytes == 0 && size - offset >= word_bytes &&
      types_.find(first, out_).number != 0 &&
      types_.find(load<std::uintptr_t>(to.value), out_).number != 0) {
    flags |= graph::multiple_inheritance;
  }
  return flags;
}

}  // namespace track::runtime
