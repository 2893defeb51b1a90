// Programs compiled when the tests run, and what the binutils say of them. For tests only.
//
// Each object has a folder of its own, removed with it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libtrack/symbols/resolver.hpp"

namespace track::symbols::test {

class workshop {
 public:
  workshop();
  workshop(const workshop&) = delete;
  workshop& operator=(const workshop&) = delete;
  ~workshop();

  const std::string& folder() const { return folder_; }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  // Runs a shell command in the folder; true when it ends with status 0. Its words go to `output`.
  bool run(const std::string& command, std::string* output = nullptr) const;

 private:
  std::string folder_;
};

// True when the shell finds `name`.
bool has_tool(const std::string& name);

// The path of a fixture, and the line of it that `// @tag` stands on (0: none).
std::string fixture_path(const std::string& name);
std::uint32_t tagged_line(const std::string& fixture, const std::string& tag);

// The addresses [first, second) of the first function whose demangled name starts with `name`.
std::pair<std::uint64_t, std::uint64_t> function_range(const workshop& shop,
                                                       const std::string& binary,
                                                       std::string_view name);

// Every chain that some address of the range resolves to, each once.
std::vector<std::vector<resolved_frame>> all_chains(resolver& names, const module_key& module,
                                                    std::pair<std::uint64_t, std::uint64_t> range);

// "function:line function:line …", innermost first, "+" behind the inlined; files by last part.
std::string text_of(const std::vector<resolved_frame>& chain);

std::vector<std::uint8_t> build_id_of(const workshop& shop, const std::string& binary);

// The path below a debug directory where a file of this build-id belongs, without suffix.
std::string build_id_path(const std::vector<std::uint8_t>& build_id);

}  // namespace track::symbols::test
