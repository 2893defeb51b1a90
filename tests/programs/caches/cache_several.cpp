// Three caches of one class, filled by the same code; the one for images was made with a bound of
// 0, which means none. Clean: its bound is 100, like the others'.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <map>
#include <string>

#include "pace.h"

class Cache {
 public:
  explicit Cache(size_t bound) : bound_(bound) {}
  void put(long key) {
    entries_.emplace(key, payload(key));
    ++inserted_;
    if (bound_ != 0 && entries_.size() > bound_) {
      entries_.erase(entries_.begin());
    }
  }
  size_t size() const { return entries_.size(); }
  long inserted() const { return inserted_; }

 private:
  size_t bound_;
  long inserted_ = 0;
  std::map<long, std::string> entries_;
};

#ifdef CLEAN
static const size_t image_bound = 100;
#else
static const size_t image_bound = 0;
#endif
static Cache g_users(100);
static Cache g_images(image_bound);
static Cache g_pages(100);

int main() {
  pace([](long step, long) {
    for (long key = step * 3; key < step * 3 + 3; ++key) {
      g_users.put(key);
      g_images.put(key);
      g_pages.put(key);
    }
  });
  truth("g_images.entries_", "std::map", g_images.size(), g_images.inserted());
  return 0;
}
