#include "libtrack/runtime/root_scan.hpp"

#include <string.h>

#include "libtrack/runtime/arena.hpp"
#include "libtrack/runtime/root_regions.hpp"
#include "libtrack/runtime/thread_state.hpp"

extern "C" __attribute__((visibility("hidden"))) char __bss_start[];
extern "C" __attribute__((visibility("hidden"))) char _end[];

namespace track::runtime {
namespace {

namespace graph = ledger::graph;

constexpr std::uintptr_t page_bytes = 4096;
constexpr std::uintptr_t red_zone = 128;
constexpr std::uintptr_t window = std::uintptr_t{64} << 20;
// An allocator takes blocks of this size and more from the kernel one by one.
constexpr std::uint64_t single_block = 64 * 1024;

std::uintptr_t page_down(std::uintptr_t address) {
  return address & ~(page_bytes - 1);
}
std::uintptr_t page_up(std::uintptr_t address) {
  return page_down(address + page_bytes - 1);
}
std::uintptr_t as_address(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}
std::uintptr_t word_at(std::uintptr_t address) {
  return *reinterpret_cast<const std::uintptr_t*>(address);
}

class root_finder {
 public:
  root_finder(heap_scan& scan, graph_stream& out, const memory_map& map,
              const still_threads& threads, const block_index& index, const tls_layout& tls)
      : scan_(scan), out_(out), map_(map), threads_(threads), index_(index), tls_(tls) {}

  bool run() {
    if (!sort_own_ranges()) {
      return false;
    }
    tell_modules();
    for (std::size_t i = 0; i < threads_.count(); ++i) {
      scan_thread(threads_[i]);
    }
    keep_vectors_of_finished_threads();
    for (std::size_t i = 0; i < map_.count(); ++i) {
      if (map_[i].readable && map_[i].writable && !map_[i].shared) {
        scan_mapping(map_[i]);
      }
    }
    registered_regions.visit(
        [this](std::uintptr_t start, std::uintptr_t end) { scan_region(start, end); });
    return true;
  }

 private:
  bool sort_own_ranges() {
    const own_ranges all = ranges_of_arena();
    own_ = static_cast<own_range*>(map_pages((all.count + 1) * sizeof(own_range)));
    if (own_ == nullptr) {
      return false;
    }
    insert_own({page_down(as_address(__bss_start)), page_up(as_address(_end))});
    for (std::size_t i = 0; i < all.count; ++i) {
      insert_own(all.ranges[i]);
    }
    return true;
  }

  void insert_own(own_range added) {
    std::size_t place = own_count_++;
    for (; place > 0 && own_[place - 1].start > added.start; --place) {
      own_[place] = own_[place - 1];
    }
    own_[place] = added;
  }

  void tell_modules() {
    for (std::size_t i = 0; i < map_.count();) {
      const mapping& first = map_[i];
      std::size_t last = i;
      bool ours = first.inode == 0;
      for (; last + 1 < map_.count() && map_[last + 1].inode == first.inode &&
             strcmp(map_.path_of(map_[last + 1]), map_.path_of(first)) == 0;
           ++last) {
      }
      ours = ours || first.shared;
      if (!ours) {
        const char* path = map_.path_of(first);
        out_.tag(graph::record::module);
        out_.number(first.start);
        out_.number(map_[last].end - first.start);
        out_.number(strlen(path));
        out_.bytes(path, strlen(path));
      }
      i = last + 1;
    }
  }

  void scan_thread(const still_thread& thread) {
    if (thread.state == rest::ended) {
      return;
    }
    if (thread.state == rest::parked) {
      scan_.scan_registers(thread.registers, register_count, thread.tid);
    }
    // A stack that the program took from the heap.
    const std::uintptr_t top = thread.stack_pointer;
    if (top != 0 && index_.may_hold(top)) {
      const block_number block = index_.candidate(top);
      if (block != no_block && index_.holds(block, top)) {
        scan_.scan_root(graph::root_kind::stack, (top - red_zone) & ~std::uintptr_t{7},
                        (index_.start(block) + index_.extent(block)) & ~std::uintptr_t{7},
                        thread.tid);
      }
    }
    scan_dtv(thread);
  }

