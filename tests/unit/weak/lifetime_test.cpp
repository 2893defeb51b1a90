// Long chains of destructors, and libraries that go: row R35 and dlclose.
#include <dlfcn.h>
#include <pthread.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <track/finalize.hpp>
#include <track/make_shared.hpp>
#include <track/weak_ref.hpp>

namespace {

using track::dead_ref;
using track::weak_ref;

struct link {
  std::shared_ptr<link> next;
};

// Runs f on a thread with this stack; destructors of a chain nest.
template <class F>
void with_stack(std::size_t bytes, F f) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, bytes), 0);
  pthread_t thread;
  ASSERT_EQ(pthread_create(
                &thread, &attributes,
                [](void* work) -> void* {
                  (*static_cast<F*>(work))();
                  return nullptr;
                },
                &f),
            0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

TEST(WeakRef, R35_a_chain_of_100_with_refs_and_callbacks) {
  int deaths = 0;
  std::vector<weak_ref<link>> refs;
  std::shared_ptr<link> head;
  for (int i = 0; i < 100; ++i) {
    head = track::adopt(std::unique_ptr<link>(new link{std::move(head)}));
    refs.emplace_back(head, [&](const dead_ref&) { ++deaths; });
  }
  head.reset();
  EXPECT_EQ(deaths, 100);
}

// ThreadSanitizer keeps a stack of its own for at most 65,536 nested calls.
#if defined(__SANITIZE_THREAD__)
constexpr std::size_t long_chain = 5'000;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr std::size_t long_chain = 5'000;
#else
constexpr std::size_t long_chain = 100'000;
#endif
#else
constexpr std::size_t long_chain = 100'000;
#endif

TEST(WeakRef, R35_a_chain_of_100000_on_a_stack_that_holds_it) {
  constexpr std::size_t length = long_chain;
  constexpr std::size_t bytes_a_level = 2048;  // a few hundred when optimized; see the README
  std::size_t deaths = 0;
  std::vector<weak_ref<link>> refs;
  refs.reserve(length);
  std::shared_ptr<link> head;
  for (std::size_t i = 0; i < length; ++i) {
    head = track::adopt(std::unique_ptr<link>(new link{std::move(head)}));
    refs.emplace_back(head, [&](const dead_ref&) { ++deaths; });
  }
  with_stack(length * bytes_a_level, [&] { head.reset(); });
  EXPECT_EQ(deaths, length);
  for (const auto& ref : refs) {
    EXPECT_TRUE(ref.expired());
  }
}

TEST(WeakRef, R35_a_chain_taken_apart_from_its_head_needs_no_stack) {
  std::size_t deaths = 0;
  std::vector<weak_ref<link>> refs;
  std::shared_ptr<link> head;
  for (std::size_t i = 0; i < 100'000; ++i) {
    head = track::adopt(std::unique_ptr<link>(new link{std::move(head)}));
    refs.emplace_back(head, [&](const dead_ref&) { ++deaths; });
  }
  while (head != nullptr) {
    head = std::move(head->next);
  }
  EXPECT_EQ(deaths, refs.size());
}

using registration = void (*)(const std::shared_ptr<int>&, int*);

class plugin {
 public:
  plugin() : handle_(dlopen(LIBTRACK_TEST_PLUGIN, RTLD_NOW | RTLD_LOCAL)) {}
  registration find(const char* name) {
    return handle_ == nullptr ? nullptr : reinterpret_cast<registration>(dlsym(handle_, name));
  }
  void close() { dlclose(handle_); }
  static bool is_there() {
    void* const still = dlopen(LIBTRACK_TEST_PLUGIN, RTLD_NOW | RTLD_NOLOAD);
    return still != nullptr && dlclose(still) == 0;
  }

 private:
  void* handle_;
};

TEST(WeakRef, R09_a_library_that_is_closed_takes_its_callbacks_along) {
  plugin library;
  const registration watch = library.find("plugin_watch");
  ASSERT_NE(watch, nullptr) << dlerror();
  auto object = track::make_shared<int>(1);
  int calls = 0;
  watch(object, &calls);
  EXPECT_EQ(track::weak_ref_count(object), 1U);
  library.close();
  ASSERT_FALSE(plugin::is_there());
  EXPECT_EQ(track::weak_ref_count(object), 0U);
  object.reset();
  EXPECT_EQ(calls, 0);
}

TEST(Finalize, F02_what_a_closed_library_left_behind_is_not_called) {
  plugin library;
  const registration leave_behind = library.find("plugin_leave_behind");
  ASSERT_NE(leave_behind, nullptr) << dlerror();
  auto object = track::make_shared<int>(1);
  int calls = 0;
  int own = 0;
  track::finalize(object, [&] { ++own; });
  leave_behind(object, &calls);
  library.close();
  ASSERT_FALSE(plugin::is_there());
  object.reset();
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(own, 1);
}

}  // namespace
