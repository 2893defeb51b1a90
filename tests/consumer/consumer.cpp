#include <cstdio>

#include <track/make_shared.hpp>
#include <track/weak_ref.hpp>
#include <track/weak_set.hpp>

int main() {
  auto object = track::make_shared<int>(42);
  track::weak_set<int> all;
  all.insert(object);
  const track::weak_ref ref(object, [](const track::dead_ref&) { std::puts("dead"); });
  std::printf("alive %d, %zu in the set\n", *ref.lock(), all.size());
  object.reset();
}
