// Sixteen test cases, eight of which leak; those have "leaks" in their names, and in brackets who
// makes what leaks.
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "tests/frameworks/lose.hpp"
#include <track/catch2.hpp>

using namespace frameworks;

TEST_CASE("leaks a block [lose_by_new]") {
  lose_by_new();
  CHECK(true);
}
TEST_CASE("leaks a cycle [lose_cycle]") {
  lose_cycle();
  CHECK(true);
}
TEST_CASE("leaks in a thread [lose_container]") {
  std::thread([] { lose_container(); }).join();
  CHECK(true);
}
TEST_CASE("leaks an object [keep_session]") {
  keep_session();
  CHECK(true);
}
TEST_CASE("leaks an object in one section [keep_ticket]") {
  SECTION("clean") {
    CHECK(true);
  }
  SECTION("bad") {
    keep_ticket();
    CHECK(true);
  }
  SECTION("clean again") {
    CHECK(true);
  }
}
TEST_CASE("leaks inside a scope [lose_array]") {
  CHECK_NO_LEAKS {
    lose_array();
  }
}
TEST_CASE("leaks when an exception passes [lose_by_exception]") {
  CHECK_THROWS_AS(lose_by_exception(), std::runtime_error);
}
struct members {
  ~members() { use(block); }
  std::string* block = new std::string(100, 'x');
};
TEST_CASE_METHOD(members, "leaks what the fixture forgets [members]") {
  CHECK(block->size() == 100);
}

TEST_CASE("frees a block") {
  const auto block = std::make_unique<int>(7);
  CHECK(*block == 7);
}
TEST_CASE("breaks a cycle") {
  const auto one = std::make_shared<node>();
  one->other = one;
  one->other.reset();
  CHECK(one.use_count() == 1);
}
TEST_CASE("watches an object that dies") {
  const auto one = track::make_shared<session>();
  CHECK(track::watch(one).recorded());
}
TEST_CASE("nests sections") {
  auto numbers = std::make_unique<tracked_numbers>(10, 1);
  SECTION("outer") {
    numbers->push_back(2);
    SECTION("inner") {
      numbers->push_back(3);
    }
    SECTION("other inner") {
      numbers->clear();
    }
  }
  CHECK(numbers->size() != 10u);
}
TEST_CASE("frees inside a scope") {
  CHECK_NO_LEAKS {
    const ticket one;
    CHECK(one.number == 0);
  }
}
TEST_CASE("throws and catches") {
  CHECK_THROWS(throw std::runtime_error(std::string(100, 'x')));
}
TEST_CASE("joins a thread that frees") {
  auto* const text = new std::string(100, 'x');
  std::thread([text] { delete text; }).join();
  CHECK(true);
}
TEST_CASE("a child of fork dies with what it has") {
  const pid_t child = fork();
  if (child == 0) {
    lose_by_new();
    _exit(0);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}
