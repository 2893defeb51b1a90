// Two objects own each other through callbacks that captured the other.
// expect: {"classes": {"definitely": [1, null], "indirectly": [3, null]}, "cycles": [{"members": [["Reader", 1], ["Writer", 1], ["build()::{lambda()#1}", 1], ["build()::{lambda()#2}", 1]], "edges": ["Reader.on_data", "Writer.on_done", "build()::{lambda()#1}.writer", "build()::{lambda()#2}.reader"], "weaken": ["build()::{lambda()#2}.reader"], "proven": true, "count": 1}], "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
// libcxx: {"definitely": [1, null], "indirectly": [1, null]}
#include <functional>
#include <memory>

#include "leak.h"

struct Reader {
  std::function<long()> on_data;
  long id = 1;
};
struct Writer {
  std::function<long()> on_done;
  long id = 2;
};

static APART void build() {
  auto reader = std::make_shared<Reader>();
  auto writer = std::make_shared<Writer>();
  const long extra = 7;
  reader->on_data = [writer, extra] { return writer->id + extra; };
#ifdef CLEAN
  std::weak_ptr<Reader> captured = reader;
  writer->on_done = [captured, extra] { return captured.lock()->id + extra; };
#else
  writer->on_done = [reader, extra] { return reader->id + extra; };
#endif
}

int main() {
  build();
  forget();
  return 0;
}
