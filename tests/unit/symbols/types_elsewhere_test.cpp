// Types and variables of programs whose debug information is missing, apart, or broken.
#include <fstream>
#include <memory>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "libtrack/symbols/type_source.hpp"
#include "tests/unit/symbols/fixture.hpp"

namespace track::symbols {
namespace {

using test::fixture_path;
using test::workshop;

// The first address that `nm` has for a symbol of this mangled name.
std::uint64_t address_of(const workshop& shop, const std::string& binary, const std::string& name) {
  std::string output;
  shop.run("nm " + binary + " | grep ' " + name + "$' | cut -d' ' -f1", &output);
  return output.empty() ? 0 : std::stoull(output, nullptr, 16);
}

std::string named(type_source& types, type_number type) {
  return types.facts(type).name;
}

class program : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    compiled_ = std::make_unique<workshop>();
    ASSERT_TRUE(
        compiled_->run("g++ -std=c++20 -g -O0 '" + fixture_path("types.cpp") + "' -o program"));
  }
  static void TearDownTestSuite() { compiled_.reset(); }

  void SetUp() override {
    ASSERT_TRUE(shop_.run("cp '" + compiled_->path("program") + "' program"));
  }

  bool build(const std::string& compiler) {
    return shop_.run(compiler + " '" + fixture_path("types.cpp") + "' -o program");
  }

  static inline std::unique_ptr<workshop> compiled_;
  workshop shop_;
  resolver_options options_{{}, "", false};
};

TEST_F(program, control_blocks_have_their_element_behind_the_counts) {
  type_source types({{shop_.path("program"), {}}}, options_);
  const type_number made = types.type_of_vtable(
      {0, 0}, "St23_Sp_counted_ptr_inplaceIN3app7sessionESaIvELN9__gnu_cxx12_Lock_policyE2EE");
  EXPECT_EQ(named(types, made), "app::session");
  EXPECT_EQ(types.facts(made).element_offset, 16U);
  EXPECT_EQ(types.facts(made).size_bytes, 72U);
  const auto other = types.field_at(made, 32);
  ASSERT_TRUE(other.has_value());
  EXPECT_EQ(other->path, "other");
  EXPECT_EQ(other->kind, pointer_kind::strong);
  EXPECT_EQ(types.field_at(made, 40)->offset, 8U);
  EXPECT_EQ(types.field_at(made, 48)->kind, pointer_kind::weak);
  EXPECT_FALSE(types.field_at(made, 8).has_value());
  EXPECT_FALSE(types.field_at(made, 16 + 72).has_value());
  EXPECT_EQ(types.field_at(made, 16)->kind, pointer_kind::virtual_table);

  const type_number apart = types.type_of_vtable(
      {0, 0}, "St15_Sp_counted_ptrIPN3app7sessionELN9__gnu_cxx12_Lock_policyE2EE");
  EXPECT_EQ(named(types, apart), "control block of std::shared_ptr<app::session>");
  EXPECT_EQ(types.field_at(apart, 16)->path, "pointer");

  const type_number libcxx = types.type_of_vtable(
      {0, 0}, "NSt3__120__shared_ptr_emplaceIN3app7sessionENS_9allocatorIS2_EEEE");
  EXPECT_EQ(types.facts(libcxx).element_offset, 24U);
}

TEST_F(program, pointers_are_of_a_kind) {
  type_source types({{shop_.path("program"), {}}}, options_);
  const type_number peer = types.type_of_vtable({0, 0}, "N3app4peerE");
  EXPECT_EQ(types.field_at(peer, 8)->kind, pointer_kind::weak);
  EXPECT_EQ(types.field_at(peer, 24)->kind, pointer_kind::unique);
  EXPECT_EQ(types.field_at(peer, 32)->kind, pointer_kind::raw);
  const type_number session = types.type_named("app::session");
  EXPECT_EQ(types.field_at(session, 56)->kind, pointer_kind::container);
  EXPECT_EQ(types.field_at(session, 8)->kind, pointer_kind::unknown);
}

