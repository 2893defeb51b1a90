#include "tools/collector/site_watch.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "libtrack/ledger/encode.hpp"
#include "tests/unit/ledger/builder.hpp"

namespace track::tools {
namespace {

using ledger::test::process_builder;

struct watched_process {
  process_builder builder;
  site_id kept;
  site_id passing;
  site_watch watch{1000};
  std::uint64_t now_ms = 1000;

  watched_process() {
    const module_id program = builder.module("/bin/app");
    kept = builder.site(builder.frame(0x400100, program));
    passing = builder.site(builder.frame(0x400200, program), allocation_function::operator_new);
  }
  std::vector<capture::site_change> look() {
    now_ms += 200;
    const std::vector<std::byte> slot = ledger::encode_slot(builder.image());
    return watch.look(slot, now_ms);
  }
};

TEST(site_watch, tells_what_changed_since_the_last_look) {
  watched_process process;
  process.builder.allocate(process.kept, 3, 10);
  process.builder.allocate(process.passing, 2, 100);
  process.builder.release(process.passing, 2, 100);
  const std::vector<capture::site_change> first = {{process.kept.value, 3, 3, 30},
                                                   {process.passing.value, 2, 0, 0}};
  EXPECT_EQ(process.look(), first);
  EXPECT_TRUE(process.look().empty());
  process.builder.release(process.kept, 1, 10);
  const std::vector<capture::site_change> later = {{process.kept.value, 0, -1, -10}};
  EXPECT_EQ(process.look(), later);
}

TEST(site_watch, a_new_site_begins_with_all_it_has) {
  watched_process process;
  process.look();
  const site_id added = process.builder.site(process.builder.frame(0x400300, {1}));
  process.builder.allocate(added, 4, 5);
  const std::vector<capture::site_change> changes = {{added.value, 4, 4, 20}};
  EXPECT_EQ(process.look(), changes);
}

TEST(site_watch, sees_growth_that_goes_on_and_none_that_has_stopped) {
  watched_process process;
  for (int i = 0; i < 8; ++i) {
    process.builder.allocate(process.kept, 2, 10);
    process.look();
  }
  EXPECT_TRUE(process.watch.sees_growth());
  for (int i = 0; i < 12; ++i) {
    process.look();
  }
  EXPECT_FALSE(process.watch.sees_growth());
}

TEST(site_watch, what_comes_and_goes_is_no_growth) {
  watched_process process;
  for (int i = 0; i < 20; ++i) {
    if (i % 2 == 0) {
      process.builder.allocate(process.passing, 5, 10);
    } else {
      process.builder.release(process.passing, 5, 10);
    }
    process.look();
  }
  EXPECT_FALSE(process.watch.sees_growth());
}

TEST(site_watch, looks_become_rare_and_keep_no_beat) {
  watched_process process;
  std::uint64_t now = 1000;
  std::vector<std::uint64_t> gaps;
  std::uint64_t last = now;
  for (std::size_t looks = 0; looks < 4 * capture::most_moments;) {
    now += 10;
    if (process.watch.is_due(now)) {
      process.watch.look(ledger::encode_slot(process.builder.image()), now);
      gaps.push_back(now - last);
      last = now;
      ++looks;
    }
  }
  EXPECT_LE(gaps.front(), 200u);
  EXPECT_GT(gaps.back(), 600u);
  const auto [shortest, longest] = std::minmax_element(gaps.begin() + 1, gaps.begin() + 20);
  EXPECT_LT(*shortest + 20, *longest);
}

TEST(site_watch, a_slot_that_is_none_tells_nothing) {
  watched_process process;
  const std::vector<std::byte> nothing(64);
  EXPECT_TRUE(process.watch.look(nothing, 2000).empty());
}

}  // namespace
}  // namespace track::tools
