#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "libtrack/analysis/mangled_pattern.hpp"
#include "libtrack/analysis/suppressions.hpp"

namespace track::analysis {
namespace {

using model::finding_kind;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t first = text.find_first_not_of(blanks);
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.push_back(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_date(std::string_view text) {
  constexpr std::array<int, 12> days = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !is_digits(text.substr(0, 4)) ||
      !is_digits(text.substr(5, 2)) || !is_digits(text.substr(8))) {
    return false;
  }
  const int month = (text[5] - '0') * 10 + text[6] - '0';
  const int day = (text[8] - '0') * 10 + text[9] - '0';
  return month >= 1 && month <= 12 && day >= 1 && day <= days[static_cast<std::size_t>(month - 1)];
}

// What a word before a colon is about; nothing: no such word.
std::optional<std::vector<finding_kind>> kinds_of(std::string_view word) {
  if (word == "leak") {
    return {{finding_kind::lost, finding_kind::cycle, finding_kind::possibly_lost,
             finding_kind::survivor}};
  }
  for (const finding_kind kind :
       {finding_kind::cache, finding_kind::growth, finding_kind::overdue, finding_kind::mismatch}) {
    if (word == model::name_of(kind)) {
      return {{kind}};
    }
  }
  return std::nullopt;
}

// Memcheck's words for classes of leaks.
std::optional<std::vector<finding_kind>> leak_kinds_of(std::string_view word) {
  if (word == "definite") {
    return {{finding_kind::lost, finding_kind::cycle}};
  }
  if (word == "possible") {
    return {{finding_kind::possibly_lost}};
  }
  if (word == "reachable") {
    return {{finding_kind::survivor, finding_kind::cache, finding_kind::growth}};
  }
  if (word == "all") {
    return {{finding_kind::lost, finding_kind::cycle, finding_kind::possibly_lost,
             finding_kind::survivor, finding_kind::cache, finding_kind::growth}};
  }
  // What is lost indirectly has no finding of its own.
  return word == "indirect" || word == "none" ? std::optional(std::vector<finding_kind>())
                                              : std::nullopt;
}

class parser {
 public:
  parser(std::string_view text, const std::string& file, std::string_view today)
      : rest_(text), file_(file), today_(today) {}

  result<parsed_suppressions> parse() {
    while (next_line()) {
      result<void> taken;
      if (line_.starts_with('#')) {
        taken = take_comment();
      } else if (line_ == "{") {
        taken = take_block();
      } else {
        taken = take_line();
      }
      if (!taken) {
        return taken.failure();
      }
    }
    return std::move(parsed_);
  }

 private:
  error wrong(const std::string& what) const { return wrong_at(number_, what); }

  error wrong_at(std::uint64_t number, const std::string& what) const {
    return {error_code::usage, (file_.empty() ? "suppressions in the capture" : file_) + ":" +
                                   std::to_string(number) + ": " + what};
  }

  // Leaves the next line that is not empty in line_.
  bool next_line() {
    while (!rest_.empty()) {
      const std::size_t end = rest_.find('\n');
      line_ = trimmed(rest_.substr(0, end));
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
      ++number_;
      if (!line_.empty()) {
        return true;
      }
    }
    return false;
  }

  // The next line of a block that says something.
  bool next_in_block() {
    while (next_line()) {
      if (!line_.starts_with('#')) {
        return true;
      }
    }
    return false;
  }

  result<void> take_comment() {
    const std::string_view text = trimmed(line_.substr(1));
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
      return {};
    }
    const std::string_view value = trimmed(text.substr(colon + 1));
    if (text.substr(0, colon) == "owner") {
      owner_ = value;
    } else if (text.substr(0, colon) == "until") {
      if (!is_date(value)) {
        return wrong("'" + std::string(value) + "' is no day; write # until: YYYY-MM-DD");
      }
      until_ = value;
    }
    return {};
  }

  suppression begin_entry(std::uint64_t number, std::string name) {
    suppression entry;
    entry.use.name = std::move(name);
    entry.use.file = file_;
    entry.use.line = number;
    entry.use.owner = std::exchange(owner_, {});
    entry.use.until = std::exchange(until_, {});
    entry.expired = !entry.use.until.empty() && entry.use.until < today_;
    return entry;
  }

