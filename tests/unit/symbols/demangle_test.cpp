#include "libtrack/symbols/demangle.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "libtrack/symbols/rust_demangle.hpp"

namespace track::symbols {
namespace {

TEST(demangle, cpp_names_have_scopes_and_parameters) {
  EXPECT_EQ(demangle("_ZN3app5outerEiPKc"), "app::outer(int, char const*)");
  EXPECT_EQ(demangle("_ZNSt6vectorIiSaIiEE9push_backEOi"),
            "std::vector<int, std::allocator<int> >::push_back(int&&)");
  EXPECT_EQ(demangle("_Z1fv.part.0"), "f() [clone .part.0]");
  EXPECT_EQ(demangle(without_clone_suffix("_Z1fv.part.0")), "f()");
}

TEST(demangle, other_names_stay) {
  EXPECT_EQ(demangle("malloc"), "malloc");
  EXPECT_EQ(demangle("memcpy@@GLIBC_2.14"), "memcpy");
  EXPECT_EQ(demangle("_Zbroken"), "_Zbroken");
  EXPECT_EQ(demangle("_Rbroken"), "_Rbroken");
  EXPECT_EQ(demangle(""), "");
  EXPECT_EQ(without_clone_suffix("a.part.0"), "a.part.0");
  const std::string endless = "_Z1f" + std::string(100'000, 'P') + "i";
  EXPECT_EQ(demangle(endless), endless);
}

TEST(demangle, rust_legacy) {
  EXPECT_EQ(demangle("_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE"),
            "core::fmt::Write::write_fmt");
  EXPECT_EQ(demangle("_ZN61_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..fmt..Debug$GT$3fmt17h"
                     "0123456789abcdefE.llvm.123"),
            "<alloc::vec::Vec<T> as core::fmt::Debug>::fmt");
  EXPECT_EQ(demangle("_ZN3foo28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE"),
            "foo::{{closure}}");
  // C++ names that look alike.
  EXPECT_EQ(demangle("_ZN3foo3barE"), "foo::bar");
  EXPECT_EQ(demangle("_ZN3foo17h0123456789abcdegE"), "foo::h0123456789abcdeg");
}

struct vector {
  const char* mangled;
  const char* expected;
};

TEST(demangle, rust_v0) {
  constexpr vector vectors[] = {
      {"_RNvC6_123foo3bar", "123foo::bar"},
      {"_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar"},
      {"_RNCNvC1a4main0", "a::main::{closure#0}"},
      {"_RNCNvC1a4mains_0", "a::main::{closure#1}"},
      {"_RNSC1a6vtable0", nullptr},
      {"_RNvMC1aNtB2_3Foo3new", "<a::Foo>::new"},
      {"_RNvXC1aNtB2_3FooNtB2_3Bar3run", "<a::Foo as a::Bar>::run"},
      {"_RNvYNtC1a3FooNtB4_3Bar3run", "<a::Foo as a::Bar>::run"},
      {"_RINvC1a1flTmbEAhj10_RQSeE", "a::f::<i32, (u32, bool), [u8; 16], &&mut [str]>"},
      {"_RINvC1a1fTlEuzE", "a::f::<(i32,), (), !>"},
      {"_RINvC1a1fFUKCPhEuE", "a::f::<unsafe extern \"C\" fn(*const u8)>"},
      {"_RINvC1a1fFG_RL0_hEbE", "a::f::<for<'a> fn(&'a u8) -> bool>"},
      {"_RINvC1a1fDNtC1b5TraitpC4ItemhEL_E", nullptr},
      {"_RINvC1a1fDNtC1b5Traitp4ItemhEL_E", "a::f::<dyn b::Trait<Item = u8>>"},
      {"_RINvC1a1fDINtC1b5TraitlEp4ItemhEL_E", "a::f::<dyn b::Trait<i32, Item = u8>>"},
      {"_RINvC1a1fKj1f_Klnf_Kb1_Kc41_KpE", "a::f::<31, -15, true, 'A', _>"},
      {"_RINvC1a1fL_E", "a::f::<'_>"},
      {"_RNvC1au8gdel_5qa", "a::gödel"},
      {"_RNvC1a1f.llvm.1234", "a::f"},
      {"_RNvC1a1fC1b", "a::f"},
      {"_RB_", nullptr},
      {"_RNvC1a9f", nullptr},
      {"_RNvC1a1f!", nullptr},
      {"_RINvC1a1fL0_E", nullptr},
  };
  for (const vector& v : vectors) {
    const auto demangled = demangle_rust(v.mangled);
    if (v.expected == nullptr) {
      EXPECT_FALSE(demangled) << v.mangled << " became " << *demangled;
    } else {
      EXPECT_EQ(demangled.value_or("no name"), v.expected) << v.mangled;
    }
  }
}

TEST(demangle, forged_rust_names_stay_small) {
  std::string nested = "_RINvC1a1f";
  for (int i = 0; i < 100'000; ++i) {
    nested += 'R';
  }
  EXPECT_FALSE(demangle_rust(nested + "hE"));
  // Each tuple doubles the one before by back references.
  std::string doubling = "_RINvC1a1fTllE";
  std::size_t last = 8;
  constexpr std::string_view digits =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (int i = 0; i < 40; ++i) {
    const std::size_t here = doubling.size() - 2;
    const std::string reference =
        last - 1 < 62 ? std::string("B") + digits[last - 1] + "_"
                      : std::string("B") + digits[(last - 1) / 62] + digits[(last - 1) % 62] + "_";
    doubling += "T" + reference + reference + "E";
    last = here;
  }
  EXPECT_FALSE(demangle_rust(doubling + "E"));
}

TEST(demangle, random_names_are_survived) {
  constexpr std::string_view letters = "_RZNCMXYITESABDFGKLPQOvsnlhjpu0123456789abcdef$.";
  std::mt19937 random(11);
  for (int i = 0; i < 100'000; ++i) {
    std::string name = i % 2 == 0 ? "_R" : "_ZN";
    const std::size_t length = random() % 40;
    while (name.size() < length) {
      name += letters[random() % letters.size()];
    }
    EXPECT_LE(demangle(name).size(), 100'000U);
  }
}

}  // namespace
}  // namespace track::symbols
