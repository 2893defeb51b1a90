// How the suites here leak: by functions of their own, so that the stacks have names to look for.
#pragma once

#include <array>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <track/allocator.hpp>
#include <track/counted.hpp>
#include <track/make_shared.hpp>
#include <track/registry.hpp>

namespace frameworks {

inline void* volatile last_seen = nullptr;

// So that the compiler leaves out no allocation.
inline void use(void* block) {
  last_seen = block;
  last_seen = nullptr;
}

// Large ones: an old word on the stack may name where a block of a common size was before.
struct node {
  std::array<char, 3000> room;
  std::shared_ptr<node> other;
  std::weak_ptr<node> back;
  std::vector<std::shared_ptr<node>> children;
};
struct session {
  int numbers[10] = {};
};
struct ticket : track::counted<ticket, track::recorded::each> {
  int number = 0;
};
using tracked_numbers = std::vector<int, track::allocator<int>>;

#define FRAMEWORKS_LOSER [[gnu::noinline, maybe_unused]] inline

FRAMEWORKS_LOSER void lose_by_new() {
  use(new std::array<char, 2000>());
}
FRAMEWORKS_LOSER void lose_by_malloc() {
  use(std::malloc(2777));
}
FRAMEWORKS_LOSER void lose_array() {
  use(new std::string[105]);
}
FRAMEWORKS_LOSER void lose_by_realloc() {
  void* block = std::malloc(4100);
  use(block);
  use(std::realloc(block, 1000));
}
FRAMEWORKS_LOSER void lose_container() {
  // Of a size that nothing else here has: an old word on the stack may name what was there before.
  auto* const lost = new std::map<int, std::array<char, 5000>>;
  for (int i = 0; i < 10; ++i) {
    (*lost)[i].fill('x');
  }
  use(lost);
}
FRAMEWORKS_LOSER void lose_by_exception() {
  use(new char[3333]);
  throw std::runtime_error("on purpose");
}
FRAMEWORKS_LOSER void lose_cycle() {
  const auto one = std::make_shared<node>();
  one->other = std::make_shared<node>();
  one->other->other = one;
}
FRAMEWORKS_LOSER void lose_family() {
  const auto parent = std::make_shared<node>();
  for (int i = 0; i < 3; ++i) {
    parent->children.push_back(std::make_shared<node>());
    parent->children.back()->other = parent;
  }
}
FRAMEWORKS_LOSER void lose_closure() {
  const auto self = std::make_shared<std::function<int(int)>>();
  *self = [self](int n) { return n == 0 ? 0 : (*self)(n - 1); };
  use(self.get());
}

// Alive for ever, and nobody's fault but the test's.
inline std::vector<std::shared_ptr<session>> kept_sessions;
inline std::vector<std::unique_ptr<ticket>> kept_tickets;
inline std::vector<std::unique_ptr<tracked_numbers>> kept_numbers;

FRAMEWORKS_LOSER void keep_session() {
  kept_sessions.push_back(track::make_shared<session>());
  track::watch(kept_sessions.back(), "kept");
}
FRAMEWORKS_LOSER void keep_ticket() {
  kept_tickets.push_back(std::make_unique<ticket>());
}
FRAMEWORKS_LOSER void keep_numbers() {
  kept_numbers.push_back(std::make_unique<tracked_numbers>(100, 1));
}

}  // namespace frameworks
