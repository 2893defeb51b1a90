#include "tools/collector/launcher.hpp"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "libtrack/support/units.hpp"
#include "tools/collector/messages.hpp"
#include "tools/collector/preload_environment.hpp"
#include "tools/collector/program_start.hpp"

namespace track::tools {
namespace {

constexpr int track_failed = 125;
constexpr int not_executable = 126;
constexpr int not_found = 127;

void say(std::string_view text) {
  fmt::print(stderr, "track: {}\n", text);
}

sigset_t handled_signals() {
  sigset_t handled;
  sigemptyset(&handled);
  for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD, SIGTSTP,
                           SIGTTIN, SIGTTOU, SIGPIPE}) {
    sigaddset(&handled, signal);
  }
  return handled;
}

bool is_forwarded(int signal) {
  return signal == SIGTERM || signal == SIGHUP || signal == SIGUSR1 || signal == SIGUSR2;
}

class launcher {
 public:
  explicit launcher(launch_options options) : options_(std::move(options)) {}

  int run() {
    occupy_standard_descriptors();
    const sigset_t handled = handled_signals();
    sigprocmask(SIG_BLOCK, &handled, &start_.mask);
    if (const auto prepared = start_collector(); !prepared) {
      return refuse(prepared.failure().message);
    }
    if (!start_program()) {
      return refuse("cannot start a process: " + std::string(std::strerror(errno)));
    }
    // Only now: the program has what it inherits.
    ::signal(SIGCHLD, SIG_DFL);
    signals_ = file_descriptor(signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK));
    if (const auto ready = let_it_run(); !ready) {
      return status_of_failed_start_ != 0 ? give_up(ready.failure().message)
                                          : refuse(ready.failure().message);
    }
    release_descriptors();
    wait_for_program();
    wait_for_capture();
    tell_the_end();
    return exit_status();
  }

 private:
  result<void> start_collector() {
    int ends[2];
    if (!make_channel(ends)) {
      return file_error("cannot make", "a socket pair", errno, error_code::internal);
    }
    channel_ = file_descriptor(ends[0]);
    file_descriptor its_channel(ends[1]);
    graph_pipe pipe;
    ledger_options sharing;
    sharing.depth_frames = options_.recording.info.depth_frames;
    sharing.record_args = options_.recording.info.record_args;
    sharing.exit_stills = options_.recording.info.exit_stills;
    if (options_.recording.take_stills) {
      auto made = graph_pipe::create();
      if (!made) {
        return made.failure();
      }
      pipe = *std::move(made);
      sharing.graph_descriptor = static_cast<std::uint64_t>(pipe.writing_end());
      sharing.graph_inode = pipe.inode();
    }
    auto ledger = shared_ledger::create(sharing);
    if (!ledger) {
      return ledger.failure();
    }
    options_.recording.info.created_unix_ms =
        static_cast<std::int64_t>(ledger->header().created_unix_ms);
    options_.recording.info.created_mono_ms = ledger->header().created_mono_ms;
    descriptor_server server;
    ledger_address_ = fmt::format("{}:{}:{}", ledger->descriptor(), ledger->inode(), server.name());
    collector_ = fork();
    if (collector_ == 0) {
      channel_ = {};
      _exit(record({*std::move(ledger), std::move(pipe), std::move(server)}, std::move(its_channel),
                   std::move(options_.recording)));
    }
    if (collector_ < 0) {
      return file_error("cannot start", "the collector", errno, error_code::internal);
    }
    ledger_address_ = std::to_string(collector_) + ":" + ledger_address_;
    return {};
  }

  bool start_program() {
    int go[2];
    int report[2];
    if (pipe2(go, O_CLOEXEC) != 0) {
      return false;
    }
    go_ = file_descriptor(go[1]);
    const file_descriptor its_go(go[0]);
    if (pipe2(report, O_CLOEXEC) != 0) {
      return false;
    }
    report_ = file_descriptor(report[0]);
    const file_descriptor its_report(report[1]);
    environment_ = tracked_environment(own_environment(), options_.preload, ledger_address_,
                                       options_.recording.collecting);
    std::string path = options_.program.path;
    if (options_.program.by_shell) {
      options_.arguments.insert(options_.arguments.begin() + 1, path);
      path = options_.program.binary;
    }
    start_.path = path.c_str();
    start_.arguments = pointers_to(options_.arguments);
    start_.environment = pointers_to(environment_);
    start_.go = its_go.get();
    start_.report = its_report.get();
    program_ = fork();
    if (program_ == 0) {
      // Our end must not keep the stream open after we are killed.
      go_ = {};
      become_program(start_);
    }
    return program_ > 0;
  }

  // Waits for the collector's word, then lets the program exec.
  result<void> let_it_run() {
    send_message(channel_.get(), {.kind = message_kind::program, .value = program_});
    const auto answer = receive_message(channel_.get());
    if (!answer || answer->kind != message_kind::ready) {
      return error{error_code::output, answer ? answer->text : "the collector ended unexpectedly"};
    }
    partial_ = answer->text;
    const char go = 'g';
    if (write(go_.get(), &go, 1) != 1) {
      return error{error_code::internal, "the program's process ended before it began"};
    }
    int reason = 0;
    if (read(report_.get(), &reason, sizeof reason) == sizeof reason) {
      send_message(channel_.get(), {.kind = message_kind::abandon});
      status_of_failed_start_ = reason == ENOENT ? not_found : not_executable;
      return error{error_code::not_found,
                   options_.program.path + ": " + std::string(std::strerror(reason))};
    }
    return {};
  }

  // Whoever reads the program's output waits for the last copy to close: not for ours.
  void release_descriptors() {
    go_ = {};
    report_ = {};
    const file_descriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
    dup2(null.get(), 0);
    dup2(null.get(), 1);
    std::vector<int> inherited;
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", failure)) {
      const int number = std::atoi(entry.path().filename().c_str());
      if (number > 2 && number != channel_.get() && number != signals_.get() &&
          number != null.get()) {
        inherited.push_back(number);
      }
    }
    // The directory's own descriptor is among them and closed by now.
    for (const int number : inherited) {
      close(number);
    }
  }

  void wait_for_program() {
    while (!ended_) {
      pollfd polls[2] = {{signals_.get(), POLLIN, 0}, {channel_.get(), POLLIN, 0}};
      if (::poll(polls, 2, -1) < 0 && errno != EINTR) {
        return;
      }
      if (polls[1].revents != 0) {
        hear();
      }
      if (polls[0].revents != 0) {
        take_signals();
      }
    }
  }

  void take_signals() {
    signalfd_siginfo info;
    while (read(signals_.get(), &info, sizeof info) == sizeof info) {
      const int signal = static_cast<int>(info.ssi_signo);
      // What the terminal sends, it sends to the program as well.
      if (is_forwarded(signal) && info.ssi_code != SI_KERNEL && !ended_) {
        kill(program_, signal);
      }
    }
    reap();
  }

  void reap() {
    int status = 0;
    while (!ended_) {
      const pid_t child = waitpid(-1, &status, WNOHANG | WUNTRACED);
      if (child <= 0) {
        return;
      }
      if (child != program_) {
        continue;
      }
      if (WIFSTOPPED(status)) {
        stop_with_it();
      } else {
        ended_ = true;
        wait_status_ = status;
        send_message(channel_.get(), {.kind = message_kind::program_ended, .value = status});
      }
    }
  }

  // Our parent, a shell with job control perhaps, sees of the program only us.
  void stop_with_it() {
    kill(getpid(), SIGSTOP);
    const auto stat = read_process_stat(program_);
    if (stat && stat->state == 'T') {
      kill(program_, SIGCONT);
    }
  }

  // Takes one message; false when the collector is gone or has said all.
  bool hear() {
    const auto said = receive_message(channel_.get());
    if (!said) {
      channel_ = {};
      return false;
    }
    switch (said->kind) {
      case message_kind::trouble:
        clear_progress();
        say(said->text);
        return true;
      case message_kind::note:
        if (!options_.quiet) {
          say(said->text);
        }
        return true;
      case message_kind::progress:
        show_progress(said->text);
        return true;
      case message_kind::detached:
      case message_kind::unfinished:
      case message_kind::finished:
        outcome_ = *said;
        return false;
      default:
        return true;
    }
  }

  void wait_for_capture() {
    while (channel_ && !outcome_) {
      pollfd polls[2] = {{signals_.get(), POLLIN, 0}, {channel_.get(), POLLIN, 0}};
      ::poll(polls, 2, -1);
      if (polls[1].revents != 0) {
        hear();
      }
      if (polls[0].revents != 0 && wants_to_leave()) {
        clear_progress();
        say("the capture is being finished in the background: " + partial_);
        return;
      }
    }
    clear_progress();
  }

  bool wants_to_leave() {
    bool leave = false;
    signalfd_siginfo info;
    while (read(signals_.get(), &info, sizeof info) == sizeof info) {
      const int signal = static_cast<int>(info.ssi_signo);
      leave = leave || signal == SIGINT || signal == SIGQUIT || is_forwarded(signal);
    }
    return leave;
  }

  void show_progress(const std::string& text) {
    if (!options_.quiet && isatty(STDERR_FILENO) == 1) {
      fmt::print(stderr, "\r\033[Ktrack: {}", text.substr(0, 70));
      progress_shown_ = true;
    }
  }

  void clear_progress() {
    if (std::exchange(progress_shown_, false)) {
      fmt::print(stderr, "\r\033[K");
    }
  }

  void tell_the_end() const {
    if (!outcome_) {
      if (!channel_) {
        say("the collector ended unexpectedly; what it had until then is in " + partial_);
      }
      return;
    }
    const std::string file = short_path(outcome_->text);
    if (outcome_->kind == message_kind::unfinished) {
      say("the capture is incomplete; what could be written is in " + file);
      return;
    }
    if (options_.quiet) {
      return;
    }
    if (outcome_->kind == message_kind::detached) {
      say(fmt::format("{} ended, {} of its processes {} on; the capture will be {}",
                      options_.arguments[0], outcome_->value, outcome_->value == 1 ? "goes" : "go",
                      file));
      return;
    }
    if (outcome_->processes == 0) {
      say(fmt::format("no process could be tracked; track report {}", file));
      return;
    }
    say(fmt::format("{} block{}, {} alive at the end in {} process{}; track report {}",
                    outcome_->live_blocks, outcome_->live_blocks == 1 ? "" : "s",
                    short_bytes(outcome_->live_bytes), outcome_->processes,
                    outcome_->processes == 1 ? "" : "es", file));
  }

  // As a path from here, when the file lies below.
  static std::string short_path(const std::string& path) {
    std::error_code failure;
    const std::string here = std::filesystem::current_path(failure).string() + "/";
    return path.starts_with(here) ? path.substr(here.size()) : path;
  }

  // A capture that cannot be judged is no good one.
  bool has_findings() const {
    const auto found = options_.has_findings(outcome_->text);
    if (!found) {
      say(found.failure().message);
    }
    return !found || *found;
  }

  int exit_status() const {
    const bool judged = outcome_ && outcome_->kind == message_kind::finished;
    if ((options_.fail_on_mismatch && judged && outcome_->mismatches > 0) ||
        (options_.fail_on_incomplete && (!judged || outcome_->incomplete > 0)) ||
        (options_.fail_on_mismatch && (!judged || outcome_->incomplete > 0)) ||
        (options_.has_findings && (!judged || outcome_->incomplete > 0 || has_findings()))) {
      return options_.error_exitcode;
    }
    if (WIFSIGNALED(wait_status_)) {
      end_by_signal(WTERMSIG(wait_status_));
      return 128 + WTERMSIG(wait_status_);
    }
    return WEXITSTATUS(wait_status_);
  }

  int refuse(const std::string& why) {
    channel_ = {};
    go_ = {};
    say(why);
    return track_failed;
  }

  int give_up(const std::string& why) {
    say(why);
    // The collector takes its file away before it leaves.
    while (channel_ && receive_message(channel_.get())) {
    }
    return status_of_failed_start_;
  }

  launch_options options_;
  program_start start_;
  std::vector<std::string> environment_;
  std::string ledger_address_;
  file_descriptor channel_;
  file_descriptor go_;
  file_descriptor report_;
  file_descriptor signals_;
  pid_t collector_ = -1;
  pid_t program_ = -1;
  std::string partial_;
  bool ended_ = false;
  bool progress_shown_ = false;
  int wait_status_ = 0;
  int status_of_failed_start_ = 0;
  std::optional<message> outcome_;
};

}  // namespace

int launch(launch_options options) {
  return launcher(std::move(options)).run();
}

}  // namespace track::tools
