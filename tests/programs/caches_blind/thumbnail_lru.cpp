// Image thumbnail cache, LRU, bounded by bytes. NOT flagged: it fills up for the first second or so
// (warm-up, nothing evicted yet) and then stays under its 2 MiB, evicting one or two thumbnails for
// each it takes in. Sizes differ, so the number of entries keeps wobbling. Pictures are decoded
// into temporaries of a quarter megabyte.
#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

template <class T>
concept Weighable = requires(const T& value) {
  { value.weight() } -> std::convertible_to<std::size_t>;
};

template <class Key, Weighable Value>
class WeightedLru {
 public:
  using Pointer = std::shared_ptr<const Value>;

  explicit WeightedLru(std::size_t limit) : limit_{limit} {}

  template <class Make>
  Pointer get_or_make(const Key& key, Make&& make) {
    if (auto it = where_.find(key); it != where_.end()) {
      ++hits_;
      items_.splice(items_.begin(), items_, it->second);
      return it->second->second;
    }
    ++misses_;
    Pointer made = std::make_shared<const Value>(std::forward<Make>(make)());
    weight_ += made->weight();
    items_.emplace_front(key, made);
    where_[key] = items_.begin();
    while (weight_ > limit_ && items_.size() > 1)
      drop_oldest();
    return made;
  }

  std::size_t size() const { return items_.size(); }
  std::size_t weight() const { return weight_; }
  std::size_t hits() const { return hits_; }
  std::size_t misses() const { return misses_; }

 private:
  void drop_oldest() {
    auto& [key, value] = items_.back();
    weight_ -= value->weight();
    where_.erase(key);
    items_.pop_back();
  }

  std::list<std::pair<Key, Pointer>> items_;
  std::unordered_map<Key, typename std::list<std::pair<Key, Pointer>>::iterator> where_;
  std::size_t limit_, weight_ = 0, hits_ = 0, misses_ = 0;
};

struct Thumbnail {
  int width = 0, height = 0;
  std::vector<std::uint8_t> pixels;
  std::string etag;
  std::size_t weight() const { return sizeof *this + pixels.size() + etag.size(); }
};

static std::vector<std::uint8_t> decode(std::uint32_t picture) {
  std::vector<std::uint8_t> full(256 * 1024);
  for (std::size_t i = 0; i < full.size(); i += 64)
    full[i] = static_cast<std::uint8_t>(picture * 31 + i);
  return full;
}

static Thumbnail shrink(std::uint32_t picture) {
  const auto full = decode(picture);
  Thumbnail thumb;
  thumb.width = 32 + static_cast<int>(picture * 7 % 40);
  thumb.height = 32 + static_cast<int>(picture * 13 % 40);
  thumb.pixels.resize(static_cast<std::size_t>(thumb.width) *
                      static_cast<std::size_t>(thumb.height) * 3);
  for (std::size_t i = 0; i < thumb.pixels.size(); ++i)
    thumb.pixels[i] = full[i * 7 % full.size()];
  thumb.etag = "\"" + std::to_string(picture) + "-" + std::to_string(thumb.width) + "x" +
               std::to_string(thumb.height) + "\"";
  return thumb;
}

class ThumbnailService {
 public:
  std::string serve(std::uint32_t picture) {
    auto thumb = cache_.get_or_make(picture, [picture] { return shrink(picture); });
    std::string response = "HTTP/1.1 200 OK\r\nETag: " + thumb->etag + "\r\n\r\n";
    response.append(thumb->pixels.begin(), thumb->pixels.end());
    return response;
  }
  const auto& cache() const { return cache_; }

 private:
  WeightedLru<std::uint32_t, Thumbnail> cache_{2 * 1024 * 1024};
};

static std::unique_ptr<ThumbnailService> service;

int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  const auto stop = Clock::now() + std::chrono::milliseconds(argc > 1 ? std::atoi(argv[1]) : 5000);
  service = std::make_unique<ThumbnailService>();
  std::mt19937 rng(640480);
  std::exponential_distribution<double> recency(1.0 / 150);
  std::uint32_t newest = 0;
  std::size_t bytes = 0;
  while (Clock::now() < stop) {
    ++newest;  // uploads keep coming, and people mostly look at the recent ones
    bytes += service->serve(newest).size();
    const auto back = static_cast<std::uint32_t>(recency(rng));
    bytes += service->serve(newest - std::min(back, newest - 1)).size();
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
  const auto& cache = service->cache();
  std::printf("%zu bytes, hits %zu, misses %zu, weight %zu\n", bytes, cache.hits(), cache.misses(),
              cache.weight());
  std::printf(
      "truth: {\"flagged\": false, \"owner\": \"ThumbnailService::cache_\", \"entries\": %zu}\n",
      cache.size());
  return 0;
}
