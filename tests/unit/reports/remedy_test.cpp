#include "reports/remedy.hpp"

#include <gtest/gtest.h>

#include "tests/unit/reports/ci_reports.hpp"

namespace track::reports {
namespace {

namespace ci = test::ci;

using ci::finding_of;
using model::finding_kind;
using model::mismatch_class;

TEST(remedy, every_kind_but_survivors_has_one_sentence) {
  for (const finding_kind kind : ci::every_kind) {
    const std::string text = remedy_of(finding_of(kind));
    EXPECT_EQ(text.empty(), kind == finding_kind::survivor);
    EXPECT_EQ(text.find('\n'), std::string::npos);
    model::finding unknown;
    unknown.kind = kind;
    EXPECT_EQ(remedy_of(unknown).empty(), kind == finding_kind::survivor)
        << "nothing is known of it";
  }
}

TEST(remedy, lost_names_the_place_of_its_allocation) {
  model::finding finding = finding_of(finding_kind::lost);
  EXPECT_EQ(remedy_of(finding),
            "delete it, or give it an owner where it was allocated in make_session(int) "
            "(src/session.cpp:42)");
  finding.allocated_by = "malloc";
  finding.unloaded_module = "plugin.so";
  EXPECT_TRUE(remedy_of(finding).starts_with("free it, before plugin.so is unloaded, or "));
}

TEST(remedy, cycle_names_the_field_to_make_weak) {
  model::finding finding = finding_of(finding_kind::cycle);
  finding.cycle = model::cycle{};
  EXPECT_NE(remedy_of(finding).find("track why 0123456789abcdef"), std::string::npos);
  finding.cycle->weaken = {{1, "Peer", "session", "it leads back"}};
  EXPECT_EQ(remedy_of(finding), "make Peer::session weak: it leads back");
  finding.cycle->weaken[0].field.clear();
  EXPECT_EQ(remedy_of(finding), "make the pointer in Peer weak: it leads back");
}

TEST(remedy, cache_of_values_may_hold_them_weakly) {
  model::finding finding = finding_of(finding_kind::cache);
  finding.cache = model::cache{};
  finding.cache->container = "std::map<int, Session>";
  EXPECT_EQ(remedy_of(finding),
            "bound it and evict, give entries a time to live, or hold the values weakly");
  finding.cache->container = "linked list";
  EXPECT_EQ(remedy_of(finding), "bound it, or take entries out when they are done with");
}

TEST(remedy, overdue_names_the_holder) {
  model::finding finding = finding_of(finding_kind::overdue);
  EXPECT_NE(remedy_of(finding).find("track why 0123456789abcdef"), std::string::npos);
  const model::path_step last = ci::step_of(model::step_kind::heap, "", "Session", "");
  finding.path = {ci::step_of(model::step_kind::global, "app::g_sessions", "", ""), last};
  EXPECT_EQ(remedy_of(finding), "let go of it where it is still held: global app::g_sessions");
  finding.path = {ci::step_of(model::step_kind::heap, "", "Server", "sessions_"), last};
  EXPECT_EQ(remedy_of(finding), "let go of it where it is still held: Server::sessions_");
}

TEST(remedy, mismatch_names_the_release_that_fits) {
  model::finding finding = finding_of(finding_kind::mismatch);
  finding.mismatch = model::mismatch{};
  const auto with = [&finding](const char* allocated_by) {
    finding.allocated_by = allocated_by;
    return remedy_of(finding);
  };
  EXPECT_EQ(with("malloc"), "release it with free, which matches malloc");
  EXPECT_EQ(with("operator new"), "release it with operator delete, which matches operator new");
  EXPECT_EQ(with("operator new[]"),
            "release it with operator delete[], which matches operator new[]");
  finding.mismatch->kind = mismatch_class::double_free;
  EXPECT_TRUE(remedy_of(finding).starts_with("release it once"));
  finding.mismatch->kind = mismatch_class::size;
  EXPECT_NE(remedy_of(finding).find("virtual destructor"), std::string::npos);
}

TEST(remedy, names_are_printable) {
  model::finding finding = finding_of(finding_kind::cycle);
  finding.cycle = model::cycle{};
  finding.cycle->weaken = {{0, "a\n", "b\x1b", "c\xff"}};
  EXPECT_EQ(remedy_of(finding), "make a\\n::b\\x1b weak: c\xef\xbf\xbd");
}

}  // namespace
}  // namespace track::reports
