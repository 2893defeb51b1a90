// The work of `track collect`: brings plain preloads' ledgers into captures while they run.
// Floor 6.
//
// Attaches to the *.ledger files of a folder, or to the one ledger of a process, keeps their
// clocks, samples and checkpoints, and leaves the files as they are. One collector a ledger: a lock
// on the file says who. Ends when told, or when all processes are gone; with rotation a folder is
// watched for ever. One thread.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libtrack/capture/name_source.hpp"
#include "libtrack/capture/writer.hpp"
#include "tools/collector/collection.hpp"
#include "tools/collector/output_claim.hpp"
#include "tools/collector/shared_ledger.hpp"

namespace track::tools {

struct collect_options {
  std::string folder;                 // where the ledgers are
  std::optional<std::string> ledger;  // only this one
  std::string output_pattern;         // empty: FOLDER/collect.TIME.track
  std::uint64_t rotate_ms = 0;        // 0: one capture
  capture::capture_info info;
  capture::name_source* names = nullptr;       // null: names later
  std::function<void(std::string_view)> say;   // what was done
  std::function<void(std::string_view)> warn;  // what went wrong
};

// The ledger that a running process writes. A process that is about to begin, or to go on by exec,
// has none for a moment: it is waited for, a second at most. errors: not_found, when it has none.
result<std::string> ledger_of_process(pid_t pid);

class folder_collector {
 public:
  explicit folder_collector(collect_options options);

  // Returns when `stop` is set or nothing is left to watch.
  // errors: not_found, no ledger there; output, a capture cannot be written.
  result<void> run(const std::atomic<bool>& stop);

 private:
  struct attached {
    std::string path;
    shared_ledger ledger;
    bool done = false;  // its process is gone and stored
  };

  void look_for_ledgers();
  void attach(const std::string& path);
  // Some file is no ledger yet, but is so new that it may be in the making.
  bool may_become_ledgers() const;
  result<void> begin();
  result<void> end();
  result<void> round();
  result<void> rotate();
  // Nothing happened since the capture was begun; rotation makes no captures of nothing.
  bool is_empty() const;
  // Of a folder there may always be more to come.
  bool is_endless() const;
  bool all_done() const;

  collect_options options_;
  std::list<attached> attached_;
  std::map<std::string, int> refused_;  // tries of files that are no ledgers, or not yet
  std::optional<collection> collection_;
  std::optional<output_claim> claim_;
  std::uint64_t begun_ms_ = 0;
  std::uint64_t looked_ms_ = 0;
  bool trouble_told_ = false;
};

}  // namespace track::tools
