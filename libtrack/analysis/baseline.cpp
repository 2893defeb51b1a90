#include "libtrack/analysis/baseline.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "libtrack/support/text.hpp"

namespace track::analysis {
namespace {

constexpr std::string_view first_word = "libtrack-baseline ";
constexpr std::uint64_t newest_version = 1;
constexpr std::string_view hex_digits = "0123456789abcdef";

std::string_view without_return(std::string_view line) {
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

std::optional<std::uint64_t> number_of(std::string_view text, int base = 10) {
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return !text.empty() && parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()
             ? std::optional(number)
             : std::nullopt;
}

// Takes the next word; words are apart by blanks.
std::string_view next_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
  rest.remove_prefix(word.size());
  return word;
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

bool is_fingerprint(std::string_view word) {
  return word.size() == 16 && word.find_first_not_of(hex_digits) == std::string_view::npos;
}

std::optional<model::finding_kind> kind_of(std::string_view word) {
  for (int i = 0; i <= static_cast<int>(model::finding_kind::survivor); ++i) {
    if (word == model::name_of(static_cast<model::finding_kind>(i))) {
      return static_cast<model::finding_kind>(i);
    }
  }
  return std::nullopt;
}

std::optional<model::block_range> range_of(std::string_view word) {
  const std::size_t dash = word.find('-');
  const auto min = number_of(word.substr(0, dash));
  const auto max = dash == std::string_view::npos ? min : number_of(word.substr(dash + 1));
  if (!min || !max || *min > *max) {
    return std::nullopt;
  }
  return model::block_range{*min, *max};
}

// Names of programs are apart by commas; what would be taken for something else is %XX.
std::string coded(std::string_view name) {
  std::string text;
  if (name == "-") {
    return "%2d";  // alone it means that none is known
  }
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte >= 127 || c == ',' || c == '#' || c == '%') {
      text += '%';
      text += hex_digits[byte >> 4];
      text += hex_digits[byte & 15];
    } else {
      text += c;
    }
  }
  return text;
}

std::string decoded(std::string_view word) {
  std::string name;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const auto byte = word[i] == '%' ? number_of(word.substr(i + 1, 2), 16) : std::nullopt;
    name += byte ? static_cast<char>(*byte) : word[i];
    i += byte ? 2 : 0;
  }
  return name;
}

