#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/weak/weak_set_fixture.hpp"
#include <track/weak_set.hpp>

namespace track {
namespace {

using namespace testing_weak;

// Names of the rows begin with the name of the container.
using WeakSet = set_operations;

template <class S, class P>
concept complete_set = requires(S s, const S c, P p, std::vector<P> r) {
  { s.insert(p) } -> std::same_as<bool>;
  { s.erase(p) } -> std::same_as<bool>;
  { c.contains(p) } -> std::same_as<bool>;
  { s.pop() } -> std::same_as<P>;
  s.clear();
  s.insert_range(r);
  { c.size() } -> std::same_as<std::size_t>;
  { c.empty() } -> std::same_as<bool>;
  { c | c } -> std::same_as<S>;
  { c& c } -> std::same_as<S>;
  { c - c } -> std::same_as<S>;
  { c ^ c } -> std::same_as<S>;
  { s |= c } -> std::same_as<S&>;
  { s &= c } -> std::same_as<S&>;
  { s -= c } -> std::same_as<S&>;
  { s ^= c } -> std::same_as<S&>;
  { c == c } -> std::same_as<bool>;
  { c.subset_of(c) } -> std::same_as<bool>;
  { c.superset_of(c) } -> std::same_as<bool>;
  { c.proper_subset_of(c) } -> std::same_as<bool>;
  { c.proper_superset_of(c) } -> std::same_as<bool>;
  { c.disjoint(c) } -> std::same_as<bool>;
  c.snapshot();
  c.values();
  s.swap(s);
};

TEST_F(WeakSet, S01_the_set_is_complete) {
  EXPECT_TRUE((complete_set<set_type, std::shared_ptr<counted>>));
  EXPECT_TRUE((std::is_nothrow_move_constructible_v<set_type>));
}

TEST_F(WeakSet, S02_insert_is_idempotent_and_wrong_types_do_not_compile) {
  set_type set;
  EXPECT_TRUE(set.insert(elements[0]));
  EXPECT_FALSE(set.insert(elements[0]));
  EXPECT_EQ(set.size(), 1U);
  EXPECT_EQ(elements[0].use_count(), 1);
  const auto accepts = []<class S, class O>(const S*, const O*) {
    return requires(S & s, O & o) {
      s.insert(o);
    };
  };
  const set_type* const s = nullptr;
  EXPECT_TRUE(accepts(s, static_cast<const std::shared_ptr<derived>*>(nullptr)));
  EXPECT_FALSE(accepts(s, static_cast<const std::shared_ptr<int>*>(nullptr)));
  EXPECT_FALSE(accepts(s, static_cast<const std::shared_ptr<const counted>*>(nullptr)));
  EXPECT_FALSE(accepts(s, static_cast<counted* const*>(nullptr)));
}

TEST_F(WeakSet, S02_foreign_empty_and_dead_elements_are_refused) {
  set_type set;
  EXPECT_THROW(set.insert(std::make_shared<counted>()), not_observable);
  EXPECT_THROW(set.insert(std::shared_ptr<counted>()), not_observable);
  const weak_ref<counted> dead(track::make_shared<counted>());
  EXPECT_THROW(set.insert(dead), not_observable);
  EXPECT_TRUE(set.empty());
  EXPECT_TRUE(set.insert(weak_ref<counted>(elements[0])));
}

TEST_F(WeakSet, S03_size_follows_deaths) {
  EXPECT_EQ(a.size(), 4U);
  elements.erase(elements.begin());
  EXPECT_EQ(a.size(), 3U);
  elements.clear();
  EXPECT_EQ(a.size(), 0U);
  EXPECT_TRUE(a.empty());
}

TEST_F(WeakSet, S04_contains_by_identity_and_not_the_dying) {
  EXPECT_TRUE(a.contains(elements[0]));
  EXPECT_FALSE(a.contains(elements[4]));
  EXPECT_FALSE(a.contains(track::make_shared<counted>(0))) << "equal is not identical";
  EXPECT_FALSE(a.contains(std::make_shared<counted>(0)));
  const weak_ref<counted> plain(elements[0]);
  bool seen = true;
  const weak_ref<counted> ref(elements[0], [&](const dead_ref&) { seen = a.contains(plain); });
  elements[0].reset();
  EXPECT_FALSE(seen);
}

TEST_F(WeakSet, S05_erase) {
  EXPECT_TRUE(a.erase(elements[0]));
  EXPECT_FALSE(a.erase(elements[0]));
  EXPECT_FALSE(a.erase(elements[5]));
  EXPECT_EQ(a.size(), 3U);
}

TEST_F(WeakSet, S06_pop_until_empty) {
  elements[1].reset();
  int sum = 0;
  while (const auto popped = a.pop()) {
    sum += popped->value;
  }
  EXPECT_EQ(sum, 0 + 2 + 3);
  EXPECT_EQ(a.pop(), nullptr);
}

TEST_F(WeakSet, S07_clear) {
  a.clear();
  EXPECT_TRUE(a.empty());
  EXPECT_EQ(weak_ref_count(elements[0]), 0U);
  EXPECT_TRUE(a.insert(elements[0]));
}

TEST_F(WeakSet, S08_insert_range_and_union_in_place) {
  set_type set;
  set.insert_range(elements);
  EXPECT_EQ(set.size(), 6U);
  a |= b;
  EXPECT_EQ(a, set);
  b |= range_of({0, 1});
  EXPECT_EQ(b, set);
  set_type from_snapshot;
  from_snapshot.insert_range(a.snapshot());
  EXPECT_EQ(from_snapshot, a);
}

TEST_F(WeakSet, S09_union) {
  EXPECT_EQ(a | b, of({0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(a | set_type(), a);
  EXPECT_EQ(a.size(), 4U);
  EXPECT_EQ(elements[0].use_count(), 1);
}

TEST_F(WeakSet, S10_intersection_and_disjoint) {
  EXPECT_EQ(a & b, of({2, 3}));
  EXPECT_FALSE(a.disjoint(b));
  EXPECT_TRUE(of({0}).disjoint(of({1})));
  EXPECT_TRUE(set_type().disjoint(set_type()));
  elements[2].reset();
  elements[3].reset();
  EXPECT_TRUE(a.disjoint(b));
}

TEST_F(WeakSet, S11_difference) {
  EXPECT_EQ(a - b, of({0, 1}));
  EXPECT_EQ(b - a, of({4, 5}));
}

TEST_F(WeakSet, S12_symmetric_difference) {
  EXPECT_EQ(a ^ b, of({0, 1, 4, 5}));
  EXPECT_EQ(b ^ a, a ^ b);
}

TEST_F(WeakSet, S13_in_place_forms) {
  set_type c = a;
  c &= b;
  EXPECT_EQ(c, of({2, 3}));
  c = a;
  c -= b;
  EXPECT_EQ(c, of({0, 1}));
  c = a;
  c ^= b;
  EXPECT_EQ(c, of({0, 1, 4, 5}));
  c = a;
  c &= range_of({2, 3, 4, 5});
  EXPECT_EQ(c, of({2, 3}));
  c = a;
  c -= range_of({2, 3, 4, 5});
  EXPECT_EQ(c, of({0, 1}));
  c = a;
  c ^= range_of({2, 3, 4, 5});
  EXPECT_EQ(c, of({0, 1, 4, 5}));
}

TEST_F(WeakSet, S14_in_place_with_itself) {
  const set_type all = a;
  auto& same = a;
  a |= same;
  EXPECT_EQ(a, all);
  a &= same;
  EXPECT_EQ(a, all);
  a = same;
  EXPECT_EQ(a, all);
  swap(a, same);
  EXPECT_EQ(a, all);
  set_type c = a;
  const auto& same_c = c;
  c ^= same_c;
  EXPECT_TRUE(c.empty());
  auto& same_b = b;
  b -= same_b;
  EXPECT_TRUE(b.empty());
  EXPECT_TRUE(a.subset_of(a));
  EXPECT_FALSE(a.proper_subset_of(a));
  EXPECT_FALSE(a.disjoint(a));
}

TEST_F(WeakSet, S15_subsets) {
  EXPECT_TRUE(of({0, 1}).subset_of(a));
  EXPECT_TRUE(of({0, 1}).proper_subset_of(a));
  EXPECT_TRUE(a.superset_of(of({0, 1})));
  EXPECT_TRUE(a.proper_superset_of(of({0, 1})));
  EXPECT_FALSE(a.subset_of(b));
  EXPECT_TRUE(a.subset_of(set_type(a)));
  EXPECT_FALSE(a.proper_subset_of(set_type(a)));
  EXPECT_TRUE(set_type().proper_subset_of(a));
  const set_type small = of({0, 1, 2});
  EXPECT_TRUE(small.proper_subset_of(a));
  elements[3].reset();
  EXPECT_FALSE(small.proper_subset_of(a));
}

TEST_F(WeakSet, S16_equality) {
  EXPECT_EQ(a, of({3, 2, 1, 0}));
  EXPECT_NE(a, b);
  EXPECT_NE(a, set_type());
  const auto comparable = []<class X, class Y>(const X*, const Y*) {
    return requires(const X& x, const Y& y) {
      x == y;
    };
  };
  EXPECT_FALSE(comparable(&a, &elements));
  EXPECT_FALSE(comparable(&a, static_cast<const weak_set<int>*>(nullptr)));
}

TEST_F(WeakSet, S17_no_hash) {
  EXPECT_FALSE(std::is_default_constructible_v<std::hash<set_type>>);
}

TEST_F(WeakSet, S18_constructors) {
  EXPECT_TRUE(set_type().empty());
  const set_type from_range(elements);
  EXPECT_EQ(from_range.size(), 6U);
  EXPECT_EQ(set_type(from_range), from_range);
  const auto duplicated = range_of({1, 1, 1});
  EXPECT_EQ(set_type(duplicated).size(), 1U);
  EXPECT_FALSE((std::is_constructible_v<set_type, int>));
  EXPECT_FALSE((std::is_constructible_v<set_type, std::vector<int>>));
  EXPECT_FALSE((std::is_convertible_v<elements_type, set_type>));
}

TEST_F(WeakSet, S19_copies_are_independent) {
  set_type copy(a);
  EXPECT_EQ(copy, a);
  a.erase(elements[0]);
  EXPECT_TRUE(copy.contains(elements[0]));
  set_type moved(std::move(copy));
  EXPECT_EQ(moved.size(), 4U);
  copy = b;  // NOLINT(bugprone-use-after-move): empty, and usable
  EXPECT_EQ(copy, b);
  copy = std::move(moved);
  elements.clear();
  EXPECT_TRUE(copy.empty());
}

TEST_F(WeakSet, S20_death_and_mutation_while_iterating) {
  int visited = 0;
  a.for_each([&](counted& element) {
    ++visited;
    elements[static_cast<std::size_t>(3 - element.value)].reset();
  });
  EXPECT_EQ(visited, 2);
  EXPECT_EQ(a.size(), 2U);
  elements_type more;
  b.for_each([&](counted&) {
    more.push_back(track::make_shared<counted>(9));
    b.insert(more.back());
    b.erase(elements[5]);
    b |= a;
    a ^= b;
  });
  b.for_each([&](counted&) { b.clear(); });
  EXPECT_TRUE(b.empty());
}

TEST_F(WeakSet, S22_sets_nested_in_their_own_elements_do_not_leak) {
  struct node {
    explicit node(std::atomic<int>& count) : alive(count) { ++alive; }
    ~node() { --alive; }
    node(const node&) = delete;
    node& operator=(const node&) = delete;
    std::atomic<int>& alive;
    weak_set<node> others;
  };
  std::atomic<int> alive{0};
  const std::size_t bytes = allocations::live_bytes();
  {
    auto x = track::make_shared<node>(alive);
    auto y = track::make_shared<node>(alive);
    x->others.insert(x);
    x->others.insert(y);
    y->others.insert(x);
    x.reset();
    EXPECT_EQ(alive, 1);
    EXPECT_TRUE(y->others.empty());
  }
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(allocations::live_bytes(), bytes);
}

TEST_F(WeakSet, S23_output_names_the_type) {
  std::ostringstream out;
  out << a;
  EXPECT_EQ(out.str().find("<weak_set at 0x"), 0U);
  EXPECT_NE(out.str().find("4 elements"), std::string::npos);
}

}  // namespace
}  // namespace track
