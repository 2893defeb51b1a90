#include <memory>
#include <new>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <track/allocator.hpp>
#include <track/counted.hpp>
#include <track/registry.hpp>

namespace {

struct session : track::counted<session> {
  int user = 0;
};
struct order : track::counted<order, track::recorded::each> {
  explicit order(int n = 0) : number(n) {}
  int number;
};
struct other : track::counted<other> {};

static_assert(sizeof(session) == 2 * sizeof(int));
static_assert(std::is_nothrow_move_constructible_v<session>);

TEST(Counted, constructions_copies_and_moves_count) {
  const std::uint64_t made = session::made();
  EXPECT_EQ(session::live(), 0u);
  {
    session a;
    session b(a);
    session c(std::move(a));
    EXPECT_EQ(session::live(), 3u) << "what was moved from is an object until it is destroyed";
    a = b;
    b = std::move(c);
    session& itself = b;
    b = itself;
    EXPECT_EQ(session::live(), 3u);
    EXPECT_EQ(other::live(), 0u) << "classes are counted apart";
  }
  EXPECT_EQ(session::live(), 0u);
  EXPECT_EQ(session::made(), made + 3);
}

TEST(Counted, constructor_that_throws_counts_nothing) {
  struct thrower : track::counted<thrower> {
    thrower() {
      EXPECT_EQ(thrower::live(), 1u);
      throw 1;
    }
  };
  EXPECT_THROW(thrower(), int);
  EXPECT_EQ(thrower::live(), 0u);
}

TEST(Counted, destroyed_elsewhere_still_adds_up) {
  std::vector<std::unique_ptr<session>> all;
  std::vector<std::thread> makers;
  for (int i = 0; i < 10; ++i) {
    std::thread([&] { all.push_back(std::make_unique<session>()); }).join();
  }
  EXPECT_EQ(session::live(), 10u);
  all.clear();
  EXPECT_EQ(session::live(), 0u);
}

TEST(Counted, each_object_may_be_a_record) {
  const std::uint64_t begin = track::mark();
  {
    const order a(1);
    const order copy(a);
    auto all = track::survivors({.since = begin});
    ASSERT_EQ(all.size(), 2u);
    EXPECT_NE(all[0].type.find("order"), std::string_view::npos);
    EXPECT_EQ(all[0].address, &a);
    EXPECT_EQ(all[1].address, &copy);
    EXPECT_EQ(all[0].size_bytes, sizeof(order));
    std::vector<order> many(50);
    EXPECT_EQ(track::survivors({.since = begin}).size(), 52u);
    EXPECT_EQ(order::live(), 52u);
  }
  EXPECT_TRUE(track::survivors({.since = begin}).empty());
  EXPECT_EQ(order::live(), 0u);
}

struct large {
  virtual ~large() = default;
  long words[8] = {};
};
struct second_base : large, track::counted<second_base, track::recorded::each> {};
struct virtual_base : virtual track::counted<virtual_base, track::recorded::each> {};
class private_base : large, track::counted<private_base, track::recorded::each> {};

TEST(Counted, record_has_the_address_of_the_whole_object) {
  const std::uint64_t begin = track::mark();
  const second_base object;
  EXPECT_EQ(track::survivors({.since = begin}).at(0).address, &object);
  const virtual_base other_ways;
  const private_base hidden;
  EXPECT_EQ(track::survivors({.since = begin}).size(), 3u);
}

TEST(Counted, memory_that_goes_without_a_destructor_leaves_the_record) {
  const std::uint64_t begin = track::mark();
  alignas(order) unsigned char memory[sizeof(order)];
  auto* const abandoned = ::new (static_cast<void*>(memory)) order(1);
  EXPECT_EQ(track::survivors({.since = begin}).size(), 1u);
  abandoned->~order();
  EXPECT_TRUE(track::survivors({.since = begin}).empty());
}

TEST(Counted, switching_while_objects_live) {
  const std::uint64_t begin = track::mark();
  auto on = std::make_unique<order>(1);
  track::set_tracking(false);
  auto off = std::make_unique<order>(2);
  on.reset();
  EXPECT_EQ(order::live(), 0u);
  track::set_tracking(true);
  off.reset();
  EXPECT_EQ(order::live(), 0u) << "what was not counted is not counted down";
  EXPECT_TRUE(track::survivors({.since = begin}).empty());
}

}  // namespace
