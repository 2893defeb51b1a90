// What programs count of their caches, as findings.
#include "libtrack/analysis/probed_caches.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "libtrack/analysis/report.hpp"
#include "tests/unit/analysis/capture_of.hpp"

namespace track::analysis {
namespace {

using test::image_builder;

const std::vector<test::code_place> in_main = {{"/opt/app", 0x20}, {"/opt/app", 0x10}};

test::ended_process with_caches(std::uint64_t process,
                                const std::vector<test::cache_facts>& caches) {
  image_builder builder(process);
  for (const test::cache_facts& each : caches) {
    builder.cache(in_main, each);
  }
  builder.end_by_exit();
  return {builder.image, test::exited()};
}

test::cache_facts images() {
  return {.name = "images", .inserts = 20, .hits = 75, .misses = 25, .evictions = 5, .erased = 1};
}

std::vector<model::finding> all_of(const capture::contents& all, bool all_containers) {
  const auto report = gather_report(all, gather_options{.all_containers = all_containers});
  EXPECT_TRUE(report);
  return report->findings;
}

TEST(probed_caches, a_probe_is_a_finding_without_a_verdict) {
  const capture::contents all = test::capture_of({with_caches(0, {images()})});
  code_index code(all);
  const auto found = find_probed(all, code);
  ASSERT_EQ(found.size(), 1u);
  const model::finding& finding = found[0];
  EXPECT_EQ(finding.kind, model::finding_kind::cache);
  EXPECT_EQ(finding.processes, std::vector<std::uint64_t>{0});
  EXPECT_EQ(finding.fingerprint.size(), 16u);
  EXPECT_FALSE(finding.weak);
  EXPECT_FALSE(finding.growth);
  EXPECT_EQ(finding.allocated.size(), 2u) << "where the probe was made";
  ASSERT_TRUE(finding.cache);
  EXPECT_EQ(finding.cache->owner, "images");
  EXPECT_EQ(finding.cache->container, "cache_probe");
  EXPECT_EQ(finding.cache->entries, 14u);
  EXPECT_EQ(finding.cache->inserted, 20u);
  EXPECT_EQ(finding.cache->evicted, 5u);
  EXPECT_EQ(finding.cache->hits, 75u);
  EXPECT_EQ(finding.cache->misses, 25u);
  EXPECT_FALSE(finding.cache->never_hit);
  EXPECT_FALSE(finding.cache->evicted_by_age);
  EXPECT_NE(finding.title.find("images"), std::string::npos) << finding.title;
}

TEST(probed_caches, what_a_cache_says_itself_is_told) {
  test::cache_facts facts = images();
  facts.size = 3;
  facts.never_hit = 2;
  test::ended_process process = with_caches(0, {facts});
  process.image.caches[0].ages[2] = 4;
  const capture::contents all = test::capture_of({process});
  const model::cache cache = describe_probe(all, all.caches.at(0));
  EXPECT_EQ(cache.entries, 3u);
  EXPECT_EQ(cache.never_hit, 2u);
  EXPECT_EQ(cache.evicted_by_age, (model::evictions_by_age{0, 0, 4, 0, 0, 0, 0, 0}));
}

TEST(probed_caches, are_listed_where_all_containers_are) {
  const capture::contents all = test::capture_of({with_caches(0, {images()})});
  EXPECT_EQ(all_of(all, true).size(), 1u);
  EXPECT_TRUE(all_of(all, false).empty());
}

TEST(probed_caches, of_one_name_are_summed) {
  test::cache_facts sized = images();
  sized.size = 4;
  const capture::contents all =
      test::capture_of({with_caches(0, {images(), sized}), with_caches(1, {images()})});
  const auto found = all_of(all, true);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].cache->hits, 225u);
  EXPECT_EQ(found[0].cache->evicted, 15u);
  EXPECT_EQ(found[0].cache->entries, 32u);
}

TEST(probed_caches, are_found_by_the_address_of_their_container) {
  test::cache_facts first = images(), second = images(), ended = images();
  first.address = 0x1000;
  second.address = 0x2000;
  ended.address = 0x2000;
  ended.ended_at_ms = 200;
  const capture::contents all =
      test::capture_of({with_caches(0, {first, ended, second, images()}), with_caches(1, {first})});
  ASSERT_EQ(all.caches.size(), 5u);
  EXPECT_EQ(probe_at(all, 0, 0x1000, 0x1008), &all.caches[0]);
  EXPECT_EQ(probe_at(all, 0, 0xff8, 0x1001), &all.caches[0]);
  EXPECT_EQ(probe_at(all, 0, 0xff8, 0x1000), nullptr);
  EXPECT_EQ(probe_at(all, 1, 0x1000, 0x1008), &all.caches[4]);
  EXPECT_EQ(probe_at(all, 0, 0x2000, 0x2008), &all.caches[2]) << "the other one is gone";
  EXPECT_EQ(probe_at(all, 0, 0, 1), nullptr) << "a probe without an address is nowhere";
}

}  // namespace
}  // namespace track::analysis
