// Watches slots of ledgers and brings what they hold into a capture. Floor 6.
//
// The heart of `track run` and `track collect`: notices new processes, samples and checkpoints the
// living, stores the dead and gives their slots back. Failing writes are remembered and cost data
// only. Not thread-safe; never blocks but on the disk.
// cost: about a millisecond a short process; checkpoints take at most some 2 % of one processor.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libtrack/capture/writer.hpp"
#include "tools/collector/judgement.hpp"
#include "tools/collector/live_graph.hpp"
#include "tools/collector/process_probe.hpp"
#include "tools/collector/shared_ledger.hpp"
#include "tools/collector/snapshot_plan.hpp"
#include "tools/collector/still_intake.hpp"

namespace track::tools {

struct collection_options {
  // Children that the program's hooks leave alone, for the reason of an untracked one.
  std::vector<std::string> skip;
  bool follow = true;
  // Slots are given back when their process is gone: the ledger is ours and has more processes to
  // come. A plain preload's ledger stays as it is.
  bool clear_slots = true;
  // Processes are numbered anew: they come from several ledgers, which each begin at 0.
  bool renumber = false;
  snapshot_options snapshots = {snapshot_options::rule::never};
  // Whose heap's classes are told when its graph has come, while it is still unnamed; 0: nobody's.
  pid_t program = 0;
  std::function<void(const model::heap_classes&)> on_classes;
  // Told each module that stacks of living processes go through, some of them more than once.
  std::function<void(const capture::module_key&)> on_module;
};

struct collection_totals {
  std::int64_t processes = 0;    // stored, those that went on by exec left out
  std::int64_t live_blocks = 0;  // alive at the end of those
  std::int64_t live_bytes = 0;
  std::int64_t mismatches = 0;
  std::int64_t incomplete = 0;  // processes whose evidence is incomplete
};

class collection {
 public:
  collection(capture::writer writer, collection_options options);
  collection(const collection&) = delete;
  collection& operator=(const collection&) = delete;
  ~collection();

  // Looks for new processes in `ledger`, which must outlive the collection. cost: next to nothing
  // unless something is new.
  void look_for_new(shared_ledger& ledger, std::uint64_t now_ms);

  // Samples, checkpoints, stores who is gone. Of `held` its parent will tell the status: it is not
  // stored before.
  void work(std::uint64_t now_ms, std::optional<pid_t> held = {});

  // Takes what stills have written into the pipe.
  void take_stills(int pipe, std::uint64_t now_ms);
  // The graph of the program's end, if it has come; then nobody else has it.
  std::optional<capture::heap_graph> take_exit_graph() { return exit_graph_.take(); }

  // The wait status of a process, from its parent; it is gone.
  void note_status(pid_t pid, int wait_status) { statuses_[pid] = wait_status; }

  // Stores all that still runs, as running.
  void store_running(std::uint64_t now_ms);

  // Descriptors that become readable when a watched process is gone.
  void add_polls(std::vector<pollfd>& polls) const;

  // Processes that are watched, or about to take part. `counts_waiting`: also those that have ended
  // and whose stills are still to come.
  std::size_t alive(bool counts_waiting = true) const;
  bool watches(pid_t pid) const;
  bool watches(const shared_ledger& ledger) const;
  const collection_totals& totals() const { return totals_; }
  const std::optional<error>& trouble() const { return trouble_; }
  // `count` found no slot; adds those whose end could not be written.
  void set_processes_lost(std::uint64_t count);
  capture::writer& writer() { return writer_; }

 private:
  struct watched;
  // What was seen of one ledger when it was last looked through.
  struct ledger_view {
    std::uint64_t processes = 0;
    std::uint64_t changed_ms = 0;
    std::uint64_t looked_ms = 0;
    std::map<std::uint32_t, std::uint64_t> claimed;  // slots not live yet, and since when
  };

  void look_at(shared_ledger& ledger, ledger_view& view, std::uint32_t index, std::uint64_t now_ms);
  void adopt(shared_ledger& ledger, std::uint32_t index, std::uint64_t now_ms);
  void number(watched& process, const ledger::slot_header& header);
  void poll_all();
  bool expects_still(const watched& process, std::uint64_t now_ms);
  watched* by_number(std::uint64_t number) const;
  void tell_classes();
  void give_verdict();
  void store(watched& process, bool running, std::uint64_t now_ms);
  void look_at_successor(watched& process, std::uint64_t now_ms);
  void report_successor(const watched& process);
  void count(const ledger::process_image& image, const capture::process_end& end);
  void checkpoint(watched& process, std::uint64_t now_ms);
  void sample(watched& process, std::uint64_t now_ms);
  void look_at_sites(watched& process, std::uint64_t now_ms);
  std::optional<ledger::process_image> image_of(const watched& process);
  std::optional<int> status_of(const watched& process) const;
  void keep(const result<void>& outcome);

  capture::writer writer_;
  collection_options options_;
  std::vector<std::unique_ptr<watched>> watched_;
  std::map<const shared_ledger*, ledger_view> views_;
  std::map<pid_t, int> statuses_;
  std::map<pid_t, std::uint64_t> numbers_;  // latest number of a pid, when renumbering
  std::uint64_t next_number_ = 0;
  std::uint64_t next_checkpoint_ms_ = 0;
  still_intake stills_;
  live_graph exit_graph_;
  live_graph verdict_graph_;
  leak_judge judge_;
  bool classes_told_ = false;
  oom_watch oom_;
  collection_totals totals_;
  std::optional<error> trouble_;
  std::uint64_t unstored_ = 0;  // processes whose end could not be written
};

}  // namespace track::tools
