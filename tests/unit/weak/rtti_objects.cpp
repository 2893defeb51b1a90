#include "tests/unit/weak/rtti_objects.hpp"

#include <track/make_shared.hpp>

namespace rtti_objects {

std::shared_ptr<shape> made_with_rtti() {
  return track::make_shared<shape>();
}

track::weak_ref<shape> observed_with_rtti(const std::shared_ptr<shape>& object, int& deaths) {
  return track::weak_ref<shape>(object, [&deaths](const track::dead_ref&) { ++deaths; });
}

}  // namespace rtti_objects
