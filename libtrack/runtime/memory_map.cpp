#include "libtrack/runtime/memory_map.hpp"

#include <fcntl.h>

#include <string.h>

#include "libtrack/base/syscall.hpp"
#include "libtrack/runtime/arena.hpp"
#include "libtrack/runtime/text.hpp"

namespace track::runtime {
namespace {

constexpr std::size_t text_room = std::size_t{16} << 20;
constexpr std::size_t most_mappings = 65530;  // the kernel's own default limit, vm.max_map_count

std::uint64_t read_hex(char*& at) {
  std::uint64_t number = 0;
  for (;; ++at) {
    const char c = *at;
    if (c >= '0' && c <= '9') {
      number = number << 4 | static_cast<std::uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      number = number << 4 | static_cast<std::uint64_t>(c - 'a' + 10);
    } else {
      return number;
    }
  }
}

char* after_space(char* at) {
  while (*at != ' ' && *at != 0) {
    ++at;
  }
  while (*at == ' ') {
    ++at;
  }
  return at;
}

}  // namespace

// START-END PERMISSIONS OFFSET DEVICE INODE PATH
void memory_map::take_line(char* line) {
  if (count_ == most_mappings) {
    complete_ = false;
    return;
  }
  mapping& made = mappings_[count_++];
  char* at = line;
  made.start = read_hex(at);
  at += *at == '-' ? 1 : 0;
  made.end = read_hex(at);
  at = after_space(at);
  made.readable = at[0] == 'r';
  made.writable = at[0] != 0 && at[1] == 'w';
  made.executable = made.writable ? at[2] == 'x' : at[0] != 0 && at[1] != 0 && at[2] == 'x';
  made.shared = strchr(at, 's') != nullptr && strchr(at, 's') < at + 4;
  at = after_space(after_space(after_space(at)));
  const char* inode = at;
  read_number(inode, made.inode);
  made.path = static_cast<std::uint32_t>(after_space(at) - text_);
}

bool memory_map::read() {
  text_ = static_cast<char*>(map_pages(text_room));
  mappings_ = static_cast<mapping*>(map_pages(most_mappings * sizeof(mapping)));
  const long file = raw::call(SYS_open, "/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (text_ == nullptr || mappings_ == nullptr || file < 0) {
    return false;
  }
  std::size_t used = 0;
  for (;;) {
    const long got =
        raw::call(SYS_read, file, text_ + used, static_cast<long>(text_room - 1 - used));
    if (got <= 0) {
      complete_ = got == 0 && used < text_room - 1;
      break;
    }
    used += static_cast<std::size_t>(got);
  }
  raw::call(SYS_close, file);
  for (char* line = text_; char* end = strchr(line, '\n'); line = end + 1) {
    *end = 0;
    take_line(line);
  }
  return count_ != 0;
}

const mapping* memory_map::find(std::uintptr_t address) const {
  std::size_t low = 0;
  std::size_t high = count_;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (mappings_[middle].end <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < count_ && mappings_[low].start <= address ? &mappings_[low] : nullptr;
}

std::size_t memory_map::readable_from(std::uintptr_t address, std::size_t size_bytes) {
  while (cursor_ < count_ && mappings_[cursor_].end <= address) {
    ++cursor_;
  }
  std::size_t found = 0;
  for (std::size_t i = cursor_; i < count_ && found < size_bytes; ++i) {
    const mapping& at = mappings_[i];
    if (at.start > address + found || !at.readable) {
      break;
    }
    found = at.end - address;
  }
  return found < size_bytes ? found : size_bytes;
}

}  // namespace track::runtime
