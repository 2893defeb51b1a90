#include <pthread.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <stdexcept>

#include <track/finalize.hpp>

namespace track {
namespace detail {

// Never destroyed: objects in statics die after everything else, and their entries with them.
struct finalizer_registry {
  std::mutex mutex;  // a leaf
  finalizer_entry* newest = nullptr;
  finalizer_entry* next_at_exit = nullptr;  // where the run at exit stands
  bool prepared = false;                    // for exit and fork
  std::atomic<bool> shutting_down{false};   // nothing runs any more
  std::atomic<pid_t> process{0};            // getpid() is a system call; set again in children

  void link(finalizer_entry& entry) noexcept {
    entry.enrolled_ = true;
    entry.older_ = newest;
    if (newest != nullptr) {
      newest->newer_ = &entry;
    }
    newest = &entry;
    next_at_exit = &entry;  // made by a finalizer at exit: it runs next
  }

  bool unlink(finalizer_entry& entry) noexcept {
    if (!std::exchange(entry.enrolled_, false)) {
      return false;
    }
    if (next_at_exit == &entry) {
      next_at_exit = entry.older_;
    }
    if (entry.older_ != nullptr) {
      entry.older_->newer_ = entry.newer_;
    }
    (entry.newer_ != nullptr ? entry.newer_->older_ : newest) = entry.older_;
    entry.older_ = entry.newer_ = nullptr;
    return true;
  }

  // The newest entry that is to run at exit, taken, with the registry's use given to the caller.
  // Null: there is none, and from now on nothing runs.
  finalizer_entry* take_next() noexcept;
  finalizer_entry* take_from(finalizer_entry* start) noexcept;

  void prepare();
};

namespace {

constinit finalizer_registry registry;
static_assert(std::is_trivially_destructible_v<finalizer_registry>);

}  // namespace

void finalizer_registry::prepare() {
  if (prepared) {
    return;
  }
  // A child gets the registry unlocked and whole, whatever other threads did.
  const auto unlock_in_child = [] {
    registry.process.store(getpid(), std::memory_order_relaxed);
    registry.mutex.unlock();
  };
  if (pthread_atfork([] { registry.mutex.lock(); }, [] { registry.mutex.unlock(); },
                     unlock_in_child) != 0) {
    throw std::bad_alloc();
  }
  registry.process.store(getpid(), std::memory_order_relaxed);
  if (std::atexit([] { run_exit_finalizers(); }) != 0) {
    throw std::bad_alloc();
  }
  prepared = true;
}

finalizer_entry* finalizer_registry::take_from(finalizer_entry* start) noexcept {
  const pid_t here = getpid();
  for (next_at_exit = start; next_at_exit != nullptr; next_at_exit = next_at_exit->older_) {
    finalizer_entry& entry = *next_at_exit;
    if (entry.atexit() && entry.process_ == here && entry.callable() &&
        !entry.taken_.exchange(true, std::memory_order_acq_rel)) {
      unlink(entry);
      return &entry;
    }
  }
  return nullptr;
}

finalizer_entry* finalizer_registry::take_next() noexcept {
  const std::lock_guard guard(mutex);
  if (shutting_down.load(std::memory_order_relaxed)) {
    return nullptr;
  }
  finalizer_entry* entry = take_from(next_at_exit);
  if (entry == nullptr) {
    entry = take_from(newest);  // set_atexit(true) may have been said of one that was passed over
  }
  if (entry == nullptr) {
    shutting_down.store(true, std::memory_order_release);
  }
  return entry;
}

finalizer_entry::finalizer_entry(const std::type_info* type, std::uintptr_t address) noexcept
    : death_node(ref_info::finalizer, type, reinterpret_cast<const void*>(address)) {}

void finalizer_entry::enroll(life* record) {
  {
    const std::lock_guard guard(registry.mutex);
    registry.prepare();
  }
  process_ = registry.process.load(std::memory_order_relaxed);
  attach_or_throw(record, *this);
  const std::lock_guard guard(registry.mutex);
  if (alive()) {
    add_use();
    registry.link(*this);
  }
}

void finalizer_entry::drop_use() noexcept {
  if (uses_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    drop(this, wait::no);
  }
}

bool finalizer_entry::take() noexcept {
  if (taken_.exchange(true, std::memory_order_acq_rel)) {
    return false;
  }
  bool was_enrolled;
  {
    const std::lock_guard guard(registry.mutex);
    was_enrolled = registry.unlink(*this);
  }
  detach();
  if (was_enrolled) {
    drop_use();
  }
  return true;
}

bool finalizer_entry::take_to_call() noexcept {
  return !registry.shutting_down.load(std::memory_order_acquire) && take();
}

void finalizer_entry::run_guarded(const char* where) noexcept {
  try {
    run();
  } catch (...) {
    report_unraisable(where);
  }
}

void finalizer_entry::on_death(const dead_ref&) noexcept {
  // take() gives up the registry's use, which may be the last. Where none is left somebody else
  // took it, at exit, and has given up the share that goes with the uses: it must not be given up
  // twice.
  std::uint32_t uses = uses_.load(std::memory_order_relaxed);
  do {
    if (uses == 0) {
      return;
    }
  } while (!uses_.compare_exchange_weak(uses, uses + 1, std::memory_order_acq_rel,
                                        std::memory_order_relaxed));
  if (take()) {
    if (registry.shutting_down.load(std::memory_order_acquire) ||
        process_ != registry.process.load(std::memory_order_relaxed)) {
      discard();
    } else {
      run_guarded("finalizer");
    }
  }
  drop_use();
}

void finalizer_entry::run_all_at_exit() noexcept {
  while (finalizer_entry* entry = registry.take_next()) {
    entry->detach();
    entry->run_guarded("exit finalizer");
    entry->drop_use();
  }
}

void throw_owning_argument() {
  throw std::invalid_argument(
      "libtrack: an argument of the finalizer owns the object, which would then never die");
}

}  // namespace detail

bool finalizer::operator()() {
  if (entry_ == nullptr || !entry_->take_to_call()) {
    return false;
  }
  entry_->run();
  return true;
}

bool finalizer::detach() noexcept {
  if (entry_ == nullptr || !entry_->take()) {
    return false;
  }
  entry_->discard();
  return true;
}

std::string to_string(const finalizer& handle) {
  if (handle.entry_ == nullptr) {
    return "finalizer(empty)";
  }
  char text[64];
  std::snprintf(text, sizeof text, "finalizer(#%" PRIu64 " for 0x%" PRIxPTR "%s)", handle.id(),
                handle.entry_->told().address, handle.alive() ? "" : ", dead");
  return text;
}

void run_exit_finalizers() noexcept {
  detail::finalizer_entry::run_all_at_exit();
}

}  // namespace track
