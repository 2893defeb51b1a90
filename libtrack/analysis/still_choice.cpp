#include "libtrack/analysis/still_choice.hpp"

#include <charconv>
#include <map>
#include <string>

#include "libtrack/support/units.hpp"

namespace track::analysis {
namespace {

using ledger::graph::trigger;

bool fits(const capture::still_row& still, const still_choice& choice) {
  switch (choice.how) {
    case still_choice::by::number:
      return still.id == choice.number;
    case still_choice::by::moment:
      return still.at_ms <= choice.at_ms;
    case still_choice::by::last:
      return true;
    default:
      return still.trigger == choice.trigger;
  }
}

}  // namespace

result<still_choice> parse_still_choice(std::string_view text) {
  still_choice choice;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), choice.number);
  if (!text.empty() && parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()) {
    choice.how = still_choice::by::number;
    return choice;
  }
  if (text == "last") {
    choice.how = still_choice::by::last;
    return choice;
  }
  if (text == "exit_begin" || text == "exit_end") {
    choice.how = still_choice::by::trigger;
    choice.trigger = text == "exit_end" ? trigger::exit_end : trigger::exit_begin;
    return choice;
  }
  const auto moment = parse_duration_ms(text);
  if (!moment) {
    return error{error_code::usage,
                 "'@" + std::string(text) +
                     "' names no still; write @N as `track stills` shows it, @last, @exit_begin, "
                     "@exit_end, or a time such as @10m"};
  }
  choice.how = still_choice::by::moment;
  choice.at_ms = *moment;
  return choice;
}

result<std::vector<std::size_t>> choose_stills(const capture::contents& all,
                                               const still_choice& choice) {
  std::map<std::uint64_t, std::size_t> last;  // by process
  for (std::size_t i = 0; i < all.stills.size(); ++i) {
    const capture::still_row& still = all.stills[i];
    if (!fits(still, choice)) {
      continue;
    }
    const auto [place, is_new] = last.try_emplace(still.process, i);
    if (!is_new && still.number > all.stills[place->second].number) {
      place->second = i;
    }
  }
  std::vector<std::size_t> chosen;
  for (const auto& [process, still] : last) {
    chosen.push_back(still);
  }
  if (chosen.empty() && choice.is_asked_for()) {
    return error{error_code::not_found,
                 "the capture has no such still; `track stills` lists those it has"};
  }
  return chosen;
}

const char* name_of(trigger trigger) {
  constexpr const char* names[] = {"exit_begin", "exit_end", "interval",
                                   "request",    "api",      "leak_check"};
  return names[static_cast<int>(trigger)];
}

}  // namespace track::analysis
