// A cache that fills fast with the 800 pages of a site. Then two pages a step are new, since their
// addresses have the number of the visit in them. Clean: the site has no other pages, and it stays
// at 800.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <string>
#include <unordered_map>

#include "pace.h"

static std::unordered_map<std::string, std::string> g_pages;
static long g_inserted;

static void open_page(const std::string& address) {
  auto found = g_pages.find(address);
  if (found == g_pages.end()) {
    g_pages.emplace(address, payload(g_inserted));
    ++g_inserted;
  }
}

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 20; ++i) {
      open_page("https://example.org/" + std::to_string((step * 20 + i) % 800));
    }
#ifndef CLEAN
    open_page("https://example.org/7?visit=" + std::to_string(step));
    open_page("https://example.org/8?visit=" + std::to_string(step));
#endif
  });
  truth("g_pages", "std::unordered_map", g_pages.size(), g_inserted);
  return 0;
}
