// Lines of a log, kept until they are flushed, and the flush waits for a size that is never asked.
// Clean: it writes them out every 170 lines.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <cstdio>
#include <string>
#include <vector>

#include "pace.h"

struct Log {
  std::vector<std::string> lines;
  std::FILE* file = std::fopen("/dev/null", "w");
  long inserted = 0;

  void write(long number) {
    lines.push_back(std::to_string(number) + ": " + payload(number));
    ++inserted;
#ifdef CLEAN
    if (lines.size() >= 170) {
      flush();
    }
#endif
  }
  void flush() {
    for (const std::string& line : lines) {
      std::fputs(line.c_str(), file);
    }
    lines.clear();
  }
};
static Log g_log;

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 7; ++i) {
      g_log.write(step * 7 + i);
    }
  });
  truth("g_log.lines", "std::vector", g_log.lines.size(), g_log.inserted);
  std::fclose(g_log.file);
  return 0;
}
