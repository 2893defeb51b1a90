// An exception that nobody catches: std::terminate, abort.
// expect: {"status": -6, "exit": {"kind": "signaled", "signal": 6}, "states": ["incomplete"], "survivors": [{"function": "hold", "blocks": 3, "bytes": 300}]}
#include <stdexcept>

#include "held.h"

int main() {
  hold();
  throw std::runtime_error("nobody catches this");
}
