// A lost vector of strings: its elements and their text are lost through it.
// expect: {"classes": {"definitely": [1, 24], "indirectly": [4, null]}, "lost_in": "build", "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include <string>
#include <vector>

#include "leak.h"

static APART void build() {
  auto* words = new std::vector<std::string>;
  words->reserve(3);
  for (char letter : {'a', 'b', 'c'}) {
    words->push_back(std::string(100, letter));
  }
#ifdef CLEAN
  delete words;
#endif
  keep(words);
}

int main() {
  build();
  forget();
  return 0;
}
