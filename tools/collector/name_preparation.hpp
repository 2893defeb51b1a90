// Opens the modules of the program for naming while it still runs. Floor 6.
//
// A thread of the collector that runs only when nothing else wants the processor, so that the
// program is not slowed and its capture is named soon after its end. It is never waited for: what
// it did not get to is opened when the names are asked for.
#pragma once

#include <functional>
#include <memory>

#include "libtrack/capture/name_source.hpp"

namespace track::tools {

class name_preparation {
 public:
  using preparer = std::function<void(const capture::module_key&)>;

  // `prepare` is called in the thread; what it refers to must live as long as the process. An empty
  // one: nothing is done. The thread begins with the first module.
  explicit name_preparation(preparer prepare);
  name_preparation(const name_preparation&) = delete;
  name_preparation& operator=(const name_preparation&) = delete;
  // No module is begun any more; one that is being opened is left to itself.
  ~name_preparation();

  // A module that names will be asked of. Twice the same is fine.
  void add(const capture::module_key& module);

 private:
  struct state;
  static void work(const std::shared_ptr<state>& shared);

  std::shared_ptr<state> state_;
  bool started_ = false;
};

}  // namespace track::tools
