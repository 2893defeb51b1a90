// Callbacks of weak_ref: when they run, in which order, and when not. Rows R05-R12, R17, R25-R32,
// R35-R41, R43.
#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/weak/allocations.hpp"
#include "tests/unit/weak/objects.hpp"
#include <track/finalize.hpp>
#include <track/make_shared.hpp>
#include <track/weak_ref.hpp>

namespace {

using objects::logged;
using objects::point;
using objects::unraisable_log;
using track::dead_ref;
using track::weak_ref;
using track::weak_ref_count;
using track::weak_refs;

using log = std::vector<std::string>;

TEST(WeakRef, R05_the_callback_runs_once_at_death_and_knows_who_died) {
  auto object = track::make_shared<point>();
  const auto address = reinterpret_cast<std::uintptr_t>(object.get());
  std::vector<dead_ref> deaths;
  const weak_ref<point> ref(object, [&](const dead_ref& dead) { deaths.push_back(dead); });
  auto second = object;
  object.reset();
  EXPECT_TRUE(deaths.empty());
  second.reset();
  ASSERT_EQ(deaths.size(), 1U);
  EXPECT_EQ(deaths[0].address, address);
  EXPECT_EQ(deaths[0].id, ref.id());
  EXPECT_EQ(*deaths[0].type, typeid(point));
}

TEST(WeakRef, R06_every_callback_runs) {
  auto object = track::make_shared<point>();
  int deaths = 0;
  std::vector<weak_ref<point>> refs;
  for (int i = 0; i < 100; ++i) {
    refs.emplace_back(object, [&](const dead_ref&) { ++deaths; });
  }
  object.reset();
  EXPECT_EQ(deaths, 100);
}

TEST(WeakRef, R07_newest_callback_runs_first) {
  auto object = track::make_shared<point>();
  log order;
  const weak_ref<point> first(object, [&](const dead_ref&) { order.push_back("first"); });
  track::finalize(object, [&] { order.push_back("finalizer"); });
  const weak_ref<point> last(object, [&](const dead_ref&) { order.push_back("last"); });
  object.reset();
  EXPECT_EQ(order, (log{"last", "finalizer", "first"}));
}

TEST(WeakRef, R08_all_refs_are_dead_before_the_first_callback) {
  auto object = track::make_shared<point>();
  std::vector<weak_ref<point>> refs(3, weak_ref<point>(object));
  int seen_alive = 0;
  int calls = 0;
  for (int i = 0; i < 3; ++i) {
    refs.emplace_back(object, [&](const dead_ref&) {
      ++calls;
      for (const auto& ref : refs) {
        seen_alive += !ref.expired() || ref.lock() != nullptr;
      }
    });
  }
  object.reset();
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(seen_alive, 0);
}

TEST(WeakRef, R09_no_callback_for_a_ref_that_is_gone) {
  auto object = track::make_shared<point>();
  int deaths = 0;
  {
    const weak_ref<point> gone(object, [&](const dead_ref&) { ++deaths; });
    weak_ref<point> reset(object, [&](const dead_ref&) { ++deaths; });
    reset.reset();
  }
  EXPECT_EQ(weak_ref_count(object), 0U);
  object.reset();
  EXPECT_EQ(deaths, 0);
}

TEST(WeakRef, R10_null_and_empty_functions_are_no_callback) {
  const auto object = track::make_shared<point>();
  const auto foreign = std::make_shared<point>();
  void (*no_function)(const dead_ref&) = nullptr;
  for (const auto& owner : {object, foreign}) {
    EXPECT_FALSE(weak_ref<point>(owner, nullptr).has_callback());
    EXPECT_FALSE(weak_ref<point>(owner, no_function).has_callback());
    EXPECT_FALSE(weak_ref<point>(owner, std::function<void(const dead_ref&)>()).has_callback());
    EXPECT_EQ(weak_ref<point>(owner, nullptr).lock(), owner);
  }
  EXPECT_TRUE(weak_refs(object).empty());
}

TEST(WeakRef, R11_an_exception_is_reported_and_the_others_run) {
  const unraisable_log reports;
  auto object = track::make_shared<point>();
  int deaths = 0;
  const weak_ref<point> a(object, [&](const dead_ref&) { ++deaths; });
  const weak_ref<point> b(object, [](const dead_ref&) { throw std::runtime_error("no"); });
  const weak_ref<point> c(object, [](const dead_ref&) { throw 1; });
  const weak_ref<point> d(object, [&](const dead_ref&) { ++deaths; });
  object.reset();
  EXPECT_EQ(deaths, 2);
  EXPECT_EQ(reports.texts(), (log{"callback: ?", "callback: no"}));
}

// Throws the n-th time that it is copied or moved.
struct throws_when_copied {
  explicit throws_when_copied(int* n) : left(n) {}
  throws_when_copied(const throws_when_copied& other) : left(other.left) {
    if (--*left == 0) {
      throw std::runtime_error("copy");
    }
  }
  void operator()(const dead_ref&) const { FAIL() << "it was never registered"; }
  int* left;
};

TEST(WeakRef, R11_a_callback_whose_copy_throws_is_not_registered) {
  auto object = track::make_shared<point>();
  int deaths = 0;
  const weak_ref<point> other(object, [&](const dead_ref&) { ++deaths; });
  int copies = 0;
  for (bool threw = true; threw; ++copies) {
    int left = copies + 1;
    try {
      const weak_ref<point> ref(object, throws_when_copied(&left));
      threw = false;
    } catch (const std::runtime_error&) {
      EXPECT_EQ(track::weak_ref_count(object), 1U);
    }
  }
  EXPECT_GE(copies, 2);
  object.reset();
  EXPECT_EQ(deaths, 1);
}

TEST(WeakRef, R11_the_default_reports_on_stderr) {
  EXPECT_EQ(track::set_unraisable_hook(nullptr), nullptr);
  auto object = track::make_shared<point>();
  const weak_ref<point> ref(object, [](const dead_ref&) { throw std::runtime_error("no"); });
  testing::internal::CaptureStderr();
  object.reset();
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "libtrack: exception ignored in callback: no\n");
}

