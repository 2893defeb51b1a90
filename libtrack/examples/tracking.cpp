// What is alive, by type, tag and label: memory of track's allocator, instances of a counted class,
// objects that are watched. Records keep nothing alive, and go with what they stand for.
//
//   ./tracking                                  the sums below; report(), with stacks, on stderr
//   track run -o it.track -- ./tracking         the same records, in the capture
//
// Prints:
//   orders alive: 2
//   tag none: 1 record
//   tag import: 3 records
//   label evening: 1 record
//   the record says who: true
//   switched off, nothing new is recorded: true
//   left at the end: 0
#include <algorithm>
#include <iostream>
#include <vector>

#include <track/allocator.hpp>
#include <track/counted.hpp>
#include <track/make_shared.hpp>
#include <track/registry.hpp>
#include <track/scope.hpp>

namespace {

// Each instance is a record. Without recorded::each it is only counted, which costs next to
// nothing.
struct order : track::counted<order, track::recorded::each> {
  int number = 0;
};

void print(const char* what, track::group_by by) {
  auto groups = track::survivors_by(by);
  std::ranges::sort(groups, {}, &track::survivor_group::key);
  for (const auto& each : groups) {
    if (!each.key.empty() || by == track::group_by::tag) {
      std::cout << what << ' ' << (each.key.empty() ? "none" : each.key) << ": " << each.count
                << (each.count == 1 ? " record\n" : " records\n");
    }
  }
}

}  // namespace

int main() {
  track::set_stack_sampling(1);  // a stack for every record, about 8 us each; 64 at first
  std::cout << std::boolalpha;
  {
    std::vector<int, track::allocator<int>> lines;  // one record: its block
    const auto watched = track::make_shared<double>(9.5);
    const auto started = track::mark();  // what is recorded from here on
    track::watch(watched, "evening");
    const auto import = [&] {
      const track::scope tag{"import"};  // of what this thread records while it lasts
      lines.reserve(8);
      return std::vector<order>(2);
    };
    const auto orders = import();
    std::cout << "orders alive: " << order::live() << '\n';
    print("tag", track::group_by::tag);
    print("label", track::group_by::label);
    const auto all = track::survivors({.since = started, .label = "evening"});
    std::cout << "the record says who: " << (all.size() == 1 && all[0].address == watched.get())
              << '\n';
    track::report(std::cerr);

    track::set_tracking(false);
    const auto before = track::survivors().size();
    const auto unseen = std::vector<order>(10);
    std::cout << "switched off, nothing new is recorded: " << (track::survivors().size() == before)
              << '\n';
    track::set_tracking(true);
  }
  std::cout << "left at the end: " << track::survivors().size() << '\n';
}
