// What a cache does, counted: a probed map that evicts by age, and a probe in a cache of one's own.
// Under `track run` the same counts are in the capture: `track caches --all`.
//
// Prints:
//   thumbnails: 2 hits, 4 misses, hit ratio 0.33
//   thumbnails: 3 entries, 2 of them never asked for again
//   never hit: map.png, photo.png
//   evicted 2, 1 left
//   the youngest that was evicted was under 1 ms old: false
//   lookups: hits 2, misses 3, evictions 2
#include <chrono>
#include <cstddef>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <track/cache_probe.hpp>
#include <track/probed_map.hpp>

using namespace std::chrono_literals;

namespace {

using thumbnail = std::vector<unsigned char>;

// A cache of its own kind: the last few answers, and a probe that is told what happens.
class lookups {
 public:
  explicit lookups(std::size_t most) : most_(most) {}

  std::size_t length_of(std::string_view word) {
    for (const auto& [known, length] : last_) {
      if (known == word) {
        probe_.hit();
        return length;
      }
    }
    probe_.miss();
    if (last_.size() == most_) {
      last_.erase(last_.begin());
      probe_.evict();
    }
    last_.emplace_back(word, word.size());
    probe_.insert();
    return word.size();
  }
  track::cache_stats stats() const { return probe_.stats(); }

 private:
  std::size_t most_;
  std::vector<std::pair<std::string, std::size_t>> last_;
  track::cache_probe probe_{"lookups", this};
};

}  // namespace

int main() {
  track::probed_map<std::map<std::string, thumbnail>> thumbnails("thumbnails");
  const auto show = [&](const std::string& name) {
    thumbnails.get_or_create(name, [] { return thumbnail(4096); });
  };
  for (const char* name : {"logo.png", "photo.png", "map.png", "logo.png", "logo.png"}) {
    show(name);
  }
  thumbnails.find("gone.png");
  const track::cache_stats told = thumbnails.stats();
  std::cout << told.name << ": " << told.hits << " hits, " << told.misses << " misses, hit ratio 0."
            << static_cast<int>(told.hit_ratio().value_or(0) * 100) << '\n'
            << told.name << ": " << told.size << " entries, " << thumbnails.never_hit()
            << " of them never asked for again\nnever hit: ";
  const char* separator = "";
  thumbnails.for_each_never_hit([&](const std::string& name, const thumbnail&, auto) {
    std::cout << separator << name;
    separator = ", ";
  });

  std::this_thread::sleep_for(2ms);
  const std::size_t evicted =
      thumbnails.evict_if([](const std::string& name, const thumbnail&, auto age) {
        return age > 1ms && name != "logo.png";
      });
  std::cout << "\nevicted " << evicted << ", " << thumbnails.size()
            << " left\nthe youngest that was evicted was under 1 ms old: " << std::boolalpha
            << (thumbnails.stats().ages.min_bucket() == 0U) << '\n';

  lookups words(1);
  for (const char* word : {"leak", "leak", "leak", "cache", "probe"}) {
    words.length_of(word);
  }
  const track::cache_stats found = words.stats();
  std::cout << found.name << ": hits " << found.hits << ", misses " << found.misses
            << ", evictions " << found.evictions << '\n';
}
