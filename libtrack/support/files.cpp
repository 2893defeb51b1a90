#include "libtrack/support/files.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace track {

namespace {

const char* advice_for(int reason) {
  switch (reason) {
    case ENOENT:
    case ENOTDIR:
      return "check the path";
    case EACCES:
    case EPERM:
      return "check the permissions of the file and of its directories";
    case EISDIR:
      return "name a file, not a directory";
    case ENOSPC:
    case EDQUOT:
      return "free some space or name another directory";
    case EROFS:
      return "name a directory that can be written";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n)";
    case ENOMEM:
      return "raise the limit of memory (ulimit -v)";
    case EFBIG:
      return "raise the limit of file size (ulimit -f)";
    default:
      return "";
  }
}

result<file_descriptor> open_to_read(const std::string& path) {
  file_descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file) {
    return file_error("cannot open", path, errno);
  }
  struct stat status = {};
  if (fstat(file.get(), &status) != 0) {
    return file_error("cannot examine", path, errno);
  }
  if (S_ISDIR(status.st_mode)) {
    return file_error("cannot read", path, EISDIR);
  }
  return file;
}

int write_all(int file, std::string_view contents) {
  while (!contents.empty()) {
    const ssize_t written = write(file, contents.data(), contents.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return errno;
    }
    contents.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

// Goes unless it is kept, also when what is to be written to it cannot be made.
class unfinished_file {
 public:
  explicit unfinished_file(std::string path) : path_(std::move(path)) {}
  unfinished_file(const unfinished_file&) = delete;
  unfinished_file& operator=(const unfinished_file&) = delete;
  ~unfinished_file() {
    if (!path_.empty()) {
      unlink(path_.c_str());
    }
  }
  void keep() { path_.clear(); }

 private:
  std::string path_;
};

// 0, or the errno of the first step that failed.
int write_and_rename(int file, const std::string& temporary, const std::string& path,
                     const text_source& contents, mode_t mode) {
  int failed = 0;
  contents([&failed, file](std::string_view piece) {
    failed = write_all(file, piece);
    return failed == 0;
  });
  if (failed != 0) {
    return failed;
  }
  if (fchmod(file, mode) != 0 || fsync(file) != 0) {
    return errno;
  }
  return rename(temporary.c_str(), path.c_str()) == 0 ? 0 : errno;
}

}  // namespace

error file_error(std::string_view what, const std::string& path, int reason, error_code code) {
  std::string message(what);
  message += " ";
  message += path;
  message += ": ";
  message += std::strerror(reason);
  if (const char* advice = advice_for(reason); *advice != '\0') {
    message += "; ";
    message += advice;
  }
  return {code, std::move(message)};
}

result<std::string> read_file(const std::string& path, std::uint64_t limit_bytes) {
  auto file = open_to_read(path);
  if (!file) {
    return file.failure();
  }
  constexpr std::size_t step_bytes = 64 * 1024;
  std::string contents;
  for (;;) {
    const std::size_t before = contents.size();
    contents.resize(before + std::max(step_bytes, before / 2));
    const ssize_t count = read(file->get(), contents.data() + before, contents.size() - before);
    if (count < 0 && errno == EINTR) {
      contents.resize(before);
      continue;
    }
    if (count < 0) {
      return file_error("cannot read", path, errno);
    }
    contents.resize(before + static_cast<std::size_t>(count));
    if (contents.size() > limit_bytes) {
      return error{error_code::bad_input, "cannot read " + path + ": larger than " +
                                              std::to_string(limit_bytes) +
                                              " bytes, the most that is read of such a file"};
    }
    if (count == 0) {
      return contents;
    }
  }
}

result<void> write_file_atomically(const std::string& path, std::string_view contents,
                                   mode_t mode) {
  return write_file_atomically(
      path, [contents](const text_sink& sink) { sink(contents); }, mode);
}

result<void> write_file_atomically(const std::string& path, const text_source& contents,
                                   mode_t mode) {
  std::string temporary = path + ".XXXXXX";
  const file_descriptor file(mkostemp(temporary.data(), O_CLOEXEC));
  if (!file) {
    return file_error("cannot write", path, errno, error_code::output);
  }
  unfinished_file unfinished(temporary);
  const int failed = write_and_rename(file.get(), temporary, path, contents, mode);
  if (failed != 0) {
    return file_error("cannot write", path, failed, error_code::output);
  }
  unfinished.keep();
  return {};
}

mapped_file::mapped_file(mapped_file&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

mapped_file& mapped_file::operator=(mapped_file&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

mapped_file::~mapped_file() {
  if (data_ != nullptr) {
    munmap(const_cast<std::byte*>(data_), size_);
  }
}

result<mapped_file> mapped_file::open(const std::string& path) {
  auto file = open_to_read(path);
  if (!file) {
    return file.failure();
  }
  struct stat status = {};
  if (fstat(file->get(), &status) != 0) {
    return file_error("cannot examine", path, errno);
  }
  if (!S_ISREG(status.st_mode)) {
    return error{error_code::bad_input, "cannot map " + path + ": not a regular file"};
  }
  mapped_file mapped;
  if (status.st_size == 0) {
    return mapped;
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  void* memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file->get(), 0);
  if (memory == MAP_FAILED) {
    return file_error("cannot map", path, errno);
  }
  mapped.data_ = static_cast<const std::byte*>(memory);
  mapped.size_ = size;
  return mapped;
}

file_descriptor& file_descriptor::operator=(file_descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

file_descriptor::~file_descriptor() {
  if (number_ >= 0) {
    close(number_);
  }
}

int file_descriptor::release() {
  return std::exchange(number_, -1);
}

}  // namespace track
