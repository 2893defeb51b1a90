#include "libtrack/analysis/function_name.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace track::analysis {
namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$';
}

template <std::size_t N>
bool starts_with_any(std::string_view text, const std::array<std::string_view, N>& heads) {
  return std::any_of(heads.begin(), heads.end(),
                     [text](std::string_view head) { return text.starts_with(head); });
}

// Suffixes that compilers append to a symbol for a copy of a function.
std::string_view without_clone_suffix(std::string_view name) {
  constexpr std::array<std::string_view, 9> words = {
      "constprop", "isra", "part", "cold", "lto_priv", "llvm", "localalias", "clone", "resolver"};
  name = name.substr(0, name.find(" [clone "));
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos;
       dot = name.find('.', dot + 1)) {
    if (dot != 0 && starts_with_any(name.substr(dot + 1), words)) {
      return name.substr(0, dot);
    }
  }
  return name;
}

std::string_view without_rust_hash(std::string_view name) {
  constexpr std::size_t hash_size = 3 + 16;
  if (name.size() <= hash_size || name.substr(name.size() - hash_size, 3) != "::h") {
    return name;
  }
  const std::string_view digits = name.substr(name.size() - 16);
  const bool hash = std::all_of(digits.begin(), digits.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  return hash ? name.substr(0, name.size() - hash_size) : name;
}

// Behind the brace that closes the one at `at`; the end when there is none.
std::size_t past_braces(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  for (; at < text.size(); ++at) {
    depth += text[at] == '{' ? 1 : 0;
    if (text[at] == '}' && --depth == 0) {
      return at + 1;
    }
  }
  return at;
}

// Walks a demangled name and keeps only the names of scopes and the function.
class reducer {
 public:
  explicit reducer(std::string_view text) : text_(text) {}

  std::string reduce() {
    while (at_ < text_.size()) {
      step();
    }
    return kept_;
  }

 private:
  std::string_view rest() const { return text_.substr(at_); }

  // Past the bracket that closes the one here; the end when there is none.
  void skip_group(char open, char close) {
    std::size_t depth = 0;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == open) {
        ++depth;
      } else if (text_[at_] == close && (close != '>' || at_ == 0 || text_[at_ - 1] != '-')) {
        if (--depth == 0) {
          ++at_;
          return;
        }
      }
    }
  }

  bool take(std::string_view word, std::string_view instead) {
    if (!rest().starts_with(word)) {
      return false;
    }
    kept_ += instead;
    at_ += word.size();
    return true;
  }

  void step() {
    const char c = text_[at_];
    const bool word_start = at_ == 0 || !is_word(text_[at_ - 1]);
    if (word_start && rest().starts_with("operator") &&
        (rest().size() == 8 || !is_word(rest()[8]))) {
      take_operator();
    } else if (c == '<') {
      take_angle();
    } else if (c == '(') {
      if (!take("(anonymous namespace)", "(anonymous namespace)")) {
        skip_group('(', ')');
      }
    } else if (c == '[') {
      skip_group('[', ']');
    } else if (c == '{') {
      take_braces();
    } else if (c == '\'') {
      take_quoted();
    } else if (word_start && rest().starts_with("$_")) {
      kept_ += "{lambda}";
      for (at_ += 2; at_ < text_.size() && is_word(text_[at_]); ++at_) {
      }
    } else if (c == ' ') {
      take_space();
    } else {
      kept_ += c;
      ++at_;
    }
  }

  void take_operator() {
    kept_ += "operator";
    at_ += 8;
    if (take("()", "()") || take(" new[]", " new[]") || take(" delete[]", " delete[]") ||
        take(" new", " new") || take(" delete", " delete") || take("[]", "[]")) {
      return;
    }
    constexpr std::string_view symbols = "<>=!+-*/%^&|~,";
    const bool symbol = at_ < text_.size() && symbols.find(text_[at_]) != std::string_view::npos;
    while (symbol && at_ < text_.size() && symbols.find(text_[at_]) != std::string_view::npos) {
      kept_ += text_[at_++];
    }
    if (symbol) {
      // The demangler sets "operator< <int>" apart.
      at_ += rest().starts_with(" <") ? 1 : 0;
      return;
    }
    // A conversion or a literal: the type up to the parameters is its name.
    while (at_ < text_.size() && text_[at_] != '(') {
      if (text_[at_] == '<') {
        skip_group('<', '>');
      } else {
        kept_ += text_[at_++];
      }
    }
  }

  // Template arguments go; Rust's "<T as Trait>::method" starts with what it is about.
  void take_angle() {
    const std::size_t start = at_;
    skip_group('<', '>');
    if (kept_.empty() && rest().starts_with("::")) {
      std::size_t depth = 0;
      for (const char c : text_.substr(start, at_ - start)) {
        depth += c == '<' ? 1 : 0;
        if (depth == 1) {
          kept_ += c;
        }
        depth -= c == '>' && depth > 0 ? 1 : 0;
      }
    }
  }

  // "{lambda(int)#1}" → "{lambda}".
  void take_braces() {
    const std::size_t start = at_;
    skip_group('{', '}');
    const std::string_view inside = text_.substr(start, at_ - start);
    kept_ += inside.substr(0, inside.find_first_of("(#}"));
    kept_.append(std::min(inside.find_first_not_of('{'), inside.size()), '}');
  }

  // LLVM's demangler: "'lambda0'(int)", "'unnamed'".
  void take_quoted() {
    const std::size_t end = text_.find('\'', at_ + 1);
    kept_ += rest().starts_with("'lambda") ? "{lambda}" : "{unnamed}";
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
  }

  // What stands before a space is the return type, unless qualifiers follow.
  void take_space() {
    ++at_;
    for (const std::string_view qualifier : {"const", "volatile", "&&", "&", "noexcept"}) {
      if (rest().starts_with(qualifier)) {
        at_ += qualifier.size();
        return;
      }
    }
    if (at_ < text_.size()) {
      kept_.clear();
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string kept_;
};

}  // namespace

