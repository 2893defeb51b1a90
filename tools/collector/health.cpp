#include "tools/collector/health.hpp"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>
#include <gnu/libc-version.h>

#include "libtrack/capture/reader.hpp"
#include "tools/collector/preload_environment.hpp"
#include "tools/collector/process_probe.hpp"
#include "tools/collector/program_check.hpp"

namespace track::tools {
namespace {

health_check ok(std::string subject, std::string detail) {
  return {std::move(subject), health::ok, std::move(detail)};
}
health_check warn(std::string subject, std::string detail) {
  return {std::move(subject), health::warn, std::move(detail)};
}
health_check fail(std::string subject, std::string detail) {
  return {std::move(subject), health::fail, std::move(detail)};
}

struct version {
  int major = 0;
  int minor = 0;
  friend auto operator<=>(const version&, const version&) = default;
};

version parse_version(const char* text) {
  version parsed;
  if (std::sscanf(text, "%d.%d", &parsed.major, &parsed.minor) != 2) {
    return {};
  }
  return parsed;
}

health_check check_kernel() {
  utsname names{};
  uname(&names);
  if (std::string_view(names.machine) != "x86_64") {
    return fail("machine", fmt::format("{}: only x86-64 can be tracked", names.machine));
  }
  const version kernel = parse_version(names.release);
  if (kernel < version{5, 4}) {
    return fail("kernel", fmt::format("{}: Linux 5.4 or later is needed", names.release));
  }
  return ok("kernel", fmt::format("{} on {}", names.release, names.machine));
}

health_check check_libc() {
  const char* text = gnu_get_libc_version();
  const version libc = parse_version(text);
  if (libc < version{2, 28}) {
    return fail("glibc", fmt::format("{}: 2.28 or later is needed", text));
  }
  if (libc < version{2, 35}) {
    return ok("glibc", fmt::format("{}; from 2.35 on tracking is somewhat faster", text));
  }
  return ok("glibc", text);
}

// A private folder for the time of a check.
class temporary_folder {
 public:
  temporary_folder() {
    std::error_code failure;
    std::string name =
        (std::filesystem::temp_directory_path(failure) / "track-doctor-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) {
      path_ = name;
    }
  }
  ~temporary_folder() {
    std::error_code ignored;
    if (!path_.empty()) {
      std::filesystem::remove_all(path_, ignored);
    }
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

health_check check_preload() {
  auto library = find_preload();
  if (!library) {
    return fail("preload", library.failure().message);
  }
  const std::string command = *library;
  const temporary_folder folder;
  // Loading it starts a recording: of a child, into a folder that goes.
  const pid_t child = fork();
  if (child == 0) {
    setenv("TRACK_DIR", folder.path().c_str(), 1);
    const int null = open("/dev/null", O_RDWR);
    dup2(null, STDOUT_FILENO);
    void* handle = dlopen(command.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      fmt::print(stderr, "track: {}\n", dlerror());
    }
    _exit(handle == nullptr ? 1 : 0);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
    return fail("preload", command + ": cannot be loaded, see above; build or install it again");
  }
  return ok("preload", command);
}

health_check check_memory_file() {
  const file_descriptor file(memfd_create("track-doctor", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) {
    return fail("memfd", fmt::format("no memory file: {}; a seccomp profile may forbid "
                                     "memfd_create: allow it",
                                     std::strerror(errno)));
  }
  rlimit size{};
  if (getrlimit(RLIMIT_FSIZE, &size) == 0 && size.rlim_cur < (std::uint64_t{8} << 30)) {
    return warn("memfd", fmt::format("files are limited to {} MiB (ulimit -f): few or small places "
                                     "for processes; raise it",
                                     size.rlim_cur >> 20));
  }
  return ok("memfd", "memory files work");
}

health_check check_proc() {
  const auto stat = read_process_stat(getpid());
  const file_descriptor own(open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!stat || !own) {
    return fail("/proc", "not mounted or not readable: processes cannot be told apart; mount it");
  }
  return ok("/proc", "readable");
}

health_check check_process_descriptors() {
  const file_descriptor self = open_process(getpid());
  if (!self) {
    return warn("pidfd", fmt::format("{}: the ends of processes are found by asking /proc; a "
                                     "seccomp profile may forbid pidfd_open",
                                     std::strerror(errno)));
  }
  return ok("pidfd", "process descriptors work");
}

health_check check_rseq() {
  const auto* size = static_cast<const unsigned*>(dlsym(RTLD_DEFAULT, "__rseq_size"));
  if (size == nullptr || *size == 0) {
    return warn("rseq",
                "not registered by glibc (older than 2.35, a tunable, or seccomp): counters "
                "of programs with many threads are slower");
  }
  return ok("rseq", "registered by glibc");
}

health_check check_seccomp() {
  const int mode = prctl(PR_GET_SECCOMP);
  if (mode > 0) {
    return warn("seccomp",
                "a filter is active (a container?): allow memfd_create, pidfd_open, "
                "membarrier and clone if something below fails");
  }
  return ok("seccomp", "no filter");
}

// --- the canary -------------------------------------------------------------------------------

struct canary_facts {
  long long allocations = 0;
  long long frees = 0;
  long long live_blocks = 0;
  long long live_bytes = 0;
};

// What tools/canary/canary.c does.
constexpr canary_facts expected_of_canary{120, 100, 20, 2000};

std::string find_canary() {
  std::error_code failure;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", failure).parent_path();
  for (const char* place : {"track_canary", "../libexec/track/track_canary"}) {
    const auto path = (own / place).lexically_normal();
    if (access(path.c_str(), X_OK) == 0) {
      return path.string();
    }
  }
  return {};
}

int run_tracked(const std::string& program, const std::string& capture) {
  const pid_t child = fork();
  if (child == 0) {
    execl("/proc/self/exe", "track", "run", "--quiet", "-o", capture.c_str(), "--", program.c_str(),
          nullptr);
    _exit(127);
  }
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status)
                                                                               : -1;
}

health_check compare(const capture::contents& contents) {
  canary_facts found;
  for (const auto& counter : contents.counters) {
    found.allocations += static_cast<long long>(counter.allocations);
    found.frees += static_cast<long long>(counter.frees);
    found.live_bytes += static_cast<long long>(counter.bytes_allocated) -
                        static_cast<long long>(counter.bytes_freed);
  }
  found.live_blocks = found.allocations - found.frees;
  const auto shown = [](const canary_facts& facts) {
    return fmt::format("{} allocations, {} frees, {} blocks of {} bytes alive", facts.allocations,
                       facts.frees, facts.live_blocks, facts.live_bytes);
  };
  if (contents.processes.size() != 1 || found.allocations != expected_of_canary.allocations ||
      found.frees != expected_of_canary.frees ||
      found.live_bytes != expected_of_canary.live_bytes) {
    return fail("canary",
                fmt::format("{} process(es), {}; expected one, {}: please report this",
                            contents.processes.size(), shown(found), shown(expected_of_canary)));
  }
  return ok("canary", shown(found) + ", as it should be");
}

}  // namespace

std::vector<health_check> check_machine() {
  std::vector<health_check> checks = {check_kernel(),  check_libc(),
                                      check_preload(), check_memory_file(),
                                      check_proc(),    check_process_descriptors(),
                                      check_rseq(),    check_seccomp()};
  if (std::string obstacle = check_environment(); !obstacle.empty()) {
    checks.push_back(fail("environment", std::move(obstacle)));
  }
  return checks;
}

std::vector<health_check> check_candidate(const std::string& program) {
  program_verdict verdict = check_program(program);
  if (verdict.status != 0) {
    return {fail("program", std::move(verdict.reason))};
  }
  std::vector<health_check> checks = {
      ok("program", verdict.path == verdict.binary
                        ? verdict.path + " can be tracked"
                        : verdict.path + " runs in " + verdict.binary + " and can be tracked")};
  for (std::string& note : verdict.notes) {
    checks.push_back(warn("program", std::move(note)));
  }
  return checks;
}

std::vector<health_check> check_by_canary() {
  const std::string canary = find_canary();
  if (canary.empty()) {
    return {fail("canary", "track_canary is missing beside track: build or install it")};
  }
  const temporary_folder folder;
  const std::string capture = folder.path() + "/canary.track";
  const int status = run_tracked(canary, capture);
  if (status != 0) {
    return {fail("canary", fmt::format("track run {} ended with {}", canary, status))};
  }
  auto reader = capture::reader::open(capture);
  if (!reader) {
    return {fail("canary", reader.failure().message)};
  }
  const auto contents = reader->load();
  if (!contents) {
    return {fail("canary", contents.failure().message)};
  }
  return {compare(*contents)};
}

}  // namespace track::tools
