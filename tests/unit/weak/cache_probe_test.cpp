#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/container/flat_map.hpp>
#include <boost/unordered_map.hpp>
#include <gtest/gtest.h>

#include <track/cache_probe.hpp>
#include <track/make_shared.hpp>
#include <track/probed_map.hpp>
#include <track/registry.hpp>
#include <track/weak_cache.hpp>

using namespace std::chrono_literals;

namespace track {
namespace {

std::optional<cache_stats> probed(std::string_view name) {
  std::optional<cache_stats> found;
  for (const cache_stats& each : cache_probes()) {
    if (each.name == name) {
      EXPECT_FALSE(found) << "twice";
      found = each;
    }
  }
  return found;
}

TEST(CacheProbe, counts_what_it_is_told) {
  const int container = 0;
  cache_probe probe("images", &container);
  probe.insert(3);
  probe.insert();
  probe.hit();
  probe.hit(5);
  probe.miss(2);
  probe.evict();
  probe.evict(20ms);
  probe.erase();
  const cache_stats told = probe.stats();
  EXPECT_EQ(told.name, "images");
  EXPECT_EQ(told.container, &container);
  EXPECT_EQ(told.inserts, 4U);
  EXPECT_EQ(told.hits, 6U);
  EXPECT_EQ(told.misses, 2U);
  EXPECT_EQ(told.evictions, 2U);
  EXPECT_EQ(told.erased, 1U);
  EXPECT_EQ(told.size, 1U);
  EXPECT_EQ(told.hit_ratio(), 0.75);
  EXPECT_EQ(told.never_hit, std::nullopt);
  EXPECT_EQ(told.ages.total(), 1U) << "the other's age is not known";
}

TEST(CacheProbe, never_asked_has_no_hit_ratio) {
  cache_probe probe("unasked");
  EXPECT_EQ(probe.stats().hit_ratio(), std::nullopt);
  EXPECT_EQ(probe.stats().ages.min_bucket(), std::nullopt);
  EXPECT_EQ(probe.stats().ages.median_bucket(), std::nullopt);
  probe.miss();
  EXPECT_EQ(probe.stats().hit_ratio(), 0.0);
}

TEST(CacheProbe, ages_at_eviction_are_told_by_powers_of_ten) {
  cache_probe probe("aging");
  for (const auto age : {-1000us, 0us, 999us}) {
    probe.evict(age);
  }
  probe.evict(1ms);
  probe.evict(9ms);
  probe.evict(10ms);
  probe.evict(999ms);
  probe.evict(1s);
  probe.evict(999s);
  probe.evict(1000s);
  probe.evict(std::chrono::hours(100'000));
  const eviction_ages ages = probe.stats().ages;
  EXPECT_EQ(ages.counts, (std::array<std::uint64_t, 8>{3, 2, 1, 1, 1, 0, 1, 2}));
  EXPECT_EQ(ages.min_bucket(), 0U);
  EXPECT_EQ(ages.median_bucket(), 2U);
  EXPECT_EQ(eviction_ages::from(0), 0ms);
  EXPECT_EQ(eviction_ages::from(1), 1ms);
  EXPECT_EQ(eviction_ages::from(7), 1000s);
}

TEST(CacheProbe, a_cache_that_knows_its_size_is_believed) {
  cache_probe probe("sized");
  probe.insert(10);
  probe.size(3);
  probe.never_hit(2);
  EXPECT_EQ(probe.stats().size, 3U);
  EXPECT_EQ(probe.stats().never_hit, 2U);
}

TEST(CacheProbe, more_taken_out_than_put_in_is_empty) {
  cache_probe probe("begun late");
  probe.evict();
  probe.erase(3);
  EXPECT_EQ(probe.stats().size, 0U);
}

TEST(CacheProbe, the_living_are_listed) {
  EXPECT_FALSE(probed("listed"));
  {
    cache_probe probe("listed");
    probe.hit();
    ASSERT_TRUE(probed("listed"));
    EXPECT_EQ(probed("listed")->hits, 1U);
  }
  EXPECT_FALSE(probed("listed"));
}

TEST(CacheProbe, switched_off_counts_nothing) {
  cache_probe before("off, then on");
  set_tracking(false);
  cache_probe during("made while off");
  before.insert();
  before.evict(1s);
  before.size(7);
  during.hit();
  EXPECT_FALSE(probed("made while off"));
  set_tracking(true);
  EXPECT_EQ(before.stats().inserts, 0U);
  EXPECT_EQ(before.stats().evictions, 0U);
  EXPECT_EQ(before.stats().size, 0U);
  EXPECT_EQ(during.stats().hits, 0U);
  EXPECT_EQ(during.stats().name, "made while off");
  during.hit();
  EXPECT_EQ(probed("made while off")->hits, 1U) << "from then on";
}

TEST(CacheProbe, is_moved_with_what_it_counted) {
  static_assert(!std::is_copy_constructible_v<cache_probe>);
  static_assert(!std::is_copy_assignable_v<cache_probe>);
  static_assert(std::is_nothrow_move_constructible_v<cache_probe>);
  cache_probe first("moved");
  first.hit(2);
  cache_probe second(std::move(first));
  first.hit(100);
  second.hit();
  EXPECT_EQ(second.stats().hits, 3U);
  EXPECT_EQ(first.stats().hits, 0U) << "it is of no cache";
  second = cache_probe("another");
  EXPECT_FALSE(probed("moved"));
  EXPECT_TRUE(probed("another"));
}

TEST(CacheProbe, of_no_cache_counts_nothing) {
  static constinit cache_probe none;
  none.insert();
  none.evict(1s);
  none.size(1);
  EXPECT_EQ(none.stats().inserts, 0U);
  EXPECT_EQ(none.stats().name, "");
}

TEST(CacheProbe, a_name_may_be_empty) {
  cache_probe probe("");
  probe.hit();
  EXPECT_EQ(probe.stats().hits, 1U);
  ASSERT_TRUE(probed(""));
}

TEST(CacheProbe, without_a_place_nothing_is_told_and_nothing_breaks) {
  const std::uint64_t lost = lost_records();
  std::vector<cache_probe> probes;
  for (int i = 0; i < 1100; ++i) {
    probes.emplace_back("many").insert();
  }
  EXPECT_GT(lost_records(), lost);
  const std::size_t told = cache_probes().size();
  EXPECT_GE(told, 1000U);
  EXPECT_LT(told, 1100U);
  probes.clear();
  cache_probe after("after many");
  EXPECT_EQ(after.stats().inserts, 0U) << "a place used again begins at zero";
  after.insert();
  EXPECT_EQ(probed("after many")->inserts, 1U);
}

TEST(CacheProbe, report_has_a_section_of_them) {
  cache_probe probe("thumbnails");
  probe.insert(20);
  probe.hit(3);
  probe.miss();
  probe.evict(5ms);
  probe.never_hit(12);
  std::ostringstream out;
  report(out);
  EXPECT_NE(
      out.str().find("cache thumbnails: 19 entries, 20 inserted, 1 evicted (youngest 1 ms and "
                     "more, median 1 ms and more), hit ratio 0.75 of 4, 12 never hit\n"),
      std::string::npos)
      << out.str();
}

// ---- maps
// ----------------------------------------------------------------------------------------

template <class Map>
class ProbedMap : public testing::Test {};
using maps = testing::Types<std::map<int, std::string>, std::unordered_map<int, std::string>,
                            std::map<int, std::string, std::greater<>>,
                            boost::unordered_map<int, std::string>,
                            boost::container::flat_map<int, std::string>>;
TYPED_TEST_SUITE(ProbedMap, maps);

TYPED_TEST(ProbedMap, counts_hits_misses_and_insertions) {
  probed_map<TypeParam> map("map");
  EXPECT_EQ(map.find(1), nullptr);
  EXPECT_TRUE(map.try_emplace(1, "one").second);
  EXPECT_FALSE(map.emplace(1, "other").second);
  ASSERT_NE(map.find(1), nullptr);
  EXPECT_EQ(*map.find(1), "one");
  EXPECT_EQ(map.get_or_create(2, [] { return std::string("two"); }), "two");
  EXPECT_EQ(*map.peek(2), "two");
  EXPECT_TRUE(map.contains(2));
  const cache_stats told = map.stats();
  EXPECT_EQ(told.inserts, 2U);
  EXPECT_EQ(told.hits, 2U);
  EXPECT_EQ(told.misses, 2U);
  EXPECT_EQ(told.size, 2U);
  EXPECT_EQ(told.never_hit, 1U);
  EXPECT_EQ(map.never_hit(), 1U);
}

TYPED_TEST(ProbedMap, tells_evictions_with_their_ages_from_erasures) {
  probed_map<TypeParam> map("map");
  for (int i = 0; i < 10; ++i) {
    map.emplace(i, std::to_string(i));
  }
  EXPECT_TRUE(map.evict(3));
  EXPECT_FALSE(map.evict(3));
  EXPECT_TRUE(map.erase(4));
  EXPECT_FALSE(map.erase(4));
  EXPECT_EQ(map.evict_if([](int key, const std::string&, auto age) {
    return key % 2 == 0 && age < std::chrono::hours(1);
  }),
            4U);
  const cache_stats told = map.stats();
  EXPECT_EQ(told.evictions, 5U);
  EXPECT_EQ(told.ages.total(), 5U);
  EXPECT_EQ(told.erased, 1U);
  EXPECT_EQ(told.size, 4U);
  EXPECT_EQ(map.size(), 4U);
  map.clear();
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.stats().erased, 5U);
  EXPECT_EQ(map.stats().never_hit, 0U);
}

TYPED_TEST(ProbedMap, shows_what_was_never_asked_for_again) {
  probed_map<TypeParam> map("map");
  for (int i = 0; i < 4; ++i) {
    map.emplace(i, std::to_string(i));
  }
  map.find(1);
  map.find(1);
  map.find(2);
  map.erase(1);
  std::vector<std::string> seen;
  map.for_each_never_hit([&](int, const std::string& value, auto age) {
    EXPECT_GE(age.count(), 0);
    seen.push_back(value);
  });
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, (std::vector<std::string>{"0", "3"}));
  map.evict(0);
  EXPECT_EQ(map.stats().never_hit, 1U);
  std::size_t all = 0;
  map.for_each([&](int, std::string& value) { all += value.size(); });
  EXPECT_EQ(all, 2U);
}

TYPED_TEST(ProbedMap, a_new_value_is_a_new_entry) {
  probed_map<TypeParam> map("map");
  map.insert_or_assign(1, "one");
  map.find(1);
  EXPECT_EQ(map.insert_or_assign(1, "new"), "new");
  EXPECT_EQ(map.size(), 1U);
  EXPECT_EQ(map.stats().inserts, 2U);
  EXPECT_EQ(map.stats().erased, 1U);
  EXPECT_EQ(map.never_hit(), 1U) << "nobody has asked for this one";
}

TEST(ProbedMapArguments, takes_what_its_map_takes_and_values_that_only_move) {
  struct hash {
    int seed = 0;
    std::size_t operator()(int key) const { return static_cast<std::size_t>(key ^ seed); }
  };
  probed_map<std::unordered_map<int, std::unique_ptr<int>, hash>> map("hashed", 16U, hash{5});
  map.emplace(1, std::make_unique<int>(7));
  EXPECT_EQ(**map.find(1), 7);
  EXPECT_EQ(map.entries().hash_function().seed, 5);
  EXPECT_TRUE(map.entries().begin()->second.was_hit());
}

// ---- weak_cache
// ----------------------------------------------------------------------------------

struct image {
  int number;
};

std::shared_ptr<image> fetch(weak_cache<int, image>& cache, int number) {
  return cache.get_or_create(number, [number] { return make_shared<image>(image{number}); });
}

TEST(ProbedCache, tells_what_the_cache_counts) {
  weak_cache<int, image> cache(2);
  fetch(cache, 0);
  EXPECT_TRUE(probe(cache, "weak"));
  EXPECT_FALSE(cache.probe("again"));
  EXPECT_EQ(probed("weak")->size, 1U) << "what was there before";
  const auto kept = fetch(cache, 1);
  fetch(cache, 2);  // evicts 0
  fetch(cache, 2);
  fetch(cache, 3);  // evicts 1, which is still found
  EXPECT_NE(cache.get(1), nullptr);
  EXPECT_EQ(cache.get(9), nullptr);
  const auto told = probed("weak");
  ASSERT_TRUE(told);
  EXPECT_EQ(told->container, &cache);
  EXPECT_EQ(told->inserts, 3U);
  EXPECT_EQ(told->hits, 2U);
  EXPECT_EQ(told->misses, 4U);
  EXPECT_EQ(told->evictions, 3U);
  EXPECT_EQ(told->ages.total(), 2U) << "nobody knows how old the first was";
  EXPECT_EQ(told->size, cache.strong_size());
  EXPECT_EQ(told->never_hit, std::nullopt);
}

TEST(ProbedCache, tells_what_the_program_takes_out) {
  {
    weak_cache<int, image> cache(10);
    cache.probe("weak");
    for (int i = 0; i < 5; ++i) {
      fetch(cache, i);
    }
    cache.insert_or_assign(0, make_shared<image>(image{7}));
    cache.erase(1);
    cache.trim(2);
    EXPECT_EQ(probed("weak")->erased, 2U);
    EXPECT_EQ(probed("weak")->evictions, 2U);
    EXPECT_EQ(probed("weak")->inserts, 6U);
    EXPECT_EQ(probed("weak")->size, 2U);
    cache.clear();
    EXPECT_EQ(probed("weak")->erased, 4U);
    EXPECT_EQ(probed("weak")->size, 0U);
  }
  EXPECT_FALSE(probed("weak")) << "it goes with its cache";
}

}  // namespace
}  // namespace track
