// A vector of pointers to windows; a window that is closed stays in it. Clean: it is deleted and
// taken out.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <algorithm>
#include <string>
#include <vector>

#include "pace.h"

struct Window {
  std::string title;
  bool open = true;
};
static std::vector<Window*> g_windows;
static long g_inserted;

static Window* open_window(long number) {
  auto* made = new Window;
  made->title = payload(number);
  g_windows.push_back(made);
  ++g_inserted;
  return made;
}

static void close_window(Window* window) {
  window->open = false;
#ifdef CLEAN
  g_windows.erase(std::find(g_windows.begin(), g_windows.end(), window));
  delete window;
#endif
}

int main() {
  Window* shown[100] = {};
  pace([&](long step, long) {
    for (long i = 0; i < 3; ++i) {
      Window*& place = shown[(step * 3 + i) % 100];
      if (place != nullptr) {
        close_window(place);
      }
      place = open_window(step * 3 + i);
    }
  });
  truth("g_windows", "std::vector", g_windows.size(), g_inserted);
  return 0;
}
