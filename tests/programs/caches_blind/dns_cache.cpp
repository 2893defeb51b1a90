// Resolver with a DNS cache. NOT flagged: names never repeat for long (every lookup of a tracking
// host is a new name, so the map takes in hundreds of entries a second, hardly any of which is ever
// hit), but each has a TTL of 150 to 450 ms and a janitor thread sweeps every 100 ms. After the
// first half second the cache stands at a few hundred.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <random>
#include <shared_mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace dns {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Record {
  std::string target;
  std::uint32_t ipv4 = 0;
};

struct Answer {
  std::vector<Record> records;
  Clock::time_point expires;
  bool negative = false;
};

class Cache {
 public:
  Cache() : janitor_([this] { sweepLoop(); }) {}

  ~Cache() {
    {
      std::lock_guard lock(stopMutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    janitor_.join();
  }

  std::optional<Answer> lookup(const std::string& name) const {
    std::shared_lock lock(mutex_);
    const auto it = entries_.find(name);
    if (it == entries_.end() || it->second.expires < Clock::now())
      return std::nullopt;
    return it->second;
  }

  void store(const std::string& name, Answer answer) {
    std::unique_lock lock(mutex_);
    entries_.insert_or_assign(name, std::move(answer));
  }

  std::size_t size() const {
    std::shared_lock lock(mutex_);
    return entries_.size();
  }
  std::uint64_t expired() const { return expired_; }

 private:
  void sweepLoop() {
    std::unique_lock lock(stopMutex_);
    while (!wake_.wait_for(lock, 100ms, [this] { return stopping_; }))
      sweep();
  }

  void sweep() {
    std::unique_lock lock(mutex_);
    const auto now = Clock::now();
    expired_ +=
        std::erase_if(entries_, [now](const auto& entry) { return entry.second.expires < now; });
  }

  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Answer> entries_;
  std::atomic<std::uint64_t> expired_{0};
  std::mutex stopMutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread janitor_;
};

class Resolver {
 public:
  explicit Resolver(std::uint32_t seed) : rng_(seed) {}

  Answer resolve(const std::string& name) {
    if (auto hit = cache_.lookup(name))
      return *std::move(hit);
    Answer answer = askUpstream(name);
    cache_.store(name, answer);
    return answer;
  }
  const Cache& cache() const { return cache_; }

 private:
  Answer askUpstream(const std::string& name) {
    std::vector<std::uint8_t> packet(name.begin(), name.end());
    packet.resize(512);
    Answer answer;
    answer.negative = rng_() % 10 == 0;
    for (unsigned i = 0; !answer.negative && i < 1 + rng_() % 3; ++i)
      answer.records.push_back({"edge-" + std::to_string(rng_() % 1000) + ".cdn.example.net",
                                static_cast<std::uint32_t>(rng_())});
    answer.expires = Clock::now() + std::chrono::milliseconds(150 + rng_() % 300);
    return answer;
  }

  std::mt19937 rng_;
  Cache cache_;
};

}  // namespace dns

int main(int argc, char** argv) {
  const auto stop =
      dns::Clock::now() + std::chrono::milliseconds(argc > 1 ? std::atoi(argv[1]) : 5000);
  static dns::Resolver resolver(99);
  std::mt19937 rng(100);
  std::size_t records = 0;
  for (unsigned serial = 0; dns::Clock::now() < stop; ++serial) {
    for (int i = 0; i < 2; ++i) {
      std::string name = i ? "www" : "t";
      name += std::to_string(i ? rng() % 30 : rng());
      name += ".customers.tracking.example.org";
      records += resolver.resolve(name).records.size();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  std::printf("records %zu, expired %llu\n", records,
              static_cast<unsigned long long>(resolver.cache().expired()));
  std::printf(
      "truth: {\"flagged\": false, \"owner\": \"dns::Cache::entries_\", \"entries\": %zu}\n",
      resolver.cache().size());
}
