// Rate limiter by client address, sixteen shards, three front-end threads. FLAGGED: a token bucket
// is made for every address ever seen; compact() gives full buckets "back" by resetting them
// instead of erasing them. Four fifths of the requests come from 200 regular clients, one fifth
// from addresses never seen before, so each of the sixteen maps (Shard::buckets) grows slowly but
// without end.
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace ratelimit {

using clock = std::chrono::steady_clock;

struct address {
  std::array<std::uint8_t, 16> bytes{};
  bool operator==(const address&) const = default;
};

struct address_hash {
  std::size_t operator()(const address& a) const noexcept {
    std::size_t h = 1469598103934665603ull;
    for (auto b : a.bytes)
      h = (h ^ b) * 1099511628211ull;
    return h;
  }
};

class token_bucket {
 public:
  token_bucket() : tokens_(burst), refilled_(clock::now()) {}

  bool take() {
    refill();
    if (tokens_ < 1)
      return false;
    tokens_ -= 1;
    return true;
  }

  bool full() {
    refill();
    return tokens_ >= burst;
  }

  void reset() { tokens_ = burst; }

 private:
  static constexpr double burst = 10, per_second = 40;

  void refill() {
    const auto now = clock::now();
    tokens_ += std::chrono::duration<double>(now - refilled_).count() * per_second;
    if (tokens_ > burst)
      tokens_ = burst;
    refilled_ = now;
  }

  double tokens_;
  clock::time_point refilled_;
};

struct alignas(64) Shard {
  std::mutex mutex;
  std::unordered_map<address, token_bucket, address_hash> buckets;
};

class limiter {
 public:
  bool admit(const address& from) {
    Shard& shard = shards_[address_hash{}(from) >> 60];
    std::scoped_lock lock(shard.mutex);
    return shard.buckets[from].take();
  }

  std::size_t compact() {
    std::size_t given_back = 0;
    for (auto& shard : shards_) {
      std::scoped_lock lock(shard.mutex);
      for (auto& [from, bucket] : shard.buckets)
        if (bucket.full())
          bucket.reset(), ++given_back;  // should have been an erase
    }
    return given_back;
  }

  std::size_t clients() {
    std::size_t sum = 0;
    for (auto& shard : shards_) {
      std::scoped_lock lock(shard.mutex);
      sum += shard.buckets.size();
    }
    return sum;
  }

 private:
  std::array<Shard, 16> shards_;
};

}  // namespace ratelimit

static ratelimit::limiter g_limiter;
static std::atomic<std::uint64_t> g_admitted{0}, g_refused{0};

static void front_end(std::uint32_t seed, ratelimit::clock::time_point stop) {
  std::mt19937 rng(seed);
  while (ratelimit::clock::now() < stop) {
    for (int i = 0; i < 5; ++i) {
      ratelimit::address from;
      from.bytes[0] = 0x20;
      std::uint32_t host = i ? rng() % 200 : rng();
      for (int b = 0; b < 4; ++b)
        from.bytes[12 + b] = static_cast<std::uint8_t>(host >> (8 * b));
      std::vector<char> request(200 + rng() % 800, 'q');  // the request that is being judged
      std::string answer = g_limiter.admit(from) ? "200 OK " : "429 Too Many Requests ";
      answer.append(request.data(), 60);
      ++(answer[0] == '2' ? g_admitted : g_refused);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(4));
  }
}

int main(int argc, char** argv) {
  const auto stop =
      ratelimit::clock::now() + std::chrono::milliseconds(argc > 1 ? std::atoi(argv[1]) : 5000);
  std::vector<std::jthread> threads;
  for (std::uint32_t seed : {1u, 2u, 3u})
    threads.emplace_back(front_end, seed, stop);
  std::size_t compacted = 0;
  while (ratelimit::clock::now() < stop) {
    compacted += g_limiter.compact();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  threads.clear();
  std::printf("admitted %llu refused %llu compacted %zu\n",
              static_cast<unsigned long long>(g_admitted),
              static_cast<unsigned long long>(g_refused), compacted);
  std::printf(
      "truth: {\"flagged\": true, \"owner\": \"ratelimit::Shard::buckets\", \"entries\": %zu}\n",
      g_limiter.clients());
}
