#include "libtrack/runtime/identity.hpp"

#include <fcntl.h>

#include <string.h>
#include <time.h>

#include "libtrack/base/syscall.hpp"
#include "libtrack/runtime/text.hpp"

namespace track::runtime {
namespace {

// Reads the start of a file. Returns bytes read, 0 on any failure.
std::size_t read_start(const char* path, char* place, std::size_t room) {
  const long file = raw::call(SYS_open, path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return 0;
  }
  const long bytes =
      raw::call(SYS_read, file, reinterpret_cast<long>(place), static_cast<long>(room));
  raw::call(SYS_close, file);
  return bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

// Field 22 of /proc/self/stat; the command in field 2 may hold anything, but ends at the last ')'.
std::uint64_t start_ticks() {
  char text[1024];
  const std::size_t bytes = read_start("/proc/self/stat", text, sizeof text - 1);
  text[bytes] = 0;
  const char* at = strrchr(text, ')');
  if (at == nullptr) {
    return 0;
  }
  ++at;
  for (unsigned field = 3; field <= 22; ++field) {
    while (*at == ' ') {
      ++at;
    }
    if (field == 22) {
      std::uint64_t ticks = 0;
      return parse_number(at, ticks) ? ticks : 0;
    }
    while (*at != ' ' && *at != 0) {
      ++at;
    }
  }
  return 0;
}

// What the program was started as. Kept, because /proc may be out of reach when a child is forked.
struct command {
  char exe[4096];
  std::size_t exe_bytes;
  char arguments[4096];  // argv, each ended by a zero byte
  std::size_t arguments_bytes;
};
command started;

void fill_command(ledger::slot_writer& ledger, bool all_arguments) {
  const auto exe = ledger.add_string(started.exe, started.exe_bytes);
  ledger.header().exe_offset = exe.offset;
  ledger.header().exe_bytes = exe.bytes;
  std::size_t bytes = started.arguments_bytes;
  if (!all_arguments) {
    const void* end = memchr(started.arguments, 0, bytes);
    bytes = end == nullptr
                ? bytes
                : static_cast<std::size_t>(static_cast<const char*>(end) - started.arguments) + 1;
  }
  const auto args = ledger.add_string(started.arguments, bytes);
  ledger.header().args_offset = args.offset;
  ledger.header().args_bytes = args.bytes;
}

}  // namespace

std::uint64_t monotonic_ms() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<std::uint64_t>(now.tv_sec * 1000 + now.tv_nsec / 1'000'000);
}

void remember_command() {
  const long bytes = raw::call(SYS_readlink, "/proc/self/exe", started.exe, sizeof started.exe - 1);
  started.exe_bytes = bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
  started.arguments_bytes =
      read_start("/proc/self/cmdline", started.arguments, sizeof started.arguments);
}

const char* program_path() {
  return started.exe;
}

void fill_identity(ledger::slot_writer& ledger, ledger::file_header& file,
                   ledger::process_origin origin, std::uint64_t parent_process) {
  ledger::slot_header& header = ledger.header();
  header.process = __atomic_fetch_add(&file.next_process, 1, __ATOMIC_RELAXED);
  header.parent_process = parent_process;
  header.pid = static_cast<std::uint32_t>(raw::call(SYS_getpid));
  header.parent_pid = static_cast<std::uint32_t>(raw::call(SYS_getppid));
  header.start_ticks = start_ticks();
  header.origin = static_cast<std::uint32_t>(origin);
  header.start_mono_ms = monotonic_ms();
  fill_command(ledger, file.record_args != 0);
}

void inherit_live_blocks(ledger::slot_header& child, const ledger::slot_header& parent) {
  std::int64_t blocks = static_cast<std::int64_t>(parent.inherited_blocks - parent.inherited_frees);
  std::int64_t bytes = static_cast<std::int64_t>(parent.inherited_bytes);
  for (const ledger::stripe_cell& cell : parent.cells) {
    blocks += cell.live_blocks;
    bytes += cell.live_bytes;
  }
  child.inherited_blocks = blocks > 0 ? static_cast<std::uint64_t>(blocks) : 0;
  child.inherited_bytes = bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

}  // namespace track::runtime
