#include "tools/collector/graph_pipe.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace track::tools {
namespace {

constexpr int wanted_bytes = 1 << 20;

}  // namespace

result<graph_pipe> graph_pipe::create() {
  int ends[2];
  struct stat status {};
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return file_error("cannot make", "a pipe", errno, error_code::internal);
  }
  graph_pipe made;
  made.reading_ = file_descriptor(ends[0]);
  made.writing_ = file_descriptor(ends[1]);
  if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0 || fstat(ends[1], &status) != 0) {
    return file_error("cannot prepare", "a pipe", errno, error_code::internal);
  }
  // A smaller one, where the user has many, only makes stills wait more often.
  fcntl(ends[1], F_SETPIPE_SZ, wanted_bytes);
  made.inode_ = status.st_ino;
  return made;
}

}  // namespace track::tools
