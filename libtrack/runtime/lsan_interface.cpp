// LeakSanitizer's interface, for programs that use it already: the same calls, no other runtime.
// source: sanitizer/lsan_interface.h.
#include "libtrack/runtime/lsan_interface.hpp"

#include <dlfcn.h>

#include <string.h>

#include "libtrack/runtime/hook.hpp"
#include "libtrack/runtime/old_symbols.hpp"
#include "libtrack/runtime/root_regions.hpp"
#include "libtrack/runtime/still.hpp"
#include "libtrack/runtime/turn.hpp"

namespace track::runtime {
namespace {

constexpr std::size_t most_suppression_bytes = std::size_t{16} << 10;

bool is_recording() {
  return is_armed() || prepare() == readiness::record;
}

void mark_ignored(const void* block) {
  turn mine(state_of_this_thread());
  if (!mine.lost() && !mine.nested()) {
    recorder.table.update(reinterpret_cast<std::uintptr_t>(block), mine.thread().pool,
                          [](block_record& record) { record.add_flags(ignored); });
  }
}

// Nothing is judged in the program: whether it leaks is said by who reads the capture.
void check_leaks() {
  if (!is_recording() || recorder.file->exit_stills == 0) {
    return;
  }
  const thread_state* thread = state_of_this_thread();
  if (thread != nullptr && load_relaxed(thread->busy) == 0) {
    take_still(ledger::graph::trigger::leak_check);
  }
}

const char* (*default_suppressions)() = nullptr;
int (*is_turned_off)() = nullptr;
bool has_asked = false;

}  // namespace

void find_leak_check_wishes() {
  default_suppressions =
      reinterpret_cast<const char* (*)()>(dlsym(RTLD_DEFAULT, "__lsan_default_suppressions"));
  is_turned_off = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "__lsan_is_turned_off"));
}

bool is_leak_check_off() {
  ledger::slot_header& header = recorder.ledger.header();
  if (!has_asked) {
    has_asked = true;
    const char* text = default_suppressions == nullptr ? nullptr : default_suppressions();
    if (text != nullptr) {
      const auto place = recorder.ledger.add_string(text, strnlen(text, most_suppression_bytes));
      header.suppressions_offset = place.offset;
      header.suppressions_bytes = place.bytes;
    }
    if (is_turned_off != nullptr && is_turned_off() != 0) {
      recorder.ledger.count_loss(ledger::loss::leak_check_off);
    }
  }
  return header.lost[static_cast<unsigned>(ledger::loss::leak_check_off)] != 0;
}

void forget_leak_check_wishes() {
  has_asked = false;
}

}  // namespace track::runtime

using namespace track::runtime;

LIBTRACK_EXPORT void __lsan_disable() {
  thread_state* thread = is_recording() ? state_of_this_thread() : nullptr;
  if (thread != nullptr) {
    ++thread->ignoring_depth;
    thread->new_block_flags = ignored;
  }
}

LIBTRACK_EXPORT void __lsan_enable() {
  thread_state* thread = this_thread;
  if (thread != nullptr && thread->ignoring_depth != 0 && --thread->ignoring_depth == 0) {
    thread->new_block_flags = 0;
  }
}

LIBTRACK_EXPORT void __lsan_ignore_object(const void* block) {
  if (is_recording()) {
    mark_ignored(block);
  }
}

LIBTRACK_EXPORT void __lsan_register_root_region(const void* begin, std::size_t size_bytes) {
  const auto start = reinterpret_cast<std::uintptr_t>(begin);
  registered_regions.add(start, start + size_bytes);
}

LIBTRACK_EXPORT void __lsan_unregister_root_region(const void* begin, std::size_t size_bytes) {
  const auto start = reinterpret_cast<std::uintptr_t>(begin);
  registered_regions.remove(start, start + size_bytes);
}

LIBTRACK_EXPORT void __lsan_do_leak_check() {
  check_leaks();
}

LIBTRACK_EXPORT int __lsan_do_recoverable_leak_check() {
  check_leaks();
  return 0;
}