  // The vector of dynamic thread-local blocks, and they: ld.so allocated them through our hooks,
  // and keeps pointers into them only.
  void scan_dtv(const still_thread& thread) {
    if (thread.thread_pointer == 0 || map_.find(thread.thread_pointer + 8) == nullptr) {
      return;
    }
    constexpr std::size_t most = 512;
    static std::uintptr_t words[2 * most + 1];
    const std::uintptr_t vector = word_at(thread.thread_pointer + 8);
    const mapping* at = map_.find(vector - 16);
    if (vector % 8 != 0 || at == nullptr || !at->readable) {
      return;
    }
    std::size_t count = 0;
    words[count++] = vector;
    const std::size_t entries = word_at(vector - 16);
    for (std::size_t i = 1; i <= entries && i <= most / 2 && vector + 16 * i + 16 <= at->end; ++i) {
      words[count++] = word_at(vector + 16 * i);
      words[count++] = word_at(vector + 16 * i + 8);
    }
    scan_.force_reachable(words, count, thread.tid);
  }

  static bool was_stack(const mapping& at) {
    const thread_places all = places_of_threads();
    for (std::size_t i = 0; i < all.count; ++i) {
      if (all.pointers[i] - at.start < at.end - at.start) {
        return true;
      }
    }
    return false;
  }

  // libc keeps a finished thread's stack and the vector in it, for the next thread. All else in it
  // is dead.
  void keep_vectors_of_finished_threads() {
    const thread_places all = places_of_threads();
    for (std::size_t i = 0; i < all.count; ++i) {
      const mapping* at = map_.find(all.pointers[i]);
      const bool is_kept = at != nullptr && at->readable && at->end - all.pointers[i] >= 16;
      if (is_kept && !is_living(all.pointers[i])) {
        const std::uintptr_t vector = word_at(all.pointers[i] + 8);
        scan_.force_reachable(&vector, 1, 0);
      }
    }
  }

  bool is_living(std::uintptr_t thread_pointer) const {
    for (std::size_t i = 0; i < threads_.count(); ++i) {
      if (threads_[i].thread_pointer == thread_pointer && threads_[i].state != rest::ended) {
        return true;
      }
    }
    return false;
  }

  void scan_mapping(const mapping& at) {
    const char* path = map_.path_of(at);
    if (at.inode != 0) {
      scan_segment(at, path);
      return;
    }
    if (strcmp(path, "[vvar]") == 0 || strcmp(path, "[vdso]") == 0) {
      return;
    }
    const still_thread* on_stack = nullptr;
    const still_thread* own_block = nullptr;
    still_thread found;
    for (std::size_t i = 0; i < threads_.count(); ++i) {
      const still_thread& thread = threads_[i];
      if (thread.state == rest::ended) {
        continue;
      }
      if (thread.stack_pointer - at.start < at.end - at.start &&
          (on_stack == nullptr || thread.stack_pointer < on_stack->stack_pointer)) {
        on_stack = &thread;
      }
      if (thread.thread_pointer - at.start < at.end - at.start) {
        own_block = &thread;
      }
    }
    const std::uintptr_t unknown_block = own_block == nullptr ? find_thread_block(at) : 0;
    if (unknown_block != 0) {
      // Of a thread that never came by a hook, living or finished.
      found = on_stack != nullptr ? *on_stack : still_thread{};
      found.thread_pointer = unknown_block;
      scan_dtv(found);
      if (on_stack == nullptr) {
        return;
      }
      own_block = &found;
    }
    if (on_stack != nullptr && !is_heap(at)) {
      scan_stack(at, *on_stack, own_block);
    } else if (own_block != nullptr) {
      scan_with_tls(at.start, at.end, *own_block, graph::root_kind::mapping);
    } else if (strcmp(path, "[heap]") == 0) {
      if (!is_heap(at)) {
        scan_outside_own(at.start, at.end, graph::root_kind::mapping, 0);
      }
    } else if (!was_stack(at) && strcmp(path, "[stack]") != 0) {
      scan_outside_own(at.start, at.end,
                       follows_module(at) ? graph::root_kind::segment : graph::root_kind::mapping,
                       0);
    }
  }

  void scan_segment(const mapping& at, const char* path) {
    const char* name = strrchr(path, '/');
    scan_.set_allocator_data(name != nullptr && strcmp(name, "/libc.so.6") == 0);
    scan_outside_own(at.start, at.end, graph::root_kind::segment, 0);
    scan_.set_allocator_data(false);
  }

  // libc puts a thread's own block at the end of its stack; its first and third word name itself.
  std::uintptr_t find_thread_block(const mapping& at) const {
    const std::uintptr_t room = tls_.above + page_bytes;
    if (map_.path_of(at)[0] != 0 || at.end - at.start < 4 * page_bytes ||
        at.end - at.start < room) {
      return 0;
    }
    for (std::uintptr_t place = at.end - room; place + 24 <= at.end; place += 16) {
      if (word_at(place) == place && word_at(place + 16) == place) {
        return place;
      }
    }
    return 0;
  }

