#include <array>

#include "reports/sarif_parts.hpp"

namespace track::reports {
namespace {

using json = nlohmann::ordered_json;
using model::finding_kind;

struct rule {
  finding_kind kind;
  const char* level;
  const char* name;
  const char* brief;
  const char* full;
  const char* help;
};

constexpr std::array<rule, 8> rules = {{
    {finding_kind::lost, "error", "LostMemory", "Memory that nothing points to.",
     "No global, stack, register or reachable block points to these blocks, so nobody can release "
     "them any more. What only they reached is lost with them: the retained size.",
     "Let one owner release it: std::unique_ptr, a container, or a class with a destructor. The "
     "stack shows where the blocks were allocated; look for the way on which their pointer was "
     "overwritten or went out of scope."},
    {finding_kind::cycle, "error", "OwnershipCycle", "Objects that keep one another alive.",
     "Nothing outside of the group points to it, and its members own one another, as a rule by "
     "std::shared_ptr: they are never destroyed.",
     "Make one of the pointers weak (std::weak_ptr), or cut the group when it goes out of use. The "
     "graph names the fields; one marked 'make weak' leads back to the owner."},
    {finding_kind::possibly_lost, "warning", "PossiblyLostMemory",
     "Memory that is reached through interior pointers only.",
     "Pointers lead into the middle of these blocks and none to their beginning: they are lost, "
     "unless the program keeps such pointers on purpose.",
     "Look at the stack for who should own the blocks. Where interior pointers are meant, as in "
     "objects with several bases, suppress the finding by its fingerprint."},
    {finding_kind::cache, "warning", "CacheWithoutEviction", "A container that only takes in.",
     "A container that is reachable takes entries in and does not let them go.",
     "Bound it: evict by size or by age, erase entries when what they describe goes away, or hold "
     "them by std::weak_ptr."},
    {finding_kind::growth, "warning", "SteadyGrowth", "Reachable memory that grows steadily.",
     "Blocks of one place become ever more while the program runs, and no container that is known "
     "holds them.",
     "Find who holds them ('track why' with the fingerprint) and release them when they have done "
     "their work."},
    {finding_kind::overdue, "error", "OverdueObject",
     "An object that outlived its owner's expectation.",
     "The program said that the tracked object would be gone by now (expect_gone), and it is not.",
     "Find who still holds it ('track why' with the type or the fingerprint), and drop that "
     "pointer."},
    {finding_kind::mismatch, "error", "MismatchedRelease",
     "Memory released in a way that does not fit.",
     "Memory was allocated one way and released another, was released twice, or was never "
     "allocated. All that the program does afterwards is undefined.",
     "Release with the counterpart of what allocated (new with delete, new[] with delete[], malloc "
     "with free), exactly once. The stacks show the allocation and the releases."},
    {finding_kind::survivor, "note", "Survivor", "Memory that is alive at the end.",
     "These blocks were alive when the program ended. That is no fault by itself.",
     "Nothing needs to be done where it is meant to live as long as the program."},
}};

}  // namespace

json sarif_rules() {
  json list = json::array();
  for (const rule& each : rules) {
    list.push_back({{"id", model::name_of(each.kind)},
                    {"name", each.name},
                    {"shortDescription", {{"text", each.brief}}},
                    {"fullDescription", {{"text", each.full}}},
                    {"help", {{"text", each.help}}},
                    {"defaultConfiguration", {{"level", each.level}}}});
  }
  return list;
}

const char* sarif_level(const model::finding& finding) {
  const bool is_still =
      finding.growth && finding.growth->verdict != model::growth_verdict::growing &&
      (finding.kind == finding_kind::cache || finding.kind == finding_kind::growth);
  return is_still ? "note" : rules[static_cast<std::size_t>(finding.kind)].level;
}

}  // namespace track::reports
