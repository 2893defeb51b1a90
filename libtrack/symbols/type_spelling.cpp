// canonical_type and readable_type: one type name, rewritten from left to right.
#include <algorithm>
#include <array>
#include <cctype>

#include "libtrack/symbols/type_text.hpp"

namespace track::symbols {

namespace {

constexpr int depth_limit = 64;
constexpr std::size_t longest_name = 64 * 1024;

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || c == '~' ||
         (c & 0x80) != 0;
}

bool is_inline_namespace(std::string_view name) {
  return name == "__cxx11" || name == "__1" || name == "__2" || name == "__ndk1" || name == "_V2";
}

// Rewrites one type name, from left to right.
class canonicaliser {
 public:
  // `for_people`: functions around a type and casts of values stay.
  canonicaliser(std::string_view text, bool for_people) : text_(text), for_people_(for_people) {}

  std::string run() {
    std::string out = type(0);
    while (at_ < text_.size()) {
      out += text_[at_++];
      out += type(0);
    }
    return out;
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool starts(std::string_view with) const { return text_.substr(at_).starts_with(with); }
  void skip_spaces() {
    while (peek() == ' ') {
      ++at_;
    }
  }

  std::string_view word_here() const {
    std::size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) {
      ++end;
    }
    return text_.substr(at_, end - at_);
  }

  bool take_word(std::string_view word) {
    if (word_here() != word) {
      return false;
    }
    at_ += word.size();
    skip_spaces();
    return true;
  }

  struct qualifiers {
    bool is_const = false;
    bool is_volatile = false;
  };

  void take_qualifiers(qualifiers& found) {
    for (bool more = true; more;) {
      skip_spaces();
      more = false;
      if (take_word("const")) {
        found.is_const = more = true;
      } else if (take_word("volatile")) {
        found.is_volatile = more = true;
      } else if (take_word("struct") || take_word("class") || take_word("enum") ||
                 take_word("union") || take_word("typename")) {
        more = true;
      }
    }
  }

  std::string type(int depth) {
    if (depth > depth_limit) {
      at_ = text_.size();
      return {};
    }
    qualifiers found;
    take_qualifiers(found);
    std::string out = integer_type(found);
    if (out.empty()) {
      out = literal();
    }
    if (out.empty()) {
      out = name(depth);
    }
    take_qualifiers(found);
    out += found.is_const ? " const" : "";
    out += found.is_volatile ? " volatile" : "";
    suffix(out, depth);
    return out;
  }

  // "long unsigned int" and "unsigned long": one spelling; "" when none of these words is here.
  std::string integer_type(qualifiers& found) {
    int longs = 0;
    bool is_unsigned = false;
    bool is_signed = false;
    std::string core;
    bool any = false;
    for (bool more = true; more;) {
      take_qualifiers(found);
      more = true;
      if (take_word("long")) {
        ++longs;
      } else if (take_word("unsigned")) {
        is_unsigned = true;
      } else if (take_word("signed")) {
        is_signed = true;
      } else if (take_word("short")) {
        core = "short";
      } else if (take_word("char")) {
        core = "char";
      } else if (take_word("int")) {
        core = core.empty() ? "int" : core;
      } else if (longs == 1 && take_word("double")) {
        core = "double";
      } else {
        more = false;
      }
      any = any || more;
    }
    if (!any) {
      return {};
    }
    std::string out = is_unsigned ? "unsigned " : is_signed && core == "char" ? "signed " : "";
    for (int i = 0; i < longs; ++i) {
      out += "long ";
    }
    if (longs == 0 || core == "double") {
      out += core.empty() ? "int" : core;
    } else {
      out.pop_back();
    }
    return out;
  }

  // A value among template arguments: its number; "" when here is none.
  std::string literal() {
    std::string cast;
    if (peek() == '(' && !starts("(anonymous namespace)") && !starts("(lambda")) {
      const std::size_t close = closing_bracket(text_, at_);
      const char after = close + 1 < text_.size() ? text_[close + 1] : '\0';
      if (close == std::string_view::npos ||
          (std::isdigit(static_cast<unsigned char>(after)) == 0 && after != '-')) {
        return {};
      }
      cast = for_people_ ? text_.substr(at_, close + 1 - at_) : std::string_view();
      at_ = close + 1;
    }
    if (peek() == '\'' && peek(2) == '\'') {
      at_ += 3;
      const char c = text_[at_ - 2];
      return for_people_ ? "'" + std::string(1, c) + "'" : std::to_string(static_cast<int>(c));
    }
    const bool negative = peek() == '-';
    if (std::isdigit(static_cast<unsigned char>(peek(negative ? 1 : 0))) == 0) {
      return {};
    }
    std::string out = cast + (negative ? "-" : "");
    at_ += negative ? 1 : 0;
    while (is_word(peek())) {
      const char c = text_[at_++];
      const bool is_suffix = c == 'u' || c == 'U' || c == 'l' || c == 'L';
      out += is_suffix ? "" : std::string(1, c);
    }
    return out;
  }

  // A qualified name. Scopes that are functions are dropped with all before them.
  std::string name(int depth) {
    std::string out;
    while (at_ < text_.size() && out.size() < longest_name) {
      const std::size_t before = at_;
      const std::string part = component(depth);
      if (at_ == before) {
        break;
      }
      const std::size_t behind = at_;
      if (take_function_scope(part)) {
        if (for_people_) {
          out += part;
          out += text_.substr(behind, at_ - behind);
        } else {
          out.clear();
        }
        continue;
      }
      const bool more = starts("::");
      if (!(more && is_inline_namespace(part) && out == "std::")) {
        out += part;
        out += more ? "::" : "";
      }
      if (!more) {
        break;
      }
      at_ += 2;
    }
    return out;
  }

