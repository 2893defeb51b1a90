#include <gtest/gtest.h>

#include "tests/frameworks/lose.hpp"

using namespace frameworks;

class Members : public testing::Test {
 protected:
  ~Members() override {
    if (!forgets_) {
      delete block_;
    }
  }
  void SetUp() override { tickets_.push_back(std::make_unique<ticket>()); }
  void TearDown() override { tickets_.clear(); }

  [[gnu::noinline]] void make_member() { block_ = new std::string(100, 'x'); }

  bool forgets_ = false;
  std::string* block_ = nullptr;
  std::vector<std::unique_ptr<ticket>> tickets_;
};
TEST_F(Members, leaks_what_the_fixture_forgets) {
  make_member();
  forgets_ = true;
}
TEST_F(Members, destructor_frees) {
  make_member();
}
TEST_F(Members, tear_down_frees) {
  tickets_.push_back(std::make_unique<ticket>());
}

class LeakingSetUp : public testing::Test {
 protected:
  static void SetUpTestSuite() { lose_by_new(); }
};
TEST_F(LeakingSetUp, is_innocent) {}

// What a suite shares is made before its tests and freed after them.
class Shared : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ticket_ = std::make_unique<ticket>();
    text_ = new std::string(100, 'x');
  }
  static void TearDownTestSuite() {
    ticket_.reset();
    delete text_;
    text_ = nullptr;
  }
  static inline std::unique_ptr<ticket> ticket_;
  static inline std::string* text_ = nullptr;
};
TEST_F(Shared, first_uses_it) {
  EXPECT_GE(text_->size(), 100u);
}
TEST_F(Shared, second_changes_it) {
  *text_ += std::string(1000, 'y');
}
TEST_F(Shared, third_replaces_it) {
  delete text_;
  text_ = new std::string(100, 'z');
}

class Numbered : public testing::TestWithParam<int> {};
TEST_P(Numbered, is_taken) {
  if (GetParam() == 3) {
    lose_by_malloc();
  }
}
INSTANTIATE_TEST_SUITE_P(From1To4, Numbered, testing::Range(1, 5), [](const auto& of) {
  return of.param == 3 ? std::string("leaks") : "frees" + std::to_string(of.param);
});

template <class T>
class Typed : public testing::Test {
 protected:
  std::vector<T> values_ = std::vector<T>(100);
};
using value_types = testing::Types<int, std::string, std::shared_ptr<node>>;
TYPED_TEST_SUITE(Typed, value_types);
TYPED_TEST(Typed, frees_its_values) {
  EXPECT_EQ(this->values_.size(), 100u);
}

class Surroundings : public testing::Environment {
 public:
  void SetUp() override { ticket_ = std::make_unique<ticket>(); }
  void TearDown() override { ticket_.reset(); }

 private:
  std::unique_ptr<ticket> ticket_;
};
testing::Environment* const surroundings = testing::AddGlobalTestEnvironment(new Surroundings);
