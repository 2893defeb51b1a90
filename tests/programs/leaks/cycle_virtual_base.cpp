// Owners by a virtual base: their first word does not point to the start of the object.
// expect: {"classes": {"definitely": [1, null], "indirectly": [1, null]}, "cycles": [{"members": [["Leaf", 1], ["Stem", 1]], "edges": ["Stem.leaf", "Leaf.stem"], "weaken": ["Leaf.stem"], "proven": true, "count": 1}], "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include <memory>

#include "leak.h"

struct Part {
  virtual ~Part() = default;
  long weight = 1;
};
struct Leaf : virtual Part {
#ifdef CLEAN
  std::weak_ptr<Part> stem;
#else
  std::shared_ptr<Part> stem;
#endif
};
struct Stem : virtual Part {
  std::shared_ptr<Part> leaf;
};

static APART void build() {
  auto stem = std::make_shared<Stem>();
  auto leaf = std::make_shared<Leaf>();
  leaf->stem = stem;
  stem->leaf = leaf;
}

int main() {
  build();
  forget();
  return 0;
}
