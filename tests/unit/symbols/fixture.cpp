#include "tests/unit/symbols/fixture.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

namespace track::symbols::test {

workshop::workshop() {
  std::string pattern = (std::filesystem::temp_directory_path() / "track_symbols.XXXXXX").string();
  folder_ = mkdtemp(pattern.data());
}

workshop::~workshop() {
  std::filesystem::remove_all(folder_);
}

bool workshop::run(const std::string& command, std::string* output) const {
  const std::string line = "cd '" + folder_ + "' && { " + command + " ; } 2>/dev/null";
  FILE* pipe = popen(line.c_str(), "r");
  if (pipe == nullptr) {
    return false;
  }
  char buffer[4096];
  while (const std::size_t count = fread(buffer, 1, sizeof buffer, pipe)) {
    if (output != nullptr) {
      output->append(buffer, count);
    }
  }
  const int status = pclose(pipe);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool has_tool(const std::string& name) {
  return std::system(("command -v " + name + " >/dev/null 2>&1").c_str()) == 0;
}

std::string fixture_path(const std::string& name) {
  return std::string(SYMBOL_FIXTURES) + "/" + name;
}

std::uint32_t tagged_line(const std::string& fixture, const std::string& tag) {
  std::ifstream file(fixture_path(fixture));
  std::string line;
  for (std::uint32_t number = 1; std::getline(file, line); ++number) {
    if (line.ends_with("// @" + tag)) {
      return number;
    }
  }
  return 0;
}

std::pair<std::uint64_t, std::uint64_t> function_range(const workshop& shop,
                                                       const std::string& binary,
                                                       std::string_view name) {
  std::string listing;
  shop.run("nm -S -C --defined-only '" + binary + "'", &listing);
  std::istringstream lines(listing);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::uint64_t address = 0;
    std::uint64_t size = 0;
    std::string type;
    std::string rest;
    if (words >> std::hex >> address >> size >> type && std::getline(words >> std::ws, rest) &&
        (type == "t" || type == "T") && rest.starts_with(name)) {
      return {address, address + size};
    }
  }
  return {0, 0};
}

std::vector<std::vector<resolved_frame>> all_chains(resolver& names, const module_key& module,
                                                    std::pair<std::uint64_t, std::uint64_t> range) {
  std::vector<std::uint64_t> addresses;
  for (std::uint64_t address = range.first; address < range.second; ++address) {
    addresses.push_back(address);
  }
  std::vector<std::vector<resolved_frame>> chains;
  for (auto& chain : names.resolve_many(module, addresses)) {
    if (std::find(chains.begin(), chains.end(), chain) == chains.end()) {
      chains.push_back(std::move(chain));
    }
  }
  return chains;
}

std::string text_of(const std::vector<resolved_frame>& chain) {
  std::string text;
  for (const resolved_frame& frame : chain) {
    text += text.empty() ? "" : " < ";
    text += frame.function + " " + frame.file.substr(frame.file.rfind('/') + 1) + ":" +
            std::to_string(frame.line) + (frame.inlined ? "+" : "");
  }
  return text;
}

std::vector<std::uint8_t> build_id_of(const workshop& shop, const std::string& binary) {
  std::string listing;
  shop.run("readelf -n '" + binary + "' | sed -n 's/.*Build ID: //p'", &listing);
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < listing.size() && listing[i] != '\n'; i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(listing.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

std::string build_id_path(const std::vector<std::uint8_t>& build_id) {
  std::string hex;
  for (const std::uint8_t byte : build_id) {
    char text[3];
    std::snprintf(text, sizeof text, "%02x", byte);
    hex += text;
  }
  return ".build-id/" + hex.substr(0, 2) + "/" + hex.substr(2);
}

}  // namespace track::symbols::test
