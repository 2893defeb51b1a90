// What the program fixtures/types.cpp says of itself, against what its files say of it.
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libtrack/symbols/resolver.hpp"
#include "libtrack/symbols/type_source.hpp"
#include "tests/unit/symbols/fixture.hpp"

namespace track::symbols {
namespace {

using test::fixture_path;
using test::workshop;

// One line of the program, cut at spaces; the answer is the rest.
struct line {
  std::string kind;
  std::vector<std::string> words;
  std::string answer;
  std::string text;
};

std::vector<line> lines_of(const std::string& output) {
  std::vector<line> lines;
  std::istringstream in(output);
  for (std::string text; std::getline(in, text);) {
    line each;
    each.text = text;
    text = text.substr(0, text.find("  #"));
    std::istringstream words(text);
    words >> each.kind;
    const std::map<std::string, std::size_t> counts = {
        {"field", 3}, {"variable", 1}, {"thread_local", 1}, {"in_site", 1}, {"site", 1}};
    const auto count = counts.find(each.kind);
    for (std::size_t i = 0; count != counts.end() && i < count->second; ++i) {
      each.words.emplace_back();
      words >> each.words.back();
    }
    std::getline(words >> std::ws, each.answer);
    lines.push_back(each);
  }
  return lines;
}

std::string text_of(const std::optional<field_facts>& field) {
  return field ? field->path + "|" + field->type : "nothing";
}

std::string text_of(const type_facts& facts) {
  return facts.name + (facts.is_array ? "[]" : "");
}

// A compiled fixture and what it printed.
class subject {
 public:
  bool build(const std::string& command, const std::string& fixture = "types.cpp") {
    const bool built = shop_.run("SRC='" + fixture_path(fixture) + "'; " + command);
    return built && start();
  }

  // Reads the program's words and modules; again after its files were changed.
  bool start() {
    std::string output;
    if (!shop_.run("if [ ! -e said ]; then ./program > said; fi; cat said", &output)) {
      return false;
    }
    lines_ = lines_of(output);
    keys_ = {{shop_.path("program"), {}}};
    for (line& each : lines_) {
      if (each.kind == "site") {
        read_stack(each);
      }
    }
    types_.emplace(keys_, options_);
    return true;
  }

  const workshop& shop() const { return shop_; }
  const std::vector<line>& lines() const { return lines_; }
  type_source& types() { return *types_; }
  void search_in(std::vector<std::string> dirs) { options_.debug_dirs = std::move(dirs); }

  type_number type_at(const line& field) {
    return types().type_of_vtable({0, std::stoull(field.words[1])}, field.words[0]);
  }

  type_number type_at_site(const line& site) {
    std::vector<site_frame> frames;
    for (const module_address& place : stacks_.at(site.text)) {
      site_frame frame{place, {}};
      for (const auto& named : names_.resolve(keys_[place.module], place.address - 1)) {
        frame.functions.push_back(named.function);
      }
      frames.push_back(frame);
    }
    return types().type_of_site(frames, std::stoull(site.words[0]));
  }

 private:
  void read_stack(line& site) {
    const std::size_t bar = site.answer.find('|');
    std::istringstream frames(site.answer.substr(0, bar));
    site.answer.erase(0, bar + 1);
    std::vector<module_address>& stack = stacks_[site.text];
    for (std::string frame; frames >> frame;) {
      const std::size_t colon = frame.rfind(':');
      const std::string path = frame.substr(0, colon);
      std::size_t module = 0;
      while (!path.empty() && module < keys_.size() && keys_[module].path != path) {
        ++module;
      }
      if (module == keys_.size()) {
        keys_.push_back({path, {}});
      }
      stack.push_back({module, std::stoull(frame.substr(colon + 1))});
    }
  }

  workshop shop_;
  std::vector<line> lines_;
  std::vector<module_key> keys_;
  std::map<std::string, std::vector<module_address>> stacks_;
  resolver_options options_;
  resolver names_;
  std::optional<type_source> types_;
};

struct recipe {
  const char* name;
  const char* command;  // compiles $SRC to "program"
};

std::ostream& operator<<(std::ostream& out, const recipe& r) {
  return out << r.name;
}

class compiled_types : public testing::TestWithParam<recipe> {
 protected:
  void SetUp() override {
    const std::string command = GetParam().command;
    if (!test::has_tool(command.substr(0, command.find(' ')))) {
      GTEST_SKIP() << "the compiler is not installed";
    }
    ASSERT_TRUE(subject_.build(command));
  }

