#include "libtrack/symbols/rust_demangle.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace track::symbols {

namespace {

constexpr int depth_limit = 192;
constexpr std::size_t longest_output = 64 * 1024;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr std::array<unsigned, 4> lead = {0, 0xc0, 0xe0, 0xf0};
  out += static_cast<char>(lead[static_cast<std::size_t>(more)] | c >> (6 * more));
  for (int i = more - 1; i >= 0; --i) {
    out += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3f));
  }
}

// source: RFC 3492, section 6.2. nullopt for a broken or unreasonable one.
std::optional<std::string> decode_punycode(std::string_view plain, std::string_view coded) {
  std::vector<std::uint32_t> text(plain.begin(), plain.end());
  std::uint64_t n = 128;
  std::uint64_t i = 0;
  std::uint64_t bias = 72;
  bool first = true;
  while (!coded.empty()) {
    const std::uint64_t before = i;
    std::uint64_t weight = 1;
    for (std::uint64_t k = 36;; k += 36) {
      if (coded.empty() || weight > 0x10ffff'0000 || !(is_digit(coded[0]) || is_lower(coded[0]))) {
        return std::nullopt;
      }
      const char c = coded.front();
      const auto digit = static_cast<std::uint64_t>(is_digit(c) ? c - '0' + 26 : c - 'a');
      coded.remove_prefix(1);
      i += digit * weight;
      const std::uint64_t threshold = k <= bias ? 1 : std::min<std::uint64_t>(k - bias, 26);
      if (digit < threshold) {
        break;
      }
      weight *= 36 - threshold;
    }
    const std::uint64_t count = text.size() + 1;
    std::uint64_t delta = (i - before) / (first ? 700 : 2);
    delta += delta / count;
    std::uint64_t k = 0;
    for (; delta > 455; k += 36) {
      delta /= 35;
    }
    bias = k + 36 * delta / (delta + 38);
    first = false;
    n += i / count;
    i %= count;
    if (n > 0x10ffff || count > 1'000) {
      return std::nullopt;
    }
    text.insert(text.begin() + static_cast<std::ptrdiff_t>(i), static_cast<std::uint32_t>(n));
    ++i;
  }
  std::string out;
  for (const std::uint32_t c : text) {
    append_utf8(out, c);
  }
  return out;
}

const char* basic_type(char tag) {
  constexpr std::array<std::pair<char, const char*>, 22> types = {
      {{'a', "i8"},   {'b', "bool"},  {'c', "char"},  {'d', "f64"}, {'e', "str"}, {'f', "f32"},
       {'h', "u8"},   {'i', "isize"}, {'j', "usize"}, {'l', "i32"}, {'m', "u32"}, {'n', "i128"},
       {'o', "u128"}, {'s', "i16"},   {'t', "u16"},   {'u', "()"},  {'v', "..."}, {'x', "i64"},
       {'y', "u64"},  {'z', "!"},     {'p', "_"},     {'\0', ""}}};
  for (const auto& [letter, name] : types) {
    if (letter == tag && tag != '\0') {
      return name;
    }
  }
  return nullptr;
}

// Recursive descent over the grammar of v0, printing as it goes. The first error stops everything:
// `ok_` goes false, and all further steps do nothing.
class v0_demangler {
 public:
  explicit v0_demangler(std::string_view mangled) : in_(mangled) {}

  std::optional<std::string> run() {
    path(true);
    if (at_ < in_.size() && is_upper(in_[at_])) {
      silent([&] { path(false); });  // the crate that made the instance
    }
    const bool complete = at_ == in_.size() || in_[at_] == '.' || in_[at_] == '$';
    return ok_ && complete ? std::optional(std::move(out_)) : std::nullopt;
  }

 private:
  struct identifier {
    std::uint64_t disambiguator = 0;
    std::string name;
  };

  char peek() const { return ok_ && at_ < in_.size() ? in_[at_] : '\0'; }

  char next() {
    const char c = peek();
    if (c == '\0') {
      ok_ = false;
    } else {
      ++at_;
    }
    return c;
  }

  bool take(char c) {
    if (peek() != c) {
      return false;
    }
    ++at_;
    return true;
  }

  void print(std::string_view text) {
    if (printing_) {
      out_ += text;
      ok_ = ok_ && out_.size() <= longest_output;
    }
  }

  template <typename Step>
  void silent(Step step) {
    const bool before = std::exchange(printing_, false);
    step();
    printing_ = before;
  }

  template <typename Step>
  void nested(Step step) {
    ok_ = ok_ && depth_ < depth_limit;
    if (ok_) {
      ++depth_;
      step();
      --depth_;
    }
  }

