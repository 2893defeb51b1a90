// A class that knows its instances by a static member, and the destructor that should take them out
// does not. Clean: it does.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <string>
#include <unordered_map>

#include "pace.h"

namespace app {

class registry {
 public:
  explicit registry(long id) : id_(id) {
    instances_.emplace(id, payload(id));
    ++made_;
  }
  ~registry() {
#ifdef CLEAN
    instances_.erase(id_);
#endif
  }
  long id() const {
    return id_;
  }
  static size_t count() {
    return instances_.size();
  }
  static long made() {
    return made_;
  }

 private:
  long id_;
  static std::unordered_map<long, std::string> instances_;
  static long made_;
};
std::unordered_map<long, std::string> registry::instances_;
long registry::made_;

}  // namespace app

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 5; ++i) {
      app::registry each(step * 5 + i);
      keep(&each);
    }
  });
  truth("app::registry::instances_", "std::unordered_map", app::registry::count(),
        app::registry::made());
  return 0;
}
