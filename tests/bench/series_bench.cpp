// A long run's series, as the collector takes it: SITES sites of a process that runs for SECONDS of
// simulated time, each of them busy between any two looks and every tenth of them growing. Writes
// the capture OUT and says how many looks there were and what they cost. usage: series_bench OUT
// SITES SECONDS
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "libtrack/capture/writer.hpp"
#include "libtrack/ledger/encode.hpp"
#include "tests/unit/capture/image_builder.hpp"
#include "tools/collector/site_watch.hpp"

namespace {

using namespace track;

constexpr std::uint64_t tick_ms = 10;

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// What a site did in so many milliseconds.
void work(ledger::site_image& site, std::uint32_t number, double ms, std::mt19937& random) {
  const auto made = static_cast<std::uint64_t>(ms / 100) + random() % 3;
  site.allocations += made;
  site.bytes_allocated += made * 48;
  std::uint64_t freed = site.allocations - site.frees;
  if (number % 10 == 0) {
    freed -= std::min<std::uint64_t>(freed, 1 + static_cast<std::uint64_t>(ms / 1000));
    freed = std::min(freed, made);
  }
  site.frees += freed;
  site.bytes_freed += freed * 48;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: series_bench OUT SITES SECONDS\n");
    return 2;
  }
  const auto sites = static_cast<std::uint32_t>(std::atoi(argv[2]));
  const std::uint64_t end_ms = std::strtoull(argv[3], nullptr, 10) * 1000;
  test::image_builder builder(0);
  for (std::uint32_t i = 0; i < sites; ++i) {
    builder.site({{"/opt/app", 0x1000 + i}, {"/opt/app", 0x10}}, allocation_function::malloc, 0, 0,
                 48);
  }
  ledger::process_image& image = builder.image;
  image.state = ledger::slot_state::live;
  auto writer = capture::writer::create(std::string(argv[1]) + ".partial", test::test_info());
  if (!writer) {
    std::fprintf(stderr, "%s\n", writer.failure().message.c_str());
    return 1;
  }
  std::mt19937 random(1);
  tools::site_watch watch(image.start_mono_ms);
  std::uint64_t looks = 0;
  double looking = 0;
  double storing = 0;
  std::uint64_t last_ms = 0;
  for (std::uint64_t at = tick_ms; at <= end_ms; at += at < 60'000 ? tick_ms : 100 * tick_ms) {
    if (!watch.is_due(image.start_mono_ms + at)) {
      continue;
    }
    for (std::uint32_t i = 1; i <= sites; ++i) {
      work(image.sites[i], i, static_cast<double>(at - last_ms), random);
    }
    last_ms = at;
    const std::vector<std::byte> slot = ledger::encode_slot(image);
    const auto begin = std::chrono::steady_clock::now();
    auto changes = watch.look(slot, image.start_mono_ms + at);
    looking += seconds_since(begin);
    const auto stored = std::chrono::steady_clock::now();
    if (!writer->add_moment(0, image.start_mono_ms + at, std::move(changes))) {
      return 1;
    }
    storing += seconds_since(stored);
    ++looks;
  }
  builder.end_by_exit();
  image.end_mono_ms = image.start_mono_ms + end_ms;
  if (!writer->add_process(image, test::exited()) || !writer->finalize(argv[1], {})) {
    return 1;
  }
  std::printf("%llu looks, %.2f ms each to look, %.2f ms each to store\n",
              static_cast<unsigned long long>(looks), 1000 * looking / static_cast<double>(looks),
              1000 * storing / static_cast<double>(looks));
  return 0;
}
