#include "libtrack/capture/text_codec.hpp"

namespace track::capture {
namespace {

constexpr char digits[] = "0123456789abcdef";

int value_of(char digit) {
  if (digit >= '0' && digit <= '9') {
    return digit - '0';
  }
  if (digit >= 'a' && digit <= 'f') {
    return digit - 'a' + 10;
  }
  return -1;
}

}  // namespace

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::vector<std::uint8_t> from_hex(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  if (text.size() % 2 != 0) {
    return bytes;
  }
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = value_of(text[i]);
    const int low = value_of(text[i + 1]);
    if (high < 0 || low < 0) {
      return {};
    }
    bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return bytes;
}

std::string to_json_array(std::span<const std::string> items) {
  std::string text = "[";
  for (const std::string& item : items) {
    text += text.size() > 1 ? ",\"" : "\"";
    for (const char c : item) {
      if (c == '"' || c == '\\') {
        text += '\\';
        text += c;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        text += "\\u00";
        text += digits[(c >> 4) & 15];
        text += digits[c & 15];
      } else {
        text += c;
      }
    }
    text += '"';
  }
  return text + "]";
}

std::vector<std::string> from_json_array(std::string_view text) {
  std::vector<std::string> items;
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      inside = !inside;
      if (inside) {
        items.emplace_back();
      }
    } else if (inside && c == '\\' && i + 1 < text.size()) {
      ++i;
      if (text[i] == 'u' && i + 4 < text.size()) {
        const int high = value_of(text[i + 3]);
        const int low = value_of(text[i + 4]);
        items.back() += static_cast<char>(high < 0 || low < 0 ? '?' : high << 4 | low);
        i += 4;
      } else {
        items.back() += text[i];
      }
    } else if (inside) {
      items.back() += c;
    }
  }
  return items;
}

}  // namespace track::capture
