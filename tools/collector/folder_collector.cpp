#include "tools/collector/folder_collector.hpp"

#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "libtrack/ledger/slot_view.hpp"
#include "tools/collector/clock.hpp"
#include "tools/collector/output_name.hpp"
#include "tools/collector/process_probe.hpp"

namespace track::tools {
namespace {

constexpr int tick_ms = 10;
constexpr int look_every_ms = 200;
constexpr std::uint64_t patience_ms = 1000;
constexpr int tries_of_a_new_file = 5;
constexpr std::string_view suffix = ".ledger";
constexpr std::uint64_t most_map_bytes = 64u << 20;

// What /proc/PID/maps tells of the preload.
struct mapped_preload {
  std::string ledger;   // empty: none is mapped
  bool loaded = false;  // the library is there
};

mapped_preload find_preload_in(std::string_view maps) {
  mapped_preload found;
  for (std::size_t at = 0; at < maps.size();) {
    const std::size_t end = std::min(maps.find('\n', at), maps.size());
    const std::string_view line = maps.substr(at, end - at);
    at = end + 1;
    const std::size_t path = line.find('/');
    if (path == std::string_view::npos) {
      continue;
    }
    found.loaded = found.loaded || line.ends_with("/libtrack_preload.so");
    if (line.ends_with(suffix)) {
      found.ledger = line.substr(path);
      break;
    }
  }
  return found;
}

// A young process may not have come to its exec yet; after that its environment tells.
bool may_load_preload(pid_t pid) {
  const auto stat = read_process_stat(pid);
  const auto ticks_a_second = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  if (stat && stat->start_ticks * 1000 / ticks_a_second + patience_ms > clock_ms(CLOCK_BOOTTIME)) {
    return true;
  }
  const auto environment = read_file("/proc/" + std::to_string(pid) + "/environ", most_map_bytes);
  return environment && environment->find("libtrack_preload.so") != std::string::npos;
}

}  // namespace

result<std::string> ledger_of_process(pid_t pid) {
  const std::string name = "/proc/" + std::to_string(pid) + "/maps";
  const std::uint64_t patience_ends_ms = mono_ms() + patience_ms;
  for (;;) {
    const auto maps = read_file(name, most_map_bytes);
    if (!maps) {
      return error{error_code::not_found, maps.failure().message};
    }
    const mapped_preload found = find_preload_in(*maps);
    if (!found.ledger.empty()) {
      return found.ledger;
    }
    if (mono_ms() > patience_ends_ms || !(found.loaded || may_load_preload(pid))) {
      break;
    }
    ::poll(nullptr, 0, tick_ms);
  }
  return error{error_code::not_found,
               "process " + std::to_string(pid) +
                   " writes no ledger: it was not started with LD_PRELOAD=libtrack_preload.so, or "
                   "runs under track run already"};
}

folder_collector::folder_collector(collect_options options) : options_(std::move(options)) {}

result<void> folder_collector::run(const std::atomic<bool>& stop) {
  look_for_ledgers();
  while (attached_.empty() && may_become_ledgers() && !stop) {
    ::poll(nullptr, 0, look_every_ms);
    look_for_ledgers();
  }
  if (attached_.empty() && !is_endless()) {
    return error{error_code::not_found, options_.folder + ": there is no ledger to collect"};
  }
  if (auto begun = begin(); !begun) {
    return begun;
  }
  while (!stop) {
    if (auto done = round(); !done) {
      return done;
    }
    if (!is_endless() && all_done()) {
      look_for_ledgers();
      if (all_done()) {
        break;
      }
    }
  }
  return end();
}

void folder_collector::look_for_ledgers() {
  looked_ms_ = mono_ms();
  if (options_.ledger) {
    attach(*options_.ledger);
    return;
  }
  std::error_code failure;
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(options_.folder, failure)) {
    if (entry.path().extension() == suffix) {
      paths.push_back(entry.path().string());
    }
  }
  std::ranges::sort(paths);
  for (const std::string& path : paths) {
    attach(path);
  }
}

void folder_collector::attach(const std::string& path) {
  const bool known =
      std::ranges::any_of(attached_, [&](const attached& each) { return each.path == path; });
  int& tries = refused_[path];
  if (known || tries > tries_of_a_new_file) {
    return;
  }
  auto ledger = shared_ledger::open(path);
  std::string why;
  if (!ledger) {
    why = ledger.failure().message;
  } else if (flock(ledger->descriptor(), LOCK_EX | LOCK_NB) != 0) {
    why = path + ": another collector has it";
  } else {
    __atomic_store_n(&ledger->header().collector_pid, static_cast<std::uint64_t>(getpid()),
                     __ATOMIC_RELAXED);
    ledger->set_ticking(true);
    attached_.push_back({path, *std::move(ledger), false});
    return;
  }
  // A ledger that is just being made is no ledger yet.
  if (++tries > tries_of_a_new_file) {
    options_.warn(why);
  }
}

