#include "reports/text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "libtrack/support/text.hpp"
#include "libtrack/support/units.hpp"
#include "reports/format.hpp"
#include "reports/stack_text.hpp"

namespace track::reports {
namespace {

std::string command_text(const model::process& process) {
  std::string text;
  for (const std::string& argument : process.command) {
    text += (text.empty() ? "" : " ") + escape_control(argument);
  }
  if (text.empty()) {
    text = process.program.empty() ? "(unknown program)" : escape_control(process.program);
  }
  constexpr std::size_t most = 160;
  return text.size() > most ? text.substr(0, most) + "…" : text;
}

std::string blocks_text(std::int64_t blocks) {
  return count_text(blocks) + (blocks == 1 ? " block" : " blocks");
}

std::string exit_text(const model::exit_status& exit) {
  switch (exit.kind) {
    case model::exit_kind::exited:
      return exit.code ? fmt::format("exited with {}", *exit.code) : "exited";
    case model::exit_kind::signaled:
      return fmt::format("killed by {}{}",
                         exit.signal ? fmt::format("signal {}", *exit.signal) : "a signal",
                         exit.oom_killed.value_or(false) ? " (out of memory)" : "");
    case model::exit_kind::execed:
      return "became another program (exec)";
    case model::exit_kind::running:
      return "still running";
    case model::exit_kind::unknown:
      break;
  }
  return "end unknown";
}

std::string quality_text(const model::quality& quality, bool color) {
  std::string text = "  evidence    ";
  text += quality.complete ? "complete" : painted(color, tone::bad, "INCOMPLETE");
  text += "\n";
  for (const model::quality_reason& reason : quality.reasons) {
    text += fmt::format("              {}: {}\n", painted(color, tone::warn, reason.code),
                        escape_control(reason.detail));
  }
  if (!quality.modules_without_symbols.empty()) {
    std::string modules;
    const std::size_t shown = std::min<std::size_t>(quality.modules_without_symbols.size(), 5);
    for (std::size_t i = 0; i < shown; ++i) {
      modules += (i == 0 ? "" : ", ") + escape_control(quality.modules_without_symbols[i]);
    }
    const std::size_t more = quality.modules_without_symbols.size() - shown;
    text += fmt::format("              without symbols: {}{}\n", modules,
                        more == 0 ? "" : fmt::format(" and {} more", more));
  }
  return text;
}

std::string process_text(const model::process& process, bool color) {
  const model::totals& totals = process.totals;
  std::string text = painted(color, tone::heading,
                             fmt::format("process {}  {}", process.number, command_text(process)));
  text += fmt::format("\n  pid {}, {}{}\n", process.pid, exit_text(process.exit),
                      process.duration_ms ? ", ran " + short_duration(*process.duration_ms) : "");
  text += fmt::format("  allocated   {} in {}, {} reallocated, {} temporary\n",
                      size_text(totals.bytes_allocated), plural(totals.allocations, "block"),
                      count_text(totals.reallocations), count_text(totals.temporary));
  text += fmt::format(
      "  freed       {}{}\n", plural(totals.frees, "block"),
      totals.inherited_frees == 0
          ? ""
          : fmt::format(", and {} inherited from the parent", count_text(totals.inherited_frees)));
  text += fmt::format("  peak        {}\n", short_bytes(totals.peak_bytes));
  text += fmt::format("  live at end {} in {}\n", short_bytes(totals.live_bytes),
                      blocks_text(totals.live_blocks));
  return text + quality_text(process.quality, color);
}

// Many processes: the incomplete ones first, then the largest, then one line for the rest.
std::string processes_text(const std::vector<model::process>& processes, bool color,
                           std::size_t most) {
  std::vector<const model::process*> order;
  for (const model::process& process : processes) {
    order.push_back(&process);
  }
  if (order.size() > most) {
    std::stable_sort(order.begin(), order.end(),
                     [](const model::process* a, const model::process* b) {
                       return std::pair(a->quality.complete, -a->totals.peak_bytes) <
                              std::pair(b->quality.complete, -b->totals.peak_bytes);
                     });
  }
  std::string text;
  for (std::size_t i = 0; i < order.size() && i < most; ++i) {
    text += process_text(*order[i], color) + "\n";
  }
  if (order.size() > most) {
    const auto incomplete =
        std::count_if(order.begin() + static_cast<std::ptrdiff_t>(most), order.end(),
                      [](const model::process* process) { return !process->quality.complete; });
    text +=
        fmt::format("and {} more processes, {} of them incomplete (track query, v1_processes)\n\n",
                    order.size() - most, incomplete);
  }
  return text;
}

std::string where_text(const std::vector<std::uint64_t>& processes) {
  if (processes.size() <= 1) {
    return processes.empty() ? "" : fmt::format(", process {}", processes.front());
  }
  return fmt::format(", in {} processes", processes.size());
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

std::string survivor_text(const model::finding& finding, const text_options& options) {
  std::string text =
      fmt::format("{} in {} from {}{}{}{}  {}\n",
                  painted(options.color, tone::heading, size_text(finding.bytes)),
                  plural(finding.blocks, "block"), finding.allocated_by, age_text(finding.age_ms),
                  where_text(finding.processes), finding.runtime ? ", of the runtime" : "",
                  painted(options.color, tone::dim, mark_text(finding)));
  const std::size_t most = options.full_stacks ? SIZE_MAX : frames_shown;
  return text + stack_text(finding.allocated, options.color, most);
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
    text += fmt::format("  allocated by {}\n", finding.allocated_by);
    text += stack_text(finding.allocated, options.color, most);
  }
  return text;
}

bool all_complete(const std::vector<model::process>& processes) {
  return !processes.empty() &&
         std::all_of(processes.begin(), processes.end(),
                     [](const model::process& process) { return process.quality.complete; });
}

// A group of findings under one heading; nothing when there is none.
template <typename Wanted, typename Render>
std::string section(const model::report& report, const text_options& options,
                    std::string_view heading, Wanted&& wanted, Render&& render) {
  std::string text;
  for (const model::finding& finding : report.findings) {
    if (wanted(finding)) {
      text += render(finding, options) + "\n";
    }
  }
  return text.empty() ? "" : painted(options.color, tone::heading, heading) + "\n\n" + text;
}

std::string nothing_text(const model::report& report) {
  if (report.beyond_limit.findings != 0) {
    return "";
  }
  return all_complete(report.processes)
             ? "Nothing that was asked for was found, and the evidence is complete.\n\n"
             : "Nothing that was asked for was found in what was recorded; the evidence is "
               "incomplete, so this proves nothing.\n\n";
}

std::string left_out_text(const model::left_out& left, std::string_view what,
                          std::string_view how) {
  if (left.findings == 0) {
    return "";
  }
  return fmt::format("{}: {} ({} in {}); {}\n", what, count_text(left.findings),
                     size_text(left.bytes), plural(left.blocks, "block"), how);
}

std::string heading_of(const model::report& report, const text_options& options) {
  std::string text;
  if (!options.capture.empty()) {
    const std::size_t count = report.processes.size();
    text =
        painted(options.color, tone::heading, escape_control(options.capture)) +
        fmt::format(": {} process{}\n", count_text(std::uint64_t{count}), count == 1 ? "" : "es");
  }
  if (report.growing) {
    text += "unfinished: evidence up to its last checkpoint\n";
  }
  return text.empty() ? text : text + "\n";
}

std::string next_text(const text_options& options) {
  if (options.capture.empty()) {
    return "";
  }
  const std::string capture = escape_control(options.capture);
  return fmt::format(
      "next: track survivors {0}    track sites {0} --by peak    track report {0} -f json\n",
      capture);
}

std::string site_text(const model::site& site, const std::string& by, const text_options& options) {
  std::string text;
  const auto amount = [](std::int64_t bytes, std::int64_t blocks) {
    return short_bytes(bytes) + " in " + blocks_text(blocks);
  };
  if (by == "live") {
    text = amount(site.live_bytes, site.live_blocks) + " live";
  } else if (by == "peak") {
    text = amount(site.peak_bytes, site.peak_blocks) + " at the peak";
  } else if (by == "allocations") {
    text = fmt::format("{}, {} in sum", plural(site.allocations, "allocation"),
                       size_text(site.bytes_allocated));
  } else if (by == "temporary") {
    text = fmt::format("{} temporary of {}", count_text(site.temporary),
                       plural(site.allocations, "allocation"));
  } else {
    text = fmt::format("freed within 10 ms: {}, 1 s: {}, 60 s: {}, later: {}; live: {}",
                       count_text(site.lifetimes[0]), count_text(site.lifetimes[1]),
                       count_text(site.lifetimes[2]), count_text(site.lifetimes[3]),
                       count_text(site.live_blocks));
  }
  text = painted(options.color, tone::heading, text) +
         fmt::format(" from {}{}  {}\n", site.allocated_by, where_text(site.processes),
                     painted(options.color, tone::dim, "[" + site.fingerprint + "]"));
  const std::size_t most = options.full_stacks ? SIZE_MAX : frames_shown;
  return text + stack_text(site.allocated, options.color, most) + "\n";
}

}  // namespace

std::string render_text(const model::report& report, const text_options& options) {
  std::string text = heading_of(report, options);
  if (!options.survivors_only) {
    text += processes_text(report.processes, options.color, options.processes_shown);
  }
  std::string found = section(
      report, options, "mismatches: released in a way that does not fit the allocation",
      [](const model::finding& f) { return f.kind == model::finding_kind::mismatch; },
      mismatch_text);
  found += section(
      report, options, "survivors: alive after the last destructor, by site",
      [](const model::finding& f) { return f.kind == model::finding_kind::survivor && f.proven; },
      survivor_text);
  found += section(
      report, options, "alive when it was killed (not proven leaks), by site",
      [](const model::finding& f) { return f.kind == model::finding_kind::survivor && !f.proven; },
      survivor_text);
  text += found.empty() ? nothing_text(report) : found;
  text += left_out_text(report.beyond_limit, "findings not shown",
                        "--limit N shows more, `track survivors` lists all");
  text += left_out_text(report.runtime, "hidden sites of the C and C++ runtimes",
                        "--show-reachable lists them");
  if (options.survivors_only && !all_complete(report.processes)) {
    text += "evidence is incomplete: see `track report`\n";
  }
  return text + next_text(options);
}

std::string render_text(const model::site_report& report, const text_options& options) {
  std::string text;
  for (const model::site& site : report.sites) {
    text += site_text(site, report.by, options);
  }
  if (report.sites.empty()) {
    text += "No site has anything of what was asked for in what was recorded.\n";
  }
  if (report.sites_left_out != 0) {
    text += fmt::format("sites not shown: {}; --limit N shows more\n",
                        count_text(report.sites_left_out));
  }
  return all_complete(report.processes) ? text
                                        : text + "evidence is incomplete: see `track report`\n";
}

}  // namespace track::reports