TEST(WeakRef, R12_an_exception_in_flight_stays_in_flight) {
  const unraisable_log reports;
  int in_flight = -1;
  const auto callback = [&](const dead_ref&) {
    in_flight = std::uncaught_exceptions();
    throw std::runtime_error("inner");
  };
  std::optional<weak_ref<point>> ref;
  try {
    const auto object = track::make_shared<point>();
    ref.emplace(object, callback);
    throw std::logic_error("outer");
  } catch (const std::logic_error& outer) {
    EXPECT_STREQ(outer.what(), "outer");
  }
  EXPECT_EQ(in_flight, 1);
  EXPECT_EQ(std::uncaught_exceptions(), 0);
  EXPECT_EQ(reports.texts(), log{"callback: inner"});
}

TEST(WeakRef, R17_the_registered_ones_newest_first) {
  const auto object = track::make_shared<point>();
  const weak_ref<point> plain(object);
  const weak_ref<point> a(object, [](const dead_ref&) {});
  auto finalizer = track::finalize(object, [] {});
  const weak_ref<point> b(object, [](const dead_ref&) {});
  const auto list = weak_refs(object);
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0].id, b.id());
  EXPECT_EQ(list[0].what, track::ref_info::callback);
  EXPECT_EQ(list[1].id, finalizer.id());
  EXPECT_EQ(list[1].what, track::ref_info::finalizer);
  EXPECT_EQ(list[2].id, a.id());
  EXPECT_EQ(weak_ref_count(object), 4U);
  finalizer.detach();
}

TEST(WeakRef, R25_has_callback_until_it_ran) {
  auto object = track::make_shared<point>();
  const weak_ref<point> plain(object);
  std::optional<bool> inside;
  const weak_ref<point>* self = nullptr;
  const weak_ref<point> ref(object, [&](const dead_ref&) { inside = self->has_callback(); });
  self = &ref;
  EXPECT_FALSE(plain.has_callback());
  EXPECT_EQ(plain.id(), 0U);
  EXPECT_TRUE(ref.has_callback());
  EXPECT_TRUE(weak_ref<point>(ref).has_callback());
  object.reset();
  EXPECT_EQ(inside, false);
  EXPECT_FALSE(ref.has_callback());
}

