// Metrics registry keyed by label strings, behind a pimpl. FLAGGED: the label set of one family,
// http_request_seconds, contains the raw request path ("/orders/48213"), so Family::series takes in
// a new series for most requests and never lets one go. The two other families of the very same
// type have a handful of series and stand still. The scrape builds a large temporary text and
// throws it away.
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace metrics {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

class Histogram {
 public:
  void observe(double seconds) {
    std::size_t bucket = 0;
    for (double bound = 0.001; bucket + 1 < counts_.size() && seconds > bound; bound *= 2)
      ++bucket;
    ++counts_[bucket];
    sum_ += seconds;
    ++count_;
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] double sum() const { return sum_; }

 private:
  std::array<std::uint64_t, 12> counts_{};
  double sum_ = 0;
  std::uint64_t count_ = 0;
};

class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  Histogram& with(std::string_view family, const Labels& labels);
  [[nodiscard]] std::string scrape(std::size_t limit) const;
  [[nodiscard]] std::size_t series(std::string_view family) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct Family {
  std::string help;
  std::unordered_map<std::string, std::unique_ptr<Histogram>> series;
};

struct Registry::Impl {
  std::map<std::string, Family, std::less<>> families;
  mutable std::uint64_t scrapes = 0;

  static std::string key(const Labels& labels) {
    std::string text;
    for (const auto& [name, value] : labels) {
      if (!text.empty())
        text += ',';
      text.append(name).append("=\"").append(value).append("\"");
    }
    return text;
  }
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Histogram& Registry::with(std::string_view family, const Labels& labels) {
  auto it = impl_->families.find(family);
  if (it == impl_->families.end())
    it = impl_->families.emplace(std::string(family), Family{"no help", {}}).first;
  auto& slot = it->second.series[Impl::key(labels)];
  if (!slot)
    slot = std::make_unique<Histogram>();
  return *slot;
}

std::string Registry::scrape(std::size_t limit) const {
  ++impl_->scrapes;
  std::string out;
  for (const auto& [name, family] : impl_->families) {
    out.append("# HELP ").append(name).append(" ").append(family.help).append("\n");
    std::size_t shown = 0;
    for (const auto& [labels, histogram] : family.series) {
      if (++shown > limit)
        break;
      out.append(name).append("_count{").append(labels).append("} ");
      out.append(std::to_string(histogram->count())).append("\n");
    }
  }
  return out;
}

std::size_t Registry::series(std::string_view family) const {
  const auto it = impl_->families.find(family);
  return it == impl_->families.end() ? 0 : it->second.series.size();
}

}  // namespace metrics

namespace {
metrics::Registry registry;
}

int main(int argc, char** argv) {
  using namespace std::chrono;
  const auto stop = steady_clock::now() + milliseconds(argc > 1 ? std::atoi(argv[1]) : 5000);
  static constexpr const char* methods[] = {"GET", "PUT", "POST", "DELETE"};
  static constexpr const char* codes[] = {"200", "201", "304", "404", "500"};
  std::mt19937 rng(77);
  std::uniform_real_distribution<double> latency(0.0005, 0.8);
  std::size_t scraped = 0;
  for (unsigned step = 0; steady_clock::now() < stop; ++step) {
    for (int i = 0; i < 3; ++i) {
      std::string path = i ? "/orders/" : "/health";
      if (i)
        path += std::to_string(rng() % 90000);
      const std::string method = methods[rng() % 4], code = codes[rng() % 5];
      registry.with("http_requests_total", {{"method", method}, {"code", code}}).observe(1);
      registry.with("db_seconds", {{"pool", code}}).observe(latency(rng));
      registry.with("http_request_seconds", {{"method", method}, {"path", path}})
          .observe(latency(rng));
    }
    if (step % 50 == 0)
      scraped += registry.scrape(200).size();
    std::this_thread::sleep_for(microseconds(2500));
  }
  std::printf("scraped %zu bytes\n", scraped);
  std::printf(
      "truth: {\"flagged\": true, \"owner\": \"metrics::Family::series\", \"entries\": %zu}\n",
      registry.series("http_request_seconds"));
}
