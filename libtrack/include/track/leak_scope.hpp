// What a piece of code leaks, for tests of any framework. Floor 3.
//
//   track::leak_scope scope;
//   work();
//   const track::leak_report left = scope.check();  // left.empty()? else left.text()
//
// Always: objects of the registry that were recorded since the scope began and are alive. Under
// `track run` also heap blocks that nothing points to any more, and the reference cycles among
// them: the scope takes a still at its beginning and one at check(), and the collector judges them.
// What is still reachable is not lost; repeat_until_stable() is for what only ever grows.
//
// threads: a scope belongs to one thread, but what other threads leak meanwhile counts as well.
// Scopes are nested; what an inner one has told, outer ones do not tell again. Verdicts are given
// for the process: of scopes that overlap on several threads the one begun last gets what is lost.
// A child of fork checks nothing. Not from signal handlers.
// cost: under `track run` a still for each end of a scope, and the collector's walk over it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <track/call_stack.hpp>
#include <track/detail/api.hpp>

namespace track {

namespace detail {
class open_scopes;
}

enum class leak_kind : std::uint8_t {
  lost,    // heap blocks that nothing points to
  cycle,   // the same, but they keep themselves alive
  object,  // of the registry, alive
  held     // more blocks than before, to which something points; of rounds only
};

// Leaks of one kind, type, label, tag and stack. Texts are valid until the process ends.
struct leak_group {
  leak_kind kind = leak_kind::lost;
  std::size_t count = 0;
  std::size_t bytes = 0;
  std::string_view type{};  // of objects, as are label and tag
  std::string_view label{};
  std::string_view tag{};
  call_stack stack{};  // who allocated, or recorded
};

struct LIBTRACK_API leak_report {
  std::vector<leak_group> groups;  // lost, cycles, objects; of each the largest first
  std::size_t cycles = 0;          // groups of blocks that keep themselves alive
  std::size_t other_blocks = 0;    // lost as well, beyond the groups
  std::size_t other_bytes = 0;
  // How much more the heap holds than when the scope began, lost blocks included; 0 without
  // preload.
  std::int64_t growth_blocks = 0;
  std::int64_t growth_bytes = 0;
  bool judged = false;  // by a collector; false: objects alone were looked at
  bool skewed = false;  // threads were not seen whole: nothing was called lost

  bool empty() const noexcept { return groups.empty() && other_blocks == 0; }
  // Several lines, with stacks as far as the frames of the test framework. errors: bad_alloc.
  std::string text() const;
  // Sums up groups that are alike.
  void add(const leak_report& more);
};

namespace detail {
enum class scope_start : bool { judge, keep };  // keep: a still was judged just now
// What is lost too late for a scope: of the scope around it, or of nobody.
enum class scope_late : bool { around, nobody };
}  // namespace detail

class LIBTRACK_API leak_scope {
 public:
  explicit leak_scope(detail::scope_start how = detail::scope_start::judge,
                      detail::scope_late late = detail::scope_late::around);
  leak_scope(const leak_scope&) = delete;
  leak_scope& operator=(const leak_scope&) = delete;
  // What was lost since and no check() told counts for the scope around this one.
  ~leak_scope();

  // What leaked since the scope began, or since the last check. errors: bad_alloc.
  leak_report check();

 private:
  friend class detail::open_scopes;
  std::uint64_t since_ = 0;
  bool here_ = false;  // false: in a child of fork, where nothing is checked
  std::uint32_t number_ = 0;
  std::uint64_t live_blocks_ = 0;
  std::uint64_t live_bytes_ = 0;
  leak_report pending_;
};

// What every one of several rounds left.
class LIBTRACK_API leak_rounds {
 public:
  void add(const leak_report& round);
  // Nothing has been left by every round so far, so that nothing will be.
  bool stable() const noexcept { return rounds_ != 0 && in_every_.empty(); }
  unsigned rounds() const noexcept { return rounds_; }
  // Summed over the rounds.
  const leak_report& grown() const noexcept { return in_every_; }

 private:
  void keep_what_is_in(const leak_report& round);

  unsigned rounds_ = 0;
  leak_report in_every_;
};

// Runs `body` up to `rounds` times, until it is certain that nothing leaks in every round, and
// tells what does. So what is built once and kept, on purpose, does not count. With the preload the
// heap must not grow in every round either, even where something points to all of it.
template <class Body>
requires std::is_invocable_v<Body&> leak_report repeat_until_stable(unsigned rounds, Body&& body) {
  leak_rounds seen;
  while (seen.rounds() < rounds && !seen.stable()) {
    leak_scope round;
    body();
    seen.add(round.check());
  }
  return seen.grown();
}

}  // namespace track
