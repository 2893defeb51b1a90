#include "tools/collector/collection.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include <time.h>

#include "libtrack/capture/reader.hpp"
#include "libtrack/ledger/encode.hpp"
#include "libtrack/ledger/slot_view.hpp"
#include "libtrack/support/text.hpp"
#include "tools/collector/clock.hpp"
#include "tools/collector/collection_watched.hpp"
#include "tools/collector/process_end.hpp"
#include "tools/collector/program_check.hpp"

namespace track::tools {
namespace {

using ledger::slot_header;
using ledger::slot_state;

constexpr std::uint64_t checkpoint_interval_ms = 2000;
constexpr std::uint64_t checkpoint_rest = 50;  // times its cost: 2 % of one processor
constexpr std::uint64_t first_sample_ms = 100;
constexpr std::uint64_t sample_share = 500;   // of a process's age
constexpr std::uint64_t sample_rest_ms = 10;  // a live process: 100 samples a second in all
constexpr std::uint64_t successor_grace_ms = 300;
// A process between claiming a slot and living in it: microseconds, unless it died there.
constexpr std::uint64_t birth_grace_ms = 1000;
constexpr std::uint64_t stillborn_ms = 10'000;

std::uint64_t processor_ms() {
  return clock_ms(CLOCK_THREAD_CPUTIME_ID);
}

std::string executable_of(pid_t pid) {
  char path[4096];
  const std::string link = "/proc/" + std::to_string(pid) + "/exe";
  const ssize_t size = readlink(link.c_str(), path, sizeof path);
  return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : std::string();
}

bool any_glob_matches(const std::vector<std::string>& globs, std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return std::ranges::any_of(globs, [&](const std::string& glob) {
    return glob_match(glob, path) || glob_match(glob, name);
  });
}

}  // namespace

// --- who is there -----------------------------------------------------------------------------

void collection::look_for_new(shared_ledger& ledger, std::uint64_t now_ms) {
  constexpr std::uint64_t settle_ms = 100;
  constexpr std::uint64_t at_least_every_ms = 500;
  ledger_view& view = views_[&ledger];
  const std::uint64_t processes = __atomic_load_n(&ledger.header().next_process, __ATOMIC_ACQUIRE);
  if (processes != view.processes) {
    view.processes = processes;
    view.changed_ms = now_ms;
  }
  if (view.claimed.empty() && now_ms - view.changed_ms > settle_ms &&
      now_ms - view.looked_ms < at_least_every_ms) {
    return;
  }
  view.looked_ms = now_ms;
  std::erase_if(view.claimed,
                [&](const auto& claim) { return ledger.state(claim.first) == slot_state::free; });
  for (std::uint32_t index = 0; (index = ledger.next_with_memory(index)) < ledger.slot_count();
       ++index) {
    look_at(ledger, view, index, now_ms);
  }
}

void collection::look_at(shared_ledger& ledger, ledger_view& view, std::uint32_t index,
                         std::uint64_t now_ms) {
  const slot_state state = ledger.state(index);
  if (state == slot_state::claimed) {
    const std::uint64_t since = view.claimed.emplace(index, now_ms).first->second;
    if (options_.clear_slots && now_ms - since > stillborn_ms) {
      ledger.clear(index);
      view.claimed.erase(index);
    }
    return;
  }
  view.claimed.erase(index);
  const bool known = std::ranges::any_of(
      watched_, [&](const auto& each) { return each->ledger == &ledger && each->slot == index; });
  if (state != slot_state::free && !known) {
    adopt(ledger, index, now_ms);
  }
}

void collection::adopt(shared_ledger& ledger, std::uint32_t index, std::uint64_t now_ms) {
  const auto bytes = ledger.slot(index);
  if (bytes.size() < sizeof(slot_header)) {
    return;
  }
  const auto header = ledger::load_record<slot_header>(bytes, 0);
  auto process = std::make_unique<watched>();
  process->ledger = &ledger;
  process->slot = index;
  process->inner_pid = static_cast<pid_t>(header.pid);
  process->pid = process->inner_pid;
  process->start_ticks = header.start_ticks;
  process->adopted_ms = now_ms;
  process->next_sample_ms = now_ms + first_sample_ms;
  process->next_checkpoint_ms = now_ms + first_checkpoint_ms;
  process->sites.emplace(now_ms);
  process->stills.emplace(options_.snapshots, header.start_mono_ms);
  number(*process, header);
  process->process = open_process(process->pid);
  auto stat = read_process_stat(process->pid);
  if ((!stat || stat->start_ticks != header.start_ticks) &&
      header.state == static_cast<std::uint32_t>(slot_state::live)) {
    if (const auto outer = find_in_namespaces(process->inner_pid, header.start_ticks)) {
      process->pid = *outer;
      process->process = open_process(*outer);
      stat = read_process_stat(*outer);
    }
  }
  process->gone = !stat || stat->start_ticks != header.start_ticks;
  if (stat && process->gone) {
    process->process = {};  // somebody else's, of the same number
  }
  process->seen_alive = !process->gone;
  for (const auto& other : watched_) {
    other->replaced = other->replaced || (other->inner_pid == process->inner_pid &&
                                          other->start_ticks == process->start_ticks &&
                                          other->number < process->number);
  }
  watched_.push_back(std::move(process));
}

void collection::number(watched& process, const slot_header& header) {
  process.number = header.process;
  if (header.parent_process != ledger::no_process) {
    process.parent_number = header.parent_process;
  }
  if (!options_.renumber) {
    return;
  }
  process.number = next_number_++;
  const auto parent =
      numbers_.find(header.origin == static_cast<std::uint32_t>(ledger::process_origin::exec)
                        ? process.inner_pid
                        : static_cast<pid_t>(header.parent_pid));
  process.parent_number = parent != numbers_.end() ? std::optional(parent->second) : std::nullopt;
  numbers_[process.inner_pid] = process.number;
}

std::size_t collection::alive(bool counts_waiting) const {
  auto count = static_cast<std::size_t>(std::ranges::count_if(
      watched_, [&](const auto& process) { return counts_waiting || !process->gone; }));
  for (const auto& each : views_) {
    const auto& view = each.second;
    count += static_cast<std::size_t>(std::ranges::count_if(view.claimed, [&](const auto& claim) {
      return view.looked_ms - claim.second < birth_grace_ms;
    }));
  }
  return count;
}

bool collection::watches(const shared_ledger& ledger) const {
  return std::ranges::any_of(watched_, [&](const auto& each) { return each->ledger == &ledger; });
}

bool collection::watches(pid_t pid) const {
  return std::ranges::any_of(watched_, [pid](const auto& each) { return each->pid == pid; });
}

void collection::add_polls(std::vector<pollfd>& polls) const {
  for (const auto& process : watched_) {
    if (process->process && !process->gone) {
      polls.push_back({process->process.get(), POLLIN, 0});
    }
  }
}

void collection::poll_all() {
  std::vector<pollfd> polls;
  add_polls(polls);
  if (!polls.empty()) {
    ::poll(polls.data(), polls.size(), 0);
  }
  auto next = polls.begin();
  for (const auto& process : watched_) {
    if (process->gone) {
      continue;
    }
    if (process->process) {
      process->gone = (next++)->revents != 0;
    } else {
      // No descriptor was to be had: look it up by name.
      const auto stat = read_process_stat(process->pid);
      process->gone = !stat || stat->start_ticks != process->start_ticks || stat->state == 'Z';
    }
  }
}

// --- the round --------------------------------------------------------------------------------

void collection::work(std::uint64_t now_ms, std::optional<pid_t> held) {
  poll_all();
  oom_.begin_round(
      static_cast<std::size_t>(std::ranges::count_if(watched_, [&](const auto& process) {
        const auto status =
            process->gone && process->pid != held ? status_of(*process) : std::nullopt;
        return status && WIFSIGNALED(*status) && WTERMSIG(*status) == SIGKILL;
      })));
  for (const auto& process : watched_) {
    if (process->replaced || (process->gone && process->pid != held)) {
      if (expects_still(*process, now_ms)) {
        continue;
      }
      store(*process, false, now_ms);
      process->ledger = nullptr;
    } else if (!process->gone) {
      if (options_.on_module) {
        process->modules.look(process->ledger->slot(process->slot), options_.on_module);
      }
      if (!expects_still(*process, now_ms)) {
        process->stills->look(process->ledger->writable_slot(process->slot), now_ms);
      }
      sample(*process, now_ms);
      look_at_sites(*process, now_ms);
      checkpoint(*process, now_ms);
      look_at_successor(*process, now_ms);
    }
  }
  std::erase_if(watched_, [](const auto& process) { return process->ledger == nullptr; });
}

void collection::store_running(std::uint64_t now_ms) {
  poll_all();
  for (const auto& process : watched_) {
    store(*process, !process->gone, now_ms);
  }
  watched_.clear();
}

void collection::sample(watched& process, std::uint64_t now_ms) {
  if (now_ms < process.next_sample_ms) {
    return;
  }
  const std::uint64_t pause =
      std::max<std::uint64_t>({first_sample_ms, (now_ms - process.adopted_ms) / sample_share,
                               watched_.size() * sample_rest_ms});
  process.next_sample_ms = now_ms + pause;
  if (const auto totals = ledger::read_totals(process.ledger->slot(process.slot))) {
    keep(writer_.sample(process.number, now_ms, *totals));
  }
}

void collection::look_at_sites(watched& process, std::uint64_t now_ms) {
  if (!process.sites->is_due(now_ms)) {
    return;
  }
  const auto slot = process.ledger->writable_slot(process.slot);
  if (slot.size() < sizeof(slot_header)) {
    return;
  }
  keep(writer_.add_moment(process.number, now_ms, process.sites->look(slot, now_ms)));
  __atomic_store_n(&reinterpret_cast<slot_header*>(slot.data())->growth_seen,
                   process.sites->sees_growth() ? 1 : 0, __ATOMIC_RELAXED);
}

void collection::checkpoint(watched& process, std::uint64_t now_ms) {
  if (now_ms < process.next_checkpoint_ms || now_ms < next_checkpoint_ms_) {
    return;
  }
  const std::uint64_t before = processor_ms();
  if (const auto image = image_of(process)) {
    const std::vector<std::byte> packed = ledger::encode_slot(*image);
    const std::size_t hash = std::hash<std::string_view>()(
        {reinterpret_cast<const char*>(packed.data()), packed.size()});
    if (hash != process.checkpoint_hash) {
      process.checkpoint_hash = hash;
      keep(writer_.checkpoint(process.number, packed));
    }
  }
  const std::uint64_t rest = (processor_ms() - before) * checkpoint_rest;
  next_checkpoint_ms_ = now_ms + rest;
  process.checkpoint_pause_ms = std::min(process.checkpoint_pause_ms * 2, checkpoint_interval_ms);
  process.next_checkpoint_ms = now_ms + process.checkpoint_pause_ms;
}

std::optional<ledger::process_image> collection::image_of(const watched& process) {
  auto read = ledger::read_slot(process.ledger->slot(process.slot));
  auto* image = std::get_if<ledger::process_image>(&read);
  if (image == nullptr) {
    return std::nullopt;
  }
  image->process = process.number;
  image->parent_process = process.parent_number;
  return std::move(*image);
}

// --- the end of a process ---------------------------------------------------------------------

std::optional<int> collection::status_of(const watched& process) const {
  const auto known = statuses_.find(process.pid);
  if (known != statuses_.end()) {
    return known->second;
  }
  if (const auto status = exit_status_of(process.process.get())) {
    return status;
  }
  const auto stat = read_process_stat(process.pid);
  return stat && stat->start_ticks == process.start_ticks ? stat->wait_status : std::nullopt;
}

void collection::store(watched& process, bool running, std::uint64_t now_ms) {
  auto image = image_of(process);
  if (!image) {
    keep(writer_.add_untracked({process.parent_number, static_cast<std::uint32_t>(process.pid), "",
                                "its part of the ledger is damaged", false}));
    ++totals_.incomplete;
  } else {
    if (process.replaced) {
      image->path = ledger::exit_path::exec;
    }
    // A ledger of ours is looked through all the time; other ones may be old.
    const auto seen_end =
        process.seen_alive || options_.clear_slots ? std::optional(now_ms) : std::nullopt;
    capture::process_end end = end_of(*image, status_of(process), seen_end, oom_);
    if (running) {
      end.kind = capture::end_kind::running;
      end.code = end.signal = std::nullopt;
      end.oom_killed = std::nullopt;
    }
    end.ran_under_collector = options_.clear_slots;
    if (!process.ledger->path().empty()) {
      keep(stills_.take_file(capture::graph_file_of(process.ledger->path()), process.number,
                             writer_));
    }
    const auto stored = writer_.add_process(*image, end);
    unstored_ += stored ? 0 : 1;
    keep(stored);
    count(*image, end);
    totals_.incomplete +=
        stills_.is_missing(process.ledger->header().exit_stills, *image, end) ? 1 : 0;
    if (end.kind == capture::end_kind::execed && !process.replaced) {
      report_successor(process);
    }
  }
  if (options_.clear_slots && !running) {
    process.ledger->clear(process.slot);
  }
}

void collection::count(const ledger::process_image& image, const capture::process_end& end) {
  for (const auto& mismatch : image.mismatches) {
    totals_.mismatches += static_cast<std::int64_t>(mismatch.count);
  }
  totals_.incomplete += is_incomplete(image, end) ? 1 : 0;
  if (end.kind == capture::end_kind::execed) {
    return;
  }
  ++totals_.processes;
  for (const auto& site : image.sites) {
    totals_.live_blocks += std::max<std::int64_t>(site.live_blocks(), 0);
    totals_.live_bytes += std::max<std::int64_t>(site.live_bytes(), 0);
  }
}

// A process whose hooks saw an exec, but whose next image did not come: while it lives, its file
// tells why.
void collection::look_at_successor(watched& process, std::uint64_t now_ms) {
  if (process.successor || now_ms - process.adopted_ms < successor_grace_ms) {
    return;
  }
  const auto header = ledger::load_record<slot_header>(process.ledger->slot(process.slot), 0);
  if (header.exit_path != static_cast<std::uint32_t>(ledger::exit_path::exec) ||
      now_ms < header.end_mono_ms + successor_grace_ms) {
    return;
  }
  capture::untracked_process successor;
  successor.exe = executable_of(process.pid);
  successor.reason = check_program(successor.exe).reason;
  process.successor = std::move(successor);
}

void collection::report_successor(const watched& process) {
  capture::untracked_process successor = process.successor.value_or(capture::untracked_process{});
  successor.parent_process = process.number;
  successor.pid = static_cast<std::uint32_t>(process.pid);
  if (!options_.follow) {
    successor.reason = "left alone by --no-follow";
    successor.asked_for = true;
  } else if (any_glob_matches(options_.skip, successor.exe)) {
    successor.reason = "left alone by --skip";
    successor.asked_for = true;
  } else if (successor.reason.empty()) {
    successor.reason = "the program that it went on with by exec ran without the recorder";
  }
  totals_.incomplete += successor.asked_for ? 0 : 1;
  keep(writer_.add_untracked(successor));
}

void collection::set_processes_lost(std::uint64_t count) {
  count += unstored_;
  if (count != 0) {
    totals_.incomplete += static_cast<std::int64_t>(count);
    keep(writer_.set_processes_lost(count));
  }
}

void collection::keep(const result<void>& outcome) {
  if (!outcome && !trouble_) {
    trouble_ = outcome.failure();
  }
}

}  // namespace track::tools
