// Owners with a deleter of their own.
// expect: {"classes": {"definitely": [1, null], "indirectly": [3, null]}, "cycles": [{"members": [["File", 1], ["Log", 1]], "edges": ["File.log", "Log.file"], "weaken": ["Log.file"], "proven": true, "count": 1}], "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include <memory>

#include "leak.h"

struct File;
struct Log {
#ifdef CLEAN
  std::weak_ptr<File> file;
#else
  std::shared_ptr<File> file;
#endif
  virtual ~Log() = default;
};
struct File {
  std::shared_ptr<Log> log;
  virtual ~File() = default;
};

static APART void build() {
  std::shared_ptr<File> file(new File, [](File* old) { delete old; });
  file->log = std::shared_ptr<Log>(new Log, [](Log* old) { delete old; });
  file->log->file = file;
}

int main() {
  build();
  forget();
  return 0;
}
