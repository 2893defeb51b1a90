#include "tools/console.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

#include "libtrack/support/files.hpp"

namespace track::tools {
namespace {

// A closed pipe is an error to report, not a death; programs that `track run` starts must not
// inherit the changed disposition, so it is put back.
class quiet_pipes {
 public:
  quiet_pipes() {
    struct sigaction ignore = {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignore, &before_);
  }
  quiet_pipes(const quiet_pipes&) = delete;
  quiet_pipes& operator=(const quiet_pipes&) = delete;
  ~quiet_pipes() { sigaction(SIGPIPE, &before_, nullptr); }

 private:
  struct sigaction before_ = {};
};

// A reader that has seen enough (`| head`) wants no words about it.
error cannot_write(const std::string& where) {
  if (errno == EPIPE) {
    return {error_code::output, ""};
  }
  return {error_code::output, "cannot write " + where + ": " + std::strerror(errno)};
}

result<void> write_all(int file, std::string_view text, const std::string& where) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return cannot_write(where);
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

result<void> write_all(int file, const text_source& text, const std::string& where) {
  result<void> done;
  text([&](std::string_view piece) {
    done = write_all(file, piece, where);
    return bool(done);
  });
  return done;
}

// What can be replaced as a whole: a file whose folder takes another beside it. The links to it
// stay; below /dev and /proc is what somebody else holds open.
std::optional<std::string> replaceable(const std::string& path, mode_t& mode) {
  if (path.starts_with("/dev/") || path.starts_with("/proc/")) {
    return std::nullopt;
  }
  struct stat info = {};
  std::error_code failure;
  if (lstat(path.c_str(), &info) != 0) {
    const mode_t mask = umask(0);
    umask(mask);
    mode = 0666 & ~mask;
    return path;
  }
  const std::filesystem::path real = std::filesystem::canonical(path, failure);
  if (failure || stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) ||
      access(real.c_str(), W_OK) != 0 || access(real.parent_path().c_str(), W_OK) != 0) {
    return std::nullopt;
  }
  mode = info.st_mode & 07777;
  return real.string();
}

}  // namespace

void complain(std::string_view message) {
  const std::string line = "track: " + std::string(message) + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

int complain(const error& failure) {
  if (!failure.message.empty()) {
    complain(failure.message);
  }
  return static_cast<int>(failure.code);
}

result<void> write_output(const std::string& path, std::string_view text) {
  return write_output(path, [text](const text_sink& sink) { sink(text); });
}

result<void> write_output(const std::string& path, const text_source& text) {
  const quiet_pipes quiet;
  if (path.empty() || path == "-") {
    return write_all(STDOUT_FILENO, text, "the standard output");
  }
  mode_t mode = 0;
  if (const auto whole = replaceable(path, mode)) {
    return write_file_atomically(*whole, text, mode);
  }
  const std::string where = "'" + path + "'";
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) {
    return file_error("cannot write", path, errno, error_code::output);
  }
  const result<void> done = write_all(file, text, where);
  if (close(file) != 0 && done) {
    return cannot_write(where);
  }
  return done;
}

bool use_color(color_choice choice, const std::string& output_path) {
  if (choice != color_choice::automatic) {
    return choice == color_choice::always;
  }
  const char* refused = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return output_path.empty() && (refused == nullptr || *refused == '\0') &&
         isatty(STDOUT_FILENO) == 1 && (terminal == nullptr || std::strcmp(terminal, "dumb") != 0);
}

}  // namespace track::tools
