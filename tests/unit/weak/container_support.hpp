// What the tests of the weak containers share: counted objects, keys that throw, allocations that
// fail, threads that start at once.
#pragma once

#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <barrier>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <ostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/weak/allocations.hpp"
#include <track/hook.hpp>
#include <track/make_shared.hpp>
#include <track/weak_ref.hpp>

namespace track::testing_weak {

// Runs `operation` with the n-th allocation failing, for n = 0, 1, …, until none fails; calls
// `check(threw)` after each failure. Returns the number of failures.
template <class Operation, class Check>
int fail_every_allocation(Operation operation, Check check) {
  for (std::size_t n = 0;; ++n) {
    const std::size_t before = allocations::calls();
    bool threw = false;
    try {
      const allocations::failing_from fault(n);
      operation();
    } catch (const std::bad_alloc&) {
      threw = true;
    }
    if (allocations::calls() - before <= n) {
      return static_cast<int>(n);
    }
    check(threw);
  }
}

// ---- objects
// -------------------------------------------------------------------------------------

struct counted {
  inline static std::atomic<int> alive{0};

  explicit counted(int v = 0) : value(v) { ++alive; }
  counted(const counted& other) : value(other.value) { ++alive; }
  counted& operator=(const counted&) = default;
  virtual ~counted() { --alive; }
  friend bool operator==(const counted& a, const counted& b) { return a.value == b.value; }

  int value;
};
struct derived : counted {
  using counted::counted;
};

using objects_type = std::vector<std::shared_ptr<counted>>;

inline objects_type make(int n, int first = 0) {
  objects_type objects;
  for (int i = first; i < first + n; ++i) {
    objects.push_back(track::make_shared<counted>(i));
  }
  return objects;
}

// New objects, by their number in a map of values, with it as text in a map of keys.
template <class Map>
objects_type fill(Map& map, int n, int first = 0) {
  objects_type objects = make(n, first);
  for (const auto& each : objects) {
    if constexpr (std::same_as<typename Map::key_type, int>) {
      map.insert_or_assign(each->value, each);
    } else {
      map.insert_or_assign(each, std::to_string(each->value));
    }
  }
  return objects;
}

// Calls a function when it is destroyed.
struct on_destruction {
  on_destruction() = default;
  explicit on_destruction(std::function<void()> f) : run(std::move(f)) {}
  on_destruction(const on_destruction&) = delete;
  on_destruction& operator=(const on_destruction&) = delete;
  ~on_destruction() {
    if (run) {
      run();
    }
  }
  std::function<void()> run;
};

// A listener that no shared_ptr owns.
struct hooked_listener {
  int value = 0;
  track::hook hook_;
};

// A key whose hash, comparison and copies throw when told to; many keys share a hash.
struct moody_key {
  inline static thread_local bool hash_throws = false;
  inline static thread_local bool equal_throws = false;
  inline static thread_local bool copy_throws = false;
  inline static thread_local std::function<void()> when_compared;
  inline static std::atomic<int> alive{0};

  explicit moody_key(int v = 0) : value(v) { ++alive; }
  moody_key(const moody_key& other) : value(other.value) {
    if (copy_throws) {
      throw std::runtime_error("copy");
    }
    ++alive;
  }
  moody_key(moody_key&& other) noexcept : value(other.value) { ++alive; }
  moody_key& operator=(const moody_key&) = default;
  ~moody_key() { --alive; }
  friend bool operator==(const moody_key& a, const moody_key& b) {
    if (equal_throws) {
      throw std::runtime_error("equal");
    }
    if (when_compared) {
      when_compared();
    }
    return a.value == b.value;
  }

