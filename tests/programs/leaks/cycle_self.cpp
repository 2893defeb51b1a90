// An object owns itself.
// expect: {"classes": {"definitely": [1, null]}, "cycles": [{"members": [["Node", 1]], "edges": ["Node.self"], "weaken": ["Node.self"], "proven": true, "count": 1}], "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include <memory>

#include "leak.h"

struct Node {
#ifdef CLEAN
  std::weak_ptr<Node> self;
#else
  std::shared_ptr<Node> self;
#endif
  long id = 0;
};

static APART void build() {
  auto node = std::make_shared<Node>();
  node->self = node;
}

int main() {
  build();
  forget();
  return 0;
}