  void expect_fields();
  void expect_variables();
  void expect_sites();

  subject subject_;
};

TEST_P(compiled_types, say_of_themselves_what_we_say) {
  expect_fields();
  expect_variables();
  expect_sites();
}

void compiled_types::expect_fields() {
  int asked = 0;
  for (const line& each : subject_.lines()) {
    if (each.kind == "field") {
      const type_number type = subject_.type_at(each);
      EXPECT_EQ(text_of(subject_.types().field_at(type, std::stoull(each.words[2]))), each.answer)
          << each.text << " in " << subject_.types().facts(type).name;
      ++asked;
    }
  }
  EXPECT_GE(asked, 20);
}

void compiled_types::expect_variables() {
  int asked = 0;
  const auto storage = subject_.types().thread_locals(0);
  ASSERT_TRUE(storage.has_value());
  for (const line& each : subject_.lines()) {
    if (each.kind == "variable") {
      const auto found = subject_.types().variable_at({0, std::stoull(each.words[0])});
      ASSERT_TRUE(found.has_value()) << each.text;
      EXPECT_EQ(found->name + "|" + found->path + "|" + found->type, each.answer);
      ++asked;
    } else if (each.kind == "thread_local") {
      const std::uint64_t offset = storage->start_below_pointer - std::stoull(each.words[0]);
      const auto found = subject_.types().thread_local_at(0, offset);
      ASSERT_TRUE(found.has_value()) << each.text;
      EXPECT_EQ(found->name, each.answer);
      // gcc leaves the place of thread-locals out of split files.
      if (std::string(GetParam().name) != "gcc_split") {
        EXPECT_EQ(found->type, "app::point*");
      }
      ++asked;
    }
  }
  EXPECT_EQ(asked, 7);
}

void compiled_types::expect_sites() {
  int asked = 0;
  type_number type{};
  for (const line& each : subject_.lines()) {
    if (each.kind == "site") {
      type = subject_.type_at_site(each);
      EXPECT_EQ(text_of(subject_.types().facts(type)), each.answer) << each.text;
      ++asked;
    } else if (each.kind == "in_site") {
      EXPECT_EQ(text_of(subject_.types().field_at(type, std::stoull(each.words[0]))), each.answer)
          << each.text << " in " << subject_.types().facts(type).name;
      ++asked;
    }
  }
  EXPECT_GE(asked, 17);
}

INSTANTIATE_TEST_SUITE_P(
    recipes, compiled_types,
    testing::Values(
        recipe{"gcc_dwarf5_O0", "g++ -std=c++20 -g -gdwarf-5 -O0 $SRC -o program"},
        recipe{"gcc_dwarf5_O2", "g++ -std=c++20 -g -gdwarf-5 -O2 $SRC -o program"},
        recipe{"gcc_dwarf4_O2", "g++ -std=c++20 -g -gdwarf-4 -O2 $SRC -o program"},
        recipe{"gcc_no_pie", "g++ -std=c++20 -g -O1 -no-pie -fno-pie $SRC -o program"},
        recipe{"gcc_type_units", "g++ -std=c++20 -g -O2 -fdebug-types-section $SRC -o program"},
        recipe{"gcc_type_units4",
               "g++ -std=c++20 -g -gdwarf-4 -O2 -fdebug-types-section $SRC -o program"},
        recipe{"gcc_compressed", "g++ -std=c++20 -g -O2 -gz=zlib $SRC -o program"},
        recipe{"gcc_split",
               "g++ -std=c++20 -g -gsplit-dwarf -c $SRC -o part.o && g++ part.o -o program"},
        recipe{"gcc_lto", "g++ -std=c++20 -g -O2 -flto $SRC -o program"},
        recipe{"clang_dwarf5_O0", "clang++ -std=c++20 -g -gdwarf-5 -O0 $SRC -o program"},
        recipe{"clang_dwarf5_O2", "clang++ -std=c++20 -g -gdwarf-5 -O2 $SRC -o program"},
        recipe{"clang_dwarf4_O2", "clang++ -std=c++20 -g -gdwarf-4 -O2 $SRC -o program"},
        recipe{"libcxx_O0", "clang++ -stdlib=libc++ -std=c++20 -g -O0 $SRC -o program"},
        recipe{"libcxx_O2", "clang++ -stdlib=libc++ -std=c++20 -g -O2 $SRC -o program"}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace track::symbols
