// Registers objects in the ledger as the library does, through the preload's table alone: sessions,
// of which one should be gone, one is lost and one dead, and a cache in static memory. What the
// table answers is checked here; a wrong answer ends with 9. `kill`: ended by SIGKILL; `fork`: with
// a child that registers, too; `signals`: asks in handlers of signals that interrupt allocations.
// expect: {"exit": {"kind": "exited", "code": 0}, "states": ["complete"]}
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <initializer_list>
#include <thread>

#include "libtrack/ledger/program_table.hpp"

struct Session {
  Session* next = nullptr;
  char state[64] = {};
};
struct Cache {
  char entries[256];
};

namespace {

using track::ledger::object_record;

// The compiler takes the address of an object for never null; this one may be.
const libtrack_ledger_table* table() {
  const libtrack_ledger_table* volatile looked_up = &libtrack_ledger_v1;
  return looked_up;
}

void check(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "wrong: %s\n", what);
    std::_Exit(9);
  }
}

std::uint32_t now_ms() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint32_t>(now.tv_sec * 1000 + now.tv_nsec / 1'000'000);
}

track::ledger::object_name name(const libtrack_objects& places, const char* text) {
  if (text == nullptr) {
    return 0;
  }
  const auto length = static_cast<std::uint16_t>(std::strlen(text));
  const std::uint64_t at = *places.names_used;
  check(at % 4 == 0 && at + 2 + length <= places.names_capacity, "room for names");
  *places.names_used = (at + 2 + length + 3) / 4 * 4;
  std::memcpy(places.names + at, &length, sizeof length);
  std::memcpy(places.names + at + 2, text, length);
  return static_cast<track::ledger::object_name>(at / 4);
}

struct facts {
  const char* type;
  std::size_t bytes;
  const char* label = nullptr;
  const char* tag = nullptr;
  const char* test = nullptr;
  std::uint32_t patience_ms = 0;
};

// The record of an object, complete but for its address.
__attribute__((noinline)) object_record& watch(const void* object, const facts& about) {
  libtrack_objects places = {};
  check(table()->objects(&places), "objects");
  check(*places.used >= 1 && *places.used < places.capacity, "room for objects");
  const std::uint64_t index = (*places.used)++;
  object_record& record = places.records[index];
  record.serial_thread =
      std::uint64_t{table()->thread()} << track::ledger::object_serial_bits | index;
  record.type = name(places, about.type);
  record.label = name(places, about.label);
  record.tag = name(places, about.tag);
  record.test = name(places, about.test);
  record.birth_ms = now_ms();
  record.due_ms = about.patience_ms == 0 ? 0 : record.birth_ms + about.patience_ms;
  record.size = static_cast<std::uint32_t>(about.bytes);
  record.node = table()->stack(1);
  check(record.node != 0, "a stack");
  void* frames[4] = {};
  check(table()->frames(record.node, frames, 4) >= 2, "its frames");
  check(frames[0] == __builtin_return_address(0), "the first one is the caller's");
  __atomic_store_n(&record.address, reinterpret_cast<std::uint64_t>(object), __ATOMIC_RELEASE);
  return record;
}

Session* g_sessions = nullptr;
Cache g_cache;
void* volatile sink = nullptr;

// Overwrites what calls left on the stack, which the conservative scan would take for pointers.
__attribute__((noinline)) void scrub() {
  volatile char room[16384];
  for (char volatile& each : room) {
    each = 0;
  }
}

__attribute__((noinline)) Session* open_session(const facts& about) {
  auto* session = new Session;
  watch(session, about);
  return session;
}

__attribute__((noinline)) void open_all() {
  for (const char* of : {"of alice", "of bob"}) {
    Session* session = open_session({"Session", sizeof(Session), of, "import", "login.ends",
                                     std::strcmp(of, "of alice") == 0 ? 20u : 0u});
    session->next = g_sessions;
    g_sessions = session;
  }
  sink = open_session({"Session", sizeof(Session), "lost one", "export"});
  sink = nullptr;
  watch(&g_cache, {"Cache", sizeof g_cache, nullptr, "start"});
  auto* gone = new Session;
  object_record& record = watch(gone, {"Session", sizeof(Session), "gone"});
  __atomic_store_n(&record.address, record.address | track::ledger::object_dead, __ATOMIC_RELEASE);
  delete gone;
}

