// Numbers that stand for objects: what a C interface, a message or a script may hold instead of a
// pointer. A number whose object is gone finds nothing, instead of something else.
//
// Prints:
//   the number finds 42
//   afterwards it finds nothing
#include <cstdint>
#include <iostream>
#include <memory>

#include <track/make_shared.hpp>
#include <track/weak_value_map.hpp>

namespace {

struct job {
  int answer = 0;
};

track::weak_value_map<std::uintptr_t, job> jobs;

std::uintptr_t remember(const std::shared_ptr<job>& one) {
  const auto id = reinterpret_cast<std::uintptr_t>(one.get());
  jobs.insert_or_assign(id, one);
  return id;
}

// As a C library calls back: all it has is the number it was given.
extern "C" void on_ready(void* user_data) {
  if (const auto one = jobs.get(reinterpret_cast<std::uintptr_t>(user_data))) {
    std::cout << "the number finds " << one->answer << '\n';
  } else {
    std::cout << "afterwards it finds nothing\n";
  }
}

}  // namespace

int main() {
  auto one = track::make_shared<job>(job{42});
  void* const user_data = reinterpret_cast<void*>(remember(one));
  on_ready(user_data);
  one.reset();
  on_ready(user_data);
}
