#include <string_view>

#include "tests/fuzz/seeds.hpp"

namespace track::fuzz {

std::vector<std::vector<std::uint8_t>> seeds() {
  constexpr std::string_view rich =
      "libtrack-baseline 1\n# ours\n\n"
      "0123456789abcdef lost 1-3 216 app,app%20helper 3f2a91bc.04d2e1aa make_session # ticket 812\n"
      "4f1cf223caa41c77 cycle 0-12 9000 - - Session::peer\n# before\r\n"
      "4f1cf223caa41c78 possibly_lost 7 1 a,%2c,%25%ff - f(int) # \r\n"
      "8888888888888888 mismatch 2-2 0 app main\n"
      "9999999999999999 survivor 18446744073709551615 18446744073709551615 x - ?\n# the end\n";
  constexpr std::string_view small = "libtrack-baseline 1\n";
  constexpr std::string_view conflict =
      "libtrack-baseline 1\n<<<<<<< ours\n=======\n>>>>>>> theirs\n";
  std::vector<std::vector<std::uint8_t>> all;
  for (const std::string_view text : {rich, small, conflict}) {
    all.emplace_back(text.begin(), text.end());
  }
  return all;
}

}  // namespace track::fuzz
