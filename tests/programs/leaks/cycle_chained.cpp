// A cycle that only another cycle points to is its consequence.
// expect: {"classes": {"definitely": [1, null], "indirectly": [3, null]}, "cycles": [{"members": [["Left", 2]], "edges": ["Left.other"], "weaken": ["Left.other"], "proven": true, "count": 1}], "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include <memory>

#include "leak.h"

struct Right {
#ifdef CLEAN
  std::weak_ptr<Right> other;
#else
  std::shared_ptr<Right> other;
#endif
  long id = 0;
};
struct Left {
#ifdef CLEAN
  std::weak_ptr<Left> other;
#else
  std::shared_ptr<Left> other;
#endif
  std::shared_ptr<Right> right;
};

static APART void build() {
  auto first = std::make_shared<Left>();
  auto second = std::make_shared<Left>();
  first->other = second;
  second->other = first;
  auto right = std::make_shared<Right>();
  first->right = std::make_shared<Right>();
  first->right->other = right;
  right->other = first->right;
}

int main() {
  build();
  forget();
  return 0;
}
