// What ./tools/demo tracks: a little server that forgets its sessions, frees one buffer the wrong
// way, and keeps a cache that it gives back.
// over: nothing_cpp
// expect: {"survivors": [{"function": "open_session", "blocks": 40, "bytes": 2560}], "mismatches": [{"title": "delete"}]}
#include <cstring>
#include <map>
#include <memory>
#include <string>

#include "keep.h"

namespace {

struct session {
  int id;
  char user[60];
};

session* open_session(int id) {
  auto* opened = static_cast<session*>(keep(new session{id, {}}));
  std::strcpy(opened->user, "somebody");
  return opened;
}

void handle(int id, std::map<int, std::string>& answers) {
  const session* opened = open_session(id);
  answers[id % 10] = std::string(100, static_cast<char>('a' + opened->id % 26));
  if (id % 5 != 0) {
    delete opened;
  }
}

// `new[]` given back by `delete`: works on this machine, undefined by the language.
void write_log() {
  char* line = static_cast<char*>(keep(new char[200]));
  line[0] = '\0';
  ::operator delete(line);
}

}  // namespace

int main() {
  std::map<int, std::string> answers;
  for (int id = 0; id < 200; ++id) {
    handle(id, answers);
  }
  write_log();
  return 0;
}
