// A temporary folder that goes with its object, or when it is told to, or when the program ends
// by exit(): a finalizer is all three, and runs once.
//
// Prints:
//   removed by hand: true, and only once: true
//   removed with its object: true
//   left to the exit, it is there: true
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>

#include <stdlib.h>

#include <track/finalize.hpp>
#include <track/hook.hpp>

namespace {

namespace fs = std::filesystem;

// The finalizer has the path, not the object: with the object it could never run.
void remove_tree(const fs::path& path) {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

class temp_dir {
 public:
  // Not in the initialisers: there the hook, the last member, does not exist yet.
  temp_dir() : path_(make()) { remove_ = track::finalize(*this, remove_tree, path_); }
  temp_dir(const temp_dir&) = delete;
  temp_dir& operator=(const temp_dir&) = delete;

  const fs::path& path() const { return path_; }
  bool remove() { return remove_(); }  // false: somebody did already
  bool removed() const { return !remove_.alive(); }

 private:
  static fs::path make() {
    std::string name = fs::temp_directory_path() / "example-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error("no temporary folder in " + name);
    }
    return name;
  }

  fs::path path_;
  track::finalizer remove_;

 public:
  track::hook hook_;  // the last member: the folder goes first when the object does
};

}  // namespace

int main() {
  std::cout << std::boolalpha;
  temp_dir by_hand;
  by_hand.remove();
  std::cout << "removed by hand: " << (by_hand.removed() && !fs::exists(by_hand.path()))
            << ", and only once: " << !by_hand.remove() << '\n';

  fs::path path;
  {
    const temp_dir scoped;
    path = scoped.path();
  }
  std::cout << "removed with its object: " << !fs::exists(path) << '\n';

  const temp_dir left;
  std::cout << "left to the exit, it is there: " << fs::exists(left.path()) << '\n';
  std::exit(0);  // destroys no local variable; the finalizer removes the folder all the same
}
