// An object keeps a callback that captured the object.
// expect: {"classes": {"definitely": [1, null], "indirectly": [1, null]}, "cycles": [{"members": [["Button", 1], ["build()::{lambda()}", 1]], "edges": ["Button.on_click", "build()::{lambda()}.button"], "weaken": ["build()::{lambda()}.button"], "proven": true, "count": 1}], "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
// libcxx: {"definitely": [1, null]}
#include <functional>
#include <memory>

#include "leak.h"

struct Button {
  std::function<void()> on_click;
  long clicks = 0;
};

static APART void build() {
  auto button = std::make_shared<Button>();
#ifdef CLEAN
  std::weak_ptr<Button> captured = button;
  button->on_click = [captured] { ++captured.lock()->clicks; };
#else
  button->on_click = [button] { ++button->clicks; };
#endif
}

int main() {
  build();
  forget();
  return 0;
}
