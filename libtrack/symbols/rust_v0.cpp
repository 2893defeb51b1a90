#include <algorithm>
#include <array>
#include <utility>

#include "libtrack/symbols/rust_names.hpp"

namespace track::symbols::rust {
namespace {

constexpr int depth_limit = 192;

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

}  // namespace
std::optional<std::string> demangle_v0(std::string_view mangled) {
  return v0_demangler(mangled).run();
}

}  // namespace track::symbols::rust