TEST_F(program, equal_types_have_equal_numbers) {
  type_source types({{shop_.path("program"), {}}}, options_);
  const type_number once = types.type_of_vtable({0, 0}, "N3app4peerE");
  EXPECT_EQ(types.type_named("app::peer"), once);
  EXPECT_EQ(types.type_of_vtable({0, 8}, "*N3app4peerE"), once);
  EXPECT_NE(types.type_named("app::session"), once);
}

TEST_F(program, without_debug_information_rtti_still_names_types) {
  ASSERT_TRUE(shop_.run("strip program"));
  type_source types({{shop_.path("program"), {}}}, options_);
  const type_number session = types.type_of_vtable({0, 0}, "N3app7sessionE");
  EXPECT_EQ(named(types, session), "app::session");
  EXPECT_EQ(types.facts(session).size_bytes, 0U);
  EXPECT_FALSE(types.field_at(session, 16).has_value());
  EXPECT_EQ(types.type_of_vtable({0, 0x4000}, ""), type_number::unknown);
  EXPECT_FALSE(types.variable_at({0, 0x4000}).has_value());
}

TEST_F(program, without_rtti_the_symbol_of_the_vtable_names_types) {
  ASSERT_TRUE(build("g++ -std=c++20 -O0 -fno-rtti"));
  const std::uint64_t table = address_of(shop_, "program", "_ZTVN3app7sessionE");
  ASSERT_NE(table, 0U);
  type_source types({{shop_.path("program"), {}}}, options_);
  EXPECT_EQ(named(types, types.type_of_vtable({0, table + 16}, "")), "app::session");
}

TEST_F(program, a_separate_debug_file_serves_as_well) {
  const std::uint64_t points = address_of(shop_, "program", "_ZN3app7g_pointE");
  const std::uint64_t fixed = address_of(shop_, "program", "_ZN3appL11file_staticE");
  ASSERT_NE(points, 0U);
  ASSERT_TRUE(
      shop_.run("objcopy --only-keep-debug program program.debug && strip program && "
                "objcopy --add-gnu-debuglink=program.debug program"));
  type_source types({{shop_.path("program"), {}}}, options_);
  const type_number session = types.type_of_vtable({0, 0}, "N3app7sessionE");
  EXPECT_EQ(types.field_at(session, 16)->path, "other");
  const auto point = types.variable_at({0, points + 8});
  ASSERT_TRUE(point.has_value());
  EXPECT_EQ(point->name, "app::g_point");
  EXPECT_EQ(point->path, "y");
  const auto second = types.variable_at({0, fixed + 24});
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->path, "[1].y");
}

TEST_F(program, a_type_defined_in_another_module_is_found_there) {
  std::ofstream(shop_.path("user.cpp")) << "struct hidden; struct user { virtual ~user(); hidden* "
                                           "far; }; user::~user() {} int use() { return 1; }";
  std::ofstream(shop_.path("owner.cpp"))
      << "struct hidden { virtual ~hidden(); int* deep; }; hidden::~hidden() {}";
  ASSERT_TRUE(
      shop_.run("g++ -g -shared -fPIC user.cpp -o user.so && "
                "g++ -g -shared -fPIC owner.cpp -o owner.so"));
  type_source types({{shop_.path("user.so"), {}}, {shop_.path("owner.so"), {}}}, options_);
  const type_number hidden = types.type_of_vtable({0, 0}, "6hidden");
  ASSERT_TRUE(types.field_at(hidden, 8).has_value());
  EXPECT_EQ(types.field_at(hidden, 8)->path, "deep");
}

