// The side with RTTI of without_rtti_test.cpp. One program may have both.
#pragma once

#include <memory>

#include <track/weak_ref.hpp>

namespace rtti_objects {

struct shape {
  virtual ~shape() = default;
  int area = 1;
};

// Made and observed in the file that is compiled with RTTI.
std::shared_ptr<shape> made_with_rtti();
track::weak_ref<shape> observed_with_rtti(const std::shared_ptr<shape>& object, int& deaths);

}  // namespace rtti_objects
