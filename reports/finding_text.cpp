#include "reports/finding_text.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libtrack/support/text.hpp"
#include "libtrack/support/units.hpp"
#include "reports/format.hpp"
#include "reports/growth_text.hpp"
#include "reports/lead_text.hpp"
#include "reports/stack_text.hpp"

namespace track::reports {
namespace {

using model::finding_kind;

std::size_t most_frames(const text_options& options) {
  return options.full_stacks ? SIZE_MAX : frames_shown;
}

std::string age_text(const std::optional<model::age>& age) {
  if (!age || !age->min_ms || !age->max_ms) {
    return "";
  }
  return *age->min_ms == *age->max_ms ? fmt::format(", {} old", short_duration(*age->max_ms))
                                      : fmt::format(", {} to {} old", short_duration(*age->min_ms),
                                                    short_duration(*age->max_ms));
}

std::string mark_text(const model::finding& finding) {
  return fmt::format("[{}{}]", finding.fingerprint, finding.weak ? ", weak" : "");
}

std::string mismatch_text(const model::finding& finding, const text_options& options) {
  const std::size_t most = options.full_stacks ? SIZE_MAX : frames_shown;
  std::string text = painted(options.color, tone::bad, escape_control(finding.title)) +
                     fmt::format("{}  {}\n", where_text(finding.processes),
                                 painted(options.color, tone::dim, mark_text(finding)));
  for (const model::named_stack& stack : finding.stacks) {
    text += stack.role == "freed_again" ? "  released again\n" : "  released\n";
    text += stack_text(stack.frames, options.color, most);
  }
  if (!finding.allocated.empty() || !finding.allocated_by.empty()) {
    text += fmt::format("  allocated by {}\n", escape_control(finding.allocated_by));
    text += stack_text(finding.allocated, options.color, most);
  }
  return text;
}

std::string amount_text(std::uint64_t bytes, std::uint64_t blocks) {
  return size_text(bytes) + " in " + plural(blocks, "block");
}

std::string amount_text(const model::finding& finding) {
  return finding.tracked ? size_text(finding.bytes) + " in " + plural(finding.blocks, "object")
                         : amount_text(finding.bytes, finding.blocks);
}

// What is lost with it, when that is more.
std::string retained_text(const model::finding& finding) {
  return finding.retained && finding.retained->blocks > finding.blocks
             ? ", " + amount_text(finding.retained->bytes, finding.retained->blocks) +
                   " with what only they held"
             : "";
}

std::string of_type_text(const model::finding& finding) {
  return (finding.type.empty() ? "" : " of " + escape_control(finding.type)) +
         (finding.label.empty() ? "" : " '" + escape_control(finding.label) + "'");
}

std::string origin_text(const model::finding& finding) {
  return (finding.tag.empty() ? "" : ", tag " + escape_control(finding.tag)) +
         (finding.test.empty() ? "" : ", test " + escape_control(finding.test));
}

// Where it is from; of a sum, of how many.
std::string from_text(const model::finding& finding) {
  const std::string by =
      finding.allocated_by.empty() ? "" : " from " + escape_control(finding.allocated_by);
  const bool is_sum = finding.group && finding.group->findings > 1;
  const bool has_name = finding.group && !finding.group->name.empty() &&
                        finding.group->name != finding.type &&
                        finding.group->name != finding.label &&
                        finding.group->name != finding.tag && finding.group->name != finding.test;
  return by + (is_sum ? ", " + count_text(finding.group->findings) + " findings" : "") +
         (has_name ? " in " + escape_control(finding.group->name) : "") + origin_text(finding) +
         (finding.unloaded_module.empty()
              ? ""
              : ", lost when " + escape_control(finding.unloaded_module) + " was unloaded");
}

std::string location_text(const model::finding& finding, const text_options& options) {
  if (!options.locations || !finding.location) {
    return "";
  }
  return "  in " + escape_control(finding.location->file) +
         (finding.location->line ? fmt::format(":{}", *finding.location->line) : "") + "\n";
}

std::string stacks_text(const model::finding& finding, const text_options& options) {
  std::string text = location_text(finding, options) +
                     stack_text(finding.allocated, options.color, most_frames(options));
  for (const model::named_stack& stack : finding.stacks) {
    text += "  " + escape_control(stack.role) + "\n" +
            stack_text(stack.frames, options.color, most_frames(options));
  }
  return text + (finding.path ? "  held by\n" + path_text(*finding.path, options) : "");
}

std::string survivor_text(const model::finding& finding, const text_options& options) {
  return fmt::format("{}{}{}{}{}{}{}  {}\n",
                     painted(options.color, tone::heading, amount_text(finding)),
                     of_type_text(finding), from_text(finding), retained_text(finding),
                     age_text(finding.age_ms), where_text(finding.processes),
                     finding.runtime ? ", of the runtime" : "",
                     painted(options.color, tone::dim, mark_text(finding))) +
         stacks_text(finding, options);
}

std::string lost_text(const model::finding& finding, const text_options& options) {
  return fmt::format("{}{}{}{}{}{}  {}\n", painted(options.color, tone::bad, amount_text(finding)),
                     of_type_text(finding), from_text(finding), retained_text(finding),
                     age_text(finding.age_ms), where_text(finding.processes),
                     painted(options.color, tone::dim, mark_text(finding))) +
         stacks_text(finding, options);
}

std::string overdue_text(const model::finding& finding, const text_options& options) {
  return fmt::format("{}{}{}{}  {}\n",
                     painted(options.color, tone::bad, escape_control(finding.title)),
                     age_text(finding.age_ms), origin_text(finding), where_text(finding.processes),
                     painted(options.color, tone::dim, mark_text(finding))) +
         stacks_text(finding, options);
}

std::string type_text(const std::string& type) {
  return type.empty() ? "block of unknown type" : escape_control(type);
}

std::string field_text(const std::string& type, const std::string& field, std::uint64_t offset) {
  const std::string owner = type.empty() ? "" : escape_control(type) + "::";
  return field.empty() ? type_text(type) + fmt::format(" +{}", offset)
                       : owner + escape_control(field);
}

std::string edges_text(const model::cycle& cycle) {
  constexpr std::size_t edges_shown = 40;
  std::string text;
  for (const model::cycle_edge& edge :
       std::span(cycle.edges).first(std::min(cycle.edges.size(), edges_shown))) {
    const std::string from = field_text(cycle.members[edge.from].type, edge.field, edge.offset);
    text +=
        fmt::format("    {} -> {}{}\n", from, type_text(cycle.members[edge.to].type),
                    edge.kind == model::edge_kind::strong ? ""
                    : edge.kind == model::edge_kind::raw  ? "  (a plain pointer)"
                                                          : "  (what kind of pointer is unknown)");
  }
  const std::size_t more = cycle.edges.size() - std::min(cycle.edges.size(), edges_shown);
  text += more == 0 ? "" : fmt::format("    … {}\n", plural(more, "more edge"));
  return text;
}

std::string proof_text(const model::cycle& cycle) {
  if (cycle.proven) {
    return "  proven: every owner of every member is inside\n";
  }
  if (cycle.unexplained.value_or(0) != 0) {
    return fmt::format("  not proven: {} of the counts found no pointer inside\n",
                       plural(*cycle.unexplained, "owner"));
  }
  return "  not proven: the pointers count no owners\n";
}

std::string advice_text(const model::cycle& cycle, const text_options& options) {
  std::string text;
  for (const model::cycle_advice& advice : cycle.weaken) {
    text +=
        fmt::format("  make weak: {}: {}\n",
                    painted(options.color, tone::heading, field_text(advice.type, advice.field, 0)),
                    escape_control(advice.why));
  }
  return text;
}

std::string cycle_text(const model::finding& finding, const text_options& options) {
  const model::cycle& cycle = *finding.cycle;
  std::string text = painted(options.color, tone::bad, escape_control(finding.title));
  text += fmt::format("{}{}{}  {}\n", retained_text(finding), age_text(finding.age_ms),
                      where_text(finding.processes),
                      painted(options.color, tone::dim, mark_text(finding)));
  text += location_text(finding, options);
  text += finding.group && !finding.group->name.empty()
              ? "  in " + escape_control(finding.group->name) + "\n"
              : "";
  text += edges_text(cycle) + proof_text(cycle) + advice_text(cycle, options);
  const auto add_stack = [&](std::size_t member, const model::stack& frames) {
    text +=
        fmt::format("  {} was allocated\n",
                    member < cycle.members.size() ? type_text(cycle.members[member].type) : "it");
    text += stack_text(frames, options.color, most_frames(options));
  };
  add_stack(0, finding.allocated);
  for (std::size_t i = 0; i < finding.stacks.size(); ++i) {
    add_stack(i + 1, finding.stacks[i].frames);
  }
  return text;
}

// What takes in, or a site that grows.
std::string growing_text(const model::finding& finding, const text_options& options) {
  const bool is_growing =
      finding.growth && finding.growth->verdict == model::growth_verdict::growing;
  std::string text = painted(options.color, is_growing ? tone::bad : tone::heading,
                             escape_control(finding.title)) +
                     fmt::format("{}  {}\n", where_text(finding.processes),
                                 painted(options.color, tone::dim, mark_text(finding)));
  text += finding.cache ? cache_lines(*finding.cache, options.color) : "";
  text += finding.growth ? growth_lines(*finding.growth, options.color) : "";
  text += is_growing && finding.cache ? remedy_text(finding, options) : "";
  return text + stacks_text(finding, options);
}

// Kinds that only a newer track finds: what its JSON says of them.
std::string other_text(const model::finding& finding, const text_options& options) {
  return fmt::format("{}: {}{}  {}\n",
                     painted(options.color, tone::bad, model::name_of(finding.kind)),
                     escape_control(finding.title), where_text(finding.processes),
                     painted(options.color, tone::dim, mark_text(finding))) +
         stack_text(finding.allocated, options.color,
                    options.full_stacks ? SIZE_MAX : frames_shown);
}

// A group of findings under one heading; nothing when there is none.
template <typename Wanted>
std::string section(const model::report& report, const text_options& options,
                    std::string_view heading, Wanted&& wanted) {
  std::string text;
  for (std::size_t i = 0; i < report.findings.size() && i < options.findings_shown; ++i) {
    const model::finding& finding = report.findings[i];
    if (!finding.suppressed && finding.state != model::finding_state::fixed && wanted(finding)) {
      text += finding_text(finding, options) + "\n";
    }
  }
  return text.empty() ? "" : painted(options.color, tone::heading, heading) + "\n\n" + text;
}

std::string step_place(const model::path_step& step) {
  std::string place = step.module.empty() ? "" : " in " + escape_control(step.module);
  place += step.thread_id ? fmt::format(" of thread {}", *step.thread_id) : "";
  return place;
}

constexpr std::size_t hops_shown = 40;

std::string hop_text(const model::path_step& step, const text_options& options) {
  std::string hop;
  if (step.kind == model::step_kind::heap) {
    // The last one holds no further pointer.
    const bool has_place = !step.field.empty() || step.offset;
    hop = has_place ? field_text(step.type, step.field, step.offset.value_or(0))
                    : type_text(step.type);
    return hop + (step.allocated_in.empty()
                      ? ""
                      : "  " + painted(options.color, tone::dim,
                                       "(allocated in " + escape_control(step.allocated_in) + ")"));
  }
  hop = model::name_of(step.kind);
  hop += step.name.empty() ? "" : " " + escape_control(step.name);
  hop += step.field.empty() ? "" : "." + escape_control(step.field);
  hop += step.name.empty() && step.offset ? fmt::format(" +0x{:x}", *step.offset) : "";
  return hop + step_place(step);
}

}  // namespace

std::string where_text(const std::vector<std::uint64_t>& processes) {
  if (processes.size() <= 1) {
    return processes.empty() ? "" : fmt::format(", process {}", processes.front());
  }
  return fmt::format(", in {} processes", processes.size());
}

std::string path_text(const model::path& path, const text_options& options) {
  // Hops that look the same, as those along a list, are one line.
  std::vector<std::pair<std::string, std::uint64_t>> hops;
  for (const model::path_step& step : path) {
    std::string hop = hop_text(step, options);
    if (!hops.empty() && hops.back().first == hop) {
      ++hops.back().second;
    } else {
      hops.emplace_back(std::move(hop), 1);
    }
  }
  std::string text;
  for (std::size_t i = 0; i < hops.size(); ++i) {
    if (hops.size() > hops_shown && i == hops_shown / 2) {
      const std::size_t left_out = hops.size() - hops_shown;
      text += fmt::format("    … {}\n", plural(left_out, "more hop"));
      i += left_out;
    }
    const auto& [hop, times] = hops[i];
    text += (i == 0 ? "    " : "    -> ") + hop +
            (times == 1 ? "" : fmt::format(", {} times", count_text(times))) + "\n";
  }
  return text;
}

std::string finding_text(const model::finding& finding, const text_options& options) {
  switch (finding.kind) {
    case finding_kind::survivor:
      return survivor_text(finding, options);
    case finding_kind::lost:
    case finding_kind::possibly_lost:
      return lost_text(finding, options);
    case finding_kind::cycle:
      return finding.cycle ? cycle_text(finding, options) : other_text(finding, options);
    case finding_kind::mismatch:
      return mismatch_text(finding, options);
    case finding_kind::overdue:
      return overdue_text(finding, options);
    case finding_kind::cache:
    case finding_kind::growth:
      return growing_text(finding, options);
    default:
      return other_text(finding, options);
  }
}

std::string findings_text(const model::report& report, const text_options& options) {
  const std::string by = report.by.empty() ? "site" : report.by;
  const auto of_kind = [](finding_kind kind) {
    return [kind](const model::finding& finding) { return finding.kind == kind; };
  };
  const auto of_container = [](bool growing) {
    return [growing](const model::finding& finding) {
      const bool grows =
          finding.growth && finding.growth->verdict == model::growth_verdict::growing;
      return finding.kind == finding_kind::cache && grows == growing;
    };
  };
  const auto survivors = [](bool proven) {
    return [proven](const model::finding& finding) {
      return finding.kind == finding_kind::survivor && finding.proven == proven;
    };
  };
  return section(report, options, "mismatches: released in a way that does not fit the allocation",
                 of_kind(finding_kind::mismatch)) +
         section(report, options, "cycles: lost, but they keep themselves alive",
                 of_kind(finding_kind::cycle)) +
         section(report, options, "lost: nothing points to it", of_kind(finding_kind::lost)) +
         section(report, options, "possibly lost: reached by pointers into its middle only",
                 of_kind(finding_kind::possibly_lost)) +
         section(report, options, "overdue: should have been gone by now",
                 of_kind(finding_kind::overdue)) +
         section(report, options, "containers that only take in", of_container(true)) +
         section(report, options, "growing, held by no container that is known",
                 of_kind(finding_kind::growth)) +
         section(report, options, "containers that are not known to grow", of_container(false)) +
         section(report, options, "survivors: alive after the last destructor, by " + by,
                 survivors(true)) +
         section(report, options, "alive when it was killed (not proven leaks), by " + by,
                 survivors(false));
}

}  // namespace track::reports
