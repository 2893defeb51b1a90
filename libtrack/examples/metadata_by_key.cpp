// What we know about objects of somebody else, beside the objects: entries leave with their key.
//
// The map compares keys by identity and keeps none alive. The value must not own its key: such an
// entry keeps itself for ever (`notes` below refers to its document by weak_ref).
//
// Prints:
//   draft.txt: 2 comments, due friday
//   entries: 2
//   the notes of draft.txt go with it
//   entries: 1
#include <iostream>
#include <memory>
#include <string>

#include <track/make_shared.hpp>
#include <track/weak_key_map.hpp>
#include <track/weak_ref.hpp>

namespace {

// Not ours to change.
struct document {
  std::string name;
};

struct notes {
  track::weak_ref<document> about;
  int comments = 0;
  std::string due;
};

}  // namespace

int main() {
  track::weak_key_map<document, notes> known;
  auto draft = track::make_shared<document>(document{"draft.txt"});
  const auto paper = track::make_shared<document>(document{"paper.txt"});
  known.insert_or_assign(draft, notes{draft, 2, "friday"});
  known.insert_or_assign(paper, notes{paper, 0, "monday"});

  if (const auto found = known.get(draft)) {
    std::cout << found->about.lock()->name << ": " << found->comments << " comments, due "
              << found->due << '\n';
  }
  std::cout << "entries: " << known.size() << '\n';

  draft.reset();
  std::cout << "the notes of draft.txt go with it\nentries: " << known.size() << '\n';
}
