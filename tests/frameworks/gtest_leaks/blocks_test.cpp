#include <locale>
#include <regex>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "tests/frameworks/lose.hpp"

using namespace frameworks;

TEST(Blocks, leaks_a_block_of_new) {
  lose_by_new();
}
TEST(Blocks, leaks_a_block_of_malloc) {
  lose_by_malloc();
}
TEST(Blocks, leaks_an_array) {
  lose_array();
}
TEST(Blocks, leaks_what_realloc_moved) {
  lose_by_realloc();
}
TEST(Blocks, leaks_a_container) {
  lose_container();
}
TEST(Blocks, leaks_when_an_exception_passes) {
  EXPECT_THROW(lose_by_exception(), std::runtime_error);
}
TEST(Blocks, leaks_in_a_thread) {
  std::thread([] { lose_by_malloc(); }).join();
}

TEST(Blocks, frees_what_realloc_moved) {
  void* block = std::malloc(10);
  use(block);
  block = std::realloc(block, 1000);
  use(block);
  std::free(block);
}
TEST(Blocks, frees_in_another_thread) {
  auto* block = new std::string(100, 'x');
  std::thread([block] { delete block; }).join();
}
TEST(Blocks, keeps_a_block_that_can_be_reached) {
  static std::vector<std::unique_ptr<int>> kept;
  kept.push_back(std::make_unique<int>(7));
}
TEST(Blocks, catches_an_exception) {
  EXPECT_THROW(throw std::runtime_error(std::string(100, 'x')), std::runtime_error);
}
TEST(Blocks, uses_streams_locales_and_regular_expressions) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << 3.5 << ' ' << std::hex << 255;
  EXPECT_TRUE(std::regex_match(text.str(), std::regex("3.5 (f+|e*)")));
}
TEST(Blocks, writes_a_file) {
  std::FILE* const file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  EXPECT_GT(std::fprintf(file, "%s\n", "text"), 0);
  std::fclose(file);
}
thread_local std::unique_ptr<std::string> own;
TEST(Blocks, thread_has_data_of_its_own) {
  std::thread([] { own = std::make_unique<std::string>(100, 'x'); }).join();
  own = std::make_unique<std::string>(100, 'y');
}
TEST(Blocks, is_skipped_and_frees) {
  const auto block = std::make_unique<int>(7);
  GTEST_SKIP() << *block;
}

TEST(Cycles, leaks_a_cycle_of_two) {
  lose_cycle();
}
TEST(Cycles, leaks_parent_and_children) {
  lose_family();
}
TEST(Cycles, leaks_a_closure_that_owns_itself) {
  lose_closure();
}

TEST(Cycles, tree_with_a_weak_back_edge) {
  const auto parent = std::make_shared<node>();
  parent->children.push_back(std::make_shared<node>());
  parent->children.back()->back = parent;
}
TEST(Cycles, cycle_that_is_broken) {
  const auto one = std::make_shared<node>();
  one->other = std::make_shared<node>();
  one->other->other = one;
  one->other->other.reset();
}
TEST(Cycles, cycle_that_is_still_held) {
  static std::vector<std::shared_ptr<node>> held;
  held.push_back(std::make_shared<node>());
  held.back()->other = held.back();
}
