#include "tools/collector/recorder.hpp"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "libtrack/ledger/format.hpp"
#include "libtrack/support/units.hpp"
#include "tools/collector/clock.hpp"
#include "tools/collector/messages.hpp"
#include "tools/collector/output_claim.hpp"
#include "tools/collector/output_name.hpp"

namespace track::tools {
namespace {

constexpr int tick_ms = 10;
// Children that end together with the program are not worth leaving the command for.
constexpr std::uint64_t farewell_ms = 100;
// How long a child that was forked, but has not found its slot yet, is waited for.
constexpr std::uint64_t birth_patience_ms = 1000;

volatile sig_atomic_t asked_to_finish = 0;

void ask_to_finish(int) {
  asked_to_finish = 1;
}

void close_all_but(const std::vector<int>& kept) {
  std::vector<int> others;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), closedir);
  while (const dirent* entry = folder ? readdir(folder.get()) : nullptr) {
    const int number = std::atoi(entry->d_name);
    if (number != dirfd(folder.get()) && std::ranges::find(kept, number) == kept.end()) {
      others.push_back(number);
    }
  }
  for (const int number : others) {
    close(number);
  }
}

// No terminal, no working directory, no descriptor of the command: nothing that the program's
// surroundings would have to wait for.
void detach(std::vector<int> kept) {
  setsid();
  for (const int signal : {SIGINT, SIGQUIT, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2, SIGXFSZ}) {
    ::signal(signal, SIG_IGN);
  }
  struct sigaction finish {};
  finish.sa_handler = ask_to_finish;
  sigaction(SIGTERM, &finish, nullptr);
  ::signal(SIGCHLD, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);

  const file_descriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int standard = 0; standard <= 2; ++standard) {
    dup2(null.get(), standard);
  }
  for (const int standard : {0, 1, 2, null.get()}) {
    kept.push_back(standard);
  }
  close_all_but(kept);
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
}

// Tells the command which module is being named.
class announcing_names : public capture::name_source {
 public:
  announcing_names(capture::name_source& names, int channel) : names_(names), channel_(channel) {}

  capture::module_names resolve(const capture::module_key& module,
                                std::span<const std::uint64_t> offsets) override {
    send_message(channel_,
                 {.kind = message_kind::progress, .text = "reading names of " + module.path});
    return names_.resolve(module, offsets);
  }

  capture::heap_name_source* heaps() override { return names_.heaps(); }

 private:
  capture::name_source& names_;
  int channel_;
};

std::string classes_text(const model::heap_classes& classes) {
  const auto sum = [](const model::block_sum& of) {
    return short_bytes(static_cast<std::int64_t>(of.bytes)) + " in " + std::to_string(of.blocks) +
           (of.blocks == 1 ? " block" : " blocks");
  };
  return "definitely lost " + sum(classes.definitely_lost) + ", indirectly " +
         sum(classes.indirectly_lost) + ", possibly " + sum(classes.possibly_lost) +
         "; still reachable " + sum(classes.still_reachable);
}

class recorder {
 public:
  recorder(shared_places places, file_descriptor channel, recorder_options options)
      : ledger_(std::move(places.ledger)),
        pipe_(std::move(places.pipe)),
        server_(std::move(places.server)),
        channel_(std::move(channel)),
        options_(std::move(options)),
        preparation_(std::move(options_.prepare_names)) {
    options_.collecting.on_classes = [this](const model::heap_classes& classes) {
      send_message(channel_.get(), {.kind = message_kind::note, .text = classes_text(classes)});
    };
    options_.collecting.on_module = [this](const capture::module_key& module) {
      preparation_.add(module);
    };
  }
  recorder(const recorder&) = delete;
  recorder& operator=(const recorder&) = delete;

  int run() {
    std::vector<int> kept = {ledger_.descriptor(), channel_.get()};
    for (const int optional : {server_.listener(), pipe_.reading_end(), pipe_.writing_end()}) {
      if (optional >= 0) {
        kept.push_back(optional);
      }
    }
    detach(std::move(kept));
    const auto said = receive_message(channel_.get());
    if (!said || said->kind != message_kind::program) {
      return 0;
    }
    root_ = static_cast<pid_t>(said->value);
    if (const auto begun = begin(); !begun) {
      send_message(channel_.get(),
                   {.kind = message_kind::refused, .text = begun.failure().message});
      return 1;
    }
    send_message(channel_.get(), {.kind = message_kind::ready, .text = claim_->partial()});
    if (!claim_->kept().empty()) {
      send_message(channel_.get(),
                   {.kind = message_kind::note,
                    .text = "what an earlier track left unfinished is now " + claim_->kept()});
    }
    watch();
    return abandoned_ ? abandon() : finish();
  }

 private:
  result<void> begin() {
    const name_parts parts{options_.program, root_, options_.info.host};
    std::string name = default_name(parts);
    auto policy = taken_name::numbered;
    if (!options_.output_pattern.empty()) {
      auto expanded = expand_name(options_.output_pattern, parts);
      if (!expanded) {
        return expanded.failure();
      }
      name = *std::move(expanded);
      policy = taken_name::replaced;
    }
    auto claim = output_claim::take(absolute_path(name), policy);
    if (!claim) {
      return claim.failure();
    }
    claim_.emplace(*std::move(claim));
    auto writer = capture::writer::create(claim_->partial(), options_.info);
    if (!writer) {
      claim_->give_up();
      return writer.failure();
    }
    options_.collecting.program = root_;
    collection_.emplace(*std::move(writer), options_.collecting);
    root_process_ = open_process(root_);
    if (chdir("/") != 0) {
      return file_error("cannot change to", "/", errno, error_code::internal);
    }
    return {};
  }

