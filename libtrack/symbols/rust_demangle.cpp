#include "libtrack/symbols/rust_demangle.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "libtrack/symbols/rust_names.hpp"

namespace track::symbols {

namespace {

using rust::append_utf8;
using rust::is_digit;
using rust::is_hex;
using rust::longest_output;

// Takes "<length><identifier>" off the front of `name`; empty when there is none.
std::string_view take_component(std::string_view& name) {
  std::size_t length = 0;
  while (!name.empty() && is_digit(name.front()) && length <= longest_output) {
    length = length * 10 + static_cast<std::size_t>(name.front() - '0');
    name.remove_prefix(1);
  }
  if (length == 0 || length > name.size()) {
    return {};
  }
  const std::string_view component = name.substr(0, length);
  name.remove_prefix(length);
  return component;
}

bool is_hash(std::string_view component) {
  return component.size() == 17 && component.front() == 'h' &&
         std::all_of(component.begin() + 1, component.end(), is_hex);
}

// The text of "$LT$", "$u7b$" …, without the dollars; empty when it is no escape.
std::string unescaped(std::string_view code) {
  constexpr std::array<std::pair<std::string_view, const char*>, 8> codes = {{{"SP", "@"},
                                                                              {"BP", "*"},
                                                                              {"RF", "&"},
                                                                              {"LT", "<"},
                                                                              {"GT", ">"},
                                                                              {"LP", "("},
                                                                              {"RP", ")"},
                                                                              {"C", ","}}};
  for (const auto& [name, text] : codes) {
    if (name == code) {
      return text;
    }
  }
  std::string text;
  if (code.size() >= 2 && code.size() <= 7 && code.front() == 'u' &&
      std::all_of(code.begin() + 1, code.end(), is_hex)) {
    append_utf8(text,
                static_cast<std::uint32_t>(std::stoul(std::string(code.substr(1)), nullptr, 16)) &
                    0x1fffff);
  }
  return text;
}

std::string legacy_component(std::string_view text) {
  if (text.starts_with("_$")) {
    text.remove_prefix(1);
  }
  std::string out;
  while (!text.empty()) {
    if (text.starts_with("..")) {
      out += "::";
      text.remove_prefix(2);
      continue;
    }
    const std::size_t close = text.front() == '$' ? text.find('$', 1) : std::string_view::npos;
    if (close != std::string_view::npos) {
      const std::string plain = unescaped(text.substr(1, close - 1));
      if (!plain.empty()) {
        out += plain;
        text.remove_prefix(close + 1);
        continue;
      }
    }
    out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

std::optional<std::string> demangle_legacy(std::string_view name) {
  std::string out;
  name.remove_prefix(3);
  for (;;) {
    const std::string_view component = take_component(name);
    if (component.empty()) {
      return std::nullopt;
    }
    // A C++ name may end in such a component too, but then no 'E' follows, or parameters do.
    const bool last = name == "E" || name.starts_with("E.");
    if (last) {
      return is_hash(component) && !out.empty() ? std::optional(std::move(out)) : std::nullopt;
    }
    out += out.empty() ? "" : "::";
    out += legacy_component(component);
  }
}

}  // namespace

std::optional<std::string> demangle_rust(std::string_view name) {
  if (name.starts_with("_ZN")) {
    return demangle_legacy(name);
  }
  if (name.starts_with("_R") && name.size() > 2 && rust::is_upper(name[2])) {
    return rust::demangle_v0(name.substr(2));
  }
  return std::nullopt;
}

}  // namespace track::symbols
