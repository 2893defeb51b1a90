// The end of the program: rows F09-F13, F18, F19, static destruction, and the ends without
// finalizers. Each test ends a child process and reads what it said on stderr.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <latch>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/weak/objects.hpp"
#include <track/finalize.hpp>
#include <track/make_shared.hpp>
#include <track/weak_ref.hpp>

namespace {

using objects::point;
using testing::ExitedWithCode;
using track::finalize;
using track::weak_ref;

void say(const char* what) {
  std::fputs(what, stderr);
}

struct speaks {
  const char* what;
  ~speaks() { say(what); }
};

// Lives on until the process is gone, as an object in a static that is never destroyed.
template <class T>
std::shared_ptr<T>& immortal(std::shared_ptr<T> object) {
  static auto* const all = new std::vector<std::shared_ptr<T>*>;  // a root for LeakSanitizer
  all->push_back(new std::shared_ptr<T>(std::move(object)));
  return *all->back();
}

class FinalizeExit : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(FinalizeExit, F09_F18_reverse_order_of_creation_objects_alive) {
  EXPECT_EXIT(
      {
        const auto& one = immortal(track::adopt(std::unique_ptr<speaks>(new speaks{"DESTROYED"})));
        const auto& two = immortal(track::make_shared<point>());
        finalize(one, say, "a");
        finalize(two, say, "b");
        finalize(one, [ref = weak_ref<speaks>(one)] { say(ref.lock() ? "c" : "DEAD"); });
        std::exit(0);
      },
      ExitedWithCode(0), "^cba$");
}

TEST_F(FinalizeExit, F10_atexit_false_is_skipped) {
  EXPECT_EXIT(
      {
        const auto& object = immortal(track::make_shared<point>());
        finalize(object, say, "a");
        finalize(object, say, "NO").set_atexit(false);
        static auto back = finalize(object, say, "c");
        back.set_atexit(false);
        finalize(object, [] { back.set_atexit(true); });
        std::exit(0);
      },
      ExitedWithCode(0), "^ca$");
}

TEST_F(FinalizeExit, F10_atexit_set_on_one_that_was_passed_over) {
  EXPECT_EXIT(
      {
        const auto& object = immortal(track::make_shared<point>());
        auto newest = std::make_shared<track::finalizer>();
        finalize(object, [newest] {
          say("a");
          newest->set_atexit(true);
        });
        *newest = finalize(object, say, "b");
        newest->set_atexit(false);
        std::exit(0);
      },
      ExitedWithCode(0), "^ab$");
}

TEST_F(FinalizeExit, F11_an_exception_is_reported_and_the_rest_runs) {
  EXPECT_EXIT(
      {
        const auto& object = immortal(track::make_shared<point>());
        finalize(object, say, "a");
        finalize(object, [] { throw std::runtime_error("broken"); });
        finalize(object, say, "b\n");
        std::exit(0);
      },
      ExitedWithCode(0), "^b\nlibtrack: exception ignored in exit finalizer: broken\na$");
}

TEST_F(FinalizeExit, F12_one_made_during_the_exit_runs_next) {
  EXPECT_EXIT(
      {
        const auto& object = immortal(track::make_shared<point>());
        finalize(object, say, "d");
        finalize(object, [&object] {
          say("a");
          finalize(object, [&object] {
            say("b");
            finalize(object, say, "c");
          });
        });
        std::exit(0);
      },
      ExitedWithCode(0), "^abcd$");
}

TEST_F(FinalizeExit, F13_afterwards_nothing_runs_and_lock_stays_valid) {
  EXPECT_EXIT(
      {
        auto object = track::make_shared<point>(1, 2);
        auto late = finalize(object, say, "NO");
        late.set_atexit(false);
        finalize(object, say, "a");
        track::run_exit_finalizers();
        track::run_exit_finalizers();
        const weak_ref<point> ref(object, [](const track::dead_ref&) { say("callback"); });
        if (late() || ref.lock()->y != 2) {
          say("WRONG");
        }
        finalize(object, say, "NO");
        object.reset();
        std::exit(0);
      },
      ExitedWithCode(0), "^acallback$");
}

TEST_F(FinalizeExit, F18_not_after_quick_ends) {
  const auto prepare = [] {
    static const auto& object = immortal(track::make_shared<point>());
    finalize(object, say, "NO");
  };
  EXPECT_EXIT(
      {
        prepare();
        say("x");
        std::_Exit(3);
      },
      ExitedWithCode(3), "^x$");
  EXPECT_EXIT(
      {
        prepare();
        say("x");
        std::quick_exit(4);
      },
      ExitedWithCode(4), "^x$");
}

TEST_F(FinalizeExit, F18_exit_from_another_thread_while_others_work) {
  EXPECT_EXIT(
      {
        const auto& object = immortal(track::make_shared<point>());
        for (int i = 0; i < 100; ++i) {
          finalize(object, [] {});
        }
        finalize(object, say, "a");
        std::latch busy(2);
        const auto work = [&] {
          busy.count_down();
          for (;;) {
            auto own = track::make_shared<point>();
            finalize(own, [] {});
            const weak_ref<point> ref(object, [](const track::dead_ref&) {});
          }
        };
        std::thread first(work);
        std::thread second(work);
        std::thread([&] {
          busy.wait();
          std::exit(0);
        }).join();
        first.join();
        second.join();
      },
      ExitedWithCode(0), "^a$");
}

TEST_F(FinalizeExit, F19_a_forked_child_runs_its_own_only) {
  EXPECT_EXIT(
      {
        auto& object = immortal(track::make_shared<point>());
        auto& dies = immortal(track::make_shared<point>());
        static auto handle = finalize(object, say, "b");
        finalize(object, say, "parent");
        finalize(dies, say, "NO").set_atexit(false);
        const pid_t child = fork();
        if (child == 0) {
          finalize(object, say, "child,");
          dies.reset();
          handle();  // said explicitly
          std::exit(0);
        }
        int status = 0;
        waitpid(child, &status, 0);
        handle.detach();
        std::exit(status);
      },
      ExitedWithCode(0), "^bchild,parent$");
}

TEST_F(FinalizeExit, F19_fork_while_other_threads_use_the_registry) {
  EXPECT_EXIT(
      {
        std::atomic<bool> stop = false;
        std::thread worker([&] {
          while (!stop) {
            const auto own = track::make_shared<point>();
            finalize(own, [] {}).detach();
          }
        });
        const auto& object = immortal(track::make_shared<point>());
        finalize(object, say, "a");
        int failed = 0;
        for (int i = 0; i < 50; ++i) {
          const pid_t child = fork();
          if (child == 0) {
            const auto own = track::make_shared<point>();
            finalize(own, [] {}).detach();
            std::_Exit(track::weak_ref_count(own) == 0 ? 0 : 1);
          }
          int status = 0;
          waitpid(child, &status, 0);
          failed += status != 0;
        }
        stop = true;
        worker.join();
        std::exit(failed);
      },
      ExitedWithCode(0), "^a$");
}

// ---- static destruction -------------------------------------------------------------------------

TEST_F(FinalizeExit, F18_R09_statics_refs_die_before_their_objects) {
  EXPECT_EXIT(
      {
        static auto object = track::adopt(std::unique_ptr<speaks>(new speaks{"destroyed"}));
        static const weak_ref<speaks> ref(object, [](const track::dead_ref&) { say("NO"); });
        finalize(object, say, "at exit,");
        std::exit(0);
      },
      ExitedWithCode(0), "^at exit,destroyed$");
}

TEST_F(FinalizeExit, F18_R05_statics_objects_die_before_their_refs) {
  EXPECT_EXIT(
      {
        static weak_ref<speaks> ref;
        static track::finalizer handle;
        finalize(track::make_shared<point>(), [] {}).detach();  // registers the exit
        static auto object = track::adopt(std::unique_ptr<speaks>(new speaks{"destroyed,"}));
        ref = weak_ref<speaks>(object, [](const track::dead_ref&) { say("callback,"); });
        handle = finalize(object, say, "at death,");
        std::exit(0);
      },
      ExitedWithCode(0), "^at death,callback,destroyed,$");
}

TEST_F(FinalizeExit, F13_statics_objects_die_after_the_exit_finalizers) {
  EXPECT_EXIT(
      {
        static auto object = track::adopt(std::unique_ptr<speaks>(new speaks{"destroyed"}));
        static track::tracked<point> hooked;
        finalize(object, say, "NO").set_atexit(false);
        finalize(hooked, say, "hooked,");
        std::exit(0);
      },
      ExitedWithCode(0), "^hooked,destroyed$");
}

TEST_F(FinalizeExit, F18_R05_thread_local_objects_and_refs) {
  EXPECT_EXIT(
      {
        std::thread([] {
          thread_local weak_ref<speaks> ref;
          thread_local auto object =
              track::adopt(std::unique_ptr<speaks>(new speaks{"destroyed,"}));
          ref = weak_ref<speaks>(object, [](const track::dead_ref&) { say("callback,"); });
          finalize(object, say, "finalizer,");
        }).join();
        thread_local auto of_main = track::adopt(std::unique_ptr<speaks>(new speaks{"main"}));
        finalize(of_main, say, "at death,");
        std::exit(0);
      },
      ExitedWithCode(0), "^finalizer,callback,destroyed,at death,main$");
}

}  // namespace