  result<void> take_line() {
    const std::size_t colon = line_.find(':');
    const std::string_view word = line_.substr(0, colon);
    const std::string_view value =
        colon == std::string_view::npos ? std::string_view() : trimmed(line_.substr(colon + 1));
    suppression entry = begin_entry(number_, std::string(line_));
    if (colon != std::string_view::npos && word == "fingerprint") {
      if (value.size() != 16 ||
          value.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
        return wrong("'" + std::string(value) +
                     "' is no fingerprint; copy the 16 hex digits of a report");
      }
      entry.fingerprint = value;
    } else if (auto kinds = kinds_of(word); kinds && colon != std::string_view::npos) {
      if (value.empty()) {
        return wrong("'" + std::string(line_) +
                     "' has no pattern; write part of a function, source path or module path");
      }
      entry.kinds = *std::move(kinds);
      entry.pattern = value;
    } else {
      return wrong("'" + std::string(line_.substr(0, 60)) +
                   "' is no suppression; write leak:, cache:, growth:, overdue: or mismatch: and "
                   "a pattern, fingerprint: and 16 digits, or a Valgrind block in { }");
    }
    parsed_.entries.push_back(std::move(entry));
    return {};
  }

  result<void> take_block() {
    const std::uint64_t begin = number_;
    if (!next_in_block() || line_ == "}") {
      return wrong_at(begin, "the block has no name; write one in its first line");
    }
    suppression entry = begin_entry(begin, std::string(line_));
    if (!next_in_block() || line_ == "}") {
      return wrong_at(begin, "the block has no kind; write Memcheck:Leak in its second line");
    }
    const std::size_t colon = line_.find(':');
    if (colon == std::string_view::npos) {
      return wrong("'" + std::string(line_) + "' is no kind; write Memcheck:Leak");
    }
    const auto tools = split(line_.substr(0, colon), ',');
    const bool about_leaks = std::find(tools.begin(), tools.end(), "Memcheck") != tools.end() &&
                             line_.substr(colon + 1) == "Leak";
    entry.kinds = *leak_kinds_of("all");
    while (next_in_block() && line_ != "}") {
      if (about_leaks) {
        if (const auto taken = take_block_line(entry); !taken) {
          return taken;
        }
      }
    }
    if (line_ != "}") {
      return wrong_at(begin, "the block that begins here has no '}'");
    }
    if (!about_leaks) {
      ++parsed_.other_kinds;
    } else if (entry.frames.empty()) {
      return wrong_at(begin, "the block names no frame; write fun:, obj:, src: or ... lines");
    } else {
      parsed_.entries.push_back(std::move(entry));
    }
    return {};
  }

  result<void> take_block_line(suppression& entry) {
    constexpr std::string_view kinds_word = "match-leak-kinds:";
    if (line_.starts_with(kinds_word)) {
      entry.kinds.clear();
      for (const std::string_view word : split(line_.substr(kinds_word.size()), ',')) {
        const auto more = leak_kinds_of(word);
        if (!more) {
          return wrong("'" + std::string(word) +
                       "' is no kind of leak; write definite, indirect, possible, reachable, all "
                       "or none");
        }
        entry.kinds.insert(entry.kinds.end(), more->begin(), more->end());
      }
      return {};
    }
    frame_rule rule;
    const std::string_view value = trimmed(line_.substr(std::min<std::size_t>(4, line_.size())));
    if (line_ == "...") {
      rule.what = frame_rule::about::any;
    } else if (value.empty()) {
      return wrong_frame();
    } else if (line_.starts_with("fun:")) {
      rule.pattern = value;
      rule.demangled = demangled_pattern(value);
    } else if (line_.starts_with("obj:")) {
      rule.what = frame_rule::about::object;
      rule.pattern = value;
    } else if (line_.starts_with("src:")) {
      rule.what = frame_rule::about::source;
      const std::size_t colon = value.rfind(':');
      const bool has_line = colon != std::string_view::npos && is_digits(value.substr(colon + 1));
      rule.pattern = has_line ? value.substr(0, colon) : value;
      rule.line_number = has_line ? value.substr(colon + 1) : std::string_view();
    } else {
      return wrong_frame();
    }
    entry.frames.push_back(std::move(rule));
    return {};
  }

  error wrong_frame() const {
    return wrong("'" + std::string(line_.substr(0, 60)) +
                 "' is no frame; write fun:NAME, obj:PATH, src:FILE or ...");
  }

  std::string_view rest_;
  const std::string& file_;
  std::string_view today_;
  std::string_view line_;
  std::uint64_t number_ = 0;
  std::string owner_;  // of the next entry
  std::string until_;
  parsed_suppressions parsed_;
};

}  // namespace

result<parsed_suppressions> parse_suppressions(std::string_view text, const std::string& file,
                                               std::string_view today) {
  return parser(text, file, today).parse();
}

}  // namespace track::analysis
