// An owner that points to a member: the pair is {member, control block of the whole}.
// expect: {"classes": {"definitely": [1, null], "indirectly": [1, null]}, "cycles": [{"members": [["Engine", 1], ["Gauge", 1]], "edges": ["Engine.gauge", "Gauge.pressure"], "weaken": ["Gauge.pressure"], "proven": true, "count": 1}], "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include <memory>

#include "leak.h"

struct Gauge {
#ifdef CLEAN
  std::weak_ptr<long> pressure;
#else
  std::shared_ptr<long> pressure;
#endif
};
struct Engine {
  long pressure = 3;
  std::shared_ptr<Gauge> gauge;
};

static APART void build() {
  auto engine = std::make_shared<Engine>();
  engine->gauge = std::make_shared<Gauge>();
  engine->gauge->pressure = std::shared_ptr<long>(engine, &engine->pressure);
}

int main() {
  build();
  forget();
  return 0;
}
