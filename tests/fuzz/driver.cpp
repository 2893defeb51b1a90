// A plain driver for a fuzz target, so that its seeds run as a test without a fuzzer.
//
// Each seed runs as it is, cut at many lengths, and with bits flipped and words replaced by awkward
// values, a fixed number of times with fixed random numbers. A crash of the target is the failure;
// the round's number is printed by whatever catches it, and repeats.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <random>
#include <vector>

#include "tests/fuzz/seeds.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using input = std::vector<std::uint8_t>;

void run(const input& bytes) {
  // A copy of exactly this size, so that a sanitizer sees every byte too many.
  const input exact(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

void change(input& bytes, std::mt19937& random) {
  constexpr std::uint64_t awkward[] = {0,          1,          ~0ull,           1ull << 63,
                                       0xffffffff, 0x80000000, 0x1000,          0x7ffffffffffff000,
                                       64,         8,          0xfffffffffff8u, 4097};
  const std::size_t at = random() % bytes.size();
  if (random() % 2 == 0 || bytes.size() < 16) {
    bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1u << (random() % 8)));
    return;
  }
  const std::uint64_t word = awkward[random() % std::size(awkward)];
  const std::size_t width = random() % 2 == 0 ? 4 : 8;
  const std::size_t aligned = std::min(at / width * width, bytes.size() - width);
  std::memcpy(bytes.data() + aligned, &word, width);
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 2000;
  std::mt19937 random(20261122);
  std::size_t runs = 0;
  for (const input& seed : track::fuzz::seeds()) {
    run(seed);
    for (std::size_t size = 0; size < seed.size(); size += 1 + seed.size() / 64) {
      run(input(seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(size)));
      ++runs;
    }
    for (int round = 0; round < rounds; ++round) {
      input changed = seed;
      for (std::uint64_t changes = 1 + random() % 6; changes > 0; --changes) {
        change(changed, random);
      }
      run(changed);
      ++runs;
    }
  }
  std::printf("%zu inputs\n", runs);
  return runs == 0 ? 1 : 0;
}
