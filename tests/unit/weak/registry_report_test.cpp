// What the registry expects and reports: overdue objects, stacks, the report.
#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <track/make_shared.hpp>
#include <track/registry.hpp>
#include <track/weak_ref.hpp>

using namespace std::chrono_literals;
using track::survivors;

namespace {

struct session {
  virtual ~session() = default;
  int user = 0;
};

class RegistryReport : public ::testing::Test {
 protected:
  const std::uint64_t begin_ = track::mark();

  std::vector<track::survivor> mine() const { return survivors({.since = begin_}); }
  track::survivor only() const {
    const auto all = mine();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? track::survivor() : all[0];
  }
};

TEST_F(RegistryReport, expected_gone_and_alive_is_overdue) {
  auto object = track::make_shared<session>();
  track::watch(object, "closing");
  EXPECT_TRUE(track::expect_gone(object, 1h).recorded());
  EXPECT_FALSE(only().overdue);
  EXPECT_TRUE(track::expect_gone(object, 0ms).recorded());
  EXPECT_TRUE(only().overdue) << "and no second record was made";
  EXPECT_EQ(survivors({.since = begin_, .label = "closing", .only_overdue = true}).size(), 1u);
  std::ostringstream out;
  track::report(out, {.since = begin_});
  EXPECT_NE(out.str().find("1 overdue"), std::string::npos) << out.str();
  object.reset();
  EXPECT_TRUE(mine().empty());
}

TEST_F(RegistryReport, expected_gone_is_watched_from_then_on) {
  auto object = track::make_shared<session>();
  const track::weak_ref<session> ref(object);
  EXPECT_TRUE(track::expect_gone(ref, 0ms).recorded());
  EXPECT_TRUE(only().overdue);
  object.reset();
  EXPECT_TRUE(mine().empty());
}

TEST_F(RegistryReport, dead_record_is_never_overdue) {
  auto object = track::make_shared<session>();
  track::watch_handle handle = track::watch(object);
  EXPECT_TRUE(handle.expect_gone(0ms));
  EXPECT_TRUE(handle.detach());
  object.reset();
  EXPECT_FALSE(only().overdue);
  EXPECT_TRUE(handle.forget());
}

TEST_F(RegistryReport, sampling_takes_stacks_with_names) {
  track::set_stack_sampling(1);
  auto object = track::make_shared<int>(1);
  track::watch(object);
  track::set_stack_sampling(0);
  auto without = track::make_shared<long>(1);
  track::watch(without);
  track::set_stack_sampling(64);
  const auto all = mine();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_FALSE(all[0].stack.empty());
  EXPECT_TRUE(all[1].stack.empty());
  EXPECT_TRUE(all[1].stack.frames().empty());
  const auto frames = all[0].stack.frames();
  ASSERT_GE(frames.size(), 3u);
  EXPECT_EQ(frames.size(), all[0].stack.addresses().size());
  EXPECT_EQ(to_string(all[0].stack).find("write_record"), std::string::npos)
      << "our own frames are left out:\n"
      << all[0].stack;
  EXPECT_NE(to_string(all[0].stack).find("Run"), std::string::npos) << all[0].stack;
}

TEST_F(RegistryReport, every_nth_record_of_a_thread_takes_a_stack) {
  std::vector<std::shared_ptr<int>> objects(100);
  std::thread([&] {
    track::set_stack_sampling(10);
    for (auto& object : objects) {
      track::watch(object = track::make_shared<int>(0));
    }
    track::set_stack_sampling(64);
  }).join();
  const auto all = mine();
  ASSERT_EQ(all.size(), 100u);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(!all[i].stack.empty(), i % 10 == 0) << i;
  }
}

TEST_F(RegistryReport, equal_stacks_are_one) {
  track::set_stack_sampling(1);
  std::vector<std::shared_ptr<int>> objects(3);
  for (auto& object : objects) {
    track::watch(object = track::make_shared<int>(0));
  }
  track::set_stack_sampling(64);
  const auto all = mine();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].stack, all[1].stack);
  EXPECT_EQ(all[1].stack, all[2].stack);
}

TEST_F(RegistryReport, report_adds_up) {
  const auto a = track::make_shared<std::int64_t>(1);
  const auto b = track::make_shared<std::int64_t>(2);
  track::watch(a, "pair");
  track::watch(b, "pair");
  std::ostringstream out;
  track::set_stack_sampling(0);
  track::report(out, {.since = begin_});
  track::set_stack_sampling(64);
  EXPECT_NE(out.str().find("libtrack: 2 objects, 16 bytes alive"), std::string::npos) << out.str();
  EXPECT_NE(out.str().find("label pair"), std::string::npos) << out.str();
}

}  // namespace