std::string reduced_name(std::string_view demangled) {
  const std::string_view name = without_rust_hash(without_clone_suffix(demangled));
  std::string reduced = reducer(name).reduce();
  return reduced.empty() ? std::string(name) : reduced;
}

std::string stable_type_name(std::string_view type) {
  std::string stable;
  for (std::size_t at = 0; at < type.size();) {
    const std::string_view rest = type.substr(at);
    const bool braced = rest.starts_with("{lambda") || rest.starts_with("{unnamed");
    const bool numbered = rest.starts_with("$_") && rest.size() > 2 &&
                          std::isdigit(static_cast<unsigned char>(rest[2])) != 0 &&
                          (at == 0 || !is_word(type[at - 1]));
    if (!braced && !numbered) {
      stable += type[at++];
      continue;
    }
    stable += rest.starts_with("{unnamed") ? "{unnamed}" : "{lambda}";
    at = braced ? past_braces(type, at)
                : std::min(type.find_first_not_of("0123456789", at + 2), type.size());
  }
  return stable;
}

bool is_library_function(std::string_view reduced) {
  constexpr std::array<std::string_view, 28> heads = {"std::",
                                                      "__gnu_cxx::",
                                                      "__gnu_debug::",
                                                      "__cxxabiv1::",
                                                      "operator new",
                                                      "operator delete",
                                                      "alloc::alloc::",
                                                      "alloc::vec::",
                                                      "alloc::raw_vec::",
                                                      "alloc::boxed::",
                                                      "alloc::string::",
                                                      "alloc::slice::",
                                                      "alloc::sync::",
                                                      "alloc::rc::",
                                                      "alloc::collections::",
                                                      "alloc::fmt::",
                                                      "core::ops::function::",
                                                      "core::iter::",
                                                      "core::option::",
                                                      "core::result::",
                                                      "core::ptr::",
                                                      "<alloc::",
                                                      "<core::",
                                                      "<std::",
                                                      "__rust_",
                                                      "__rdl_",
                                                      "__rg_",
                                                      "__libc_start"};
  constexpr std::array<std::string_view, 16> names = {
      "malloc",         "calloc",        "realloc",       "reallocarray",
      "posix_memalign", "aligned_alloc", "memalign",      "valloc",
      "pvalloc",        "free",          "__libc_malloc", "__libc_calloc",
      "__libc_realloc", "_start",        "start_thread",  "__libc_csu_init"};
  return starts_with_any(reduced, heads) ||
         std::find(names.begin(), names.end(), reduced) != names.end();
}

std::string_view file_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_runtime_module(std::string_view path) {
  constexpr std::array<std::string_view, 17> heads = {
      "libc.so", "libc-",         "libstdc++.so", "libc++.so",   "libc++abi.so",    "libgcc_s.so",
      "libm.so", "libpthread.so", "libpthread-",  "libdl.so",    "librt.so",        "linux-vdso",
      "[vdso]",  "libjemalloc",   "libtcmalloc",  "libmimalloc", "libtrack_preload"};
  const std::string_view name = file_name(path);
  return starts_with_any(name, heads) || name.starts_with("ld-linux") || name.starts_with("ld-2.");
}

bool is_start_module(std::string_view path) {
  constexpr std::array<std::string_view, 4> heads = {"ld-linux", "ld-2.", "libc.so", "libc-2"};
  return starts_with_any(file_name(path), heads);
}

std::string_view module_stem(std::string_view path) {
  const std::string_view name = file_name(path);
  const std::size_t suffix = name.find(".so");
  return suffix == std::string_view::npos || suffix == 0 ? name : name.substr(0, suffix);
}

}  // namespace track::analysis
