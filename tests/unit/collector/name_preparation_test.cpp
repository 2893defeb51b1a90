#include "tools/collector/name_preparation.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace track::tools {
namespace {

// What the thread was asked to open. Shared: the thread may outlive the test.
struct notes {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> opened;
  bool may_go_on = true;

  void open(const capture::module_key& module) {
    std::unique_lock hold(mutex);
    opened.push_back(module.path);
    changed.notify_all();
    changed.wait(hold, [this] { return may_go_on; });
  }
  void wait_for(std::size_t count) {
    std::unique_lock hold(mutex);
    changed.wait(hold, [&] { return opened.size() >= count; });
  }
};

TEST(name_preparation, opens_each_module_once_in_the_order_they_came) {
  const auto kept = std::make_shared<notes>();
  name_preparation preparation([kept](const capture::module_key& module) { kept->open(module); });
  for (const char* path : {"/bin/a", "/bin/b", "/bin/a", "/bin/c", "/bin/b"}) {
    preparation.add({path, {}});
  }
  preparation.add({"/bin/a", {1, 2}});
  kept->wait_for(4);
  EXPECT_EQ(kept->opened, (std::vector<std::string>{"/bin/a", "/bin/b", "/bin/c", "/bin/a"}));
}

TEST(name_preparation, is_not_waited_for) {
  const auto kept = std::make_shared<notes>();
  kept->may_go_on = false;
  {
    name_preparation preparation([kept](const capture::module_key& module) { kept->open(module); });
    preparation.add({"/bin/a", {}});
    kept->wait_for(1);
    preparation.add({"/bin/b", {}});
  }
  const std::lock_guard hold(kept->mutex);
  EXPECT_EQ(kept->opened.size(), 1U);
  kept->may_go_on = true;
  kept->changed.notify_all();
}

TEST(name_preparation, without_a_preparer_does_nothing) {
  name_preparation preparation({});
  preparation.add({"/bin/a", {}});
  preparation.add({"/bin/a", {}});
}

}  // namespace
}  // namespace track::tools
