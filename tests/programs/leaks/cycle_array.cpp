// make_shared of an array: in libstdc++ its control block lies behind the elements.
// expect: {"classes": {"definitely": [1, null], "indirectly": [1, null]}, "cycles": [{"members": [["Cell", 1], ["Sheet", 1]], "edges": ["Sheet.cells", "Cell.sheet"], "weaken": ["Cell.sheet"], "proven": true, "count": 1}], "status": 0}
// clean: {"classes": {}, "status": 0}
// flags: -std=c++20
// variants: libstdc++
// over: nothing_cpp
#include <memory>

#include "leak.h"

struct Sheet;
struct Cell {
#ifdef CLEAN
  std::weak_ptr<Sheet> sheet;
#else
  std::shared_ptr<Sheet> sheet;
#endif
  long value = 0;
};
struct Sheet {
#if defined(_LIBCPP_VERSION) && _LIBCPP_VERSION < 15000
  std::shared_ptr<Cell[]> cells{new Cell[4]};
#else
  std::shared_ptr<Cell[]> cells = std::make_shared<Cell[]>(4);
#endif
};

static APART void build() {
  auto sheet = std::make_shared<Sheet>();
  sheet->cells[2].sheet = sheet;
}

int main() {
  build();
  forget();
  return 0;
}
