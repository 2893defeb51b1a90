// Images by name: first in a map that forgets what nobody shows, then in a cache that keeps the
// images used last alive, up to a limit, and so cannot grow for ever.
//
// Prints:
//   load logo.png
//   shown twice, loaded once
//   load logo.png
//   -- with a cache of 2 KiB
//   load logo.png
//   load photo.png
//   load map.png
//   kept alive: 2 images, 2048 bytes
//   logo.png is still shown: true
//   photo.png waits unused: true
//   load logo.png
//   hits 0, misses 4, evictions 2
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <track/make_shared.hpp>
#include <track/weak_cache.hpp>
#include <track/weak_value_map.hpp>

namespace {

struct image {
  std::vector<unsigned char> pixels;
};

std::shared_ptr<image> load(const std::string& name) {
  std::cout << "load " << name << '\n';
  return track::make_shared<image>(image{std::vector<unsigned char>(1024)});
}

std::size_t bytes_of(const image& loaded) {
  return loaded.pixels.size();
}

}  // namespace

int main() {
  track::weak_value_map<std::string, image> shown;
  const auto show = [&](const std::string& name) {
    return shown.get_or_create(name, [&] { return load(name); });
  };
  {
    const auto left = show("logo.png");
    const auto right = show("logo.png");
    std::cout << "shown twice, loaded " << (left == right ? "once" : "twice") << '\n';
  }
  show("logo.png");  // nobody showed it, so the map had let it go

  // What a value takes is asked once, when it comes in.
  using cache_type = track::weak_cache<std::string, image, std::hash<std::string>,
                                       std::equal_to<std::string>, std::size_t (*)(const image&)>;
  std::cout << "-- with a cache of 2 KiB\n";
  cache_type cache(track::cache_limits{.bytes = 2048}, bytes_of);
  const auto fetch = [&](const std::string& name) {
    return cache.get_or_create(name, [&] { return load(name); });
  };
  auto logo = fetch("logo.png");
  fetch("photo.png");
  fetch("map.png");  // no room for three: logo.png, unused for longest, is no longer kept
  std::cout << "kept alive: " << cache.strong_size() << " images, " << cache.strong_bytes()
            << " bytes\n";
  std::cout << "logo.png is still shown: " << std::boolalpha << (cache.peek("logo.png") == logo)
            << "\nphoto.png waits unused: " << cache.contains("photo.png") << '\n';
  logo.reset();  // neither shown nor kept: gone
  fetch("logo.png");
  const auto counted = cache.counters();
  std::cout << "hits " << counted.hits << ", misses " << counted.misses << ", evictions "
            << counted.evictions << '\n';
}
