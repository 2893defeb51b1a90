#include "libtrack/runtime/process.hpp"

#include <dlfcn.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include <stdlib.h>
#include <string.h>

#include "libtrack/base/syscall.hpp"
#include "libtrack/runtime/attach.hpp"
#include "libtrack/runtime/block_serials.hpp"
#include "libtrack/runtime/identity.hpp"
#include "libtrack/runtime/lsan_interface.hpp"
#include "libtrack/runtime/modules.hpp"
#include "libtrack/runtime/old_symbols.hpp"
#include "libtrack/runtime/real.hpp"
#include "libtrack/runtime/recorder.hpp"
#include "libtrack/runtime/still.hpp"
#include "libtrack/runtime/still_signal.hpp"
#include "libtrack/runtime/text.hpp"
#include "libtrack/runtime/turn.hpp"

extern "C" int __cxa_at_quick_exit(void (*)(void*), void*);

namespace track::runtime {
namespace {

enum class phase : std::uint32_t { unstarted, starting, resolved, recording, off };

std::uint32_t current = static_cast<std::uint32_t>(phase::unstarted);
start_options options;
char own_path[4096];
std::uint64_t mapped_bytes = 0;
bool quiet_at_fork = false;
bool exit_has_begun = false;

class errno_kept {
 public:
  errno_kept() : saved_(errno) {}
  ~errno_kept() { errno = saved_; }
  errno_kept(const errno_kept&) = delete;
  errno_kept& operator=(const errno_kept&) = delete;

