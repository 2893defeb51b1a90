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

namespace track::tools {
namespace {

constexpr int tick_ms = 10;
constexpr int look_every_ms = 200;
constexpr int tries_of_a_new_file = 5;
constexpr std::string_view suffix = ".ledger";
constexpr std::uint64_t most_map_bytes = 64u << 20;

bool is_taken(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored) ||
         std::filesystem::exists(path + ".partial", ignored);
}

}  // namespace

result<std::string> ledger_of_process(pid_t pid) {
  const std::string name = "/proc/" + std::to_string(pid) + "/maps";
  auto maps = read_file(name, most_map_bytes);
  if (!maps) {
    return error{error_code::not_found, maps.failure().message};
  }
  for (std::size_t at = 0; at < maps->size();) {
    const std::size_t end = std::min(maps->find('\n', at), maps->size());
    const std::string_view line(maps->data() + at, end - at);
    at = end + 1;
    const std::size_t path = line.find('/');
    if (line.ends_with(suffix) && path != std::string_view::npos) {
      return std::string(line.substr(path));
    }
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
  if (attached_.empty() && options_.rotate_ms == 0) {
    return error{error_code::not_found, options_.folder + ": there is no ledger to collect"};
  }
  if (auto begun = begin(); !begun) {
    return begun;
  }
  while (!stop) {
    if (auto done = round(); !done) {
      return done;
    }
    if (options_.rotate_ms == 0 && all_done()) {
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
  final_ = absolute_path(options_.output_pattern.empty() ? options_.folder + "/" + *name : *name);
  if (options_.output_pattern.empty() || options_.rotate_ms != 0) {
    const std::string stem =
        final_.ends_with(".track") ? final_.substr(0, final_.size() - 6) : final_;
    for (unsigned number = 2; is_taken(final_); ++number) {
      final_ = stem + "." + std::to_string(number) + ".track";
    }
  }
  options_.info.created_unix_ms = static_cast<std::int64_t>(unix_ms());
  options_.info.created_mono_ms = mono_ms();
  auto writer = capture::writer::create(final_ + ".partial", options_.info);
  if (!writer) {
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
  auto path = collection_->writer().finalize(final_, {options_.names});
  collection_.reset();
  if (!path) {
    return path.failure();
  }
  options_.say("collected into " + *path);
  return {};
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

bool folder_collector::all_done() const {
  return std::ranges::all_of(attached_, [](const attached& each) { return each.done; });
}

}  // namespace track::tools