bool folder_collector::may_become_ledgers() const {
  return std::ranges::any_of(refused_,
                             [](const auto& file) { return file.second <= tries_of_a_new_file; });
}

result<void> folder_collector::begin() {
  const name_parts parts{"collect", getpid(), options_.info.host};
  auto name = expand_name(
      options_.output_pattern.empty() ? "collect.%t.track" : options_.output_pattern, parts);
  if (!name) {
    return name.failure();
  }
  const bool chosen = !options_.output_pattern.empty() && options_.rotate_ms == 0;
  auto claim = output_claim::take(
      absolute_path(options_.output_pattern.empty() ? options_.folder + "/" + *name : *name),
      chosen ? taken_name::replaced : taken_name::numbered);
  if (!claim) {
    return claim.failure();
  }
  claim_.emplace(*std::move(claim));
  if (!claim_->kept().empty()) {
    options_.say("what an earlier track left unfinished is now " + claim_->kept());
  }
  options_.info.created_unix_ms = static_cast<std::int64_t>(unix_ms());
  options_.info.created_mono_ms = mono_ms();
  auto writer = capture::writer::create(claim_->partial(), options_.info);
  if (!writer) {
    claim_->give_up();
    return writer.failure();
  }
  collection_options collecting;
  collecting.clear_slots = false;
  collecting.renumber = true;
  collection_.emplace(*std::move(writer), std::move(collecting));
  begun_ms_ = mono_ms();
  return {};
}

result<void> folder_collector::end() {
  for (attached& each : attached_) {
    if (!each.done) {
      collection_->look_for_new(each.ledger, mono_ms());
    }
  }
  collection_->store_running(mono_ms());
  for (attached& each : attached_) {
    each.ledger.set_ticking(false);
  }
  if (options_.rotate_ms != 0 && is_empty()) {
    collection_.reset();
    claim_->give_up();
    claim_.reset();
    return {};
  }
  collection_->set_processes_lost(0);
  auto path = collection_->writer().finalize(claim_->path(), {options_.names});
  const bool troubled = collection_->trouble().has_value();
  const std::string partial = claim_->partial();
  collection_.reset();
  claim_.reset();
  if (!path) {
    return error{path.failure().code,
                 path.failure().message + "; what could be written is in " + partial};
  }
  options_.say("collected into " + *path);
  return troubled ? result<void>(error{error_code::output, *path + ": evidence is missing in it"})
                  : result<void>();
}

result<void> folder_collector::round() {
  std::vector<pollfd> polls;
  collection_->add_polls(polls);
  ::poll(polls.data(), polls.size(), tick_ms);
  const std::uint64_t now = mono_ms();
  if (now - looked_ms_ >= std::uint64_t{look_every_ms}) {
    look_for_ledgers();
  }
  for (attached& each : attached_) {
    if (!each.done) {
      each.ledger.tick(now);
      collection_->look_for_new(each.ledger, now);
    }
  }
  collection_->work(now);
  for (attached& each : attached_) {
    // Stored: it was seen once and is watched no more. A ledger not yet live has a claimed slot.
    each.done = each.done || (each.ledger.state(0) >= ledger::slot_state::live &&
                              !collection_->watches(each.ledger));
  }
  if (collection_->trouble() && !std::exchange(trouble_told_, true)) {
    options_.warn(collection_->trouble()->message);
  }
  if (options_.rotate_ms == 0 || now - begun_ms_ < options_.rotate_ms) {
    return {};
  }
  if (is_empty()) {
    begun_ms_ = now;
    return {};
  }
  return rotate();
}

result<void> folder_collector::rotate() {
  if (auto ended = end(); !ended) {
    return ended;
  }
  std::erase_if(attached_, [this](const attached& each) {
    if (each.done) {
      refused_[each.path] = tries_of_a_new_file + 1;  // stored for good
    }
    return each.done;
  });
  for (attached& each : attached_) {
    each.ledger.set_ticking(true);
  }
  return begin();
}

bool folder_collector::is_empty() const {
  return collection_->alive() == 0 && collection_->totals().processes == 0;
}

bool folder_collector::is_endless() const {
  return options_.rotate_ms != 0 && !options_.ledger;
}

bool folder_collector::all_done() const {
  return std::ranges::all_of(attached_, [](const attached& each) { return each.done; });
}

}  // namespace track::tools
