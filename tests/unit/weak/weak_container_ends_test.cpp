// The ends of objects, of the program and of a process, while every kind of container and handle is
// there: destructors run and memory returns, statics may go in any order, a child of fork has
// containers of its own.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include <track/finalize.hpp>
#include <track/hook.hpp>
#include <track/make_shared.hpp>
#include <track/registry.hpp>
#include <track/weak_cache.hpp>
#include <track/weak_key_map.hpp>
#include <track/weak_method.hpp>
#include <track/weak_proxy.hpp>
#include <track/weak_set.hpp>
#include <track/weak_value_map.hpp>

namespace track {
namespace {

using testing::ExitedWithCode;

// Counts its destructors, and the memory of its objects.
struct heavy {
  inline static int blocks = 0;
  inline static int destroyed = 0;

  static void* operator new(std::size_t bytes) {
    ++blocks;
    return std::malloc(bytes);
  }
  static void operator delete(void* block) {
    --blocks;
    std::free(block);
  }
  ~heavy() { ++destroyed; }
  void touch() { ++touched; }

  int touched = 0;
  char rest[4096] = {};
};
struct hooked_heavy : heavy {
  ~hooked_heavy() { hook_.close(); }
  hook hook_;
};

template <class T>
struct containers {
  weak_value_map<int, T> values;
  weak_key_map<T, int> keys;
  weak_set<T> set;

  template <class Owner>
  void add(Owner& owner) {
    values.insert_or_assign(1, owner);
    keys.insert_or_assign(owner, 1);
    set.insert(owner);
  }
  std::size_t size() const { return values.size() + keys.size() + set.size(); }
};

// Every handle that there is of one object, and what is told of it.
template <class T>
struct handles {
  template <class Owner>
  explicit handles(Owner& owner)
      : proxy(owner, count()),
        method(owner, &T::touch, count()),
        called(owner, count()),
        silent(owner),
        finalizer(finalize(owner, [this] { ++deaths; })),
        watched(watch(owner, "detached")),
        registered(watch(owner, "registered")),
        listed(weak_refs(owner)) {
    all.add(owner);
    value_snapshot = all.values.snapshot();
    key_snapshot = all.keys.snapshot();
    set_snapshot = all.set.snapshot();
    found = survivors({.label = "registered"});
    EXPECT_TRUE(watched.detach());
  }

  auto count() {
    return [this](const dead_ref&) { ++deaths; };
  }
  void expect_dead() const {
    EXPECT_EQ(deaths, 4);
    EXPECT_EQ(all.size(), 0U);
    EXPECT_FALSE(proxy.alive() || method.alive() || finalizer.alive());
    EXPECT_TRUE(called.expired() && silent.expired());
    EXPECT_TRUE(watched.recorded());
    EXPECT_FALSE(registered.recorded());
    EXPECT_EQ(value_snapshot.size() + key_snapshot.size() + set_snapshot.size(), 3U);
    EXPECT_TRUE(set_snapshot[0].expired());
    EXPECT_EQ(found.size(), 1U);
  }

  int deaths = 0;
  containers<T> all;
  weak_proxy<T> proxy;
  weak_method<void (T::*)()> method;
  weak_ref<T> called;
  weak_ref<T> silent;
  track::finalizer finalizer;
  watch_handle watched;
  watch_handle registered;
  std::vector<ref_info> listed;
  std::vector<std::pair<int, weak_ref<T>>> value_snapshot;
  std::vector<std::pair<weak_ref<T>, int>> key_snapshot;
  std::vector<weak_ref<T>> set_snapshot;
  std::vector<survivor> found;
};

TEST(WeakEnds, destructor_runs_and_memory_returns_while_every_container_and_handle_remains) {
  heavy::destroyed = 0;
  auto object = make_shared<heavy>();
  handles<heavy> kept(object);
  weak_cache<int, heavy> cache(0);
  cache.insert_or_assign(1, object);
  const auto cached = cache.snapshot();
  EXPECT_EQ(object.use_count(), 1);
  EXPECT_EQ(heavy::blocks, 1);
  object.reset();
  EXPECT_EQ(heavy::destroyed, 1);
  EXPECT_EQ(heavy::blocks, 0);
  EXPECT_EQ(cache.size(), 0U);
  EXPECT_EQ(cached.size(), 1U);
  kept.expect_dead();
  EXPECT_TRUE(kept.watched.forget());
}

TEST(WeakEnds, the_same_of_an_object_with_a_hook) {
  heavy::destroyed = 0;
  auto object = std::make_unique<hooked_heavy>();
  handles<hooked_heavy> kept(*object);
  EXPECT_EQ(heavy::blocks, 1);
  object.reset();
  EXPECT_EQ(heavy::destroyed, 1);
  EXPECT_EQ(heavy::blocks, 0);
  kept.expect_dead();
  EXPECT_TRUE(kept.watched.forget());
}

// ---- static destruction, fork -------------------------------------------------------------------

struct speaks {
  ~speaks() { std::fputs("object,", stderr); }
};
struct spoken_containers : containers<speaks> {
  ~spoken_containers() { std::fprintf(stderr, "%zu left,", size() + cache.size()); }
  void add(const std::shared_ptr<speaks>& object) {
    containers<speaks>::add(object);
    cache.insert_or_assign(1, object);
  }
  weak_cache<int, speaks> cache{0};
};

TEST(WeakEnds, static_containers_die_before_their_objects) {
  EXPECT_EXIT(
      {
        static const auto object = make_shared<speaks>();
        static spoken_containers all;
        all.add(object);
        std::exit(0);
      },
      ExitedWithCode(0), "^4 left,object,$");
}

TEST(WeakEnds, static_objects_die_before_their_containers) {
  EXPECT_EXIT(
      {
        static spoken_containers all;
        static const auto object = make_shared<speaks>();
        all.add(object);
        std::exit(0);
      },
      ExitedWithCode(0), "^object,0 left,$");
}

TEST(WeakEnds, a_child_of_fork_has_containers_of_its_own) {
  containers<heavy> all;
  auto object = make_shared<heavy>();
  all.add(object);
  const pid_t pid = fork();
  if (pid == 0) {
    object.reset();
    const bool emptied = all.size() == 0;
    const auto own = make_shared<heavy>();
    all.add(own);
    _exit(emptied && all.values.get(1) == own && all.size() == 3 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(all.size(), 3U);
  EXPECT_EQ(all.values.get(1), object);
}

}  // namespace
}  // namespace track
