#include "libtrack/runtime/graph_stream.hpp"

#include <errno.h>
#include <sys/uio.h>

#include <string.h>

#include "libtrack/base/syscall.hpp"

namespace track::runtime {

void graph_stream::bytes(const char* data, std::size_t size_bytes) {
  for (std::size_t i = 0; i < size_bytes; ++i) {
    byte(static_cast<std::uint8_t>(data[i]));
  }
}

void graph_stream::write_frame(std::size_t size_bytes, std::uint16_t flags) {
  header_.bytes = static_cast<std::uint16_t>(size_bytes);
  header_.flags = flags;
  iovec parts[2] = {{&header_, sizeof header_}, {payload_, size_bytes}};
  long written = 0;
  do {
    written =
        failed_ ? -EPIPE : raw::call(SYS_writev, descriptor_, static_cast<const void*>(parts), 2);
  } while (written == -EINTR);
  failed_ |= written != static_cast<long>(sizeof header_ + size_bytes);
  ++header_.sequence;
  used_ -= size_bytes;
  memmove(payload_, payload_ + size_bytes, used_);
}

bool graph_stream::finish() {
  write_frame(used_, ledger::graph::last);
  return !failed_;
}

}  // namespace track::runtime
