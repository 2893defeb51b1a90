#include "libtrack/capture/block_addresses.hpp"

#include <random>

#include <gtest/gtest.h>

namespace track::capture {
namespace {

TEST(block_addresses, are_what_was_put_in_however_far_apart) {
  std::mt19937_64 random(7);
  block_addresses addresses;
  std::vector<std::uint64_t> expected;
  std::uint64_t at = 0;
  for (int i = 0; i < 5000; ++i) {
    at += 8 * (1 + (i % 100 == 99 ? random() % (std::uint64_t{1} << 36) : random() % 1000));
    expected.push_back(at);
    addresses.push_back(at);
    EXPECT_EQ(addresses.back(), at);
  }
  ASSERT_EQ(addresses.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(addresses[i], expected[i]);
  }
  for (int i = 0; i < 5000; ++i) {
    const std::uint64_t wanted = expected[random() % expected.size()] + random() % 17 - 8;
    const auto after = std::ranges::upper_bound(expected, wanted);
    EXPECT_EQ(addresses.count_to(wanted), static_cast<std::size_t>(after - expected.begin()));
  }
}

TEST(block_addresses, the_farthest_that_one_base_can_say_is_said) {
  constexpr std::uint64_t reach = std::uint64_t{0xffffffff} * 8;
  block_addresses addresses;
  for (const std::uint64_t address : {std::uint64_t{64}, 64 + reach, 72 + reach, 72 + 3 * reach}) {
    addresses.push_back(address);
    EXPECT_EQ(addresses.back(), address);
  }
  EXPECT_EQ(addresses[0], 64u);
  EXPECT_EQ(addresses[1], 64 + reach);
  EXPECT_EQ(addresses[2], 72 + reach);
}

TEST(block_addresses, of_none_there_are_none) {
  const block_addresses none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.count_to(~std::uint64_t{0}), 0u);
}

}  // namespace
}  // namespace track::capture
