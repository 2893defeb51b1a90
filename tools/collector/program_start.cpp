#include "tools/collector/program_start.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace track::tools {
namespace {

constexpr int track_failed = 125;
constexpr int not_executable = 126;

}  // namespace

std::vector<std::string> own_environment() {
  std::vector<std::string> environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    environment.emplace_back(*entry);
  }
  return environment;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

void occupy_standard_descriptors() {
  int number;
  do {
    number = open("/dev/null", O_RDWR | O_CLOEXEC);
  } while (number >= 0 && number <= 2);
  if (number > 2) {
    close(number);
  }
}

[[noreturn]] void become_program(const program_start& start) {
  char byte = 0;
  ssize_t count;
  do {
    count = read(start.go, &byte, 1);
  } while (count < 0 && errno == EINTR);
  if (count != 1) {
    _exit(track_failed);
  }
  sigprocmask(SIG_SETMASK, &start.mask, nullptr);
  execve(start.path, start.arguments.data(), start.environment.data());
  const int reason = errno;
  if (write(start.report, &reason, sizeof reason) != sizeof reason) {
    _exit(track_failed);
  }
  _exit(not_executable);
}

void end_by_signal(int signal) {
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  prctl(PR_SET_DUMPABLE, 0);
  ::signal(signal, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  kill(getpid(), signal);
  sigprocmask(SIG_UNBLOCK, &only, nullptr);
}

}  // namespace track::tools
