#include "libtrack/analysis/graph_findings.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include "libtrack/analysis/why.hpp"
#include "tests/unit/analysis/capture_of.hpp"
#include "tests/unit/analysis/graph/graph_builder.hpp"

namespace track::analysis {
namespace {

// Sites: 1 make_session, 2 make_peer, 3 of the loader at the start.
class graph_findings : public testing::Test {
 protected:
  graph_findings() {
    test::image_builder builder(0);
    builder.site({{"/opt/app", 0x20}, {"/opt/app", 0x10}}, allocation_function::operator_new, 9, 9,
                 8);
    builder.site({{"/opt/app", 0x30}, {"/opt/app", 0x10}}, allocation_function::malloc, 9, 9, 8);
    builder.site({{"/lib64/ld-linux-x86-64.so.2", 0x60}}, allocation_function::malloc, 9, 9, 8);
    builder.end_by_exit();
    test::fake_names names;
    names.add("/opt/app", 0x10, {{"main", "m.cpp", 3, false}});
    names.add("/opt/app", 0x20, {{"make_session()", "m.cpp", 30, false}});
    names.add("/opt/app", 0x30, {{"make_peer()", "m.cpp", 40, false}});
    names.add("/lib64/ld-linux-x86-64.so.2", 0x60, {{"call_init", "", 0, false}});
    all_ = test::capture_of({{builder.image, test::exited()}}, &names);
  }

  static constexpr std::uint32_t session = 1, peer = 2, loader = 3;

  still_findings find(const capture::heap_graph& graph, const still_options& options = {}) {
    code_index code(all_);
    const heap_view view(all_, code, graph, names_);
    return find_in_still(view, 0, options);
  }

