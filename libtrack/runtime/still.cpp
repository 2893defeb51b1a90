#include "libtrack/runtime/still.hpp"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <new>

#include <time.h>

#include "libtrack/base/relaxed.hpp"
#include "libtrack/base/spin_lock.hpp"
#include "libtrack/base/syscall.hpp"
#include "libtrack/runtime/arena.hpp"
#include "libtrack/runtime/attach.hpp"
#include "libtrack/runtime/block_index.hpp"
#include "libtrack/runtime/graph_stream.hpp"
#include "libtrack/runtime/heap_scan.hpp"
#include "libtrack/runtime/memory_headroom.hpp"
#include "libtrack/runtime/memory_map.hpp"
#include "libtrack/runtime/process.hpp"
#include "libtrack/runtime/recorder.hpp"
#include "libtrack/runtime/root_scan.hpp"
#include "libtrack/runtime/still_threads.hpp"

namespace track::runtime {
namespace {

namespace graph = ledger::graph;

constexpr long copy_limit_s = 120;
constexpr int lock_looks = 5000;  // a millisecond apart

tls_layout static_tls;
spin_lock still_lock;

std::uint64_t monotonic_us() {
  timespec now = {};
  raw::call(SYS_clock_gettime, CLOCK_MONOTONIC, static_cast<void*>(&now));
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

long copy_at_begin = 0;  // pid of the copy of exit_begin; 0: none, or its end was seen

// The copy of exit_begin lets that of exit_end go first, which people wait for. In a page that the
// program shares with both.
enum turn_at_exit : std::uint32_t { before_end, end_works, end_is_done };
std::uint32_t* turn_at_exit_page = nullptr;

void make_turn_at_exit() {
  if (turn_at_exit_page == nullptr) {
    turn_at_exit_page = static_cast<std::uint32_t*>(map_shared_page());
  }
}

void set_turn_at_exit(turn_at_exit turn) {
  if (turn_at_exit_page != nullptr) {
    __atomic_store_n(turn_at_exit_page, turn, __ATOMIC_RELEASE);
    raw::call(SYS_futex, static_cast<void*>(turn_at_exit_page), FUTEX_WAKE, 1L, 0L, 0L, 0L);
  }
}

// Destructors may take long, and the program may be killed in them: patience has an end.
void let_end_go_first() {
  constexpr timespec until_it_begins = {0, 250'000'000};
  constexpr timespec until_it_ends = {30, 0};
  const auto wait_while = [](turn_at_exit turn, const timespec& patience) {
    raw::call(SYS_futex, static_cast<void*>(turn_at_exit_page), FUTEX_WAIT, static_cast<long>(turn),
              static_cast<const void*>(&patience), 0L, 0L);
  };
  if (turn_at_exit_page != nullptr) {
    wait_while(before_end, until_it_begins);
    wait_while(end_works, until_it_ends);
  }
}

// --- in the copy ------------------------------------------------------------------------------

struct still_order {
  graph::trigger trigger;
  std::uint32_t number;
  std::uint64_t moment_us;
};

void tell_note(graph_stream& out, graph::note what, std::uint64_t count) {
  if (count != 0) {
    out.tag(graph::record::note);
    out.byte(static_cast<std::uint8_t>(what));
    out.number(count);
  }
}

void tell_begin(graph_stream& out, const still_order& order, std::size_t threads,
                std::uint32_t now_ms) {
  out.tag(graph::record::begin);
  out.number(graph::stream_version);
  out.byte(static_cast<std::uint8_t>(order.trigger));
  out.number(order.moment_us / 1000);
  out.number(threads);
  out.number(now_ms);
  out.number(recorder.first_site);
}

std::uint64_t& pause_of(std::uint32_t number) {
  return recorder.ledger.header().still_pause_us[number % ledger::pauses_kept];
}

// How long the program was held up, in us. It says so itself, which may be after all is written.
std::uint64_t wait_for_pause(std::uint32_t number) {
  constexpr int most_looks = 1000;
  std::uint64_t pause = 0;
  for (int i = 0; i < most_looks && pause == 0; ++i) {
    pause = __atomic_load_n(&pause_of(number), __ATOMIC_ACQUIRE);
    if (pause == 0) {
      timespec rest = {0, 100'000};
      raw::call(SYS_nanosleep, static_cast<const void*>(&rest), 0L);
    }
  }
  return pause;
}

bool write_graph(graph_stream& out, const still_order& order, const still_threads& threads) {
  const std::uint32_t now_ms = recorder.ledger.now_ms();
  tell_begin(out, order, threads.count(), now_ms);
  out.end_frame();  // so that stills begin in their order, mostly
  if (order.trigger == graph::trigger::exit_begin) {
    let_end_go_first();
  }
  memory_map map;
  block_index index;
  if (!map.read() || !index.build(recorder.table)) {
    return false;
  }
  heap_scan scan(index, map, out);
  if (!scan.initialize() || !scan_roots(scan, out, map, threads, index, static_tls)) {
    return false;
  }
  scan.scan_blocks(recorder.table, now_ms);
  // The last frame holds notes and totals alone: the collector reads no more of a stream.
  out.end_frame();
  tell_note(out, graph::note::registers_missing, threads.in_state(rest::asleep));
  tell_note(out, graph::note::thread_not_stopped, threads.in_state(rest::none));
  tell_note(out, graph::note::threads_unseen, threads.unseen());
  tell_note(out, graph::note::mappings_unseen, map.complete() ? 0 : 1);
  tell_note(out, graph::note::unreadable, scan.totals().unreadable_bytes);
  out.tag(graph::record::end);
  out.number(index.count());
  out.number(scan.totals().bytes);
  out.number(scan.totals().edges);
  out.number(scan.totals().root_edges);
  out.number(wait_for_pause(order.number));
  return out.finish();
}

// Signals end the copy as they end any process, a broken pipe and a size limit only its writing.
void set_signals() {
  std::uint64_t none = 0;
  struct {
    std::uintptr_t handler, flags, restorer, mask;
  } action = {};
  for (int signal = 1; signal <= 64; ++signal) {
    action.handler = signal == SIGPIPE || signal == SIGXFSZ || signal == SIGINT ||
                             signal == SIGQUIT || signal == SIGHUP || signal == SIGTERM
                         ? 1
                         : 0;
    raw::call(SYS_rt_sigaction, static_cast<long>(signal), static_cast<const void*>(&action), 0L,
              8);
  }
  raw::call(SYS_rt_sigprocmask, SIG_SETMASK, static_cast<const void*>(&none), 0L, 8);
  raw::call(SYS_alarm, copy_limit_s);
}

// The program may have limited its descriptors to none.
void allow_descriptors() {
  rlimit64 limit = {};
  raw::call(SYS_prlimit64, 0L, RLIMIT_NOFILE, 0L, static_cast<void*>(&limit));
  limit.rlim_cur = limit.rlim_max;
  raw::call(SYS_prlimit64, 0L, RLIMIT_NOFILE, static_cast<const void*>(&limit), 0L);
  if (limit.rlim_max < 16) {
    limit.rlim_cur = limit.rlim_max = 16;  // allowed to root
    raw::call(SYS_prlimit64, 0L, RLIMIT_NOFILE, static_cast<const void*>(&limit), 0L);
  }
}

void offer_to_oom_killer() {
  const long file = raw::call(SYS_open, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file >= 0) {
    raw::call(SYS_write, file, "1000", 4L);
    raw::call(SYS_close, file);
  }
}

[[noreturn]] void be_the_still(const still_order& order, const still_threads& threads) {
  set_signals();
  if (raw::call(SYS_close_range, 0L, ~0u, 0L) < 0) {
    for (int file = 0; file < 65536; ++file) {
      raw::call(SYS_close, static_cast<long>(file));
    }
  }
  allow_descriptors();
  offer_to_oom_killer();
  bool done = false;
  const long file = open_graph(options_of_start(), *recorder.file, process_pid());
  if (file >= 0) {
    // Not on the stack: a thread's may be small.
    void* place = map_pages(sizeof(graph_stream));
    done = place != nullptr &&
           write_graph(*new (place) graph_stream(file, process_number(), order.number), order,
                       threads);
  }
  if (!done) {
    __atomic_fetch_add(&recorder.ledger.header().stills_failed, 1, __ATOMIC_RELAXED);
  }
  for (;;) {
    raw::call(SYS_exit_group, done ? 0L : 1L);
  }
}

// --- in the program ---------------------------------------------------------------------------

struct amounts {
  std::int64_t blocks = 0;
  std::int64_t bytes = 0;
};

amounts alive() {
  amounts sum;
  for (const ledger::stripe_cell& cell : recorder.ledger.header().cells) {
    sum.blocks += __atomic_load_n(&cell.live_blocks, __ATOMIC_RELAXED);
    sum.bytes += __atomic_load_n(&cell.live_bytes, __ATOMIC_RELAXED);
  }
  return sum;
}

// The copy's index and page tables, and what the program rewrites while the copy lives.
bool is_memory_enough() {
  constexpr std::uint64_t fixed_bytes = std::uint64_t{8} << 20;
  constexpr std::uint64_t bytes_a_block = 16;
  const amounts now = alive();
  const auto wanted = fixed_bytes +
                      bytes_a_block * static_cast<std::uint64_t>(now.blocks > 0 ? now.blocks : 0) +
                      static_cast<std::uint64_t>(now.bytes > 0 ? now.bytes : 0) / 32;
  return memory_headroom_bytes() >= wanted;
}

// One at a time; that of the program's end waits for another thread's, which is short.
bool begin_still(bool at_exit) {
  int looks = at_exit ? lock_looks : 0;
  while (!still_lock.try_lock()) {
    if (looks-- == 0) {
      return false;
    }
    const timespec pause = {0, 1'000'000};
    raw::call(SYS_nanosleep, static_cast<const void*>(&pause), 0L);
  }
  return true;
}

void wait_for(long copy) {
  long waited = 0;
  do {
    waited = raw::call(SYS_wait4, copy, 0L, __WALL, 0L);
  } while (waited == -EINTR);
}

// The copy's pid, or an error. `detached`: nobody has it as a child but the nearest subreaper.
[[gnu::noinline]] long make_copy(const still_order& order, const still_threads& threads,
                                 bool detached) {
  if (!detached) {
    const long copy = raw::call(SYS_clone, 0L, 0L, 0L, 0L, 0L);
    if (copy == 0) {
      be_the_still(order, threads);
    }
    return copy;
  }
  volatile long copy = -1;
  const long middle = raw::call(SYS_clone, CLONE_VM | CLONE_VFORK, 0L, 0L, 0L, 0L);
  if (middle == 0) {
    copy = raw::call(SYS_clone, 0L, 0L, 0L, 0L, 0L);
    if (copy == 0) {
      be_the_still(order, threads);
    }
    for (;;) {
      raw::call(SYS_exit, 0L);
    }
  }
  if (middle > 0) {
    wait_for(middle);
  }
  return copy;
}

}  // namespace

void prepare_stills() {
  static_tls = find_tls_layout();
}

void reset_stills() {
  still_lock.word = 0;
  copy_at_begin = 0;
  turn_at_exit_page = nullptr;  // the parent's
  reset_still_threads();
}

namespace {

// The trigger of the still that the collector asked for, once for each time it asked.
bool take_request(graph::trigger& trigger) {
  ledger::slot_header& header = recorder.ledger.header();
  std::uint64_t answered = __atomic_load_n(&header.stills_answered, __ATOMIC_ACQUIRE);
  const std::uint64_t asked = __atomic_load_n(&header.stills_asked, __ATOMIC_ACQUIRE);
  if (answered == asked || header.pid != static_cast<std::uint32_t>(raw::call(SYS_getpid)) ||
      !__atomic_compare_exchange_n(&header.stills_answered, &answered, asked, false,
                                   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
    return false;
  }
  trigger = static_cast<graph::trigger>(header.still_trigger_asked);
  return true;
}

// One more than the number of the still that was taken; 0: none was.
std::uint64_t take_still_from(graph::trigger trigger, const still_thread& caller,
                              bool judged = false);

}  // namespace

void answer_still() {
  graph::trigger trigger = {};
  if (this_thread != nullptr && load_relaxed(this_thread->busy) == 0 && take_request(trigger)) {
    take_still(trigger);
  }
}

void answer_still_at_signal(const still_thread& caller) {
  graph::trigger trigger = {};
  // A hook that was interrupted answers at its end.
  if (is_armed() && (this_thread == nullptr || load_relaxed(this_thread->busy) == 0) &&
      take_request(trigger)) {
    take_still_from(trigger, caller);
  }
}

bool wants_exit_still(graph::trigger trigger) {
  const std::uint64_t wanted = __atomic_load_n(&recorder.file->exit_stills, __ATOMIC_RELAXED);
  return (wanted >> static_cast<unsigned>(trigger) & 1) != 0 ||
         (trigger == graph::trigger::exit_begin && (wanted & ledger::begin_when_large) != 0 &&
          (alive().bytes > ledger::large_heap_bytes ||
           __atomic_load_n(&recorder.ledger.header().growth_seen, __ATOMIC_RELAXED) != 0));
}

bool may_want_exit_begin() {
  return (recorder.file->exit_stills >> static_cast<unsigned>(graph::trigger::exit_begin) & 1) !=
             0 ||
         (recorder.file->exit_stills & ledger::begin_when_large) != 0;
}

bool take_still(graph::trigger trigger) {
  still_thread caller = {};
  LIBTRACK_OWN_REGISTERS(caller);
  return take_still_from(trigger, caller) != 0;
}

std::uint64_t take_still_to_judge() {
  still_thread caller = {};
  LIBTRACK_OWN_REGISTERS(caller);
  return take_still_from(graph::trigger::api, caller, true);
}

namespace {

std::uint64_t take_still_from(graph::trigger trigger, const still_thread& caller, bool judged) {
  ledger::slot_header& header = recorder.ledger.header();
  const bool begins = trigger == graph::trigger::exit_begin;
  const bool ends = trigger == graph::trigger::exit_end;
  if (!begin_still(begins || ends)) {
    __atomic_fetch_add(&header.stills_failed, 1, __ATOMIC_RELAXED);
    return 0;
  }
  still_order order = {trigger, static_cast<std::uint32_t>(header.stills_begun), 0};
  ++header.stills_begun;
  const std::uint64_t taken = std::uint64_t{order.number} + 1;
  if (judged) {
    __atomic_store_n(&header.verdict_asked, taken, __ATOMIC_RELEASE);
  }
  pause_of(order.number) = 0;
  const std::uint64_t begun = monotonic_us();
  order.moment_us = begun;
  still_threads threads;
  long copy = -1;
  if (begins) {
    make_turn_at_exit();
  } else if (ends) {
    set_turn_at_exit(end_works);
  }
  if (is_memory_enough() && threads.stop(ends, caller)) {
    if (!ends) {
      threads.check_sleepers();
    }
    copy = make_copy(order, threads, !begins && !ends);
  }
  if (threads.count() != 0 && !ends) {
    threads.release();
  }
  const std::uint64_t pause = monotonic_us() - begun;
  __atomic_store_n(&pause_of(order.number), pause == 0 ? 1 : pause, __ATOMIC_RELEASE);
  if (copy < 0) {
    __atomic_fetch_add(&header.stills_failed, 1, __ATOMIC_RELAXED);
  } else if (begins) {
    copy_at_begin = copy;
  } else if (ends) {
    wait_for(copy);
  }
  if (ends) {
    set_turn_at_exit(end_is_done);
  }
  if (ends && copy_at_begin > 0) {
    wait_for(copy_at_begin);
    copy_at_begin = 0;
  }
  if (threads.count() != 0 && ends) {
    threads.let_rest();
  }
  still_lock.unlock();
  return copy >= 0 ? taken : 0;
}

}  // namespace

}  // namespace track::runtime
