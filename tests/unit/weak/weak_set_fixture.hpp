// What tests of weak_set begin with.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/weak/container_support.hpp"
#include <track/weak_set.hpp>

namespace track::testing_weak {

using set_type = weak_set<counted>;
using elements_type = objects_type;

// Elements 0 … 5; a = {0, 1, 2, 3}, b = {2, 3, 4, 5}.
class set_operations : public testing::Test {
 protected:
  set_type of(std::vector<std::size_t> which) const {
    set_type set;
    for (const std::size_t i : which) {
      set.insert(elements[i]);
    }
    return set;
  }
  elements_type range_of(std::vector<std::size_t> which) const {
    elements_type range;
    for (const std::size_t i : which) {
      range.push_back(elements[i]);
    }
    return range;
  }

  elements_type elements = make(6);
  set_type a = of({0, 1, 2, 3});
  set_type b = of({2, 3, 4, 5});
};

}  // namespace track::testing_weak
