// Fuzz target: any bytes as a baseline file.
//
// What is read is the same once it was printed, and stands for itself: nothing widens it.

#include <cstddef>
#include <cstdint>
#include <string>

#include "libtrack/analysis/baseline.hpp"
#include "tests/fuzz/require.hpp"

namespace {

using namespace track;
using namespace track::analysis;
using track::test::require;

void check_same(const baseline& one, const baseline& other) {
  require(one.lines.size() == other.lines.size());
  for (std::size_t i = 0; i < one.lines.size(); ++i) {
    const standing& a = one.lines[i].accepted;
    const standing& b = other.lines[i].accepted;
    require(a.fingerprint == b.fingerprint && a.kind == b.kind && a.bytes == b.bytes &&
            a.blocks.min == b.blocks.min && a.blocks.max == b.blocks.max &&
            a.programs == b.programs && a.frames == b.frames);
    require(a.blocks.min <= a.blocks.max && a.fingerprint.size() == 16);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto read = parse_baseline(text, "leaks.txt");
  if (!read) {
    require(read.failure().code == error_code::bad_input);
    require(read.failure().message.starts_with("leaks.txt:"));
    return 0;
  }
  require(looks_like_baseline(text));
  const auto again = parse_baseline(print_baseline(*read), "leaks.txt");
  require(static_cast<bool>(again));
  check_same(*read, *again);
  require(faults_of(*read).size() == faults_of(*again).size());
  if (faults_of(*read).empty()) {
    baseline widened = *read;
    const baseline_change change = widen(widened, read->standings());
    require(change.added == 0 && change.changed == 0 && change.removed == 0);
  }
  baseline tightened = *read;
  require(tighten(tightened, {}, {"app"}).added == 0);
  require(tightened.lines.size() <= read->lines.size());
  return 0;
}