  // Elements up to 'E', with `separator` between; the number of them.
  template <typename Step>
  std::size_t list(std::string_view separator, Step step) {
    std::size_t count = 0;
    while (ok_ && !take('E')) {
      print(count++ == 0 ? "" : separator);
      step();
    }
    return count;
  }

  std::uint64_t base62() {
    if (take('_')) {
      return 0;
    }
    std::uint64_t value = 0;
    while (ok_ && !take('_')) {
      const char c = next();
      const int digit = is_digit(c)   ? c - '0'
                        : is_lower(c) ? c - 'a' + 10
                        : is_upper(c) ? c - 'A' + 36
                                      : -1;
      ok_ = ok_ && digit >= 0 && !__builtin_mul_overflow(value, std::uint64_t{62}, &value) &&
            !__builtin_add_overflow(value, static_cast<std::uint64_t>(digit), &value);
    }
    ok_ = ok_ && value < UINT64_MAX - 1;
    return value + 1;
  }

  std::uint64_t optional_base62(char tag) { return take(tag) ? base62() + 1 : 0; }

  std::string plain_identifier() {
    const bool punycode = take('u');
    std::size_t length = 0;
    ok_ = ok_ && is_digit(peek());
    if (!take('0')) {
      while (is_digit(peek()) && length < in_.size()) {
        length = length * 10 + static_cast<std::size_t>(next() - '0');
      }
    }
    take('_');
    if (!ok_ || length > in_.size() - at_) {
      ok_ = false;
      return {};
    }
    const std::string_view bytes = in_.substr(at_, length);
    at_ += length;
    if (!punycode) {
      return std::string(bytes);
    }
    const std::size_t split = bytes.rfind('_');
    const auto decoded = split == std::string_view::npos
                             ? decode_punycode("", bytes)
                             : decode_punycode(bytes.substr(0, split), bytes.substr(split + 1));
    return decoded ? *decoded : "punycode{" + std::string(bytes) + "}";
  }

  identifier full_identifier() {
    identifier found;
    found.disambiguator = optional_base62('s');
    found.name = plain_identifier();
    return found;
  }

  // Does `step` at the place that a back reference names.
  template <typename Step>
  void back_reference(Step step) {
    const std::size_t here = at_ - 1;
    const std::uint64_t target = base62();
    ok_ = ok_ && target < here;
    // What is not printed was read once already.
    if (ok_ && printing_) {
      const std::size_t after = std::exchange(at_, static_cast<std::size_t>(target));
      nested(step);
      at_ = after;
    }
  }

  void path(bool in_value) {
    nested([&] { path_body(in_value); });
  }

  void path_body(bool in_value) {
    switch (const char tag = next()) {
      case 'C':
        print(full_identifier().name);
        return;
      case 'M':
      case 'X':
        silent([&] {
          optional_base62('s');
          path(false);
        });
        [[fallthrough]];
      case 'Y':
        print("<");
        type();
        if (tag != 'M') {
          print(" as ");
          path(false);
        }
        print(">");
        return;
      case 'N':
        nested_path(in_value);
        return;
      case 'I':
        path(in_value);
        print(in_value ? "::<" : "<");
        list(", ", [&] { generic_argument(); });
        print(">");
        return;
      case 'B':
        back_reference([&] { path(in_value); });
        return;
      default:
        ok_ = false;
    }
  }

  void nested_path(bool in_value) {
    const char space = next();
    path(in_value);
    const identifier found = full_identifier();
    if (is_lower(space)) {
      print(found.name.empty() ? "" : "::");
      print(found.name);
      return;
    }
    ok_ = ok_ && is_upper(space);
    print("::{");
    print(space == 'C' ? "closure" : space == 'S' ? "shim" : std::string_view(&space, 1));
    print(found.name.empty() ? "" : ":");
    print(found.name);
    print("#" + std::to_string(found.disambiguator) + "}");
  }

  void generic_argument() {
    if (take('L')) {
      lifetime(base62());
    } else if (take('K')) {
      constant();
    } else {
      type();
    }
  }

  // 0 is the erased lifetime, others count from the innermost binder.
  void lifetime(std::uint64_t index) {
    if (index == 0) {
      print("'_");
      return;
    }
    ok_ = ok_ && index <= bound_lifetimes_;
    const std::uint64_t number = bound_lifetimes_ - index;
    print(number < 26 ? std::string("'") + static_cast<char>('a' + number)
                      : "'_" + std::to_string(number));
  }

