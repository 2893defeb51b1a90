#include "libtrack/symbols/demangle.hpp"

#include <cstdlib>
#include <memory>

#include <cxxabi.h>

#include "libtrack/symbols/rust_demangle.hpp"

namespace track::symbols {

namespace {

// Longer names than this are not demangled: the demangler recurses and its output may be far longer
// than its input.
constexpr std::size_t longest_mangled = 32 * 1024;

struct free_text {
  void operator()(char* text) const { std::free(text); }
};

}  // namespace

std::string demangle(std::string_view name) {
  name = name.substr(0, name.find('@'));
  if (name.size() > longest_mangled) {
    return std::string(name);
  }
  if (auto rust = demangle_rust(name)) {
    return *std::move(rust);
  }
  const std::string mangled(name);
  if (mangled.starts_with("_Z")) {
    int status = 0;
    const std::unique_ptr<char, free_text> text(
        abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status));
    if (status == 0 && text != nullptr) {
      return text.get();
    }
  }
  return mangled;
}

std::string_view without_clone_suffix(std::string_view name) {
  return name.starts_with("_Z") || name.starts_with("_R") ? name.substr(0, name.find('.')) : name;
}

}  // namespace track::symbols