  void watch() {
    while (!abandoned_ && asked_to_finish == 0) {
      wait();
      const std::uint64_t now = mono_ms();
      ledger_.tick(now);
      collection_->look_for_new(ledger_, now);
      collection_->work(now, command_waits_ && !root_ended_ ? std::optional(root_) : std::nullopt);
      report_trouble();
      if (!root_ended_) {
        continue;
      }
      const bool expecting = now - root_ended_ms_ < birth_patience_ms && ledger_.expects_birth();
      // Once more: what the program forked in its last moment has its slot by now.
      collection_->look_for_new(ledger_, now);
      if (collection_->alive() == 0 && !expecting) {
        return;
      }
      const std::size_t running = collection_->alive(false);
      if (command_waits_ && running != 0 && now - root_ended_ms_ > farewell_ms) {
        send_message(channel_.get(), {.kind = message_kind::detached,
                                      .value = static_cast<std::int64_t>(running),
                                      .text = claim_->path()});
        stop_listening();
      }
    }
  }

  // Sleeps until the next tick, or until something happens.
  void wait() {
    polls_.clear();
    polls_.push_back({channel_.get(), POLLIN, 0});
    polls_.push_back({server_.listener(), POLLIN, 0});
    polls_.push_back({pipe_.reading_end(), POLLIN, 0});
    polls_.push_back({command_waits_ ? -1 : root_process_.get(), POLLIN, 0});
    collection_->add_polls(polls_);
    if (::poll(polls_.data(), polls_.size(), tick_ms) <= 0) {
      return;
    }
    if (polls_[0].revents != 0) {
      hear();
    }
    if (polls_[2].revents != 0) {
      // Whose stills they are must be known.
      collection_->look_for_new(ledger_, mono_ms());
      collection_->take_stills(pipe_.reading_end(), mono_ms());
    }
    if (polls_[1].revents != 0) {
      serve();
    }
    if (polls_[3].revents != 0) {
      end_root();
    }
  }

  void serve() {
    std::vector<int> descriptors = {ledger_.descriptor()};
    if (pipe_.writing_end() >= 0) {
      descriptors.push_back(pipe_.writing_end());
    }
    // The copy of a process is nobody's child but ours.
    server_.serve(descriptors, [this](pid_t pid) {
      return collection_->watches(pid) || descends_from(pid, root_) || descends_from(pid, getpid());
    });
  }

  void hear() {
    const auto said = receive_message(channel_.get());
    if (!said) {
      // The command was killed. Its program lives on and is ours to watch.
      stop_listening();
    } else if (said->kind == message_kind::abandon) {
      abandoned_ = true;
    } else if (said->kind == message_kind::program_ended) {
      collection_->note_status(root_, static_cast<int>(said->value));
      end_root();
    }
  }

  void end_root() {
    root_ended_ = true;
    root_ended_ms_ = mono_ms();
    root_process_ = {};
  }

  void stop_listening() {
    command_waits_ = false;
    channel_ = {};
    if (!root_ended_ && !root_process_) {
      end_root();
    }
  }

  void report_trouble() {
    if (!reported_ && collection_->trouble()) {
      reported_ = true;
      send_message(channel_.get(),
                   {.kind = message_kind::trouble, .text = collection_->trouble()->message});
    }
  }

  int abandon() {
    collection_.reset();
    claim_->give_up();
    return 0;
  }

  int finish() {
    const std::uint64_t now = mono_ms();
    collection_->store_running(now);
    collection_->set_processes_lost(
        __atomic_load_n(&ledger_.header().processes_lost, __ATOMIC_RELAXED));
    report_trouble();
    std::optional<announcing_names> names;
    if (options_.names != nullptr) {
      names.emplace(*options_.names, channel_.get());
    }
    auto path = collection_->writer().finalize(
        claim_->path(), {names ? &*names : nullptr, collection_->take_exit_graph()});
    if (!path) {
      // A disk that was full before is told once.
      if (!reported_ || collection_->trouble()->message != path.failure().message) {
        send_message(channel_.get(),
                     {.kind = message_kind::trouble, .text = path.failure().message});
      }
      send_message(channel_.get(), {.kind = message_kind::unfinished, .text = claim_->partial()});
      return 1;
    }
    const collection_totals& totals = collection_->totals();
    send_message(channel_.get(), {.kind = message_kind::finished,
                                  .live_blocks = totals.live_blocks,
                                  .live_bytes = totals.live_bytes,
                                  .processes = totals.processes,
                                  .mismatches = totals.mismatches,
                                  .incomplete = totals.incomplete,
                                  .text = *path});
    return 0;
  }

  shared_ledger ledger_;
  graph_pipe pipe_;
  descriptor_server server_;
  file_descriptor channel_;
  recorder_options options_;
  name_preparation preparation_;
  std::optional<collection> collection_;
  std::optional<output_claim> claim_;
  pid_t root_ = 0;
  file_descriptor root_process_;
  bool command_waits_ = true;
  bool root_ended_ = false;
  bool abandoned_ = false;
  bool reported_ = false;
  std::uint64_t root_ended_ms_ = 0;
  std::vector<pollfd> polls_;
};

}  // namespace

int record(shared_places places, file_descriptor channel, recorder_options options) {
  places.ledger.header().collector_pid = static_cast<std::uint64_t>(getpid());
  return recorder(std::move(places), std::move(channel), std::move(options)).run();
}

}  // namespace track::tools
