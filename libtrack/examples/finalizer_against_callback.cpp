// Who lives how long: a callback belongs to its reference, a finalizer to nobody.
//
// Prints:
//   -- the reference is dropped, then the object dies
//   -- the handle is dropped, then the object dies
//   finalizer of handle dropped
//   -- called by hand, then the object dies
//   finalizer of called
//   -- detached, then the object dies
//   -- alive at the end of the program
//   finalizer of alive at exit
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include <track/finalize.hpp>
#include <track/make_shared.hpp>
#include <track/weak_ref.hpp>

namespace {

using text = std::string;

void say(const text& name) {
  std::cout << "finalizer of " << name << '\n';
}

}  // namespace

int main() {
  std::cout << "-- the reference is dropped, then the object dies\n";
  auto object = track::make_shared<text>();
  {
    const track::weak_ref watching(object,
                                   [](const track::dead_ref&) { std::cout << "never printed\n"; });
  }
  object.reset();

  std::cout << "-- the handle is dropped, then the object dies\n";
  object = track::make_shared<text>();
  track::finalize(object, say, "handle dropped");  // the registry keeps it
  object.reset();

  std::cout << "-- called by hand, then the object dies\n";
  object = track::make_shared<text>();
  auto called = track::finalize(object, say, "called");
  called();
  object.reset();

  std::cout << "-- detached, then the object dies\n";
  object = track::make_shared<text>();
  track::finalize(object, say, "never printed").detach();
  object.reset();

  std::cout << "-- alive at the end of the program\n";
  object = track::make_shared<text>();
  const track::weak_ref watching(object,
                                 [](const track::dead_ref&) { std::cout << "never printed\n"; });
  track::finalize(object, say, "alive at exit");
  track::finalize(object, say, "never printed").set_atexit(false);
  std::exit(0);  // destroys no local variable: the object does not die, its finalizer runs
}