TEST_F(program, namesakes_of_different_layout_have_no_fields) {
  std::ofstream(shop_.path("one.cpp"))
      << "namespace { struct same { virtual ~same() {} int* a; }; } same one; void* f() { return "
         "&one; }";
  std::ofstream(shop_.path("two.cpp"))
      << "namespace { struct same { virtual ~same() {} long n; int* b; }; } same two; void* g() { "
         "return &two; }";
  ASSERT_TRUE(shop_.run("g++ -g -shared -fPIC one.cpp two.cpp -o both.so"));
  type_source types({{shop_.path("both.so"), {}}}, options_);
  const type_number same = types.type_of_vtable({0, 0}, "N12_GLOBAL__N_14sameE");
  EXPECT_EQ(named(types, same), "(anonymous namespace)::same");
  EXPECT_FALSE(types.field_at(same, 8).has_value());
}

TEST_F(program, the_load_bias_comes_from_the_lowest_segment) {
  type_source types({{shop_.path("program"), {}}, {shop_.path("missing"), {}}}, options_);
  EXPECT_EQ(types.load_bias(0, 0x555555554000), 0x555555554000U);
  EXPECT_FALSE(types.load_bias(1, 0x1000).has_value());
  ASSERT_TRUE(build("g++ -std=c++20 -g -no-pie"));
  type_source fixed({{shop_.path("program"), {}}}, options_);
  EXPECT_EQ(fixed.load_bias(0, 0x400000), 0U);
}

TEST_F(program, questions_about_nothing_have_no_answer) {
  type_source types({{shop_.path("missing"), {}}}, options_);
  EXPECT_EQ(types.type_of_vtable({7, 0}, ""), type_number::unknown);
  EXPECT_EQ(types.type_of_vtable({0, 0}, "no name at all"), type_number::unknown);
  EXPECT_EQ(types.type_of_site({}, 8), type_number::unknown);
  EXPECT_EQ(types.facts(type_number::unknown).name, "");
  EXPECT_EQ(types.facts(static_cast<type_number>(99)).name, "");
  EXPECT_FALSE(types.field_at(static_cast<type_number>(99), 0).has_value());
  EXPECT_FALSE(types.thread_locals(0).has_value());
  EXPECT_FALSE(types.thread_local_at(3, 0).has_value());
}

// Bytes of the debug sections are changed at random: any answer will do, if there is one.
TEST_F(program, broken_debug_information_costs_answers_only) {
  ASSERT_TRUE(build("g++ -std=c++20 -g -O2"));
  std::ifstream in(shop_.path("program"), std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), {});
  in.close();
  std::string listing;
  ASSERT_TRUE(
      shop_.run("readelf -SW program | sed -n 's/.* \\.debug_info *PROGBITS *[0-9a-f]* "
                "\\([0-9a-f]*\\) \\([0-9a-f]*\\).*/\\1 \\2/p'",
                &listing));
  const std::size_t start = std::stoull(listing, nullptr, 16);
  const std::size_t size = std::stoull(listing.substr(listing.find(' ')), nullptr, 16);
  std::mt19937 random(11);
  for (int round = 0; round < 40; ++round) {
    std::string broken = whole;
    for (int i = 0; i < 400; ++i) {
      broken[start + random() % size] = static_cast<char>(random());
    }
    std::ofstream(shop_.path("broken"), std::ios::binary) << broken;
    type_source types({{shop_.path("broken"), {}}}, options_);
    for (const char* name : {"N3app7sessionE", "N3app7derivedE", "N3app6bottomE"}) {
      const type_number type = types.type_of_vtable({0, 0x1000}, name);
      EXPECT_FALSE(named(types, type).empty());
      for (std::uint64_t offset = 0; offset < 400; offset += 8) {
        const auto field = types.field_at(type, offset);
        EXPECT_TRUE(!field || field->path.size() < 100'000);
      }
    }
    const site_frame frame{{0, 0x2500}, {"app::sites()"}};
    EXPECT_LE(named(types, types.type_of_site({&frame, 1}, 24)).size(), 100'000U);
  }
}

}  // namespace
}  // namespace track::symbols