  int value;
};

struct moody_hash {
  std::size_t operator()(const moody_key& key) const {
    if (moody_key::hash_throws) {
      throw std::runtime_error("hash");
    }
    return static_cast<std::size_t>(key.value % 2);
  }
};

// The policy of the tests: counted objects by their value, all with one of two hashes.
struct value_hash {
  inline static thread_local bool throws = false;
  std::size_t operator()(const counted& key) const {
    if (throws) {
      throw std::runtime_error("hash");
    }
    return static_cast<std::size_t>(key.value % 2);
  }
};
struct value_equal {
  inline static thread_local bool throws = false;
  inline static thread_local std::function<void()> when_compared;
  bool operator()(const counted& a, const counted& b) const {
    if (throws) {
      throw std::runtime_error("equal");
    }
    if (when_compared) {
      when_compared();
    }
    return a.value == b.value;
  }
};

// ---- threads
// -------------------------------------------------------------------------------------

// Runs f(0), …, f(n - 1) on threads that start together; joins.
template <class F>
void run_together(int n, F f) {
  std::barrier start(n);
  std::vector<std::jthread> threads;
  for (int i = 0; i < n; ++i) {
    threads.emplace_back([&start, &f, i] {
      start.arrive_and_wait();
      f(i);
    });
  }
}

// The same with f(thread, 0), f(thread, 1), …: at least `least` times, and on until `enough()`.
template <class Enough, class F>
void run_until(int n, int least, Enough enough, F f) {
  run_together(n, [&](int thread) {
    for (int i = 0; i < least || (!enough() && i < 1'000'000); ++i) {
      f(thread, i);
    }
  });
}

// Puts the calling thread on one of the processors the process may use, for as long as it exists.
class on_processor {
 public:
  explicit on_processor(int which) {
    pthread_getaffinity_np(pthread_self(), sizeof before_, &before_);
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &all) && which-- == 0) {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        pthread_setaffinity_np(pthread_self(), sizeof one, &one);
      }
    }
  }
  ~on_processor() { pthread_setaffinity_np(pthread_self(), sizeof before_, &before_); }
  on_processor(const on_processor&) = delete;
  on_processor& operator=(const on_processor&) = delete;

  static bool are_several() { return CPU_COUNT(&all) > 1; }

 private:
  inline static const cpu_set_t all = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    pthread_getaffinity_np(pthread_self(), sizeof set, &set);
    return set;
  }();

  cpu_set_t before_{};
};

// Two threads that run a(round) and b(round), round after round, until `enough()` and 50 rounds in
// which they met, or `rounds`; before(round) and after(round) run alone. Most rounds begin at once;
// of eight, one runs a after b and one b after a, so that both orders are tested on any machine.
// That a and b overlapped is asserted, where there are two processors.
class two_threads {
 public:
  template <class Before, class A, class B, class After, class Enough>
  void race(int rounds, Before before, A a, B b, After after, Enough enough) {
    const bool several = on_processor::are_several();
    std::jthread other([&] {
      const on_processor second(1);
      for (int round = 0; meet(); ++round) {
        take_part(b_, round % 8 == 6 ? &a_ : nullptr, b, round);
        meet();
      }
    });
    const on_processor first(0);
    for (int round = 0; round == 0 || meet_again(round, rounds, enough()); ++round) {
      before(round);
      meet();
      take_part(a_, round % 8 == 7 ? &b_ : nullptr, a, round);
      meet();
      overlaps_ += met_.exchange(false) ? 1 : 0;
      after(round);
    }
    EXPECT_TRUE(overlaps_ > 0 || !several) << "the calls never met: nothing was tested";
  }

 private:
  struct part {
    std::atomic<int> begun{0};  // rounds
    std::atomic<int> ended{0};
  };

  template <class F>
  void take_part(part& mine, const part* first, F& f, int round) {
    const part& other = &mine == &a_ ? b_ : a_;
    spin([&] { return first == nullptr || first->ended > round; });
    ++mine.begun;
    f(round);
    if (other.begun > round && other.ended <= round) {
      met_ = true;  // the other one is in the middle
    }
    ++mine.ended;
  }

  bool meet_again(int round, int rounds, bool enough) {
    if (round < rounds && !(enough && overlaps_ >= 50)) {
      return true;
    }
    stop_ = true;
    meet();
    return false;
  }

  // Both arrive, then both go on; false at the end.
  bool meet() {
    const int arrived = ++arrived_;
    spin([&] { return arrived_ >= arrived + arrived % 2; });
    return !stop_;
  }

  template <class Done>
  static void spin(Done done) {
    for (unsigned turns = 1; !done(); ++turns) {
      if (turns % 1000 == 0) {
        std::this_thread::yield();
      }
    }
  }

  part a_;
  part b_;
  std::atomic<int> arrived_{0};
  std::atomic<bool> stop_{false};
  std::atomic<bool> met_{false};
  int overlaps_ = 0;
};

template <class Before, class A, class B, class After, class Enough>
void race(int rounds, Before before, A a, B b, After after, Enough enough) {
  two_threads().race(rounds, before, a, b, after, enough);
}

inline constexpr int most_rounds = 200'000;

// How often a race went one way and the other.
struct outcomes {
  int first = 0;
  int second = 0;
  void note(bool was_first) { ++(was_first ? first : second); }
  bool enough(int each = 50) const { return first >= each && second >= each; }
  void expect_both() const {
    EXPECT_GT(first, 0);
    EXPECT_GT(second, 0);
  }
};

// Something to do that takes 0 … 255 turns, differently each round, so that racing calls meet in
// every order.
inline void dither(int round, unsigned seed) {
  unsigned turns = (static_cast<unsigned>(round) * 2654435761U + seed * 40503U) >> 24U;
  for (std::atomic<unsigned> i{0}; i < turns; ++i) {
  }
}

}  // namespace track::testing_weak