  template <typename Step>
  void bound(Step step) {
    const std::uint64_t count = optional_base62('G');
    ok_ = ok_ && count < 256;
    const std::uint64_t before = bound_lifetimes_;
    for (std::uint64_t i = 0; ok_ && i < count; ++i) {
      ++bound_lifetimes_;
      print(i == 0 ? "for<" : ", ");
      lifetime(1);
    }
    print(count == 0 ? "" : "> ");
    step();
    bound_lifetimes_ = before;
  }

  void type() {
    nested([&] { type_body(); });
  }

  void type_body() {
    const char tag = peek();
    if (const char* name = basic_type(tag)) {
      next();
      print(name);
      return;
    }
    switch (tag) {
      case 'A':
      case 'S':
        next();
        print("[");
        type();
        if (tag == 'A') {
          print("; ");
          constant();
        }
        print("]");
        return;
      case 'T': {
        next();
        print("(");
        const std::size_t count = list(", ", [&] { type(); });
        print(count == 1 ? ",)" : ")");
        return;
      }
      case 'R':
      case 'Q':
        next();
        reference(tag == 'Q');
        return;
      case 'P':
      case 'O':
        next();
        print(tag == 'P' ? "*const " : "*mut ");
        type();
        return;
      case 'F':
        next();
        bound([&] { function_signature(); });
        return;
      case 'D':
        next();
        dynamic_type();
        return;
      case 'B':
        next();
        back_reference([&] { type(); });
        return;
      default:
        path(false);
    }
  }

  void reference(bool is_mutable) {
    print("&");
    if (take('L')) {
      if (const std::uint64_t index = base62()) {
        lifetime(index);
        print(" ");
      }
    }
    print(is_mutable ? "mut " : "");
    type();
  }

  void function_signature() {
    print(take('U') ? "unsafe " : "");
    if (take('K')) {
      std::string abi = take('C') ? "C" : plain_identifier();
      std::replace(abi.begin(), abi.end(), '_', '-');
      print("extern \"" + abi + "\" ");
    }
    print("fn(");
    list(", ", [&] { type(); });
    print(")");
    if (!take('u')) {
      print(" -> ");
      type();
    }
  }

  void dynamic_type() {
    print("dyn ");
    bound([&] { list(" + ", [&] { dynamic_trait(); }); });
    ok_ = ok_ && take('L');
    if (const std::uint64_t index = base62()) {
      print(" + ");
      lifetime(index);
    }
  }

  void dynamic_trait() {
    bool open = open_generics();
    while (take('p')) {
      print(open ? ", " : "<");
      open = true;
      print(plain_identifier());
      print(" = ");
      type();
    }
    print(open ? ">" : "");
  }

  // A path whose generic arguments, if any, stay open for associated types; true when they are.
  bool open_generics() {
    bool open = false;
    if (take('B')) {
      back_reference([&] { open = open_generics(); });
    } else if (take('I')) {
      path(false);
      print("<");
      list(", ", [&] { generic_argument(); });
      open = true;
    } else {
      path(false);
    }
    return open;
  }

  void constant() {
    nested([&] { constant_body(); });
  }

  void constant_body() {
    const char tag = next();
    if (tag == 'B') {
      back_reference([&] { constant(); });
      return;
    }
    if (tag == 'p') {
      print("_");
      return;
    }
    const bool negative = take('n');
    const std::size_t start = at_;
    while (is_hex(peek())) {
      ++at_;
    }
    const std::string_view digits = in_.substr(start, at_ - start);
    ok_ =
        ok_ && take('_') && std::string_view("hjmotyailnsxbc").find(tag) != std::string_view::npos;
    if (digits.size() > 16) {
      print("0x");
      print(digits);
      return;
    }
    std::uint64_t value = 0;
    for (const char c : digits) {
      value = value << 4 | static_cast<std::uint64_t>(is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    print_constant(tag, negative, value);
  }

  void print_constant(char tag, bool negative, std::uint64_t value) {
    if (tag == 'b') {
      print(value == 0 ? "false" : "true");
    } else if (tag == 'c') {
      std::string text = "'";
      append_utf8(text, static_cast<std::uint32_t>(value <= 0x10ffff ? value : 0xfffd));
      print(text + "'");
    } else {
      print(negative ? "-" : "");
      print(std::to_string(value));
    }
  }

  std::string_view in_;
  std::size_t at_ = 0;
  std::string out_;
  bool ok_ = true;
  bool printing_ = true;
  int depth_ = 0;
  std::uint64_t bound_lifetimes_ = 0;
};

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
  if (name.starts_with("_R") && name.size() > 2 && is_upper(name[2])) {
    return v0_demangler(name.substr(2)).run();
  }
  return std::nullopt;
}

}  // namespace track::symbols
