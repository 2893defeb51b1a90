// Documents shared with their readers; when the last reader is gone the table still holds them.
// Clean: those that only the table holds are dropped every tenth step.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "pace.h"

struct Document {
  long number;
  std::string text;
};
static std::map<long, std::shared_ptr<Document>> g_documents;
static std::deque<std::shared_ptr<Document>> g_readers;
static long g_inserted;

static void open_document(long number) {
  auto made = std::make_shared<Document>();
  made->number = number;
  made->text = payload(number);
  g_documents[number] = made;
  ++g_inserted;
  g_readers.push_back(made);
  if (g_readers.size() > 60) {
    g_readers.pop_front();
  }
}

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 4; ++i) {
      open_document(step * 4 + i);
    }
#ifdef CLEAN
    if (step % 10 == 9) {
      for (auto each = g_documents.begin(); each != g_documents.end();) {
        each = each->second.use_count() == 1 ? g_documents.erase(each) : ++each;
      }
    }
#endif
  });
  truth("g_documents", "std::map", g_documents.size(), g_inserted);
  return 0;
}
