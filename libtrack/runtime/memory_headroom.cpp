#include "libtrack/runtime/memory_headroom.hpp"

#include <fcntl.h>

#include <string.h>

#include "libtrack/base/syscall.hpp"
#include "libtrack/runtime/text.hpp"

namespace track::runtime {
namespace {

constexpr std::uint64_t unlimited = ~std::uint64_t{0};

bool read_text(const char* path, char* text, std::size_t room) {
  const long file = raw::call(SYS_open, path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return false;
  }
  const long got = raw::call(SYS_read, file, text, static_cast<long>(room - 1));
  raw::call(SYS_close, file);
  text[got < 0 ? 0 : got] = 0;
  return got > 0;
}

bool read_figure(const char* group, const char* name, std::uint64_t& figure) {
  char path[1200];
  char text[32];
  return text_buffer(path, sizeof path).add("/sys/fs/cgroup").add(group).add(name).fits() &&
         read_text(path, text, sizeof text) && parse_number(text, figure);
}

}  // namespace

std::uint64_t memory_headroom_bytes() {
  char groups[1024];
  if (!read_text("/proc/self/cgroup", groups, sizeof groups)) {
    return unlimited;
  }
  char* group = strncmp(groups, "0::", 3) == 0 ? groups + 3 : nullptr;
  if (group == nullptr) {
    return unlimited;
  }
  if (char* end = strchr(group, '\n'); end != nullptr) {
    *end = 0;
  }
  std::uint64_t least = unlimited;
  // A limit of any group above holds as well.
  for (;;) {
    std::uint64_t most = 0;
    std::uint64_t used = 0;
    if (read_figure(group, "/memory.max", most) && read_figure(group, "/memory.current", used)) {
      const std::uint64_t left = most > used ? most - used : 0;
      least = left < least ? left : least;
    }
    char* parent = strrchr(group, '/');
    if (parent == nullptr) {
      return least;
    }
    *parent = 0;
  }
}

}  // namespace track::runtime
