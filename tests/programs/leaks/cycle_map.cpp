// A parent owns its children in a map, they own the parent.
// expect: {"classes": {"definitely": [1, null], "indirectly": [6, null]}, "cycles": [{"members": [["Child", 3], ["Parent", 1]], "edges": ["Parent.children", "Child.parent"], "weaken": ["Child.parent"], "proven": true, "count": 1}], "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include <map>
#include <memory>

#include "leak.h"

struct Parent;
struct Child {
#ifdef CLEAN
  std::weak_ptr<Parent> parent;
#else
  std::shared_ptr<Parent> parent;
#endif
  long id = 0;
};
struct Parent {
  std::map<int, std::shared_ptr<Child>> children;
};

static APART void build() {
  auto parent = std::make_shared<Parent>();
  for (int i = 0; i < 3; ++i) {
    auto child = std::make_shared<Child>();
    child->parent = parent;
    parent->children[i] = child;
  }
}

int main() {
  build();
  forget();
  return 0;
}
