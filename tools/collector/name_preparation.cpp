#include "tools/collector/name_preparation.hpp"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

namespace track::tools {
namespace {

// Signals are the other thread's.
class signals_blocked {
 public:
  signals_blocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old_);
  }
  ~signals_blocked() { pthread_sigmask(SIG_SETMASK, &old_, nullptr); }
  signals_blocked(const signals_blocked&) = delete;
  signals_blocked& operator=(const signals_blocked&) = delete;

 private:
  sigset_t old_;
};

using module_name = std::pair<std::string, std::vector<std::uint8_t>>;

}  // namespace

struct name_preparation::state {
  explicit state(preparer how) : prepare(std::move(how)) {}

  const preparer prepare;
  std::mutex mutex;
  std::condition_variable more;
  std::deque<capture::module_key> waiting;
  std::set<module_name> seen;
  bool ended = false;
};

name_preparation::name_preparation(preparer prepare)
    : state_(std::make_shared<state>(std::move(prepare))) {}

name_preparation::~name_preparation() {
  const std::lock_guard hold(state_->mutex);
  state_->ended = true;
  state_->more.notify_one();
}

void name_preparation::add(const capture::module_key& module) {
  if (!state_->prepare) {
    return;
  }
  {
    const std::lock_guard hold(state_->mutex);
    if (!state_->seen.emplace(module.path, module.build_id).second) {
      return;
    }
    state_->waiting.push_back(module);
  }
  state_->more.notify_one();
  if (started_) {
    return;
  }
  started_ = true;
  const signals_blocked blocked;
  try {
    std::thread(work, state_).detach();
  } catch (const std::system_error&) {
    // No thread is to be had: the names are read at the end.
  }
}

void name_preparation::work(const std::shared_ptr<state>& shared) {
  const sched_param none{};
  pthread_setschedparam(pthread_self(), SCHED_IDLE, &none);
  std::unique_lock hold(shared->mutex);
  for (;;) {
    shared->more.wait(hold, [&] { return shared->ended || !shared->waiting.empty(); });
    if (shared->ended) {
      return;
    }
    const capture::module_key module = std::move(shared->waiting.front());
    shared->waiting.pop_front();
    hold.unlock();
    shared->prepare(module);
    hold.lock();
  }
}

}  // namespace track::tools
