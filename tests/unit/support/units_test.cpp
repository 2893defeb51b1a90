#include "libtrack/support/units.hpp"

#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace track {
namespace {

std::uint64_t bytes_of(const std::string& text) {
  const auto parsed = parse_bytes(text);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.failure().message);
  return parsed ? *parsed : 0;
}

std::uint64_t ms_of(const std::string& text) {
  const auto parsed = parse_duration_ms(text);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.failure().message);
  return parsed ? *parsed : 0;
}

TEST(units, sizes_are_powers_of_1024_in_every_spelling) {
  EXPECT_EQ(bytes_of("0"), 0U);
  EXPECT_EQ(bytes_of("4096"), 4096U);
  EXPECT_EQ(bytes_of("12B"), 12U);
  for (const char* text : {"1k", "1K", "1KB", "1kb", "1KiB", "1 KiB"}) {
    EXPECT_EQ(bytes_of(text), 1024U) << text;
  }
  EXPECT_EQ(bytes_of("1.5M"), 1'572'864U);
  EXPECT_EQ(bytes_of(".5k"), 512U);
  EXPECT_EQ(bytes_of("2G"), 2ULL << 30);
  EXPECT_EQ(bytes_of("3TiB"), 3ULL << 40);
}

TEST(units, bad_sizes_are_usage_errors_that_name_the_text) {
  for (const char* text : {"", "k", "-1", "1x", "1.2.3", "1 k b", "9223372036854775808", "9P9",
                           "99999999999999999999999999999999999999999999", "16384P"}) {
    const auto parsed = parse_bytes(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.failure().code, error_code::usage);
    EXPECT_NE(parsed.failure().message.find(text), std::string::npos);
  }
}

TEST(units, exact_sizes_and_durations_read_back_the_same) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t value = (random() >> 1) >> (random() % 63);
    EXPECT_EQ(bytes_of(exact_bytes(value)), value);
    EXPECT_EQ(ms_of(exact_duration(value)), value);
  }
  EXPECT_EQ(exact_bytes(1536), "1536");
  EXPECT_EQ(exact_bytes(2048), "2KiB");
  EXPECT_EQ(exact_bytes(0), "0");
  EXPECT_EQ(exact_duration(1500), "1500ms");
  EXPECT_EQ(exact_duration(90'000), "90s");
  EXPECT_EQ(exact_duration(120'000), "2m");
  EXPECT_EQ(exact_duration(0), "0ms");
}

TEST(units, short_sizes_keep_four_digits_at_most) {
  EXPECT_EQ(short_bytes(0), "0 B");
  EXPECT_EQ(short_bytes(1023), "1023 B");
  EXPECT_EQ(short_bytes(1024), "1.0 KiB");
  EXPECT_EQ(short_bytes(1536), "1.5 KiB");
  EXPECT_EQ(short_bytes((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(short_bytes(-(5LL << 30)), "-5.0 GiB");
  EXPECT_EQ(short_bytes(std::numeric_limits<std::int64_t>::min()), "-8.0 EiB");
}

TEST(units, durations) {
  EXPECT_EQ(ms_of("500ms"), 500U);
  EXPECT_EQ(ms_of("30s"), 30'000U);
  EXPECT_EQ(ms_of("1.5s"), 1'500U);
  EXPECT_EQ(ms_of("5m"), 300'000U);
  EXPECT_EQ(ms_of("24h"), 86'400'000U);
  for (const char* text : {"", "5", "s", "5 weeks", "-1s", "99999999999999999d"}) {
    EXPECT_FALSE(parse_duration_ms(text)) << text;
  }
  EXPECT_EQ(short_duration(12), "12 ms");
  EXPECT_EQ(short_duration(1'500), "1.5 s");
  EXPECT_EQ(short_duration(59'999), "1 min 0 s");
  EXPECT_EQ(short_duration(200'000), "3 min 20 s");
  EXPECT_EQ(short_duration(7'500'000), "2 h 05 min");
  EXPECT_EQ(short_duration(3 * 86'400'000 + 4 * 3'600'000), "3 d 4 h");
}

}  // namespace
}  // namespace track
