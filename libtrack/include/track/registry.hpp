// The registry: which objects are alive that somebody watches, tracks or counts. Floor 3.
//
// track::watch(object, "label") notes an object; track::allocator, track::memory_resource and
// track::counted note what they make. A record keeps nothing alive: it knows its object by a weak
// reference, or by address and number, and goes when the object does. track::survivors() tells what
// is there, track::report() prints it with stacks. Under the preload the records lie in the ledger,
// where `track` finds them, also after SIGKILL; else in memory of this process.
//
// threads: everything, any thread. Usable before main, during static destruction, in callbacks and
// finalizers; not from signal handlers. A child of fork begins with an empty registry; objects it
// inherited leave without a trace.
// errors: recording never throws for want of memory; records without a place are counted
// (lost_records()). What reads (survivors, report) may throw bad_alloc.
// cost: 48 bytes a record. A block of the allocators 8 bytes more, at its end, and without the
// preload 43 for its block_ref number; a watched object 8 bytes and the node in its life, 168 in
// all. Switched off: one load and a branch.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string_view>
#include <utility>
#include <vector>

#include <track/call_stack.hpp>
#include <track/detail/api.hpp>
#include <track/detail/watching.hpp>
#include <track/snapshot.h>

namespace track {

// ---- what new records say
// ------------------------------------------------------------------------

// The test that runs now, for test frameworks: of every thread. Empty: none.
LIBTRACK_API void set_test(std::string_view name) noexcept;
LIBTRACK_API std::string_view current_test() noexcept;

// Off: nothing new is recorded; what is recorded stays and leaves as ever. On at first.
LIBTRACK_API void set_tracking(bool on) noexcept;
inline bool tracking() noexcept {
  return detail::is_tracking();
}

// Every `interval`-th record of a thread, its first included, takes a stack by Boost.Stacktrace,
// about 8 us; 0: none does. 64 at first. Under the preload every record has the preload's stack,
// and this has no effect.
LIBTRACK_API void set_stack_sampling(unsigned interval) noexcept;

// ---- watching
// ------------------------------------------------------------------------------------

// A record, by number: keeps nothing alive, may outlive everything. A default one is of no record.
class LIBTRACK_API watch_handle {
 public:
  constexpr watch_handle() noexcept = default;

  // The record is there: of an object that is alive, or that died after detach().
  bool recorded() const noexcept;
  // As in survivor::serial. 0: of no record.
  std::uint64_t serial() const noexcept { return serial_; }

  // Takes the death notice away: the record stays when the object dies, and turns `dead`. False:
  // it is too late, or done already.
  bool detach() noexcept;
  // Removes the record; the object is watched no more. False: there is none.
  bool forget() noexcept;
  // The object should be dead by then: as track::expect_gone. False: there is no record.
  bool expect_gone(std::chrono::milliseconds within) noexcept;

  friend bool operator==(const watch_handle&, const watch_handle&) noexcept = default;

 private:
  friend watch_handle detail::watch_held(const detail::held_object&, std::string_view,
                                         detail::if_gone);
  friend watch_handle detail::find_watched(const detail::held_object&) noexcept;
  constexpr watch_handle(std::uint32_t index, std::uint32_t table, std::uint64_t serial) noexcept
      : index_(index), table_(table), serial_(serial) {}

  std::uint32_t index_ = 0;
  std::uint32_t table_ = 0;
  std::uint64_t serial_ = 0;
};

// Notes an object until it dies: of a shared_ptr of track::make_shared, track::adopt or
// allocate_shared with track::allocator, a tracked<T>, an object with a hook, a weak_ref. Its type
// is the dynamic one where T is polymorphic. Labels are kept for ever: use few different ones.
// Twice watched is twice recorded. Empty handle: tracking is off, or there was no place.
// errors: not_observable for a foreign, empty, dead or dying owner.
template <detail::watchable O>
watch_handle watch(O&& owner, std::string_view label = {}) {
  if (!tracking()) {
    return {};
  }
  return detail::watch_held(detail::held_object(owner), label, detail::if_gone::refuse);
}

// This object should be dead when `within` has passed. If it is not, survivors(), report() and,
// under the preload, `track` say that it is overdue; so does, without the preload, a line on stderr
// at the end of the program. No thread and no timer watches. An object that is not watched yet is
// from now on. A dead or empty owner: nothing is to be expected, and the handle is empty. cost: as
// watch(); for an object that is watched already a look at every record, unless the handle of
// watch() is asked instead. errors: not_observable for a foreign owner.
template <detail::watchable O>
watch_handle expect_gone(O&& owner, std::chrono::milliseconds within) {
  if (!tracking()) {
    return {};
  }
  const detail::held_object object(owner);
  watch_handle handle = detail::find_watched(object);
  if (!handle.recorded()) {
    handle = detail::watch_held(object, {}, detail::if_gone::ignore);
  }
  handle.expect_gone(within);
  return handle;
}

// ---- asking
// --------------------------------------------------------------------------------------

// The point in time between records: those made after the call, and before it by no thread, have a
// serial of at least the result.
LIBTRACK_API std::uint64_t mark() noexcept;

// Texts are valid until the process ends.
struct survivor {
  std::string_view type;
  std::string_view label;
  std::string_view tag;   // the innermost track::scope when it was recorded
  std::string_view test;  // set_test()
  const void* address = nullptr;
  std::size_t size_bytes = 0;
  std::uint64_t serial = 0;  // in the order of recording, as far as threads are ordered
  std::uint32_t thread = 0;  // gettid() of who recorded it; 0: unknown
  bool alive = true;         // false: it died, and its record was detached
  bool overdue = false;
  std::chrono::milliseconds age{0};
  std::chrono::milliseconds overdue_by{0};
  call_stack stack;
};

// What is asked for; what is left as it is does not restrict.
//   survivors({.since = m})    survivors({.label = "session", .min_age = 10s})
struct survivor_filter {
  std::uint64_t since = 0;                   // mark(): made at or after it
  std::uint64_t before = ~std::uint64_t{0};  // mark(): made before it
  std::string_view type{};                   // equal to; empty: any
  std::string_view label{};
  std::string_view tag{};
  std::string_view test{};
  std::chrono::milliseconds min_age{0};
  bool only_overdue = false;
  bool only_alive = false;
};

// In the order of their serials. A record that is made or goes meanwhile may be in it or not.
LIBTRACK_API std::vector<survivor> survivors(const survivor_filter& filter = {});

enum class group_by : std::uint8_t { type, label, tag, test, age };
struct survivor_group {
  std::string_view key;  // for age: "under 10 ms", "under 1 s", "under 1 min", "1 min and more"
  std::size_t count = 0;
  std::size_t bytes = 0;
  std::chrono::milliseconds oldest{0};
};

// Largest first, by bytes.
LIBTRACK_API std::vector<survivor_group> survivors_by(group_by what,
                                                      const survivor_filter& filter = {});

// Records that found no place, in this process.
LIBTRACK_API std::uint64_t lost_records() noexcept;

// Prints the survivors, grouped by type, label, tag, test and stack, the largest first, and what is
// overdue, and what probed caches did (cache_probe.hpp). Stacks are resolved in-process.
LIBTRACK_API void report(std::ostream& out, const survivor_filter& filter = {});

// A still for the capture, as track_snapshot(). False: none is taken (no preload, among others).
inline bool snapshot() noexcept {
  return track_snapshot() != 0;
}

}  // namespace track
