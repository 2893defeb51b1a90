// The registry at the ends of processes: exit, static destruction, fork, threads that go on.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <track/allocator.hpp>
#include <track/counted.hpp>
#include <track/make_shared.hpp>
#include <track/registry.hpp>
#include <track/scope.hpp>

using namespace std::chrono_literals;

namespace {

struct instance : track::counted<instance, track::recorded::each> {};

// Used before main and destroyed after it, whatever else is.
struct early {
  std::shared_ptr<int> object = track::make_shared<int>(1);
  track::watch_handle handle = track::watch(object, "before main");
  std::vector<int, track::allocator<int>> block = std::vector<int, track::allocator<int>>(10);
  instance counted;
};
early before_main;

void say_what_is_left(const char* when) {
  std::fprintf(stderr, "%s:%zu;", when, track::survivors().size());
}

TEST(RegistryProcess, works_before_main) {
  EXPECT_TRUE(before_main.handle.recorded());
  EXPECT_EQ(track::survivors({.label = "before main"}).size(), 1u);
}

struct says_at_its_end {
  const char* name;
  ~says_at_its_end() { say_what_is_left(name); }
};

// In a child, whose registry begins empty.
[[noreturn]] void exit_with_statics() {
  const std::size_t others = track::survivors().size();
  static const says_at_its_end last{"last"};
  static auto object = track::make_shared<int>(1);
  track::watch(object, "static");
  static const says_at_its_end middle{"middle"};
  static std::vector<int, track::allocator<int>> block(5);
  static const instance counted;
  static const says_at_its_end first{"first"};
  std::fprintf(stderr, "others:%zu;", others);
  std::exit(0);
}

TEST(RegistryProcess, statics_destroyed_before_and_after_others) {
  EXPECT_EXIT(exit_with_statics(), ::testing::ExitedWithCode(0),
              "others:0;first:3;middle:1;last:0;");
}

TEST(RegistryProcess, first_use_may_be_during_static_destruction) {
  struct late {
    ~late() {
      const auto object = track::make_shared<int>(1);
      std::fprintf(stderr, "%d", track::watch(object).recorded() ? 1 : 0);
      track::expect_gone(object, 0ms);
    }
  };
  EXPECT_EXIT(
      {
        static const late object;
        std::exit(0);
      },
      ::testing::ExitedWithCode(0), "^1");
}

TEST(RegistryProcess, overdue_objects_are_told_at_the_end) {
  EXPECT_EXIT(
      {
        static const auto object = track::make_shared<int>(1);
        track::watch(object, "the label");
        track::expect_gone(object, 0ms);
        std::exit(3);
      },
      ::testing::ExitedWithCode(3), "libtrack: overdue by [0-9]+ ms: int, the label at 0x");
}

TEST(RegistryProcess, objects_in_time_are_not) {
  EXPECT_EXIT(
      {
        static const auto object = track::make_shared<int>(1);
        track::expect_gone(object, 1h);
        auto gone = track::make_shared<int>(1);
        track::expect_gone(gone, 0ms);
        gone.reset();
        std::exit(3);
      },
      ::testing::ExitedWithCode(3), "^$");
}

void record_for_ever(std::latch& running) {
  for (int n = 0;; ++n) {
    const auto object = track::make_shared<int>(n);
    track::watch(object, "busy");
    track::expect_gone(object, 0ms);
    const std::vector<int, track::allocator<int>> block(3);
    static_cast<void>(track::survivors());
    if (n == 10) {
      running.count_down();
    }
  }
}

void exit_on_another_thread() {
  static std::latch running(3);
  for (int i = 0; i < 2; ++i) {
    std::thread([] { record_for_ever(running); }).detach();
  }
  std::thread([] {
    running.arrive_and_wait();
    std::exit(5);
  }).join();
}

TEST(RegistryProcess, exit_on_another_thread_while_others_record) {
  EXPECT_EXIT(exit_on_another_thread(), ::testing::ExitedWithCode(5), "");
}

TEST(RegistryProcess, thread_locals_die_after_the_threads_records) {
  struct keeper {
    std::shared_ptr<int> object = track::make_shared<int>(1);
    std::vector<int, track::allocator<int>> block;
    ~keeper() {
      block.resize(100);
      track::watch(track::make_shared<int>(2));
    }
  };
  const std::uint64_t begin = track::mark();
  std::thread([] {
    thread_local keeper kept;
    track::watch(kept.object);
  }).join();
  EXPECT_TRUE(track::survivors({.since = begin}).empty());
}

TEST(RegistryProcess, child_of_fork_begins_empty) {
  auto object = track::make_shared<int>(1);
  const track::scope tag{"tag of the parent"};
  track::watch_handle handle = track::watch(object, "parent");
  const auto parents = track::survivors();
  const pid_t pid = fork();
  if (pid == 0) {
    bool good = track::survivors().empty() && !handle.recorded() && !handle.detach() &&
                !handle.expect_gone(0ms) && parents.at(0).stack.addresses().empty();
    const instance made_here;
    auto own = track::make_shared<int>(3);
    track::watch(own, "parent");
    const auto all = track::survivors();
    good = good && all.size() == 2 && all[1].label == "parent" && all[1].tag == "tag of the parent";
    object.reset();
    own.reset();
    good = good && track::survivors().size() == 1;
    _exit(good ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(handle.recorded());
  EXPECT_EQ(track::survivors().size(), parents.size());
}

TEST(RegistryProcess, allocators_work_in_a_child_while_others_allocate) {
  std::atomic<bool> done{false};
  std::thread busy([&] {
    track::allocator<int> allocator;
    while (!done.load()) {
      allocator.deallocate(allocator.allocate(1), 1);
      static_cast<void>(std::allocate_shared<int>(allocator, 1));
    }
  });
  for (int i = 0; i < 50; ++i) {
    const pid_t pid = fork();
    if (pid == 0) {
      alarm(20);  // a lock that nobody holds any more
      std::vector<std::vector<int, track::allocator<int>>> blocks(200);
      for (auto& each : blocks) {
        each.resize(10);
        static_cast<void>(std::allocate_shared<int>(track::allocator<int>(), 1));
      }
      _exit(track::survivors().size() == 200 ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    ASSERT_EQ(status, 0);
  }
  done.store(true);
  busy.join();
}

TEST(RegistryProcess, grandchild_and_fork_while_others_record) {
  std::atomic<bool> done{false};
  std::thread busy([&] {
    while (!done.load()) {
      auto object = track::make_shared<int>(1);
      track::watch(object, "busy");
      track::allocator<int> allocator;
      allocator.deallocate(allocator.allocate(1), 1);
    }
  });
  for (int i = 0; i < 20; ++i) {
    const pid_t pid = fork();
    if (pid == 0) {
      const auto own = track::make_shared<int>(1);
      bool good = track::watch(own, "child").recorded() && track::survivors().size() == 1;
      const pid_t grandchild = fork();
      if (grandchild == 0) {
        _exit(track::survivors().empty() && track::watch(own).recorded() ? 0 : 1);
      }
      int status = 0;
      good = waitpid(grandchild, &status, 0) == grandchild && status == 0 && good;
      _exit(good ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    EXPECT_EQ(status, 0);
  }
  done.store(true);
  busy.join();
}

}  // namespace
