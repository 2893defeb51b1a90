// A singleton made by new and never deleted, whose table of fonts only grows. Clean: fonts that
// were not used lately are unloaded.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <string>
#include <unordered_map>

#include "pace.h"

class Fonts {
 public:
  static Fonts& instance() {
    static auto* the_fonts = new Fonts;
    return *the_fonts;
  }
  void load(long number) {
    table_.emplace("font number " + std::to_string(number), payload(number));
    ++inserted_;
  }
  void unload(long number) { table_.erase("font number " + std::to_string(number)); }
  size_t size() const { return table_.size(); }
  long inserted() const { return inserted_; }

 private:
  std::unordered_map<std::string, std::string> table_;
  long inserted_ = 0;
};

int main() {
  pace([](long step, long) {
    for (long number = step * 4; number < step * 4 + 4; ++number) {
      Fonts::instance().load(number);
#ifdef CLEAN
      Fonts::instance().unload(number - 160);
#endif
    }
  });
  const Fonts& fonts = Fonts::instance();
  truth("Fonts::table_", "std::unordered_map", fonts.size(), fonts.inserted());
  return 0;
}