 private:
  int saved_;
};

phase load_phase() {
  return static_cast<phase>(__atomic_load_n(&current, __ATOMIC_ACQUIRE));
}
void set_phase(phase next) {
  __atomic_store_n(&current, static_cast<std::uint32_t>(next), __ATOMIC_RELEASE);
}

std::uint32_t this_pid() {
  return static_cast<std::uint32_t>(raw::call(SYS_getpid));
}

// Whether the caller is the process that the slot belongs to, and not its vfork child.
bool is_own_process() {
  return recorder.ledger.header().pid == this_pid();
}

// Where threads find their stripe; looked up once, for a child of fork may not call dlsym.
stripe_source stripes_of_this_libc;

void find_stripes() {
  constexpr unsigned long rseq_feature_size = 27;  // AT_RSEQ_FEATURE_SIZE
  const auto* offset = static_cast<const std::ptrdiff_t*>(dlsym(RTLD_DEFAULT, "__rseq_offset"));
  const auto* size = static_cast<const unsigned*>(dlsym(RTLD_DEFAULT, "__rseq_size"));
  if (offset == nullptr || size == nullptr || *size == 0) {
    return;
  }
  stripes_of_this_libc.area_offset = *offset;
  stripes_of_this_libc.id_offset =
      getauxval(rseq_feature_size) >= rseq_detail::concurrency_id_offset + 4
          ? rseq_detail::concurrency_id_offset
          : rseq_detail::cpu_id_offset;
}

stripe_source choose_stripes(const ledger::capacities& room) {
  stripe_source source = stripes_of_this_libc;
  source.owned = source.id_offset == 0 ? 0 : room.stripes - 1;
  return source;
}

void arm() {
  if (recorder.armed_page == nullptr) {
    recorder.armed_page = static_cast<arming*>(map_pages(ledger::page_bytes));
    if (recorder.armed_page == nullptr) {
      set_phase(phase::off);
      return;
    }
    raw::call(SYS_madvise, recorder.armed_page, static_cast<long>(ledger::page_bytes),
              MADV_WIPEONFORK);
  }
  gate = recorder.armed_page;
  set_phase(phase::recording);
  gate->armed = 1;
}

// --- fork -------------------------------------------------------------------------------------

// Gives a new process image its slot and goes on in the live table it was born with.
void arm_child(bool table_is_sound) {
  set_phase(phase::resolved);  // what is allocated meanwhile is only forwarded
  const ledger::slot_writer parent = recorder.ledger;
  const ledger::slot_header& old = parent.header();
  slot_place place;
  const bool attached = options.ledger[0] != 0 ? attach_to_collector(options.ledger, place)
                                               : create_own_ledger(options, place);
  if (!attached) {
    if (recorder.file != nullptr && options.ledger[0] != 0) {
      __atomic_fetch_add(&recorder.file->processes_lost, 1, __ATOMIC_RELAXED);
    }
    set_phase(phase::off);
    return;
  }
  recorder.file = place.file;
  recorder.ledger.format(place.slot, place.room, choose_stripes(place.room));
  recorder.ledger.inherit_modules(parent);
  fill_identity(recorder.ledger, *place.file, ledger::process_origin::fork, old.process);
  inherit_live_blocks(recorder.ledger.header(), old);
  recorder.first_site += static_cast<std::uint32_t>(parent.sites_used());
  // The old addresses are kept, for a hook that a forking signal handler interrupted.
  auto* previous = reinterpret_cast<std::byte*>(const_cast<ledger::slot_header*>(&old));
  if (place.mapped_bytes == mapped_bytes) {
    const long moved = raw::call(SYS_mremap, place.slot, mapped_bytes, mapped_bytes,
                                 MREMAP_MAYMOVE | MREMAP_FIXED, previous);
    if (moved == reinterpret_cast<long>(previous)) {
      recorder.ledger.move_to(previous);
    }
  } else {
    raw::call(SYS_munmap, previous, static_cast<long>(mapped_bytes));
    mapped_bytes = place.mapped_bytes;
  }
  if (!table_is_sound || recorder.first_site > max_site) {
    recorder.inherited_unknown = true;
    reset_arena();
    recorder.table = live_table{};
    known_serials.forget_all();
    if (!recorder.table.initialize()) {
      set_phase(phase::off);
      return;
    }
    recorder.ledger.count_loss(ledger::loss::raw_clone);
  }
  recorder.ledger.set_clock(place.file);
  if (this_thread != nullptr) {
    number_in_ledger(*this_thread);
  }
  recorder.ledger.header().state = static_cast<std::uint32_t>(ledger::slot_state::live);
  recorder.ledger.header().still_signal = static_cast<std::uint64_t>(still_signal());
  arm();
}

void leave_other_threads_behind() {
  recorder.fork_pending = 0;
  exit_has_begun = false;
  forget_leak_check_wishes();
  reset_stills();
  forget_other_threads();
  if (this_thread != nullptr) {
    this_thread->stack.forget();
    this_thread->nested_stack.forget();
  }
}

void before_fork() {
  if (load_phase() != phase::recording) {
    return;
  }
  __atomic_fetch_add(&recorder.fork_pending, 1, __ATOMIC_SEQ_CST);
  __atomic_fetch_add(&recorder.file->forks_begun, 1, __ATOMIC_RELEASE);
  // Every running thread has a barrier now: it sees the word above, or we see it at work.
  raw::call(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
  quiet_at_fork = wait_until_quiet();
}

void after_fork_in_parent() {
  if (load_phase() == phase::recording && recorder.fork_pending != 0) {
    __atomic_fetch_sub(&recorder.fork_pending, 1, __ATOMIC_SEQ_CST);
  }
}

void after_fork_in_child() {
  if (load_phase() != phase::recording) {
    return;
  }
  errno_kept kept;
  leave_other_threads_behind();
  ledger::file_header* file = recorder.file;
  arm_child(quiet_at_fork);
  __atomic_fetch_add(&file->forks_placed, 1, __ATOMIC_RELEASE);
}

// --- exit ---------------------------------------------------------------------------------------

void at_exit(int status, void*) {
  note_exit(ledger::exit_path::exit, status & 0xff);
}
void at_quick_exit(void*) {
  note_exit(ledger::exit_path::quick_exit, 0);
}

// --- start --------------------------------------------------------------------------------------

bool find_own_path() {
  Dl_info own = {};
  if (dladdr(reinterpret_cast<void*>(&find_own_path), &own) == 0 || own.dli_fname == nullptr) {
    return false;
  }
  text_buffer path(own_path, sizeof own_path);
  return path.add(own.dli_fname).fits();
}

bool open_ledger() {
  slot_place place;
  const bool attached = options.ledger[0] != 0 ? attach_to_collector(options.ledger, place)
                                               : create_own_ledger(options, place);
  if (!attached || !recorder.table.initialize()) {
    if (place.file != nullptr) {
      __atomic_fetch_add(&place.file->processes_lost, 1, __ATOMIC_RELAXED);
    }
    return false;
  }
  recorder.file = place.file;
  mapped_bytes = place.mapped_bytes;
  recorder.ledger.format(place.slot, place.room, choose_stripes(place.room));
  const std::uint64_t parent = options.has_parent ? options.parent : ledger::no_process;
  const bool same_process = options.has_parent && options.parent_pid == this_pid();
  fill_identity(recorder.ledger, *place.file,
                same_process ? ledger::process_origin::exec : ledger::process_origin::start,
                parent);
  recorder.ledger.set_clock(place.file);
  if (!real.malloc_is_ours) {
    recorder.ledger.count_loss(ledger::loss::allocator_bypassed);
  }
  recorder.ledger.header().state = static_cast<std::uint32_t>(ledger::slot_state::live);
  return true;
}

void start() {
  errno_kept kept;
  resolve_real_functions();
  set_phase(phase::resolved);
  if (!find_own_path() || environ == nullptr) {
    set_phase(phase::off);
    return;
  }
  remember_command();
  take_options(environ, own_path, options);
  find_stripes();
  prepare_stills();
  find_leak_check_wishes();
  if (options.under_valgrind || !open_ledger()) {
    set_phase(phase::off);
    return;
  }
  raw::call(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
  if (const void* word = dlsym(RTLD_DEFAULT, "__libc_single_threaded"); word != nullptr) {
    only_thread = static_cast<const char*>(word);
  }
  unwind::initialize(name_module);
  pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
  on_exit(at_exit, nullptr);
  __cxa_at_quick_exit(at_quick_exit, nullptr);
  listen_for_stills();
  recorder.ledger.header().still_signal = static_cast<std::uint64_t>(still_signal());
  arm();
}

__attribute__((constructor)) void at_load() {
  prepare();
}

}  // namespace

readiness prepare() {
  switch (load_phase()) {
    case phase::unstarted: {
      auto expected = static_cast<std::uint32_t>(phase::unstarted);
      if (__atomic_compare_exchange_n(&current, &expected,
                                      static_cast<std::uint32_t>(phase::starting), false,
                                      __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        start();
      }
      break;
    }
    case phase::recording:
      if (gate->armed == 0 && !is_own_process()) {
        errno_kept kept;
        leave_other_threads_behind();
        arm_child(false);
      }
      break;
    default:
      break;
  }
  switch (load_phase()) {
    case phase::unstarted:
    case phase::starting:
      return readiness::bootstrap;
    case phase::recording:
      return is_armed() ? readiness::record : readiness::forward;
    default:
      return readiness::forward;
  }
}

const start_options& options_of_start() {
  return options;
}
const char* own_library_path() {
  return own_path;
}
std::uint64_t process_number() {
  return recorder.ledger.header().process;
}
std::uint32_t process_pid() {
  return recorder.ledger.header().pid;
}
bool follows_children() {
  return load_phase() == phase::recording && !options.no_follow;
}

void note_exit_begin() {
  constexpr auto begin = ledger::graph::trigger::exit_begin;
  if (!is_armed() || !is_own_process() || exit_has_begun) {
    return;
  }
  errno_kept kept;
  exit_has_begun = true;
  if (wants_exit_still(begin) && !is_leak_check_off()) {
    take_still(begin);
  }
}

void note_exit(ledger::exit_path path, std::int32_t code) {
  if (!is_armed() || !is_own_process()) {
    return;
  }
  errno_kept kept;
  ledger::slot_header& header = recorder.ledger.header();
  if (path != ledger::exit_path::abort) {
    summarise_survivors();
  }
  if (!is_leak_check_off() && wants_exit_still(ledger::graph::trigger::exit_end)) {
    take_still(ledger::graph::trigger::exit_end);
  }
  header.exit_code = code;
  header.end_mono_ms = monotonic_ms();
  __atomic_store_n(&header.exit_path, static_cast<std::uint32_t>(path), __ATOMIC_RELEASE);
  __atomic_store_n(&header.state, static_cast<std::uint32_t>(ledger::slot_state::ended),
                   __ATOMIC_RELEASE);
}

void note_exec(bool failed) {
  if (!is_armed() || !is_own_process()) {
    return;
  }
  ledger::slot_header& header = recorder.ledger.header();
  header.end_mono_ms = failed ? 0 : monotonic_ms();
  const ledger::exit_path path = failed ? ledger::exit_path::none : ledger::exit_path::exec;
  __atomic_store_n(&header.exit_path, static_cast<std::uint32_t>(path), __ATOMIC_RELEASE);
}

void note_unload() {
  if (is_armed()) {
    unwind::raise_module_generation();
    note_unloaded_modules();
  }
}

}  // namespace track::runtime
