#include "libtrack/symbols/type_text.hpp"

#include <algorithm>

namespace track::symbols {

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') {
    text.remove_prefix(1);
  }
  while (!text.empty() && text.back() == ' ') {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

std::size_t closing_bracket(std::string_view text, std::size_t open) {
  std::string pending;
  for (std::size_t at = open; at < text.size(); ++at) {
    const char c = text[at];
    const bool is_operator = at >= 8 && (text.substr(at - 8, 8) == "operator" ||
                                         (at >= 9 && text.substr(at - 9, 8) == "operator"));
    if (c == '(' || c == '[' || c == '{') {
      pending += c == '(' ? ')' : c == '[' ? ']' : '}';
    } else if (c == '<' && !is_operator) {
      pending += '>';
    } else if (c == ')' || c == ']' || c == '}' || c == '>') {
      if (c == '>' && (is_operator || (at > 0 && text[at - 1] == '-'))) {
        continue;
      }
      if (pending.empty() || pending.back() != c) {
        return std::string_view::npos;
      }
      pending.pop_back();
    }
    if (pending.empty()) {
      return at;
    }
  }
  return std::string_view::npos;
}

std::vector<std::string_view> split_arguments(std::string_view list) {
  std::vector<std::string_view> parts;
  std::size_t first = 0;
  for (std::size_t at = 0; at < list.size(); ++at) {
    const char c = list[at];
    if (c == '<' || c == '(' || c == '[' || c == '{') {
      const std::size_t close = closing_bracket(list, at);
      at = close == std::string_view::npos ? list.size() : close;
    } else if (c == ',') {
      parts.push_back(trimmed(list.substr(first, at - first)));
      first = at + 1;
    }
  }
  if (const std::string_view last = trimmed(list.substr(std::min(first, list.size())));
      !last.empty()) {
    parts.push_back(last);
  }
  return parts;
}

type_parts parts_of(std::string_view type) {
  type_parts parts;
  type = trimmed(type);
  std::size_t base = 0;
  std::size_t open = std::string_view::npos;
  for (std::size_t at = 0; at < type.size(); ++at) {
    const char c = type[at];
    if (c == ':' && at + 1 < type.size() && type[at + 1] == ':') {
      base = at + 2;
      open = std::string_view::npos;
      ++at;
    } else if (c == '<' || c == '(' || c == '[' || c == '{') {
      const std::size_t close = closing_bracket(type, at);
      if (close == std::string_view::npos) {
        break;
      }
      if (c == '<' && at > base && open == std::string_view::npos) {
        open = at;
      }
      at = close;
    }
  }
  parts.scope = base >= 2 ? type.substr(0, base - 2) : std::string_view();
  const std::size_t close = open == std::string_view::npos ? open : closing_bracket(type, open);
  if (close == std::string_view::npos) {
    parts.base = type.substr(base);
    return parts;
  }
  parts.base = type.substr(base, open - base);
  parts.arguments = split_arguments(type.substr(open + 1, close - open - 1));
  parts.is_template = true;
  return parts;
}

}  // namespace track::symbols
