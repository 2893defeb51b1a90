#include "libtrack/runtime/still_threads.hpp"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <ucontext.h>

#include <string.h>
#include <time.h>

#include "libtrack/base/relaxed.hpp"
#include "libtrack/base/syscall.hpp"
#include "libtrack/runtime/arena.hpp"
#include "libtrack/runtime/live_table.hpp"
#include "libtrack/runtime/still.hpp"
#include "libtrack/runtime/still_signal.hpp"
#include "libtrack/runtime/text.hpp"
#include "libtrack/runtime/thread_state.hpp"

namespace track::runtime {
namespace {

constexpr std::size_t most_threads = 16384;
constexpr long patience_ms = 50;
constexpr long last_rest_s = 1;

// What the handler and the stopping thread share. One still at a time.
still_thread* all = nullptr;
std::uint32_t resting = 0;      // threads at rest
std::uint32_t still_round = 0;  // a thread at rest waits for this to change; odd: a still is on
std::uint32_t ending = 0;       // the still is done, and the process is about to end
std::uint64_t cookie = 0;

std::uintptr_t thread_pointer() {
  return reinterpret_cast<std::uintptr_t>(__builtin_thread_pointer());
}

// A process that does not end after all may wait for a lock that a thread at rest holds.
void wait_while(std::uint32_t* word, std::uint32_t value) {
  while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value) {
    timespec limit = {last_rest_s, 0};
    const bool is_last = __atomic_load_n(&ending, __ATOMIC_ACQUIRE) != 0;
    const long woken =
        raw::call(SYS_futex, static_cast<void*>(word), FUTEX_WAIT_PRIVATE, static_cast<long>(value),
                  is_last ? static_cast<void*>(&limit) : nullptr);
    if (is_last && woken == -ETIMEDOUT) {
      return;
    }
  }
}

// The thread's registers are in place; waits for the still to end.
void rest_here(still_thread& self) {
  const std::uint32_t round = __atomic_load_n(&still_round, __ATOMIC_ACQUIRE);
  self.thread_pointer = thread_pointer();
  __atomic_store_n(reinterpret_cast<std::uint32_t*>(&self.state),
                   static_cast<std::uint32_t>(rest::parked), __ATOMIC_RELEASE);
  __atomic_fetch_add(&resting, 1, __ATOMIC_ACQ_REL);
  if ((round & 1) != 0) {
    wait_while(&still_round, round);
  }
  __atomic_fetch_sub(&resting, 1, __ATOMIC_ACQ_REL);
}

// All general ones of the interrupted code.
void take_registers(const ucontext_t& context, still_thread& self) {
  for (std::size_t i = 0; i < register_count; ++i) {
    self.registers[i] = static_cast<std::uintptr_t>(context.uc_mcontext.gregs[i]);
  }
  self.stack_pointer = static_cast<std::uintptr_t>(context.uc_mcontext.gregs[REG_RSP]);
}

bool is_asked_for(const siginfo_t* info) {
  return info->si_code == SI_QUEUE &&
         (reinterpret_cast<std::uint64_t>(info->si_value.sival_ptr) >> 16) == cookie &&
         (__atomic_load_n(&still_round, __ATOMIC_ACQUIRE) & 1) != 0;
}

bool ask(std::uint32_t tid, std::size_t index, int signal) {
  siginfo_t info = {};
  info.si_code = SI_QUEUE;
  info.si_value.sival_ptr = reinterpret_cast<void*>(cookie << 16 | index);
  return raw::call(SYS_rt_tgsigqueueinfo, raw::call(SYS_getpid), static_cast<long>(tid),
                   static_cast<long>(signal), static_cast<void*>(&info)) == 0;
}

// The calling thread's number as /proc lists it, which is another one in a pid namespace whose
// /proc was not mounted anew.
std::uint32_t listed_tid(std::uint32_t own) {
  char text[64];
  const long bytes = raw::call(SYS_readlink, "/proc/thread-self", text, sizeof text - 1);
  text[bytes < 0 ? 0 : bytes] = 0;
  const char* last = strrchr(text, '/');
  std::uint64_t tid = 0;
  return last != nullptr && parse_number(last + 1, tid) ? static_cast<std::uint32_t>(tid) : own;
}

void wait_for_rest(std::uint32_t asked) {
  for (long waited = 0; waited < patience_ms * 20; ++waited) {
    if (__atomic_load_n(&resting, __ATOMIC_ACQUIRE) >= asked) {
      return;
    }
    timespec pause = {0, 50'000};
    raw::call(SYS_nanosleep, static_cast<const void*>(&pause), 0);
  }
}

// Threads that block every signal they can do not block this one: libc takes it out of every mask
// that is set through it. Its own use of it, when the program changes its user, is rare and not
// under way while all others rest.
constexpr int setxid_signal = 33;

std::size_t read_task_file(std::uint32_t tid, const char* name, char* text, std::size_t room) {
  char path[64];
  text_buffer(path, sizeof path).add("/proc/self/task/").add_number(tid).add(name);
  const long file = raw::call(SYS_open, path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return 0;
  }
  const long got = raw::call(SYS_read, file, text, static_cast<long>(room - 1));
  raw::call(SYS_close, file);
  text[got < 0 ? 0 : got] = 0;
  return got < 0 ? 0 : static_cast<std::size_t>(got);
}

std::uint64_t hex_after_last_but(const char* text, std::size_t size, unsigned fields) {
  std::size_t at = size;
  while (at > 0 && fields > 0) {
    --at;
    fields -= text[at] == ' ' ? 1 : 0;
  }
  std::uint64_t number = 0;
  for (at += 3; at < size; ++at) {
    const char c = text[at];
    if (c >= '0' && c <= '9') {
      number = number << 4 | static_cast<std::uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      number = number << 4 | static_cast<std::uint64_t>(c - 'a' + 10);
    } else {
      break;
    }
  }
  return number;
}

// The last number of "NSpid:" in the thread's status.
std::uint32_t inner_tid(std::uint32_t listed) {
  static char text[4096];
  read_task_file(listed, "/status", text, sizeof text);
  const char* line = strstr(text, "\nNSpid:");
  const char* end = line == nullptr ? nullptr : strchr(line + 1, '\n');
  if (end == nullptr) {
    return listed;
  }
  const char* number = end;
  while (number > line && number[-1] >= '0' && number[-1] <= '9') {
    --number;
  }
  std::uint64_t tid = 0;
  return parse_number(number, tid) ? static_cast<std::uint32_t>(tid) : listed;
}

// A main thread that ended by pthread_exit stays listed.
bool has_ended(std::uint32_t tid) {
  char text[512];
  read_task_file(tid, "/stat", text, sizeof text);
  const char* name_end = strrchr(text, ')');
  return name_end == nullptr || name_end[1] == 0 || name_end[2] == 'Z' || name_end[2] == 'X';
}

// NUMBER ARGUMENTS… STACK-POINTER PC of a thread in a system call.
struct sleep_state {
  std::uintptr_t stack_pointer = 0;  // 0: it runs, or is unknown
  bool takes_signals = false;        // those that it waits for do not reach a handler
};

sleep_state sleep_of(std::uint32_t tid) {
  constexpr char sigtimedwait[] = "128 ";
  char text[256];
  const std::size_t size = read_task_file(tid, "/syscall", text, sizeof text);
  if (size == 0 || text[0] == 'r') {
    return {};
  }
  return {hex_after_last_but(text, size, 2),
          strncmp(text, sigtimedwait, sizeof sigtimedwait - 1) == 0};
}

}  // namespace

void rest_or_answer(int, siginfo_t* info, void* place) {
  const auto& context = *static_cast<const ucontext_t*>(place);
  if (!is_asked_for(info)) {
    if (info->si_code == SI_USER) {
      still_thread self = {};
      take_registers(context, self);
      answer_still_at_signal(self);
    }
    return;
  }
  const auto index = static_cast<std::uint32_t>(
      reinterpret_cast<std::uint64_t>(info->si_value.sival_ptr) & 0xffff);
  if (thread_state* thread = this_thread; thread != nullptr && load_relaxed(thread->busy) != 0) {
    __atomic_store_n(&thread->rest_wanted, index + 1, __ATOMIC_RELAXED);
    __atomic_fetch_or(&thread->pending_count, rest_flag, __ATOMIC_ACQ_REL);
    return;
  }
  take_registers(context, all[index]);
  rest_here(all[index]);
}

void reset_still_threads() {
  resting = 0;
  ending = 0;
  still_round += still_round & 1;
}

void rest_after_hook(std::uint32_t index) {
  if ((__atomic_load_n(&still_round, __ATOMIC_ACQUIRE) & 1) == 0) {
    return;
  }
  still_thread& self = all[index];
  LIBTRACK_OWN_REGISTERS(self);
  rest_here(self);
}

void still_threads::add(std::uint32_t tid) {
  if (count_ == most_threads) {
    ++unseen_;
    return;
  }
  threads_[count_] = {};
  threads_[count_++].tid = tid;
}

void still_threads::list() {
  const long folder = raw::call(SYS_open, "/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) {
    return;
  }
  struct entry {
    std::uint64_t inode;
    std::int64_t offset;
    std::uint16_t bytes;
    std::uint8_t type;
    char name[1];
  };
  alignas(8) static char buffer[8192];
  long got = 0;
  while ((got = raw::call(SYS_getdents64, folder, static_cast<void*>(buffer), sizeof buffer)) > 0) {
    for (long at = 0; at < got;) {
      const auto* each = reinterpret_cast<const entry*>(buffer + at);
      std::uint64_t tid = 0;
      if (parse_number(each->name, tid)) {
        add(static_cast<std::uint32_t>(tid));
      }
      at += each->bytes;
    }
  }
  raw::call(SYS_close, folder);
}

bool still_threads::stop(bool wake_sleepers, const still_thread& caller) {
  if (all == nullptr) {
    all = static_cast<still_thread*>(map_pages(most_threads * sizeof(still_thread)));
  }
  threads_ = all;
  if (all == nullptr) {
    return false;
  }
  if (__atomic_exchange_n(&ending, 0, __ATOMIC_ACQ_REL) != 0) {
    release();
  }
  cookie = (cookie + 1) & 0xffffffff;
  __atomic_store_n(&still_round, still_round + 1, __ATOMIC_RELEASE);
  // One thread needs no listing, which descriptors may be short for.
  // Signals and the recorder know threads by this process's own numbers.
  const auto own_tid = static_cast<std::uint32_t>(raw::call(SYS_gettid));
  std::uint32_t own = own_tid;
  if (*only_thread != 0) {
    add(own);
  } else {
    list();
    own = listed_tid(own_tid);
  }
  const bool translated = own != own_tid;
  std::uint32_t asked = 0;
  std::uint32_t takers = 0;
  const bool can_ask = count_ > 1 && listen_for_stills();
  for (std::size_t i = 0; i < count_; ++i) {
    still_thread& each = threads_[i];
    if (each.tid == own) {
      each = caller;
      each.tid = own;
      each.state = rest::parked;
      each.thread_pointer = thread_pointer();
      continue;
    }
    const std::uint32_t inner = translated ? inner_tid(each.tid) : each.tid;
    each.thread_pointer = thread_pointer_of(inner);
    const sleep_state sleep = sleep_of(each.tid);
    if (sleep.stack_pointer != 0 && !wake_sleepers) {
      each.stack_pointer = sleep.stack_pointer;
      each.state = rest::asleep;
    } else if (sleep.takes_signals) {
      ++takers;
    } else if (can_ask && ask(inner, i, still_signal())) {
      ++asked;
    }
  }
  wait_for_rest(asked);
  kernel_action setxid = {};
  asked += takers;
  if (wake_sleepers && __atomic_load_n(&resting, __ATOMIC_ACQUIRE) < asked &&
      set_action(setxid_signal, &still_action(), &setxid) == 0) {
    for (std::size_t i = 0; i < count_; ++i) {
      if (threads_[i].state == rest::none) {
        ask(translated ? inner_tid(threads_[i].tid) : threads_[i].tid, i, setxid_signal);
      }
    }
    wait_for_rest(asked);
    set_action(setxid_signal, &setxid, nullptr);
  }
  // Who blocks the signal may be asleep all the same.
  for (std::size_t i = 0; i < count_; ++i) {
    still_thread& each = threads_[i];
    if (each.state == rest::none) {
      each.stack_pointer = sleep_of(each.tid).stack_pointer;
      each.state = each.stack_pointer != 0 ? rest::asleep
                   : has_ended(each.tid)   ? rest::ended
                                           : rest::none;
    }
  }
  if (count_ == 0) {
    release();
  }
  return count_ != 0;
}

void still_threads::check_sleepers() {
  for (std::size_t i = 0; i < count_; ++i) {
    still_thread& each = threads_[i];
    if (each.state == rest::asleep && sleep_of(each.tid).stack_pointer != each.stack_pointer) {
      each.state = rest::none;
    }
  }
}

void still_threads::release() {
  __atomic_store_n(&still_round, still_round + 1, __ATOMIC_RELEASE);
  raw::call(SYS_futex, static_cast<void*>(&still_round), FUTEX_WAKE_PRIVATE, 0x7fffffff);
}

void still_threads::let_rest() {
  __atomic_store_n(&ending, 1, __ATOMIC_RELEASE);
  raw::call(SYS_futex, static_cast<void*>(&still_round), FUTEX_WAKE_PRIVATE, 0x7fffffff);
}

std::uint32_t still_threads::in_state(rest state) const {
  std::uint32_t found = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    found += threads_[i].state == state ? 1 : 0;
  }
  return found;
}

}  // namespace track::runtime