  // As far as it can be read.
  void scan_region(std::uintptr_t start, std::uintptr_t end) {
    for (std::size_t i = 0; i < map_.count(); ++i) {
      const std::uintptr_t low = ((start > map_[i].start ? start : map_[i].start) + 7) & ~7ul;
      const std::uintptr_t high = (end < map_[i].end ? end : map_[i].end) & ~7ul;
      if (low < high && map_[i].readable) {
        tell(low, high, graph::root_kind::mapping, 0);
      }
    }
  }

  // Data that is zero at start lies behind the module's file mappings.
  bool follows_module(const mapping& at) const {
    const mapping* before = map_.find(at.start - 1);
    return before != nullptr && before->inode != 0 && !before->shared;
  }

  bool is_heap(const mapping& at) const {
    return index_.blocks_before(at.end) != index_.blocks_before(at.start);
  }

  void scan_stack(const mapping& at, const still_thread& thread, const still_thread* own_block) {
    std::uintptr_t low = (thread.stack_pointer - red_zone) & ~std::uintptr_t{7};
    low = low < at.start ? at.start : low;
    if (own_block != nullptr && own_block->thread_pointer > low) {
      scan_with_tls(low, at.end, *own_block, graph::root_kind::stack);
    } else {
      scan_.scan_root(graph::root_kind::stack, low, at.end, thread.tid);
    }
  }

  void scan_with_tls(std::uintptr_t low, std::uintptr_t high, const still_thread& thread,
                     graph::root_kind rest_kind) {
    const std::uintptr_t pointer = thread.thread_pointer;
    const std::uintptr_t begin = pointer - low < tls_.below ? low : (pointer - tls_.below) & ~7ul;
    const std::uintptr_t end = high - pointer < tls_.above || rest_kind == graph::root_kind::stack
                                   ? high
                                   : (pointer + tls_.above) & ~7ul;
    if (begin > low) {
      scan_outside_own(low, begin, rest_kind, thread.tid);
    }
    scan_.scan_root(graph::root_kind::tls, begin, end, thread.tid, pointer);
    if (end < high) {
      scan_outside_own(end, high, rest_kind, thread.tid);
    }
  }

  void scan_outside_own(std::uintptr_t low, std::uintptr_t high, graph::root_kind kind,
                        std::uint32_t tid) {
    for (std::size_t i = 0; i < own_count_ && low < high; ++i) {
      const own_range& own = own_[i];
      if (own.end <= low || own.start >= high) {
        continue;
      }
      if (own.start > low) {
        scan_outside_heap(low, own.start, kind, tid);
      }
      low = own.end;
    }
    if (low < high) {
      scan_outside_heap(low, high, kind, tid);
    }
  }

  // Memory between blocks holds what is left of freed ones. Where the allocator carves small blocks
  // all of the window is its own; blocks that it took singly leave their neighbours alone.
  void scan_outside_heap(std::uintptr_t low, std::uintptr_t high, graph::root_kind kind,
                         std::uint32_t tid) {
    block_number block = index_.blocks_before(low);
    const block_number end = index_.blocks_before(high);
    while (block < end) {
      const std::uintptr_t start = index_.start(block);
      if (index_.extent(block) < single_block) {
        const std::uintptr_t first = start & ~(window - 1);
        const std::uintptr_t past = first + window;
        if (first > low) {
          tell(low, first, kind, tid);
        }
        low = past;
        block = past < high ? index_.blocks_before(past) : end;
        continue;
      }
      const std::uintptr_t first = page_down(start - 16);
      if (first > low) {
        tell(low, first, kind, tid);
      }
      const std::uintptr_t past = page_up(start + index_.extent(block));
      low = past > low ? past : low;
      ++block;
    }
    if (low < high) {
      tell(low, high, kind, tid);
    }
  }

  void tell(std::uintptr_t low, std::uintptr_t high, graph::root_kind kind, std::uint32_t tid) {
    scan_.scan_root(kind, low, high, tid);
  }

  heap_scan& scan_;
  graph_stream& out_;
  const memory_map& map_;
  const still_threads& threads_;
  const block_index& index_;
  const tls_layout tls_;
  own_range* own_ = nullptr;
  std::size_t own_count_ = 0;
};

}  // namespace

bool scan_roots(heap_scan& scan, graph_stream& out, const memory_map& map,
                const still_threads& threads, const block_index& index, const tls_layout& tls) {
  return root_finder(scan, out, map, threads, index, tls).run();
}

}  // namespace track::runtime
