// A global pointer to a map that is never deleted, as some do to be spared destructors at exit.
// Clean: the map is replaced by a new one when it has 240 entries.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <map>
#include <string>

#include "pace.h"

using Table = std::map<std::string, long>;
static Table* g_table = new Table;
static long g_inserted;

static void count(const std::string& word) {
#ifdef CLEAN
  if (g_table->size() >= 240) {
    delete g_table;
    g_table = new Table;
  }
#endif
  g_inserted += g_table->emplace(word, 0).second ? 1 : 0;
  ++(*g_table)[word];
}

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 6; ++i) {
      count("a word with a number: " + std::to_string(step * 6 + i));
    }
  });
  truth("g_table", "std::map", g_table->size(), g_inserted);
  return 0;
}
