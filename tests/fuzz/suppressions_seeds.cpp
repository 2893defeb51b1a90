#include <string_view>

#include "tests/fuzz/seeds.hpp"

namespace track::fuzz {

std::vector<std::vector<std::uint8_t>> seeds() {
  constexpr std::string_view lines =
      "# owner: net\n# until: 2027-01-31\nleak:make_session\nleak:^net::make*int$\r\n"
      "leak:_ZN3net12make_sessionEi\n\nmismatch:*session.cpp\ncache:a*b*c*d*e\ngrowth:x\n"
      "overdue:y\nfingerprint:0123456789abcdef\n";
  constexpr std::string_view blocks =
      "{\n   a name\n   Memcheck:Leak\n   match-leak-kinds: definite,possible,all\n"
      "   fun:_Znwm\n   fun:_ZN3net12make_*Ei\n   ...\n   src:session.cpp:42\n   obj:*/app*\n}\n"
      "{\n   other\n   Memcheck:Addr4\n   fun:f?o\n}\n# until: 2020-02-29\n{\n<insert>\n"
      "Memcheck:Leak\n...\nfun:main\n}\n";
  constexpr std::string_view stars = "leak:*a*a*a*a*a*a*a*a*b\nleak:^*$\nleak:$\nleak:^\nleak:*\n";
  std::vector<std::vector<std::uint8_t>> all;
  for (const std::string_view text : {lines, blocks, stars}) {
    all.emplace_back(text.begin(), text.end());
  }
  all.push_back(all[0]);
  all.back().insert(all.back().end(), blocks.begin(), blocks.end());
  return all;
}

}  // namespace track::fuzz