TEST(WeakRef, R26_the_closure_goes_when_it_has_run) {
  auto object = track::make_shared<point>();
  auto captured = std::make_shared<int>(1);
  const weak_ref<point> ref(object, [captured](const dead_ref&) {});
  EXPECT_EQ(captured.use_count(), 2);
  object.reset();
  EXPECT_EQ(captured.use_count(), 1);
  EXPECT_FALSE(ref.has_callback());
}

TEST(WeakRef, R28_a_callback_may_free_objects_and_make_refs) {
  auto object = track::make_shared<point>();
  auto other = track::make_shared<point>();
  log order;
  const weak_ref<point> of_other(other, [&](const dead_ref&) { order.push_back("other"); });
  std::optional<weak_ref<point>> made;
  const weak_ref<point> ref(object, [&](const dead_ref&) {
    order.push_back("object");
    other.reset();
    auto third = track::make_shared<point>();
    made.emplace(third, [&](const dead_ref&) { order.push_back("third"); });
  });
  object.reset();
  EXPECT_EQ(order, (log{"object", "other", "third"}));
}

TEST(WeakRef, R28_a_callback_may_drop_refs_to_the_dying_object) {
  auto object = track::make_shared<point>();
  log order;
  std::optional<weak_ref<point>> older;
  std::optional<weak_ref<point>> own;
  std::optional<weak_ref<point>> newer;
  older.emplace(object, [&](const dead_ref&) { order.push_back("older"); });
  own.emplace(object, [&](const dead_ref&) {
    order.push_back("own");
    own.reset();  // returns at once, and this closure stays whole
    older.reset();
    newer.reset();
    order.push_back("done");
  });
  newer.emplace(object, [&](const dead_ref&) { order.push_back("newer"); });
  object.reset();
  EXPECT_EQ(order, (log{"newer", "own", "done"}));
}

struct node {
  std::shared_ptr<node> strong;
  weak_ref<node> weak;
  static inline int alive = 0;
  node() { ++alive; }
  node(const node&) = delete;
  ~node() { --alive; }
};

TEST(WeakRef, R29_a_strong_cycle_stays_and_a_weak_edge_breaks_it) {
  {
    auto parent = track::make_shared<node>();
    parent->strong = track::make_shared<node>();
    parent->strong->weak = parent;
  }
  EXPECT_EQ(node::alive, 0);
  int deaths = 0;
  weak_ref<node> ref;
  {
    auto a = track::make_shared<node>();
    a->strong = track::make_shared<node>();
    a->strong->strong = a;
    ref = weak_ref<node>(a, [&](const dead_ref&) { ++deaths; });
  }
  EXPECT_EQ(node::alive, 2);  // what `track cycles` reports
  EXPECT_EQ(deaths, 0);
  ref.lock()->strong->strong.reset();
  EXPECT_EQ(node::alive, 0);
  EXPECT_EQ(deaths, 1);
}

TEST(WeakRef, R30_a_callback_cannot_bring_the_object_back) {
  auto object = track::make_shared<point>();
  std::shared_ptr<point> back;
  const weak_ref<point> plain(object);
  const weak_ref<point> ref(object, [&](const dead_ref&) {
    back = plain.lock();
    EXPECT_THROW(weak_ref<point>(plain.held().ref(), [](const dead_ref&) {}),
                 track::not_observable);
  });
  object.reset();
  EXPECT_EQ(back, nullptr);
}

struct observes_itself : std::enable_shared_from_this<observes_itself> {
  bool* expired;
  bool* refused;
  explicit observes_itself(bool* e, bool* r) : expired(e), refused(r) {}
  ~observes_itself() {
    *expired = weak_ref<observes_itself>(weak_from_this()).expired();
    try {
      const weak_ref<observes_itself> ref(weak_from_this(), [](const dead_ref&) {});
    } catch (const track::not_observable&) {
      *refused = true;
    }
  }
};

