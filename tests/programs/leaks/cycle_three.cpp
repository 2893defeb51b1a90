// Three objects of three types in a ring.
// expect: {"classes": {"definitely": [1, null], "indirectly": [2, null]}, "cycles": [{"members": [["Engine", 1], ["Plan", 1], ["Wheel", 1]], "edges": ["Plan.engine", "Engine.wheel", "Wheel.plan"], "weaken": ["Wheel.plan"], "proven": true, "count": 1}], "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include <memory>

#include "leak.h"

struct Plan;
struct Wheel {
#ifdef CLEAN
  std::weak_ptr<Plan> plan;
#else
  std::shared_ptr<Plan> plan;
#endif
};
struct Engine {
  std::shared_ptr<Wheel> wheel;
};
struct Plan {
  std::shared_ptr<Engine> engine;
};

static APART void build() {
  auto plan = std::make_shared<Plan>();
  plan->engine = std::make_shared<Engine>();
  plan->engine->wheel = std::make_shared<Wheel>();
  plan->engine->wheel->plan = plan;
}

int main() {
  build();
  forget();
  return 0;
}
