// What several threads do to one container. Rounds start together, take turns of different length,
// and go on until both outcomes of the race were seen; that they were is asserted.
#include <atomic>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/weak/container_support.hpp"
#include <track/weak_cache.hpp>
#include <track/weak_key_map.hpp>
#include <track/weak_set.hpp>
#include <track/weak_value_map.hpp>

namespace track {
namespace {

using namespace testing_weak;

using object = std::shared_ptr<counted>;

TEST(WeakContainerRace, get_against_the_death_of_the_value) {
  weak_value_map<int, counted> map;
  object value;
  object got;
  outcomes seen;
  race(
      most_rounds,
      [&](int round) {
        value = track::make_shared<counted>(round);
        map.insert_or_assign(1, value);
      },
      [&](int round) {
        dither(round, 1);
        got = map.get(1);
      },
      [&](int round) {
        dither(round, 2);
        value.reset();
      },
      [&](int round) {
        seen.note(got != nullptr);
        if (got != nullptr) {
          EXPECT_EQ(got->value, round) << "never a dying object";
        }
        got.reset();
        EXPECT_TRUE(map.empty());
      },
      [&] { return seen.enough(); });
  seen.expect_both();
  EXPECT_EQ(counted::alive, 0);
}

TEST(WeakContainerRace, V27_death_of_the_old_value_against_the_assignment_of_the_new_one) {
  weak_value_map<int, counted> map;
  object old_value;
  object new_value;
  std::atomic<int> turn{0};
  int death_ended = 0;
  int assigned = 0;
  outcomes seen;
  race(
      most_rounds,
      [&](int round) {
        turn = 0;
        old_value = track::make_shared<counted>(round);
        new_value = track::make_shared<counted>(-round);
        map.insert_or_assign(1, old_value);
      },
      [&](int round) {
        dither(round, 3);
        map.insert_or_assign(1, new_value);
        assigned = ++turn;
      },
      [&](int round) {
        dither(round, 4);
        old_value.reset();
        death_ended = ++turn;
      },
      [&](int) {
        seen.note(death_ended < assigned);
        ASSERT_EQ(map.get(1), new_value);
        ASSERT_EQ(map.size(), 1U);
      },
      [&] { return seen.enough(); });
  seen.expect_both();
}

TEST(WeakContainerRace, V11_get_or_insert_against_deaths_never_gives_null) {
  weak_value_map<int, counted> map;
  std::atomic<int> own{0};
  std::atomic<int> others{0};
  run_until(
      4, 3000, [&] { return own > 0 && others > 0; },
      [&](int thread, int i) {
        const object mine = track::make_shared<counted>(thread);
        const object got = map.get_or_insert(i % 3, mine);
        ASSERT_NE(got, nullptr);
        ++(got == mine ? own : others);
      });
  EXPECT_GT(own, 0);
  EXPECT_GT(others, 0);
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(counted::alive, 0);
}

TEST(WeakContainerRace, V28_extract_of_held_values_under_deaths_never_gives_null) {
  weak_value_map<int, counted> map;
  std::atomic<bool> stop{false};
  std::atomic<int> deaths{0};
  run_together(2, [&](int thread) {
    if (thread == 0) {
      for (int i = 1000; !stop || deaths == 0; i = i == 2000 ? 1000 : i + 1) {
        const object shortly = track::make_shared<counted>(i);
        map.insert_or_assign(i, shortly);
        ++deaths;
      }
      return;
    }
    for (int i = 0; i < 3000 || (deaths == 0 && i < most_rounds); ++i) {
      const object held = track::make_shared<counted>(i);
      map.insert_or_assign(i % 7, held);
      EXPECT_EQ(map.extract(i % 7), held);
      (void)map.pop_any();
    }
    stop = true;
  });
  EXPECT_GT(deaths, 0);
  EXPECT_TRUE(map.empty());
}

// Sizes seen while n elements die on another thread: from n to 0, never rising.
template <class Fill, class Size>
void expect_sizes_fall(Fill fill, Size size) {
  const on_processor first(0);
  int partial = 0;
  for (int round = 0; round < 2000 && partial < 10; ++round) {
    std::vector<object> elements = make(50);
    fill(elements);
    std::atomic<bool> done{false};
    std::jthread killer([&] {
      const on_processor second(1);
      elements.clear();
      done = true;
    });
    std::size_t last = 50;
    bool saw_part = false;
    while (!done) {
      const std::size_t now = size();
      ASSERT_LE(now, last);
      last = now;
      saw_part = saw_part || (now > 0 && now < 50);
    }
    killer.join();
    partial += saw_part ? 1 : 0;
    ASSERT_EQ(size(), 0U);
  }
  EXPECT_TRUE(partial > 0 || !on_processor::are_several());
}

TEST(WeakContainerRace, V26_value_map_size_falls_under_deaths) {
  weak_value_map<int, counted> map;
  expect_sizes_fall(
      [&](const std::vector<object>& all) {
        for (const auto& each : all) {
          map.insert_or_assign(each->value, each);
        }
      },
      [&] { return map.size(); });
}

TEST(WeakContainerRace, K14_key_map_size_falls_under_deaths) {
  weak_key_map<counted, std::string> map;
  expect_sizes_fall(
      [&](const std::vector<object>& all) {
        for (const auto& each : all) {
          map.insert_or_assign(each, "value");
        }
      },
      [&] { return map.size(); });
}

TEST(WeakContainerRace, S21_set_size_falls_under_deaths) {
  weak_set<counted> set;
  expect_sizes_fall([&](const std::vector<object>& all) { set.insert_range(all); },
                    [&] { return set.size(); });
}

// Copies made while elements die elsewhere have some of them, and empty themselves in the end.
template <class Container, class Fill>
void expect_copies_survive_deaths(Fill fill) {
  const on_processor first(0);
  int partial = 0;
  for (int round = 0; round < 2000 && partial < 10; ++round) {
    Container container;
    std::vector<object> elements = make(50);
    fill(container, elements);
    std::atomic<bool> done{false};
    std::jthread killer([&] {
      const on_processor second(1);
      for (auto& each : elements) {
        each.reset();
      }
      done = true;
    });
    while (!done) {
      const Container copy(container);
      const Container assigned = [&] {
        Container c;
        c = copy;
        return c;
      }();
      partial += copy.size() > 0 && copy.size() < 50 ? 1 : 0;
      ASSERT_LE(assigned.size(), 50U);
    }
    killer.join();
    const Container copy(container);
    ASSERT_TRUE(copy.empty());
    ASSERT_TRUE(container.empty());
  }
  EXPECT_TRUE(partial > 0 || !on_processor::are_several());
  EXPECT_EQ(counted::alive, 0);
}

TEST(WeakContainerRace, V17_copies_of_a_value_map_while_values_die) {
  expect_copies_survive_deaths<weak_value_map<std::string, counted>>(
      [](auto& map, const std::vector<object>& all) {
        for (const auto& each : all) {
          map.insert_or_assign("key " + std::to_string(each->value), each);
        }
      });
}

TEST(WeakContainerRace, K11_copies_of_a_key_map_while_keys_die) {
  expect_copies_survive_deaths<weak_key_map<counted, std::string>>(
      [](auto& map, const std::vector<object>& all) {
        for (const auto& each : all) {
          map.insert_or_assign(each, "value of " + std::to_string(each->value));
        }
      });
}

TEST(WeakContainerRace, S19_copies_of_a_set_while_elements_die) {
  expect_copies_survive_deaths<weak_set<counted>>(
      [](auto& set, const std::vector<object>& all) { set.insert_range(all); });
}

TEST(WeakContainerRace, iteration_under_deaths_sees_live_objects_only) {
  const on_processor first(0);
  int seen_part = 0;
  for (int round = 0; round < 2000 && seen_part < 10; ++round) {
    weak_set<counted> set;
    weak_key_map<counted, std::string> map;
    std::vector<object> elements = make(50);
    set.insert_range(elements);
    for (const auto& each : elements) {
      map.insert_or_assign(each, std::to_string(each->value));
    }
    std::atomic<bool> done{false};
    std::jthread killer([&] {
      const on_processor second(1);
      for (auto& each : elements) {
        each.reset();
      }
      done = true;
    });
    while (!done) {
      int visited = 0;
      set.for_each([&](counted& element) { visited += element.value >= 0 ? 1 : 0; });
      seen_part += visited > 0 && visited < 50 ? 1 : 0;
      map.for_each([](counted& key, const std::string& value) {
        ASSERT_EQ(std::to_string(key.value), value);
      });
      (void)map.snapshot();
      (void)set.snapshot();
    }
  }
  EXPECT_TRUE(seen_part > 0 || !on_processor::are_several());
  EXPECT_EQ(counted::alive, 0);
}

TEST(WeakContainerRace, S24_insertion_while_another_thread_iterates) {
  const auto kept = make(100);
  const on_processor first(0);
  int seen_part = 0;
  for (int round = 0; round < 20'000 && seen_part < 10; ++round) {
    weak_set<counted> set;
    std::atomic<bool> started{false};
    std::jthread reader([&] {
      const on_processor second(1);
      std::size_t last = 0;
      while (last < 100) {
        std::size_t count = 0;
        set.for_each([&](counted&) { ++count; });
        started = true;
        ASSERT_GE(count, last) << "what was seen once is seen again";
        seen_part += count > 0 && count < 100 ? 1 : 0;
        last = count;
      }
    });
    while (!started) {
      std::this_thread::yield();
    }
    for (const auto& each : kept) {
      set.insert(each);
    }
    reader.join();
    ASSERT_EQ(set.size(), 100U);
  }
  EXPECT_TRUE(seen_part > 0 || !on_processor::are_several());
}

TEST(WeakContainerRace, a_map_destroyed_while_its_entries_fire) {
  struct noted_key {
    int value;
    std::atomic<std::thread::id>* destroyer;
    noted_key(int v, std::atomic<std::thread::id>* d) : value(v), destroyer(d) {}
    noted_key(noted_key&& other) noexcept
        : value(other.value), destroyer(std::exchange(other.destroyer, nullptr)) {}
    noted_key(const noted_key&) = default;
    noted_key& operator=(const noted_key&) = delete;
    ~noted_key() {
      if (destroyer != nullptr) {
        *destroyer = std::this_thread::get_id();
      }
    }
    bool operator==(const noted_key& other) const { return value == other.value; }
  };
  struct hash {
    std::size_t operator()(const noted_key& key) const {
      return static_cast<std::size_t>(key.value);
    }
  };
  std::optional<weak_value_map<noted_key, counted, hash>> map;
  std::optional<weak_set<counted>> set;
  object value;
  std::atomic<std::thread::id> destroyer;
  outcomes seen;
  race(
      most_rounds,
      [&](int round) {
        map.emplace();
        set.emplace();
        value = track::make_shared<counted>(round);
        map->insert_or_assign(noted_key(1, &destroyer), value);
        set->insert(value);
        destroyer = std::thread::id();
      },
      [&](int round) {
        dither(round, 5);
        map.reset();
        set.reset();
      },
      [&](int round) {
        dither(round, 6);
        value.reset();
      },
      [&](int) {
        ASSERT_NE(destroyer.load(), std::thread::id()) << "the entry is gone in any case";
        seen.note(destroyer.load() == std::this_thread::get_id());
      },
      [&] { return seen.enough(); });
  seen.expect_both();
  EXPECT_EQ(counted::alive, 0);
}

}  // namespace
}  // namespace track