TEST(WeakRef, R32_a_ref_made_in_the_destructor_is_born_expired) {
  bool expired = false;
  bool refused = false;
  track::make_shared<observes_itself>(&expired, &refused).reset();
  EXPECT_TRUE(expired);
  EXPECT_TRUE(refused);
}

TEST(WeakRef, R37_expired_then_callbacks_then_destructor) {
  log order;
  weak_ref<logged> ref;
  auto object = std::shared_ptr<logged>(track::adopt(std::unique_ptr<logged>(new logged{&order})));
  ref = weak_ref<logged>(object, [&](const dead_ref&) {
    order.push_back(ref.expired() ? "callback, expired" : "callback, alive");
  });
  object.reset();
  EXPECT_EQ(order, (log{"callback, expired", "destructor"}));
}

struct named_ref {
  weak_ref<point> ref;
  std::string name;
};

TEST(WeakRef, R38_data_beside_a_ref_is_a_member_of_a_struct) {
  auto object = track::make_shared<point>();
  std::string died;
  const named_ref* self = nullptr;
  const named_ref named{weak_ref<point>(object, [&](const dead_ref&) { died = self->name; }),
                        "origin"};
  self = &named;
  object.reset();
  EXPECT_EQ(died, "origin");
}

TEST(WeakRef, R39_R40_each_ref_has_its_own_callback_and_id) {
  auto object = track::make_shared<point>();
  log order;
  const weak_ref<point> plain(object);
  const weak_ref<point> a(
      object, [&](const dead_ref& dead) { order.push_back("a" + std::to_string(dead.id)); });
  const weak_ref<point> b(
      object, [&](const dead_ref& dead) { order.push_back("b" + std::to_string(dead.id)); });
  EXPECT_NE(a.id(), b.id());
  const auto list = weak_refs(object);
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list.front().id, b.id());
  object.reset();
  EXPECT_EQ(order, (log{"b" + std::to_string(b.id()), "a" + std::to_string(a.id())}));
}

TEST(WeakRef, R41_a_ref_that_owns_the_last_strong_ref_calls_nothing_when_dropped) {
  auto object = track::make_shared<node>();
  int deaths = 0;
  auto ref =
      std::make_unique<weak_ref<node>>(object, [&deaths, object](const dead_ref&) { ++deaths; });
  object.reset();
  EXPECT_EQ(node::alive, 1);
  ref.reset();
  EXPECT_EQ(node::alive, 0);
  EXPECT_EQ(deaths, 0);
}

TEST(WeakRef, R43_copies_share_one_registration_the_last_unregisters) {
  auto object = track::make_shared<point>();
  int deaths = 0;
  std::vector<weak_ref<point>> copies(5,
                                      weak_ref<point>(object, [&](const dead_ref&) { ++deaths; }));
  EXPECT_EQ(weak_refs(object).size(), 1U);
  const weak_ref<point> moved = std::move(copies.back());
  copies.clear();
  EXPECT_TRUE(moved.has_callback());
  object.reset();
  EXPECT_EQ(deaths, 1);

  object = track::make_shared<point>();
  copies.assign(5, weak_ref<point>(object, [&](const dead_ref&) { ++deaths; }));
  copies.clear();
  object.reset();
  EXPECT_EQ(deaths, 1);
}

TEST(WeakRef, R05_fired_and_unregistered_make_registered) {
  auto object = track::make_shared<point>();
  std::array<int, 200> fired{};
  std::vector<std::optional<weak_ref<point>>> refs(fired.size());
  for (std::size_t i = 0; i < refs.size(); ++i) {
    refs[i].emplace(object, [&fired, i](const dead_ref&) { ++fired[i]; });
  }
  std::size_t unregistered = 0;
  for (std::size_t i = 0; i < refs.size(); i += 3, ++unregistered) {
    refs[i].reset();
  }
  object.reset();
  EXPECT_EQ(std::count(fired.begin(), fired.end(), 1),
            static_cast<std::ptrdiff_t>(fired.size() - unregistered));
  EXPECT_EQ(std::count(fired.begin(), fired.end(), 0), static_cast<std::ptrdiff_t>(unregistered));
}

}  // namespace
