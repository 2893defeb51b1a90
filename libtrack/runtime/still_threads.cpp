#include "libtrack/runtime/still_threads.hpp"

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
#include "libtrack/runtime/text.hpp"
#include "libtrack/runtime/thread_state.hpp"

namespace track::runtime {
namespace {

constexpr std::size_t most_threads = 16384;
constexpr long patience_ms = 50;

// What the handler and the stopping thread share. One still at a time.
still_thread* all = nullptr;
std::uint32_t resting = 0;      // threads at rest
std::uint32_t still_round = 0;  // a thread at rest waits for this to change; odd: a still is on
int park_signal = 0;
std::uint64_t cookie = 0;

struct kernel_action {
  void (*handler)(int, siginfo_t*, void*);
  unsigned long flags;
  void (*restorer)();
  std::uint64_t mask;
};

asm(".pushsection .text\n"
    ".type libtrack_return_from_signal, @function\n"
    "libtrack_return_from_signal:\n"
    "  mov $15, %eax\n"
    "  syscall\n"
    ".size libtrack_return_from_signal, . - libtrack_return_from_signal\n"
    ".popsection\n");
extern "C" __attribute__((visibility("hidden"))) void libtrack_return_from_signal();

std::uintptr_t thread_pointer() {
  return reinterpret_cast<std::uintptr_t>(__builtin_thread_pointer());
}

void wait_while(std::uint32_t* word, std::uint32_t value) {
  while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value) {
    raw::call(SYS_futex, static_cast<void*>(word), FUTEX_WAIT_PRIVATE, static_cast<long>(value), 0);
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

bool is_asked_for(const siginfo_t* info) {
  return info->si_code == SI_QUEUE &&
         (reinterpret_cast<std::uint64_t>(info->si_value.sival_ptr) >> 16) == cookie &&
         (__atomic_load_n(&still_round, __ATOMIC_ACQUIRE) & 1) != 0;
}

void park(int, siginfo_t* info, void* context) {
  if (!is_asked_for(info)) {
    return;
  }
  const auto index = static_cast<std::uint32_t>(
      reinterpret_cast<std::uint64_t>(info->si_value.sival_ptr) & 0xffff);
  if (thread_state* thread = this_thread; thread != nullptr && load_relaxed(thread->busy) != 0) {
    __atomic_store_n(&thread->rest_wanted, index + 1, __ATOMIC_RELAXED);
    __atomic_fetch_or(&thread->pending_count, rest_flag, __ATOMIC_ACQ_REL);
    return;
  }
  still_thread& self = all[index];
  const auto& registers = static_cast<const ucontext_t*>(context)->uc_mcontext.gregs;
  for (std::size_t i = 0; i < register_count; ++i) {
    self.registers[i] = static_cast<std::uintptr_t>(registers[i]);
  }
  self.stack_pointer = static_cast<std::uintptr_t>(registers[REG_RSP]);
  rest_here(self);
}

long set_action(int signal, const kernel_action* action, kernel_action* old) {
  return raw::call(SYS_rt_sigaction, static_cast<long>(signal), static_cast<const void*>(action),
                   static_cast<void*>(old), 8);
}

// A real-time signal that the program does not use, from the top.
int choose_signal() {
  for (int signal = 61; signal > 40; --signal) {
    kernel_action old = {};
    if (set_action(signal, nullptr, &old) == 0 && old.handler == nullptr) {
      return signal;
    }
  }
  return 0;
}

constexpr unsigned long has_restorer = 0x04000000;  // SA_RESTORER
const kernel_action ours = {&park, SA_SIGINFO | SA_RESTART | SA_ONSTACK | has_restorer,
                            &libtrack_return_from_signal, ~std::uint64_t{0}};

bool install_handler() {
  if (park_signal != 0) {
    kernel_action now = {};
    set_action(park_signal, nullptr, &now);
    if (now.handler == &park) {
      return true;
    }
  }
  park_signal = choose_signal();
  return park_signal != 0 && set_action(park_signal, &ours, nullptr) == 0;
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
std::uint32_t listed_tid() {
  char text[64];
  const long bytes = raw::call(SYS_readlink, "/proc/thread-self", text, sizeof text - 1);
  text[bytes < 0 ? 0 : bytes] = 0;
  const char* last = strrchr(text, '/');
  std::uint64_t tid = 0;
  return last != nullptr && parse_number(last + 1, tid)
             ? static_cast<std::uint32_t>(tid)
             : static_cast<std::uint32_t>(raw::call(SYS_gettid));
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

// NUMBER ARGUMENTS… STACK-POINTER PC of a thread in a system call. 0: it runs, or is unknown.
std::uintptr_t sleeping_stack_pointer(std::uint32_t tid) {
  char text[256];
  const std::size_t size = read_task_file(tid, "/syscall", text, sizeof text);
  return size == 0 || text[0] == 'r' ? 0 : hex_after_last_but(text, size, 2);
}

}  // namespace

void reset_still_threads() {
  resting = 0;
  still_round += still_round & 1;
}

void rest_after_hook(std::uint32_t index) {
  if ((__atomic_load_n(&still_round, __ATOMIC_ACQUIRE) & 1) == 0) {
    return;
  }
  still_thread& self = all[index];
  asm volatile(
      "movq %%rbx, 0(%0)\n\tmovq %%rbp, 8(%0)\n\tmovq %%r12, 16(%0)\n\t"
      "movq %%r13, 24(%0)\n\tmovq %%r14, 32(%0)\n\tmovq %%r15, 40(%0)"
      :
      : "r"(self.registers)
      : "memory");
  self.stack_pointer = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
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

bool still_threads::stop(bool wake_sleepers, std::uintptr_t own_stack_pointer) {
  if (all == nullptr) {
    all = static_cast<still_thread*>(map_pages(most_threads * sizeof(still_thread)));
  }
  threads_ = all;
  if (all == nullptr) {
    return false;
  }
  cookie = (cookie + 1) & 0xffffffff;
  __atomic_store_n(&still_round, still_round + 1, __ATOMIC_RELEASE);
  // One thread needs no listing, which descriptors may be short for.
  if (*only_thread != 0) {
    add(static_cast<std::uint32_t>(raw::call(SYS_gettid)));
  } else {
    list();
  }
  const std::uint32_t own =
      *only_thread != 0 ? static_cast<std::uint32_t>(raw::call(SYS_gettid)) : listed_tid();
  // Signals and the recorder know threads by this process's own numbers.
  const bool translated = own != static_cast<std::uint32_t>(raw::call(SYS_gettid));
  std::uint32_t asked = 0;
  const bool can_ask = count_ > 1 && install_handler();
  for (std::size_t i = 0; i < count_; ++i) {
    still_thread& each = threads_[i];
    if (each.tid == own) {
      each.state = rest::parked;
      each.stack_pointer = own_stack_pointer;
      each.thread_pointer = thread_pointer();
      continue;
    }
    const std::uint32_t inner = translated ? inner_tid(each.tid) : each.tid;
    each.thread_pointer = thread_pointer_of(inner);
    const std::uintptr_t sleeping = sleeping_stack_pointer(each.tid);
    if (sleeping != 0 && !wake_sleepers) {
      each.stack_pointer = sleeping;
      each.state = rest::asleep;
    } else if (can_ask && ask(inner, i, park_signal)) {
      ++asked;
    }
  }
  wait_for_rest(asked);
  kernel_action setxid = {};
  if (wake_sleepers && __atomic_load_n(&resting, __ATOMIC_ACQUIRE) < asked &&
      set_action(setxid_signal, &ours, &setxid) == 0) {
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
      each.stack_pointer = sleeping_stack_pointer(each.tid);
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
    if (each.state == rest::asleep && sleeping_stack_pointer(each.tid) != each.stack_pointer) {
      each.state = rest::none;
    }
  }
}

void still_threads::release() {
  __atomic_store_n(&still_round, still_round + 1, __ATOMIC_RELEASE);
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