std::vector<std::string> programs_in(std::string_view word) {
  std::vector<std::string> names;
  while (word != "-" && !word.empty()) {
    const std::size_t comma = word.find(',');
    if (comma != 0) {
      names.push_back(decoded(word.substr(0, comma)));
    }
    word.remove_prefix(comma == std::string_view::npos ? word.size() : comma + 1);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// "3f2a91bc.04d2e1aa", "-" for none; nothing: it is another word.
std::optional<frame_keys> keys_in(std::string_view word) {
  frame_keys keys;
  if (word == "-") {
    return keys;
  }
  while (!word.empty()) {
    const std::size_t dot = word.find('.');
    const std::string_view part = word.substr(0, dot);
    const auto key = part.size() == 8 ? number_of(part, 16) : std::nullopt;
    if (!key) {
      return std::nullopt;
    }
    keys.push_back(static_cast<std::uint32_t>(*key));
    word.remove_prefix(dot == std::string_view::npos ? word.size() : dot + 1);
  }
  return keys.empty() ? std::nullopt : std::optional(std::move(keys));
}

std::string keys_text(const frame_keys& keys) {
  std::string text;
  for (const std::uint32_t key : keys) {
    text += text.empty() ? "" : ".";
    for (int shift = 28; shift >= 0; shift -= 4) {
      text += hex_digits[key >> shift & 15];
    }
  }
  return text.empty() ? "-" : text;
}

std::optional<baseline_line> line_of(std::string_view text) {
  baseline_line line;
  standing& accepted = line.accepted;
  const std::size_t reason = text.find(" #");
  if (reason != std::string_view::npos) {
    line.reason = trimmed(text.substr(reason + 2));
    text = text.substr(0, reason);
  }
  const std::string_view print = next_word(text);
  const auto kind = kind_of(next_word(text));
  const auto blocks = range_of(next_word(text));
  const auto bytes = number_of(next_word(text));
  if (!is_fingerprint(print) || !kind || !blocks || !bytes) {
    return std::nullopt;
  }
  accepted.fingerprint = print;
  accepted.kind = *kind;
  accepted.blocks = *blocks;
  accepted.bytes = *bytes;
  accepted.programs = programs_in(next_word(text));
  std::string_view rest = text;
  if (auto keys = keys_in(next_word(rest))) {
    accepted.frames = *std::move(keys);
    text = rest;
  }
  accepted.place = trimmed(text);
  return line;
}

std::string text_of(const baseline_line& line) {
  const standing& accepted = line.accepted;
  std::string programs;
  for (const std::string& name : accepted.programs) {
    programs += (programs.empty() ? "" : ",") + coded(name);
  }
  std::string place = escape_control(accepted.place);
  for (std::size_t at = 0; (at = place.find(" #", at)) != std::string::npos;) {
    place.erase(at, 1);
  }
  std::string text = accepted.fingerprint + " " + model::name_of(accepted.kind) + " " +
                     std::to_string(accepted.blocks.min) + "-" +
                     std::to_string(accepted.blocks.max) + " " + std::to_string(accepted.bytes) +
                     " " + (programs.empty() ? "-" : programs) + " " + keys_text(accepted.frames) +
                     " " + (place.empty() ? "?" : place);
  return line.reason.empty() ? text : text + " # " + line.reason;
}

bool is_conflict(std::string_view line) {
  constexpr std::array<std::string_view, 4> marks = {"<<<<<<<", "=======", ">>>>>>>", "|||||||"};
  return std::any_of(marks.begin(), marks.end(),
                     [line](std::string_view mark) { return line.starts_with(mark); });
}

error wrong(const std::string& file, std::size_t number, const std::string& what) {
  return {error_code::bad_input, file + ":" + std::to_string(number) + ": " + what};
}

result<void> check_first_line(std::string_view line, const std::string& file) {
  if (is_conflict(line)) {
    return wrong(file, 1, "a conflict marker; resolve the merge first");
  }
  const auto version = line.starts_with(first_word)
                           ? number_of(trimmed(line.substr(first_word.size())))
                           : std::nullopt;
  if (!version || *version == 0) {
    return wrong(file, 1, "is no baseline; its first line is 'libtrack-baseline 1'");
  }
  if (*version > newest_version) {
    return wrong(file, 1,
                 "was written by a newer track (version " + std::to_string(*version) + ")");
  }
  return {};
}

auto place_of(const standing& one) {
  return std::tie(one.fingerprint, one.kind);
}

// What people said of a finding that has gone from elsewhere to here.
std::string reason_of_moved(const std::vector<baseline_line>& lines,
                            const std::vector<standing>& found, const standing& moved) {
  const baseline_line* best = nullptr;
  std::size_t best_likeness = 0;
  for (const baseline_line& line : lines) {
    const bool still_there = std::any_of(found.begin(), found.end(), [&line](const standing& one) {
      return place_of(one) == place_of(line.accepted);
    });
    const std::size_t like = likeness(line.accepted.frames, moved.frames);
    if (!still_there && is_same_family(line.accepted.kind, moved.kind) && like > best_likeness) {
      best = &line;
      best_likeness = like;
    }
  }
  return best == nullptr ? "" : best->reason;
}

}  // namespace

std::vector<standing> baseline::standings() const {
  std::vector<standing> all;
  for (const baseline_line& line : lines) {
    all.push_back(line.accepted);
  }
  return all;
}

bool looks_like_baseline(std::string_view head) {
  return head.starts_with(first_word);
}

result<baseline> parse_baseline(std::string_view text, const std::string& file) {
  baseline read;
  std::vector<std::string> comments;
  for (std::size_t number = 1; !text.empty() || number == 1; ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = without_return(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (number == 1) {
      if (const auto checked = check_first_line(line, file); !checked) {
        return checked.failure();
      }
    } else if (trimmed(line).empty() || trimmed(line).starts_with('#')) {
      comments.emplace_back(line);
    } else if (is_conflict(line)) {
      return wrong(file, number,
                   "a conflict marker; keep the lines of both sides and remove the marker");
    } else if (auto accepted = line_of(line)) {
      accepted->number = number;
      accepted->comments = std::exchange(comments, {});
      read.lines.push_back(*std::move(accepted));
    } else {
      return wrong(file, number,
                   "is no line of a baseline: fingerprint, kind, min-max blocks, bytes, programs, "
                   "frames, first frame; remove it, or write the file anew by `track baseline -o`");
    }
  }
  read.tail = std::move(comments);
  return read;
}

std::string print_baseline(const baseline& accepted) {
  std::string text = std::string(first_word) + std::to_string(newest_version) + "\n";
  for (const baseline_line& line : accepted.lines) {
    for (const std::string& comment : line.comments) {
      text += comment + "\n";
    }
    text += text_of(line) + "\n";
  }
  for (const std::string& comment : accepted.tail) {
    text += comment + "\n";
  }
  return text;
}

baseline make_baseline(const std::vector<standing>& found) {
  baseline made;
  widen(made, found);
  return made;
}

baseline_change widen(baseline& accepted, const std::vector<standing>& found) {
  baseline_change change;
  for (const standing& one : found) {
    auto& lines = accepted.lines;
    const auto known = std::find_if(lines.begin(), lines.end(), [&one](const baseline_line& line) {
      return place_of(line.accepted) == place_of(one);
    });
    if (known == lines.end()) {
      const auto after = std::find_if(
          lines.begin(), lines.end(),
          [&one](const baseline_line& line) { return place_of(one) < place_of(line.accepted); });
      lines.insert(after, baseline_line{one, reason_of_moved(lines, found, one), {}, 0});
      ++change.added;
      continue;
    }
    standing& line = known->accepted;
    const std::string before = text_of(*known);
    line.blocks.min = std::min(line.blocks.min, one.blocks.min);
    line.blocks.max = std::max(line.blocks.max, one.blocks.max);
    line.bytes = std::max(line.bytes, one.bytes);
    line.programs.insert(line.programs.end(), one.programs.begin(), one.programs.end());
    std::sort(line.programs.begin(), line.programs.end());
    line.programs.erase(std::unique(line.programs.begin(), line.programs.end()),
                        line.programs.end());
    line.frames = line.frames.empty() ? one.frames : line.frames;
    change.changed += text_of(*known) == before ? 0 : 1;
  }
  return change;
}

baseline_change tighten(baseline& accepted, const std::vector<standing>& found,
                        const std::vector<std::string>& programs) {
  baseline_change change;
  std::vector<baseline_line> kept;
  for (baseline_line& line : accepted.lines) {
    const auto seen = std::find_if(found.begin(), found.end(), [&line](const standing& one) {
      return place_of(one) == place_of(line.accepted);
    });
    const std::string before = text_of(line);
    standing& now = line.accepted;
    const bool ran =
        std::any_of(now.programs.begin(), now.programs.end(), [&programs](const std::string& name) {
          return std::binary_search(programs.begin(), programs.end(), name);
        });
    if (seen == found.end() && ran) {
      ++change.removed;
      continue;
    }
    if (seen != found.end()) {
      now.blocks.max = std::min(now.blocks.max, seen->blocks.max);
      now.blocks.min = std::min(std::max(now.blocks.min, seen->blocks.min), now.blocks.max);
      now.bytes = std::min(now.bytes, seen->bytes);
    }
    change.changed += text_of(line) == before ? 0 : 1;
    kept.push_back(std::move(line));
  }
  accepted.lines = std::move(kept);
  return change;
}

std::vector<std::string> faults_of(const baseline& accepted) {
  std::vector<std::string> faults;
  std::map<std::pair<std::string, model::finding_kind>, std::size_t> known;
  for (const baseline_line& line : accepted.lines) {
    const auto [first, is_new] =
        known.try_emplace({line.accepted.fingerprint, line.accepted.kind}, line.number);
    if (!is_new) {
      faults.push_back("line " + std::to_string(line.number) +
                       " is about the same finding as line " + std::to_string(first->second) +
                       "; keep one, with the wider range");
    }
  }
  return faults;
}

}  // namespace track::analysis
