// A transcript in one string that is only added to. Clean: its last 4,000 characters stay.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <cstdio>
#include <string>

#include "pace.h"

static std::string g_transcript;

static void say(long number) {
  char line[80];
  std::snprintf(line, sizeof line, "%08ld: a line of the conversation, as long as others\n",
                number);
  g_transcript += line;
#ifdef CLEAN
  if (g_transcript.size() > 4000) {
    g_transcript.erase(0, g_transcript.size() - 4000);
  }
#endif
}

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 4; ++i) {
      say(step * 4 + i);
    }
  });
  truth("g_transcript", "std::string", g_transcript.size(), -1);
  return 0;
}
