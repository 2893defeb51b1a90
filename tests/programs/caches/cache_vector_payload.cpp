// Tiles by name, each with a vector of bytes, in a cache that counts its bytes and does nothing
// about them. Clean: tiles go until it is below 24,000 bytes.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <string>
#include <unordered_map>
#include <vector>

#include "pace.h"

struct Tile {
  std::vector<char> bytes;
  long hits = 0;
};
static std::unordered_map<std::string, Tile> g_tiles;
static size_t g_bytes;
static long g_inserted;

static void load(long number) {
  Tile& tile = g_tiles["tile/at/some/place/" + std::to_string(number)];
  tile.bytes.assign(pace_size(number), 't');
  ++tile.hits;
  g_bytes += tile.bytes.size();
  ++g_inserted;
#ifdef CLEAN
  while (g_bytes >= 24000) {
    g_bytes -= g_tiles.begin()->second.bytes.size();
    g_tiles.erase(g_tiles.begin());
  }
#endif
}

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 5; ++i) {
      load(step * 5 + i);
    }
  });
  truth("g_tiles", "std::unordered_map", g_tiles.size(), g_inserted);
  return 0;
}