  // Steps over "(int, char**) const::" behind the name of a function, and over "main::".
  bool take_function_scope(std::string_view part) {
    std::size_t at = at_;
    if (peek() == '(') {
      at = closing_bracket(text_, at_);
      if (at == std::string_view::npos) {
        return false;
      }
      ++at;
      for (const std::string_view rest : {" const", " volatile", " &&", " &", "[abi:cxx11]"}) {
        at += text_.substr(at).starts_with(rest) ? rest.size() : 0;
      }
    } else if (part != "main") {
      return false;
    }
    if (!text_.substr(at).starts_with("::")) {
      return false;
    }
    at_ = at + 2;
    return true;
  }

  std::string component(int depth) {
    if (starts("(anonymous namespace)") || starts("{anonymous}")) {
      at_ += peek() == '(' ? std::string_view("(anonymous namespace)").size()
                           : std::string_view("{anonymous}").size();
      return "(anonymous namespace)";
    }
    if (starts("(lambda")) {  // clang's "(lambda at file:line:column)"
      return verbatim_bracket();
    }
    if (starts("{lambda") || starts("<lambda")) {
      return lambda(depth);
    }
    if (peek() == '{') {
      return verbatim_bracket();
    }
    const std::string_view word = word_here();
    at_ += word.size();
    std::string out(word);
    if (word == "operator") {
      while (at_ < text_.size() && peek() != '(' && peek() != ',') {
        out += text_[at_++];
      }
      if (starts("()") && out == "operator") {
        out += "()";
        at_ += 2;
      }
    } else if (peek() == '<') {
      out += list('<', '>', depth);
    }
    while (starts("[abi:")) {
      at_ = std::min(text_.size(), text_.find(']', at_) + 1);
    }
    return out;
  }

  std::string verbatim_bracket() {
    const std::size_t close = closing_bracket(text_, at_);
    const std::size_t end = close == std::string_view::npos ? text_.size() : close + 1;
    std::string out(text_.substr(at_, end - at_));
    at_ = end;
    return out;
  }

  // "{lambda(int)#1}", "<lambda(int)>": without the number, which DWARF does not have.
  std::string lambda(int depth) {
    const std::size_t close = closing_bracket(text_, at_);
    at_ += std::string_view("{lambda").size();
    std::string out = "{lambda";
    out += peek() == '(' ? list('(', ')', depth) : "";
    at_ = close == std::string_view::npos ? text_.size() : close + 1;
    return out + "}";
  }

  std::string list(char open, char close, int depth) {
    std::string out(1, open);
    ++at_;
    while (at_ < text_.size()) {
      skip_spaces();
      if (peek() == close) {
        ++at_;
        break;
      }
      if (peek() == ',') {
        ++at_;
        out += ", ";
        continue;
      }
      const std::size_t before = at_;
      out += type(depth + 1);
      if (at_ == before) {
        out += text_[at_++];
      }
    }
    return out == "(void" ? "()" : out + close;
  }

  // Pointers, references, arrays and parameter lists behind a type.
  void suffix(std::string& out, int depth) {
    while (at_ < text_.size() && out.size() < longest_name) {
      skip_spaces();
      const char c = peek();
      if (c == '*' || c == '&' || c == '.') {
        out += c;
        ++at_;
      } else if (c == '(') {
        out += out.empty() || out.ends_with(")") ? "" : " ";
        out += list('(', ')', depth);
      } else if (c == '[') {
        out += verbatim_bracket();
      } else if (take_word("const")) {
        out += " const";
      } else if (take_word("volatile")) {
        out += " volatile";
      } else if (take_word("noexcept")) {
        out += " noexcept";
      } else {
        return;
      }
    }
  }

  std::string_view text_;
  bool for_people_;
  std::size_t at_ = 0;
};

// Arguments that the standard library fills in by itself.
bool is_default_argument(std::string_view argument) {
  constexpr std::array<std::string_view, 7> defaults = {
      "std::allocator<",   "std::less<",           "std::equal_to<",           "std::hash<",
      "std::char_traits<", "std::default_delete<", "(__gnu_cxx::_Lock_policy)"};
  return std::any_of(defaults.begin(), defaults.end(),
                     [&](std::string_view each) { return argument.starts_with(each); }) ||
         argument == "__gnu_cxx::_S_atomic";
}

std::string readable(std::string_view text, int depth) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const bool opens = c == '<' && at > 0 && is_word(text[at - 1]);
    const std::size_t close = opens ? closing_bracket(text, at) : std::string_view::npos;
    if (close == std::string_view::npos || depth > depth_limit) {
      out += c;
      ++at;
      continue;
    }
    std::size_t name = out.size();
    while (name > 0 && (is_word(out[name - 1]) || out[name - 1] == ':')) {
      --name;
    }
    const bool is_std = out.compare(name, 5, "std::") == 0;
    auto arguments = split_arguments(text.substr(at + 1, close - at - 1));
    while (is_std && arguments.size() > 1 && is_default_argument(arguments.back())) {
      arguments.pop_back();
    }
    std::string list;
    for (const std::string_view argument : arguments) {
      list += (list.empty() ? "" : ", ") + readable(argument, depth + 1);
    }
    out += "<" + list + ">";
    if (out.compare(name, std::string::npos, "std::basic_string<char>") == 0) {
      out.replace(name, std::string::npos, "std::string");
    }
    at = close + 1;
  }
  return out;
}

}  // namespace

std::string canonical_type(std::string_view text) {
  return canonicaliser(text.substr(0, longest_name), false).run();
}

std::string readable_type(std::string_view text) {
  return readable(canonicaliser(text.substr(0, longest_name), true).run(), 0);
}

}  // namespace track::symbols
