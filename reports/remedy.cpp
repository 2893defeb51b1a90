#include "reports/remedy.hpp"

#include <fmt/format.h>

#include "libtrack/support/text.hpp"
#include "reports/for_ci.hpp"
#include "reports/format.hpp"

namespace track::reports {
namespace {

using model::mismatch_class;

std::string why_command(const model::finding& finding) {
  return finding.fingerprint.empty() ? "track why"
                                     : "track why " + escape_control(finding.fingerprint);
}

// " in parse(char const*) (src/parse.cpp:7)"; empty when nothing is known.
std::string in_place(const model::finding& finding) {
  const model::frame* frame = place_of(finding);
  if (frame == nullptr) {
    return "";
  }
  const std::string name = frame_name(*frame);
  const std::string place = frame_place(*frame);
  return " in " + name + (name == place ? "" : " (" + place + ")");
}

bool is_from_new(const model::finding& finding) {
  return finding.allocated_by.starts_with("operator new");
}

std::string of_lost(const model::finding& finding) {
  const std::string when =
      finding.unloaded_module.empty()
          ? ""
          : ", before " + escape_control(finding.unloaded_module) + " is unloaded";
  return (is_from_new(finding) ? "delete it" : "free it") + when +
         ", or give it an owner where it was allocated" + in_place(finding);
}

std::string of_cycle(const model::finding& finding) {
  if (finding.cycle && !finding.cycle->weaken.empty()) {
    const model::cycle_advice& advice = finding.cycle->weaken.front();
    const std::string type = escape_control(advice.type);
    const std::string field = advice.field.empty()  ? "the pointer in " + type
                              : advice.type.empty() ? escape_control(advice.field)
                                                    : type + "::" + escape_control(advice.field);
    return "make " + field + " weak" +
           (advice.why.empty() ? "" : ": " + escape_control(advice.why));
  }
  return "make the pointer weak that leads back to an owner; " + why_command(finding) +
         " shows which there are";
}

std::string of_cache(const model::finding& finding) {
  const bool has_values =
      finding.cache && finding.cache->container.find("map") != std::string::npos;
  return has_values ? "bound it and evict, give entries a time to live, or hold the values weakly"
                    : "bound it, or take entries out when they are done with";
}

// The hop that holds the pointer to it; empty: unknown.
std::string holder_of(const model::finding& finding) {
  if (!finding.path || finding.path->size() < 2) {
    return "";
  }
  const model::path_step& step = (*finding.path)[finding.path->size() - 2];
  if (step.kind != model::step_kind::heap) {
    return std::string(model::name_of(step.kind)) +
           (step.name.empty() ? "" : " " + escape_control(step.name)) +
           (step.field.empty() ? "" : "." + escape_control(step.field));
  }
  return step.type.empty()    ? ""
         : step.field.empty() ? escape_control(step.type)
                              : escape_control(step.type) + "::" + escape_control(step.field);
}

std::string of_overdue(const model::finding& finding) {
  const std::string holder = holder_of(finding);
  return holder.empty() ? "find who still holds it (" + why_command(finding) + ") and let go there"
                        : "let go of it where it is still held: " + holder;
}

std::string release_for(const std::string& allocated_by) {
  return allocated_by.starts_with("operator new[]") ? "operator delete[]"
         : allocated_by.starts_with("operator new") ? "operator delete"
                                                    : "free";
}

std::string of_mismatch(const model::finding& finding) {
  switch (finding.mismatch ? finding.mismatch->kind : mismatch_class::family) {
    case mismatch_class::double_free:
      return "release it once: give it one owner, and forget the pointer after the first release";
    case mismatch_class::foreign_free:
      return "release only what an allocation returned, by the allocator that it is from";
    case mismatch_class::size:
      return "delete it as the type it was made as (does its base have a virtual destructor?), or "
             "pass the size that was allocated";
    case mismatch_class::alignment:
      return "release it with the alignment that it was allocated with";
    case mismatch_class::family:
      break;
  }
  return finding.allocated_by.empty()
             ? "release it with the function that matches its allocation"
             : fmt::format("release it with {}, which matches {}",
                           release_for(finding.allocated_by), escape_control(finding.allocated_by));
}

}  // namespace

std::string remedy_of(const model::finding& finding) {
  switch (finding.kind) {
    case model::finding_kind::lost:
      return of_lost(finding);
    case model::finding_kind::cycle:
      return of_cycle(finding);
    case model::finding_kind::possibly_lost:
      return "keep a pointer to its start if it is needed, else " +
             std::string(is_from_new(finding) ? "delete" : "free") + " it; " +
             why_command(finding) + " shows what points into it";
    case model::finding_kind::cache:
      return of_cache(finding);
    case model::finding_kind::growth:
      return "find what keeps them (" + why_command(finding) +
             "), and release each when it is done with or bound their number";
    case model::finding_kind::overdue:
      return of_overdue(finding);
    case model::finding_kind::mismatch:
      return of_mismatch(finding);
    case model::finding_kind::survivor:
      break;
  }
  return "";
}

}  // namespace track::reports
