#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

#include "libtrack/weak/object_table.hpp"
#include "libtrack/weak/preload_link.hpp"
#include <track/detail/test_watch.hpp>
#include <track/leak_scope.hpp>
#include <track/registry.hpp>

namespace track {
namespace detail {
namespace {

// Of a collector that has answered before, and of one that may not be there.
constexpr unsigned patience_ms = 60'000;
constexpr unsigned first_patience_ms = 5'000;

void say_once(std::atomic<bool>& said, const char* what) noexcept {
  if (!said.exchange(true)) {
    std::fprintf(stderr, "libtrack: %s\n", what);
  }
}

using verdict_site = std::remove_cvref_t<decltype(libtrack_verdict::site[0])>;

leak_group group_of(const verdict_site& site) noexcept {
  const object_table* const table = current_table();
  leak_group group;
  group.kind = site.cyclic != 0 ? leak_kind::cycle : leak_kind::lost;
  group.count = site.blocks;
  group.bytes = site.bytes;
  if (table != nullptr && table->in_ledger && site.node != 0) {
    group.stack = call_stack(site.node, table->generation);
  }
  return group;
}

// How many verdicts saw the blocks alive before this one, where the preload tells it.
std::uint64_t seen_before(const auto& site) noexcept {
  if constexpr (requires { site.seen; }) {
    return site.seen;
  } else {
    return 0;
  }
}

struct heap {
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
};

heap live_heap() noexcept {
  const auto live = preload_function(&libtrack_ledger_table::live);
  heap now;
  return live != nullptr && live(&now.blocks, &now.bytes) ? now : heap{};
}

bool get_verdict(libtrack_verdict& verdict) {
  using clock = std::chrono::steady_clock;
  static constinit std::atomic<bool> answered{false};
  static constinit std::atomic<bool> silent{false};
  const auto judge = preload_function(&libtrack_ledger_table::judge);
  if (judge == nullptr || silent.load()) {
    return false;
  }
  const std::chrono::milliseconds patience(answered.load() ? patience_ms : first_patience_ms);
  const auto begun = clock::now();
  if (judge(&verdict, static_cast<unsigned>(patience.count()))) {
    answered.store(true);
    return true;
  }
  // Who let a thread wait that long is not waited for again.
  silent.store(clock::now() - begun >= patience);
  return false;
}

// False: nobody judges, or not now.
bool ask_collector(libtrack_verdict& verdict) {
  static constinit std::atomic<bool> said_alone{false};
  static constinit std::atomic<bool> said_skewed{false};
  if (!get_verdict(verdict)) {
    say_once(
        said_alone,
        "no collector judges this program, so that only tracked objects are checked for leaks; "
        "under `track run` heap blocks and reference cycles are as well");
    return false;
  }
  if (verdict.skewed != 0) {
    say_once(said_skewed,
             "threads are asleep that a still does not see whole, so that no block is called lost "
             "while they are");
  }
  return true;
}

}  // namespace

[[gnu::noinline]] void wipe_stack_below() noexcept {
  char area[16 * 1024];
  std::fill(std::begin(area), std::end(area), '\0');
  asm volatile("" : : "r"(area) : "memory");
}

namespace {

constexpr std::size_t largest_kept = 1032;  // of what glibc keeps for each thread
constexpr std::size_t kept_of_a_size = 7;   // 24, 40 … bytes

}  // namespace

namespace {

// Where the part of the heap begins that malloc cuts new blocks from when nothing free fits: there
// large blocks lie one after the other, and above all else.
std::uintptr_t unused_heap() noexcept {
  constexpr std::size_t large = 100'000;
  constexpr std::size_t stride = large + 16;
  std::array<void*, 3> blocks;
  for (void*& each : blocks) {
    each = std::malloc(large);
  }
  std::array<std::uintptr_t, 3> places;
  std::ranges::transform(blocks, places.begin(),
                         [](void* each) { return reinterpret_cast<std::uintptr_t>(each); });
  std::ranges::sort(places, std::ranges::greater());
  std::uintptr_t begin = places[0];
  for (std::size_t i = 1; i < places.size() && places[i] + stride == begin; ++i) {
    begin = places[i];
  }
  for (void* const each : blocks) {
    std::free(each);
  }
  return begin;
}

}  // namespace

void hold_free_blocks() noexcept {
  constexpr std::size_t most_bytes = std::size_t{4} << 20;
  static void* held = nullptr;  // each begins with a pointer to the next
  const std::uintptr_t end = unused_heap();
  static std::size_t held_bytes = 0;
  for (std::size_t bytes = 24; bytes <= largest_kept; bytes += 16) {
    while (held_bytes < most_bytes) {
      void* const block = std::malloc(bytes);
      if (block == nullptr || reinterpret_cast<std::uintptr_t>(block) >= end) {
        std::free(block);
        break;
      }
      std::memset(block, 0, bytes);
      *static_cast<void**>(block) = std::exchange(held, block);
      held_bytes += bytes;
    }
  }
}

void wipe_free_blocks() noexcept {
  std::array<void*, kept_of_a_size> blocks;
  for (std::size_t bytes = 24; bytes <= largest_kept; bytes += 16) {
    for (void*& block : blocks) {
      block = std::malloc(bytes);
      if (block != nullptr) {
        std::memset(block, 0, bytes);
        asm volatile("" : : "r"(block) : "memory");
      }
    }
    for (void* const block : blocks) {
      std::free(block);
    }
  }
}

// Zeros, so that what is not used yet of a vector holds no pointer by chance.
template <class T>
struct zeroed_memory {
  using value_type = T;
  zeroed_memory() noexcept = default;
  template <class U>
  zeroed_memory(const zeroed_memory<U>&) noexcept {}
  T* allocate(std::size_t count) {
    void* const memory = std::calloc(count, sizeof(T));
    return memory == nullptr ? throw std::bad_alloc() : static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t) noexcept { std::free(memory); }
  friend bool operator==(const zeroed_memory&, const zeroed_memory&) noexcept { return true; }
};
template <class T>
using clean_vector = std::vector<T, zeroed_memory<T>>;

// The scopes of the process, outer ones first, and the objects that were told.
class open_scopes {
 public:
  // Null in a child of fork: whoever held the lock is not there.
  static open_scopes* of_this_process() {
    static open_scopes* const all = new open_scopes;
    return all->process_ == getpid() ? all : nullptr;
  }