  capture::contents all_;
  capture::heap_names names_;
};

std::uint64_t blocks_in(const model::heap_classes& classes) {
  return classes.definitely_lost.blocks + classes.indirectly_lost.blocks +
         classes.possibly_lost.blocks + classes.still_reachable.blocks + classes.suppressed.blocks;
}

TEST_F(graph_findings, lost_blocks_are_grouped_by_cause_with_what_they_held) {
  test::graph_builder builder;
  for (int i = 0; i < 2; ++i) {
    const auto leader = builder.block(
        {.size = 40, .site = session, .age_ms = 10u + 20u * static_cast<std::uint32_t>(i)});
    const auto held = builder.block({.size = 100, .site = peer});
    builder.point(leader, 0, held);
  }
  const still_findings found = find(builder.build());
  ASSERT_EQ(found.findings.size(), 1u);
  const model::finding& lost = found.findings[0];
  EXPECT_EQ(lost.kind, model::finding_kind::lost);
  EXPECT_EQ(lost.blocks, 2u);
  EXPECT_EQ(lost.bytes, 80u);
  EXPECT_EQ(lost.retained->blocks, 4u);
  EXPECT_EQ(lost.retained->bytes, 280u);
  EXPECT_EQ(lost.age_ms->min_ms, 10u);
  EXPECT_EQ(lost.age_ms->max_ms, 30u);
  EXPECT_EQ(lost.allocated_by, "operator new");
  EXPECT_EQ(lost.title.find("80 bytes in 2 blocks lost, from operator new in make_session()"), 0u)
      << lost.title;
  EXPECT_EQ(found.classes.definitely_lost.blocks, 2u);
  EXPECT_EQ(found.classes.indirectly_lost.blocks, 2u);
  EXPECT_EQ(blocks_in(found.classes), 4u);
}

TEST_F(graph_findings, types_keep_groups_apart) {
  test::graph_builder builder;
  builder.block({.site = session, .type = builder.type("1A")});
  builder.block({.site = session, .type = builder.type("1B")});
  const still_findings found = find(builder.build());
  ASSERT_EQ(found.findings.size(), 2u);
  EXPECT_EQ(found.findings[0].type, "A");
  EXPECT_EQ(found.findings[1].type, "B");
  EXPECT_EQ(found.findings[0].fingerprint, found.findings[1].fingerprint);
}

TEST_F(graph_findings, inside_pointers_alone_make_possibly_lost) {
  test::graph_builder builder;
  const auto block = builder.block({.site = session});
  builder.point_from_root(builder.root(), 0, block, 16);
  const still_findings found = find(builder.build());
  ASSERT_EQ(found.findings.size(), 1u);
  EXPECT_EQ(found.findings[0].kind, model::finding_kind::possibly_lost);
  EXPECT_EQ(found.classes.possibly_lost.blocks, 1u);
}

TEST_F(graph_findings, a_skewed_still_calls_nothing_lost) {
  test::graph_builder builder;
  const auto one = builder.object("7Session", {.site = session});
  builder.share(one, 3, one);
  builder.block({.site = peer});
  capture::heap_graph graph = builder.build();
  graph.notes[0] = 1;
  const still_findings found = find(graph);
  ASSERT_EQ(found.findings.size(), 2u);
  for (const model::finding& finding : found.findings) {
    EXPECT_EQ(finding.kind, model::finding_kind::possibly_lost);
    EXPECT_FALSE(finding.proven);
  }
  EXPECT_EQ(found.classes.definitely_lost.blocks, 0u);
  EXPECT_EQ(found.classes.possibly_lost.blocks, graph.block_count());
}

TEST_F(graph_findings, what_the_runtime_made_is_reachable_and_marked) {
  test::graph_builder builder;
  builder.block({.site = loader});
  const still_findings found = find(builder.build());
  ASSERT_EQ(found.findings.size(), 1u);
  EXPECT_TRUE(found.findings[0].runtime);
  EXPECT_EQ(found.classes.definitely_lost.blocks, 0u);
  EXPECT_EQ(found.classes.still_reachable.blocks, 1u);
}

TEST_F(graph_findings, inherited_blocks_are_in_nothing) {
  test::graph_builder builder;
  builder.block({.site = session, .inherited = true});
  const still_findings found = find(builder.build());
  EXPECT_TRUE(found.findings.empty());
  EXPECT_EQ(blocks_in(found.classes), 0u);
}

TEST_F(graph_findings, a_cycle_has_members_edges_advice_and_a_fingerprint_of_its_own) {
  const auto pair_of = [](int pairs) {
    test::graph_builder builder;
    for (int i = 0; i < pairs; ++i) {
      const auto one = builder.object("7Session", {.size = 48, .site = session, .age_ms = 90});
      const auto other = builder.object("4Peer", {.size = 40, .site = peer, .age_ms = 50});
      builder.share(one, 3, other);
      builder.share(other, 3, one);
    }
    return builder.build();
  };
  const still_findings found = find(pair_of(3));
  ASSERT_EQ(found.findings.size(), 1u);
  const model::finding& finding = found.findings[0];
  EXPECT_EQ(finding.kind, model::finding_kind::cycle);
  ASSERT_TRUE(finding.cycle);
  EXPECT_EQ(finding.cycle->count, 3u);
  EXPECT_TRUE(finding.cycle->proven);
  ASSERT_EQ(finding.cycle->members.size(), 2u);
  EXPECT_EQ(finding.cycle->members[0].count, 3u);
  EXPECT_EQ(finding.cycle->edges.size(), 2u);
  ASSERT_EQ(finding.cycle->weaken.size(), 1u);
  EXPECT_FALSE(finding.cycle->weaken[0].why.empty());
  EXPECT_EQ(finding.blocks, 6u);
  EXPECT_EQ(finding.retained->bytes, 264u);
  EXPECT_EQ(finding.stacks.size(), 1u);
  EXPECT_EQ(finding.stacks[0].role, "member");
  // How many there are is no part of what it is.
  EXPECT_EQ(finding.fingerprint, find(pair_of(1)).findings[0].fingerprint);
  EXPECT_EQ(found.classes.definitely_lost.blocks + found.classes.indirectly_lost.blocks, 6u);
}

TEST_F(graph_findings, fields_and_types_come_from_the_captures_names) {
  test::graph_builder builder;
  const auto one = builder.object("7Session", {.size = 48, .site = session, .age_ms = 90});
  const auto other = builder.object("4Peer", {.size = 40, .site = peer, .age_ms = 50});
  builder.share(one, 3, other);
  builder.share(other, 4, one);
  names_.types = {{}, {"Session", 32, 16, false}, {"Peer", 24, 16, false}};
  names_.type_of_block = {1, 2};
  names_.fields[capture::heap_names::field_key(1, 24)] = {"peer", "std::shared_ptr<Peer>", 0,
                                                          capture::pointer_kind::strong};
  names_.fields[capture::heap_names::field_key(2, 32)] = {"session", "std::shared_ptr<Session>", 0,
                                                          capture::pointer_kind::strong};
  const still_findings found = find(builder.build());
  ASSERT_EQ(found.findings.size(), 1u);
  const model::cycle& cycle = *found.findings[0].cycle;
  EXPECT_EQ(cycle.members[0].type, "Session");
  EXPECT_EQ(cycle.edges[0].field, "peer");
  EXPECT_EQ(cycle.edges[0].offset, 8u);  // within the object, not the control block
  EXPECT_EQ(cycle.edges[0].kind, model::edge_kind::strong);
  ASSERT_EQ(cycle.weaken.size(), 1u);
  EXPECT_EQ(cycle.weaken[0].type, "Peer");
  EXPECT_EQ(cycle.weaken[0].field, "session");
  EXPECT_EQ(found.findings[0].title, "cycle of Session and Peer: 88 bytes in 2 blocks");
}

TEST_F(graph_findings, survivors_have_what_they_keep_and_a_path_when_asked_for) {
  test::graph_builder builder;
  const auto first = builder.block({.size = 40, .site = session});
  const auto second = builder.block({.size = 40, .site = session});
  const auto held = builder.block({.size = 100, .site = peer});
  builder.point_from_root(builder.root(), 2, first);
  builder.point(first, 1, second);
  builder.point(second, 0, held);
  EXPECT_TRUE(find(builder.build()).findings.empty());
  const still_findings found = find(builder.build(), {.survivors = true, .retained = true});
  ASSERT_EQ(found.findings.size(), 2u);
  const auto& sessions = found.findings[0].blocks == 2 ? found.findings[0] : found.findings[1];
  EXPECT_EQ(sessions.kind, model::finding_kind::survivor);
  EXPECT_EQ(sessions.bytes, 80u);
  EXPECT_EQ(sessions.retained->bytes, 180u);  // the second is kept by the first
  ASSERT_TRUE(sessions.path);
  EXPECT_EQ(sessions.path->size(), 2u);
}

TEST_F(graph_findings, why_finds_types_fingerprints_and_addresses) {
  test::graph_builder builder;
  const auto type = builder.type("7Session");
  const auto table = builder.block({.size = 64, .site = peer});
  const auto root = builder.root();
  builder.point_from_root(root, 2, table);
  for (std::uint32_t i = 0; i < 3; ++i) {
    builder.point(table, i, builder.block({.size = 40, .site = session, .type = type}));
  }
  builder.block({.size = 8, .site = session, .type = type});  // lost
  const capture::heap_graph graph = builder.build();
  code_index code(all_);
  const heap_view view(all_, code, graph, names_);
  const auto by_type = explain(view, "Sess*", 0);
  ASSERT_TRUE(by_type);
  EXPECT_EQ(by_type->found.blocks, 4u);
  std::uint64_t lost = 0;
  std::uint64_t reachable = 0;
  for (const model::holding& way : by_type->ways) {
    (way.block_class == "lost" ? lost : reachable) += way.held.blocks;
  }
  EXPECT_EQ(lost, 1u);
  EXPECT_EQ(reachable, 3u);
  const auto print = code.fingerprint_of(all_.sites[session].stack, all_.processes[0].exe).digits;
  ASSERT_TRUE(explain(view, print, 0));
  EXPECT_EQ(explain(view, print, 0)->found.blocks, 4u);
  EXPECT_EQ(explain(view, print, 1)->ways.size(), 1u);
  const auto address = [](std::uint64_t value) {
    std::ostringstream text;
    text << "0x" << std::hex << value;
    return text.str();
  };
  EXPECT_EQ(explain(view, address(graph.address[1] + 5), 0)->found.blocks, 1u);
  EXPECT_FALSE(explain(view, "0x10", 0));
  EXPECT_FALSE(explain(view, "Peer", 0));
  EXPECT_FALSE(explain(view, std::string(16, '0'), 0));
}

}  // namespace
}  // namespace track::analysis
