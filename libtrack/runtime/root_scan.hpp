// What keeps blocks alive from outside of the heap: registers, stacks, thread-local storage, data
// of modules, anonymous memory. Floor 3, freestanding.
//
// For the still: one thread, a frozen memory. Not roots: stacks of finished threads, what lies
// below a living stack pointer, memory that the allocator took its blocks from, and our own.
#pragma once

#include "libtrack/runtime/block_index.hpp"
#include "libtrack/runtime/heap_scan.hpp"
#include "libtrack/runtime/memory_map.hpp"
#include "libtrack/runtime/still_threads.hpp"
#include "libtrack/runtime/tls_layout.hpp"

namespace track::runtime {

// Tells modules and roots with their pointers. errors: false when there is no memory.
bool scan_roots(heap_scan& scan, graph_stream& out, const memory_map& map,
                const still_threads& threads, const block_index& index, const tls_layout& tls);

}  // namespace track::runtime
