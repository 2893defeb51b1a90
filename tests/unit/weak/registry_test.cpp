#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <track/finalize.hpp>
#include <track/hook.hpp>
#include <track/make_shared.hpp>
#include <track/registry.hpp>
#include <track/scope.hpp>
#include <track/weak_ref.hpp>

using namespace std::chrono_literals;
using track::survivors;

namespace {

struct session {
  virtual ~session() = default;
  int user = 0;
};
struct admin_session final : session {
  char rights[100] = {};
};

struct listener {
  int events = 0;
  track::hook hook_;
};

// Counts the memory of its objects.
struct counted_memory {
  static inline std::atomic<int> blocks{0};
  static void* operator new(std::size_t bytes) {
    ++blocks;
    return std::malloc(bytes);
  }
  static void operator delete(void* block) {
    --blocks;
    std::free(block);
  }
  ~counted_memory() { ++destroyed; }
  static inline int destroyed = 0;
};

class Registry : public ::testing::Test {
 protected:
  const std::uint64_t begin_ = track::mark();

  std::vector<track::survivor> mine() const { return survivors({.since = begin_}); }
  track::survivor only() const {
    const auto all = mine();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? track::survivor() : all[0];
  }
};

TEST_F(Registry, record_says_what_was_watched) {
  track::set_test("Registry.record_says");
  const auto object = track::make_shared<session>();
  {
    const track::scope tag{"import"};
    track::watch(object, "login");
  }
  track::set_test({});
  const auto found = only();
  EXPECT_EQ(found.type, "(anonymous namespace)::session");
  EXPECT_EQ(found.label, "login");
  EXPECT_EQ(found.tag, "import");
  EXPECT_EQ(found.test, "Registry.record_says");
  EXPECT_EQ(found.address, object.get());
  EXPECT_EQ(found.size_bytes, sizeof(session));
  EXPECT_EQ(found.thread, static_cast<std::uint32_t>(gettid()));
  EXPECT_GE(found.serial, begin_);
  EXPECT_TRUE(found.alive);
  EXPECT_FALSE(found.overdue);
  EXPECT_LT(found.age, 1min);
}

TEST_F(Registry, record_leaves_with_the_object) {
  auto object = track::make_shared<int>(1);
  const track::watch_handle handle = track::watch(object);
  EXPECT_EQ(object.use_count(), 1);
  EXPECT_TRUE(handle.recorded());
  EXPECT_EQ(handle.serial(), only().serial);
  object.reset();
  EXPECT_FALSE(handle.recorded());
  EXPECT_TRUE(mine().empty());
}

TEST_F(Registry, destructor_runs_and_memory_returns_while_handle_and_record_stay) {
  counted_memory::destroyed = 0;
  auto object = track::make_shared<counted_memory>();
  track::watch_handle handle = track::watch(object, "kept");
  ASSERT_TRUE(handle.detach());
  EXPECT_EQ(counted_memory::blocks, 1);
  object.reset();
  EXPECT_EQ(counted_memory::destroyed, 1);
  EXPECT_EQ(counted_memory::blocks, 0);
  EXPECT_TRUE(handle.recorded());
  EXPECT_TRUE(handle.forget());
}

TEST_F(Registry, detached_record_turns_dead_and_does_not_vanish) {
  auto object = track::make_shared<session>();
  track::watch_handle handle = track::watch(object, "detached");
  EXPECT_TRUE(handle.detach());
  EXPECT_FALSE(handle.detach());
  EXPECT_TRUE(only().alive);
  const void* const address = object.get();
  object.reset();
  const auto found = only();
  EXPECT_FALSE(found.alive);
  EXPECT_EQ(found.address, address);
  EXPECT_EQ(found.label, "detached");
  EXPECT_TRUE(survivors({.since = begin_, .only_alive = true}).empty());
  EXPECT_TRUE(handle.forget());
  EXPECT_FALSE(handle.forget());
  EXPECT_TRUE(mine().empty());
}

TEST_F(Registry, forgotten_object_is_watched_no_more) {
  auto object = track::make_shared<session>();
  track::watch_handle handle = track::watch(object);
  EXPECT_EQ(track::weak_refs(object).size(), 1u);
  EXPECT_TRUE(handle.forget());
  EXPECT_TRUE(mine().empty());
  EXPECT_TRUE(track::weak_refs(object).empty());
  object.reset();
  EXPECT_FALSE(handle.recorded());
}

TEST_F(Registry, handle_of_another_record_in_the_same_place_does_nothing) {
  auto first = track::make_shared<int>(1);
  track::watch_handle old = track::watch(first);
  first.reset();
  auto second = track::make_shared<int>(2);
  const track::watch_handle now = track::watch(second);
  EXPECT_FALSE(old.recorded());
  EXPECT_FALSE(old.forget());
  EXPECT_FALSE(old.detach());
  EXPECT_FALSE(old.expect_gone(0ms));
  EXPECT_TRUE(now.recorded());
  EXPECT_FALSE(track::watch_handle().recorded());
}

TEST_F(Registry, takes_objects_of_every_owner) {
  track::tracked<session> value;
  auto unique = std::make_unique<track::tracked<int>>(std::in_place, 3);
  auto shared = track::make_shared<session>();
  const track::weak_ref<session> ref(shared);
  {
    listener on_stack;
    track::watch(value, "tracked");
    track::watch(*unique, "unique");
    track::watch(on_stack, "hook");
    track::watch(track::hooked{on_stack, on_stack.hook_}, "hooked");
    track::watch(ref, "weak_ref");
    track::watch(std::shared_ptr<void>(shared), "void");
    track::watch(track::adopt(std::make_unique<int[]>(5)), "array");
    const auto all = mine();
    ASSERT_EQ(all.size(), 6u);  // the array is gone
    EXPECT_EQ(all[0].address, &*value);
    EXPECT_EQ(all[1].size_bytes, sizeof(int));
    EXPECT_EQ(all[2].address, &on_stack);
    EXPECT_EQ(all[3].address, &on_stack);
    EXPECT_EQ(all[4].address, shared.get());
    EXPECT_EQ(all[5].size_bytes, 0u);
  }
  EXPECT_EQ(mine().size(), 4u);
  unique.reset();
  shared.reset();
  EXPECT_EQ(only().label, "tracked");
}

TEST_F(Registry, hooked_record_detached_turns_dead) {
  auto object = std::make_unique<listener>();
  track::watch_handle handle = track::watch(*object);
  EXPECT_TRUE(handle.detach());
  object.reset();
  EXPECT_FALSE(only().alive);
  EXPECT_TRUE(handle.forget());
}

TEST_F(Registry, names_the_dynamic_type) {
  const std::shared_ptr<session> object = track::make_shared<admin_session>();
  track::watch(object);
  EXPECT_EQ(only().type, "(anonymous namespace)::admin_session");
}

template <class... T>
struct several {};

TEST_F(Registry, types_are_spelt_as_the_demangler_does) {
  static_assert(track::detail::type_name<int>() == "int");
  static_assert(track::detail::type_name<session>() == "(anonymous namespace)::session");
  static_assert(track::detail::type_name<several<session, const listener>>() ==
                "(anonymous namespace)::several<(anonymous namespace)::session, const "
                "(anonymous namespace)::listener>");
  const auto object = track::make_shared<listener>();
  track::watch(object);
  EXPECT_EQ(only().type, "(anonymous namespace)::listener");
  EXPECT_EQ(survivors({.since = begin_, .type = "(anonymous namespace)::listener"}).size(), 1u);
}

TEST_F(Registry, refuses_what_nobody_can_observe) {
  EXPECT_THROW(track::watch(std::make_shared<int>(1)), track::not_observable);
  EXPECT_THROW(track::watch(std::shared_ptr<int>()), track::not_observable);
  track::weak_ref<int> dead(track::make_shared<int>(1));
  EXPECT_THROW(track::watch(dead), track::not_observable);
  EXPECT_THROW(track::expect_gone(std::make_shared<int>(1), 0ms), track::not_observable);
  EXPECT_FALSE(track::expect_gone(dead, 0ms).recorded());
  EXPECT_FALSE(track::expect_gone(std::shared_ptr<int>(), 0ms).recorded());
  EXPECT_TRUE(mine().empty());
}

TEST_F(Registry, a_million_records_add_nothing_to_any_use_count) {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  constexpr std::size_t count = 20'000;
#else
  constexpr std::size_t count = 1'000'000;
#endif
  std::vector<std::shared_ptr<int>> objects(count);
  for (auto& object : objects) {
    object = track::make_shared<int>(1);
    track::watch(object);
  }
  EXPECT_EQ(mine().size(), count);
  std::size_t added = 0;
  for (const auto& object : objects) {
    added += static_cast<std::size_t>(object.use_count() - 1);
  }
  EXPECT_EQ(added, 0u);
  EXPECT_EQ(track::lost_records(), 0u);
  objects.clear();
  EXPECT_TRUE(mine().empty());
}

TEST_F(Registry, filters) {
  const auto a = track::make_shared<int>(1);
  const auto b = track::make_shared<long>(1);
  track::set_test("one");
  track::watch(a, "first");
  const std::uint64_t between = track::mark();
  track::set_test("two");
  const track::scope tag{"tag"};
  track::watch(b, "second");
  track::set_test({});
  const auto label_of = [&](track::survivor_filter filter) {
    filter.since = std::max(filter.since, begin_);
    std::string labels;
    for (const auto& each : survivors(filter)) {
      labels += std::string(each.label) + " ";
    }
    return labels;
  };
  EXPECT_EQ(label_of({}), "first second ");
  EXPECT_EQ(label_of({.since = between}), "second ");
  EXPECT_EQ(label_of({.before = between}), "first ");
  EXPECT_EQ(label_of({.type = "int"}), "first ");
  EXPECT_EQ(label_of({.label = "second"}), "second ");
  EXPECT_EQ(label_of({.tag = "tag"}), "second ");
  EXPECT_EQ(label_of({.test = "one"}), "first ");
  EXPECT_EQ(label_of({.min_age = 1h}), "");
  EXPECT_EQ(label_of({.only_overdue = true}), "");
  EXPECT_EQ(label_of({.only_alive = true}), "first second ");
}

TEST_F(Registry, groups_add_up) {
  std::vector<std::shared_ptr<void>> objects;
  for (int i = 0; i < 10; ++i) {
    const auto object = track::make_shared<std::int64_t>(i);
    track::watch(object, i % 2 == 0 ? "even" : "odd");
    objects.push_back(object);
  }
  const auto small = track::make_shared<char>('x');
  track::watch(small, "even");
  const track::survivor_filter filter{.since = begin_};
  for (const auto what : {track::group_by::type, track::group_by::label, track::group_by::tag,
                          track::group_by::test, track::group_by::age}) {
    std::size_t count = 0, bytes = 0;
    for (const auto& group : track::survivors_by(what, filter)) {
      count += group.count;
      bytes += group.bytes;
    }
    EXPECT_EQ(count, 11u);
    EXPECT_EQ(bytes, 81u);
  }
  const auto labels = track::survivors_by(track::group_by::label, filter);
  ASSERT_EQ(labels.size(), 2u);
  EXPECT_EQ(labels[0].key, "even");
  EXPECT_EQ(labels[0].bytes, 41u);
  EXPECT_EQ(labels[0].count, 6u);
}

TEST_F(Registry, marks_tell_before_from_after_in_every_thread) {
  std::vector<std::shared_ptr<int>> old(50), young(50);
  for (auto& object : old) {
    track::watch(object = track::make_shared<int>(0), "old");
  }
  std::uint64_t between = 0;
  std::latch marked(1), made(1);
  std::thread other([&] {
    const auto before = track::make_shared<int>(1);
    track::watch(before, "old");
    made.count_down();
    marked.wait();
    for (auto& object : young) {
      track::watch(object = track::make_shared<int>(0), "young");
    }
  });
  made.wait();
  between = track::mark();
  marked.count_down();
  other.join();
  const auto found = survivors({.since = between});
  EXPECT_EQ(found.size(), 50u);
  for (const auto& each : found) {
    EXPECT_EQ(each.label, "young");
  }
  EXPECT_EQ(survivors({.since = begin_, .before = between}).size(), 50u);
}

TEST_F(Registry, switched_off_records_nothing_and_lets_go_what_it_has) {
  auto before = track::make_shared<int>(1);
  track::watch(before);
  track::set_tracking(false);
  auto object = track::make_shared<int>(1);
  EXPECT_FALSE(track::watch(object).recorded());
  EXPECT_FALSE(track::expect_gone(object, 0ms).recorded());
  EXPECT_EQ(track::weak_ref_count(object), 0u);
  EXPECT_EQ(mine().size(), 1u);
  before.reset();
  EXPECT_TRUE(mine().empty());
  track::set_tracking(true);
}

TEST_F(Registry, usable_in_callbacks_and_finalizers) {
  auto other = track::make_shared<int>(2);
  std::size_t seen_in_callback = 99, seen_in_finalizer = 99;
  auto object = track::make_shared<session>();
  const track::weak_ref<session> ref(object, [&](const track::dead_ref&) {
    seen_in_callback = mine().size();  // newer than the record's notice: it is still there, dying
    track::watch(other, "from a callback");
  });
  track::watch(object, "dying");
  track::finalize(object, [&] { seen_in_finalizer = mine().size(); });
  object.reset();
  EXPECT_EQ(seen_in_finalizer, 0u) << "an object that is dying is no survivor";
  EXPECT_EQ(seen_in_callback, 0u);
  EXPECT_EQ(only().label, "from a callback");
}

TEST_F(Registry, object_may_watch_itself_while_it_is_made) {
  struct self_watching {
    self_watching() { track::watch(*this, "self"); }
    track::hook hook_;
  };
  {
    const self_watching object;
    EXPECT_EQ(only().label, "self");
  }
  EXPECT_TRUE(mine().empty());
}

TEST_F(Registry, labels_of_any_length_are_kept) {
  const std::string longest(5000, 'x');
  const auto object = track::make_shared<int>(1);
  track::watch(object, longest);
  EXPECT_EQ(only().label, longest.substr(0, 4096));
}

TEST_F(Registry, snapshot_without_the_preload_is_none) {
  EXPECT_FALSE(track::snapshot());
}

}  // namespace
