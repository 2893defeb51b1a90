#include "libtrack/runtime/thread_state.hpp"

#include <signal.h>

#include <time.h>

#include "libtrack/base/relaxed.hpp"
#include "libtrack/base/spin_lock.hpp"
#include "libtrack/base/syscall.hpp"

namespace track::runtime {

constinit thread_local thread_state* this_thread = nullptr;

namespace {

// Guards the list; its holder blocks all signals, for a handler would deadlock on it.
spin_lock list_lock;
thread_state* all_states = nullptr;
unsigned state_count = 0;
thread_state* free_states = nullptr;
unsigned recount_at = 16;  // look for dead threads before more states than this exist

class signals_blocked {
 public:
  signals_blocked() {
    raw::call(SYS_rt_sigprocmask, SIG_SETMASK, as_long(&all_), as_long(&old_), 8);
  }
  ~signals_blocked() { raw::call(SYS_rt_sigprocmask, SIG_SETMASK, as_long(&old_), 0, 8); }
  signals_blocked(const signals_blocked&) = delete;
  signals_blocked& operator=(const signals_blocked&) = delete;

 private:
  static long as_long(const void* pointer) { return reinterpret_cast<long>(pointer); }
  std::uint64_t all_ = ~std::uint64_t{0};
  std::uint64_t old_ = 0;
};

// Where threads lived. libc reuses the stacks of finished threads, so they are few.
constexpr std::size_t most_places = 8192;
std::uintptr_t places[most_places];
std::size_t place_count = 0;

void note_place(std::uintptr_t thread_pointer) {
  for (std::size_t i = 0; i < place_count; ++i) {
    if (places[i] == thread_pointer) {
      return;
    }
  }
  if (place_count < most_places) {
    places[place_count++] = thread_pointer;
  }
}

bool is_alive(std::uint32_t tid) {
  const long pid = raw::call(SYS_getpid);
  return raw::call(SYS_tgkill, pid, static_cast<long>(tid), 0) == 0;
}

void set_free(thread_state& state) {
  state.tid = 0;
  store_relaxed(state.busy, std::uintptr_t{0});
  state.next_free = free_states;
  free_states = &state;
}

void collect_dead_states() {
  unsigned alive = 0;
  for (thread_state* state = all_states; state != nullptr; state = state->next) {
    if (state->tid != 0 && is_alive(state->tid)) {
      ++alive;
    } else if (state->tid != 0) {
      set_free(*state);
    }
  }
  recount_at = state_count > 2 * alive ? state_count : state_count * 2;
}

void reset_state(thread_state& state) {
  store_relaxed(state.busy, std::uintptr_t{0});
  state.pending_count = 0;
  state.last_allocation = 0;
  state.expected_release = 0;
  state.nested_stack_used = false;
  state.new_block_flags = 0;
  state.ignoring_depth = 0;
  state.stack.forget();
  state.stack.frames.readable_low = state.stack.frames.readable_high = 0;
}

}  // namespace

thread_state* acquire_thread_state() {
  signals_blocked blocked;
  lock_guard hold(list_lock);
  if (this_thread != nullptr) {
    return this_thread;
  }
  if (free_states == nullptr && state_count >= recount_at) {
    collect_dead_states();
  }
  thread_state* state = free_states;
  if (state != nullptr) {
    free_states = state->next_free;
  } else {
    state = static_cast<thread_state*>(map_pages(sizeof(thread_state)));
    if (state == nullptr) {
      return nullptr;
    }
    state->next = all_states;
    __atomic_store_n(&all_states, state, __ATOMIC_RELEASE);
    ++state_count;
  }
  reset_state(*state);
  state->tid = static_cast<std::uint32_t>(raw::call(SYS_gettid));
  state->thread_pointer = reinterpret_cast<std::uintptr_t>(__builtin_thread_pointer());
  note_place(state->thread_pointer);
  this_thread = state;
  return state;
}

std::uintptr_t thread_pointer_of(std::uint32_t tid) {
  for (const thread_state* state = __atomic_load_n(&all_states, __ATOMIC_ACQUIRE); state != nullptr;
       state = state->next) {
    if (state->tid == tid) {
      return state->thread_pointer;
    }
  }
  return 0;
}

thread_places places_of_threads() {
  return {places, place_count};
}

void forget_other_threads() {
  list_lock.word = 0;
  for (thread_state* state = all_states; state != nullptr; state = state->next) {
    if (state != this_thread && state->tid != 0) {
      set_free(*state);
    }
  }
  if (this_thread != nullptr) {
    this_thread->tid = static_cast<std::uint32_t>(raw::call(SYS_gettid));
  }
}

bool wait_until_quiet() {
  for (thread_state* state = __atomic_load_n(&all_states, __ATOMIC_ACQUIRE); state != nullptr;
       state = state->next) {
    for (unsigned round = 0;
         state != this_thread && state->tid != 0 && load_relaxed(state->busy) != 0; ++round) {
      if (round > 20000) {
        return false;
      }
      if (round < 1000) {
        raw::call(SYS_sched_yield);
      } else {
        timespec pause = {0, 50'000};
        raw::call(SYS_nanosleep, &pause, 0);
      }
    }
  }
  return true;
}

}  // namespace track::runtime
