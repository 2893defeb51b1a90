// An intrusive list: the links are the connections' base class, and a connection that ends stays in
// it. Clean: it takes itself out and is deleted.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <string>

#include "pace.h"

struct Linked;
static Linked* g_first;
static long g_inserted, g_removed;

struct Linked {
  Linked* next = g_first;
  Linked** back = &g_first;
  Linked() {
    if (next != nullptr) {
      next->back = &next;
    }
    g_first = this;
    ++g_inserted;
  }
  Linked(const Linked&) = delete;
  Linked& operator=(const Linked&) = delete;
  virtual ~Linked() {
    *back = next;
    if (next != nullptr) {
      next->back = back;
    }
    ++g_removed;
  }
};
struct Connection : Linked {
  explicit Connection(long number) : peer(payload(number)) {}
  std::string peer;
};

int main() {
  Connection* current[80] = {};
  pace([&](long step, long) {
    for (long number = step * 4; number < step * 4 + 4; ++number) {
      Connection*& place = current[number % 80];
#ifdef CLEAN
      delete place;
#endif
      place = new Connection(number);
    }
  });
  truth("g_first", "", static_cast<size_t>(g_inserted - g_removed), g_inserted);
  return 0;
}
