// Our frames against those of binutils' addr2line: as many frames, the same files and lines, the
// same functions. Differences that have a reason are counted apart, all others fail.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "libtrack/support/files.hpp"
#include "libtrack/symbols/demangle.hpp"
#include "libtrack/symbols/resolver.hpp"
#include "tests/unit/symbols/fixture.hpp"

namespace track::symbols {
namespace {

using chain = std::vector<resolved_frame>;

std::vector<std::uint64_t> random_addresses(const test::workshop& shop, const std::string& binary,
                                            std::size_t count) {
  std::string listing;
  shop.run("nm -S --defined-only '" + binary + "' | grep -i ' t '", &listing);
  std::istringstream words(listing);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> functions;
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  std::string type;
  std::string name;
  std::string line;
  while (std::getline(words, line)) {
    std::istringstream fields(line);
    if (fields >> std::hex >> address >> size >> type >> name && size > 0) {
      functions.emplace_back(address, size);
    }
  }
  std::vector<std::uint64_t> addresses;
  std::mt19937_64 random(42);
  while (!functions.empty() && addresses.size() < count) {
    const auto& [start, length] = functions[random() % functions.size()];
    addresses.push_back(start + random() % length);
  }
  return addresses;
}

std::pair<std::string, std::uint32_t> file_and_line(std::string text) {
  text = text.substr(0, text.find(" (discriminator"));
  const std::size_t colon = text.rfind(':');
  const std::string file = text.substr(0, colon);
  const std::string line = text.substr(colon + 1);
  return {file == "??" ? "" : std::filesystem::path(file).lexically_normal().string(),
          line == "?" ? 0 : static_cast<std::uint32_t>(std::stoul(line))};
}

// addr2line's answers, one chain an address.
std::vector<chain> reference(const test::workshop& shop, const std::string& binary,
                             const std::vector<std::uint64_t>& addresses) {
  std::string questions;
  for (const std::uint64_t address : addresses) {
    char text[32];
    std::snprintf(text, sizeof text, "0x%lx\n", address);
    questions += text;
  }
  EXPECT_TRUE(write_file_atomically(shop.path("questions"), questions));
  std::string answers;
  EXPECT_TRUE(shop.run("addr2line -a -f -i -e '" + binary + "' < questions", &answers));
  std::istringstream lines(answers);
  std::vector<chain> chains;
  std::string function;
  std::string place;
  while (std::getline(lines, function)) {
    if (function.starts_with("0x")) {
      chains.emplace_back();
      continue;
    }
    std::getline(lines, place);
    const auto [file, line] = file_and_line(place);
    chains.back().push_back({demangle(without_clone_suffix(function)), file, line, false});
  }
  return chains;
}

struct difference_count {
  std::size_t frames = 0;     // a different number of frames
  std::size_t files = 0;      // another file or line
  std::size_t functions = 0;  // another function
  std::size_t shorter = 0;    // the reference's name is ours without scope or parameters
  std::size_t outermost = 0;  // the reference names an inlined frame after the outermost function
};

// binutils prints the plain DW_AT_name where there is no linkage name.
bool is_shorter_form(const std::string& ours, const std::string& theirs) {
  return theirs.size() < ours.size() && ours.find(theirs) != std::string::npos;
}

void compare(const chain& ours, const chain& theirs, difference_count& count) {
  if (ours.size() != theirs.size()) {
    ++count.frames;
    return;
  }
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (ours[i].file != theirs[i].file || ours[i].line != theirs[i].line) {
      ++count.files;
      ADD_FAILURE() << test::text_of(ours) << "\n" << test::text_of(theirs);
    }
    if (ours[i].function == theirs[i].function) {
      continue;
    }
    // At the first address of a function binutils takes its ELF symbol for the innermost frame.
    if (i == 0 && ours.size() > 1 && theirs[0].function == theirs.back().function) {
      ++count.outermost;
    } else if (is_shorter_form(ours[i].function, theirs[i].function)) {
      ++count.shorter;
    } else {
      ++count.functions;
      ADD_FAILURE() << test::text_of(ours) << "\n" << test::text_of(theirs);
    }
  }
}

difference_count compare_all(const test::workshop& shop, const std::string& binary) {
  const auto addresses = random_addresses(shop, binary, 600);
  EXPECT_EQ(addresses.size(), 600U);
  resolver names;
  const auto ours = names.resolve_many({shop.path(binary), {}}, addresses);
  const auto theirs = reference(shop, binary, addresses);
  EXPECT_EQ(ours.size(), theirs.size());
  difference_count count;
  for (std::size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i) {
    compare(ours[i], theirs[i], count);
  }
  return count;
}

void write_templates(const test::workshop& shop) {
  std::string source =
      "#include <algorithm>\n#include <map>\n#include <memory>\n#include <string>\n";
  for (int i = 0; i < 4; ++i) {
    const std::string n = std::to_string(i);
    source += "struct key" + n +
              " { int v; std::string s; };\n"
              "int f" +
              n +
              "(int x) {\n"
              "  std::map<int, std::unique_ptr<key" +
              n +
              ">> m;\n"
              "  for (int j = 0; j < x; ++j)\n"
              "    m[j] = std::make_unique<key" +
              n + ">(key" + n +
              "{j, std::to_string(j)});\n"
              "  std::string all;\n"
              "  for (auto& [k, v] : m)\n"
              "    all += v->s;\n"
              "  std::sort(all.begin(), all.end());\n"
              "  return (int)all.size();\n}\n";
  }
  source += "int main(int n, char**) { return f0(n) + f1(n) + f2(n) + f3(n); }\n";
  ASSERT_TRUE(write_file_atomically(shop.path("templates.cpp"), source));
}

TEST(reference, optimised_gcc_program_agrees_with_addr2line) {
  test::workshop shop;
  write_templates(shop);
  ASSERT_TRUE(shop.run("g++ -std=c++17 -g -gdwarf-4 -O2 templates.cpp -o program"));
  const difference_count count = compare_all(shop, "program");
  EXPECT_EQ(count.frames, 0U);
  EXPECT_EQ(count.files, 0U);
  EXPECT_EQ(count.functions, 0U);
  RecordProperty("shorter", static_cast<int>(count.shorter));
  RecordProperty("outermost", static_cast<int>(count.outermost));
}

TEST(reference, unoptimised_gcc_program_agrees_with_addr2line) {
  test::workshop shop;
  write_templates(shop);
  ASSERT_TRUE(shop.run("g++ -std=c++17 -g -gdwarf-4 -O0 templates.cpp -o program"));
  const difference_count count = compare_all(shop, "program");
  EXPECT_EQ(count.frames + count.files + count.functions, 0U);
}

}  // namespace
}  // namespace track::symbols