void check_serials() {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  char* block = static_cast<char*>(std::malloc(100));
  check(table()->block_serial(block, &first) && first != 0 && first >> 63 == 0, "a serial number");
  check(table()->block_serial(block, &second) && first == second, "it stays");
  check(!table()->block_serial(block + 8, &second), "no block begins there");
  check(!table()->block_serial(block + 1, &second), "nor there");
  check(!table()->block_serial(&first, &second) && !table()->block_serial(nullptr, &second),
        "no block of the heap");
  const void* volatile freed = block;
  std::free(block);
  check(!table()->block_serial(freed, &second), "it is freed");
  char* again = static_cast<char*>(std::malloc(100));
  check(table()->block_serial(again, &second) && second > first, "the next one has another");
  char* moved = static_cast<char*>(std::realloc(again, 100'000));
  check(table()->block_serial(moved, &first) && first > second, "what is moved is another");
  std::free(moved);
  void* frames[2] = {};
  check(table()->frames(0, frames, 2) == 0, "0 is no stack");
  check(table()->frames(0x3fffffff, frames, 2) == 0, "nor what was never given");
}

void check_threads() {
  const std::uint32_t mine = table()->thread();
  check(mine != 0 && mine == table()->thread(), "a number of this thread");
  std::uint32_t other = 0;
  std::thread([&] { other = table()->thread(); }).join();
  check(other != 0 && other != mine, "another thread has another");
}

void wait_until_due() {
  const std::uint32_t end = now_ms() + 60;
  while (static_cast<std::int32_t>(end - now_ms()) > 0) {
    usleep(5000);
  }
}

void fork_and_register() {
  const pid_t child = fork();
  if (child == 0) {
    libtrack_objects places = {};
    check(table()->objects(&places) && *places.used == 1, "a child has none");
    check(table()->thread() == 1, "its thread is the first of its own");
    watch(g_sessions, {"Session", sizeof(Session), "of the child"});
    std::_Exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  check(status == 0, "the child's end");
}

volatile sig_atomic_t g_asked = 0;
void* g_block = nullptr;

void ask(int) {
  std::uint64_t serial = 0;
  void* frames[8] = {};
  libtrack_objects places = {};
  table()->block_serial(g_block, &serial);
  check(table()->frames(table()->stack(0), frames, 8) <= 8, "frames in a handler");
  check(table()->objects(&places), "objects in a handler");
  g_asked = g_asked + 1;
}

void ask_in_handlers() {
  constexpr int enough = 200;
  g_block = std::malloc(100);
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  check(table()->block_serial(g_block, &before), "a serial number");
  std::signal(SIGALRM, ask);
  const itimerval often = {{0, 500}, {0, 500}};
  setitimer(ITIMER_REAL, &often, nullptr);
  while (g_asked < enough) {
    for (std::size_t size = 16; size < 512; size += 16) {
      void* block = std::malloc(size);
      table()->block_serial(block, &after);
      std::free(block);
    }
  }
  const itimerval never = {};
  setitimer(ITIMER_REAL, &never, nullptr);
  check(table()->block_serial(g_block, &after) && before == after, "it stays");
  std::free(g_block);
}

}  // namespace

int main(int count, char** words) {
  const char* how = count > 1 ? words[1] : "";
  if (table() != nullptr) {
    check(table()->version == 1 && table()->size_bytes >= sizeof(libtrack_ledger_table),
          "the table");
    check_serials();
    check_threads();
    open_all();
    scrub();
    wait_until_due();
    if (std::strcmp(how, "signals") == 0) {
      ask_in_handlers();
    }
    if (std::strcmp(how, "fork") == 0) {
      fork_and_register();
    }
  }
  if (std::strcmp(how, "kill") == 0) {
    raise(SIGKILL);
  }
  return 0;
}