  void open(leak_scope& scope, scope_start how, scope_late late) {
    const std::lock_guard guard(lock_);
    if (how == scope_start::judge) {
      judge();
    }
    scope.number_ = static_cast<std::uint32_t>(all_.size());
    all_.push_back({&scope, innermost(), late});
    scopes_.push_back(&scope);
    scope.here_ = true;
    begin(scope);
  }

  void close(leak_scope& scope) noexcept {
    const std::lock_guard guard(lock_);
    std::erase(scopes_, &scope);
    all_[scope.number_].open = nullptr;
    try {
      if (!scopes_.empty()) {
        scopes_.back()->pending_.add(scope.pending_);
      }
    } catch (...) {  // no memory: what it did not tell is not told
    }
  }

  leak_report late() {
    const std::lock_guard guard(lock_);
    return std::exchange(late_, {});
  }

  leak_report check(leak_scope& scope) {
    const std::lock_guard guard(lock_);
    const heap now = live_heap();
    leak_report found = objects_since(scope.since_);
    found.growth_blocks = static_cast<std::int64_t>(now.blocks - scope.live_blocks_);
    found.growth_bytes = static_cast<std::int64_t>(now.bytes - scope.live_bytes_);
    judge();
    found.add(scope.pending_);
    scope.pending_ = {};
    begin(scope);
    return found;
  }

 private:
  static void begin(leak_scope& scope) noexcept {
    scope.since_ = mark();
    const heap now = live_heap();
    scope.live_blocks_ = now.blocks;
    scope.live_bytes_ = now.bytes;
  }

  // What is lost goes to the scope that was the innermost one when it was made.
  void judge() {
    libtrack_verdict verdict = {};
    if (!ask_collector(verdict)) {
      return;
    }
    innermost_at_.push_back(innermost());
    leak_report rest;
    rest.judged = true;
    rest.skewed = verdict.skewed != 0;
    rest.cycles = verdict.cycles;
    rest.other_blocks = verdict.lost_blocks;
    rest.other_bytes = verdict.lost_bytes;
    for (std::uint32_t i = 0; i < verdict.sites && i < std::size(verdict.site); ++i) {
      leak_report one;
      one.groups.push_back(group_of(verdict.site[i]));
      if (one.groups[0].kind == leak_kind::cycle) {
        one.cycles = std::exchange(rest.cycles, 0);
      }
      rest.other_blocks -= std::min<std::size_t>(rest.other_blocks, verdict.site[i].blocks);
      rest.other_bytes -= std::min<std::size_t>(rest.other_bytes, verdict.site[i].bytes);
      pending_of(seen_before(verdict.site[i])).add(one);
    }
    pending_of(0).add(rest);
  }

  // Of what so many verdicts before the last one saw alive.
  leak_report& pending_of(std::uint64_t seen) noexcept {
    std::uint32_t number =
        seen < innermost_at_.size() ? innermost_at_[innermost_at_.size() - 1 - seen] : no_scope;
    while (number != no_scope && all_[number].open == nullptr) {
      number = all_[number].late == scope_late::nobody ? no_scope : all_[number].around;
    }
    return number == no_scope ? late_ : all_[number].open->pending_;
  }

  std::uint32_t innermost() const noexcept {
    return scopes_.empty() ? no_scope : scopes_.back()->number_;
  }

  leak_report objects_since(std::uint64_t since) {
    leak_report found;
    for (const survivor& each : survivors({.since = since, .only_alive = true})) {
      if (told_.insert(each.serial).second) {
        leak_report one;
        one.groups.push_back(
            {leak_kind::object, 1, each.size_bytes, each.type, each.label, each.tag, each.stack});
        found.add(one);
      }
    }
    return found;
  }

  static constexpr std::uint32_t no_scope = UINT32_MAX;
  struct known_scope {
    leak_scope* open;  // null: it has ended
    std::uint32_t around;
    scope_late late;
  };

  const pid_t process_ = getpid();
  std::mutex lock_;
  clean_vector<leak_scope*> scopes_;
  leak_report late_;
  clean_vector<known_scope> all_;             // ever, by number
  clean_vector<std::uint32_t> innermost_at_;  // by verdict
  std::unordered_set<std::uint64_t> told_;    // serials
};

}  // namespace detail

leak_report detail::late_leaks() {
  detail::open_scopes* const all = detail::open_scopes::of_this_process();
  return all == nullptr ? leak_report{} : all->late();
}

leak_scope::leak_scope(detail::scope_start how, detail::scope_late late) {
  if (detail::open_scopes* const all = detail::open_scopes::of_this_process()) {
    detail::wipe_stack_below();
    all->open(*this, how, late);
  }
}

leak_scope::~leak_scope() {
  detail::open_scopes* const all = here_ ? detail::open_scopes::of_this_process() : nullptr;
  if (all != nullptr) {
    all->close(*this);
  }
}

leak_report leak_scope::check() {
  detail::open_scopes* const all = here_ ? detail::open_scopes::of_this_process() : nullptr;
  if (all == nullptr) {
    return {};
  }
  detail::wipe_stack_below();
  return all->check(*this);
}

}  // namespace track
