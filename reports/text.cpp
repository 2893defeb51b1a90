#include "reports/text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "libtrack/support/text.hpp"
#include "libtrack/support/units.hpp"
#include "reports/finding_text.hpp"
#include "reports/for_ci.hpp"
#include "reports/format.hpp"
#include "reports/lead_text.hpp"
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
  return shortened(text, most);
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
  std::string text = "  evidence        ";
  text += quality.complete ? "complete" : painted(color, tone::bad, "INCOMPLETE");
  text += "\n";
  for (const model::quality_reason& reason : quality.reasons) {
    text += fmt::format("                  {}: {}\n",
                        painted(color, tone::warn, escape_control(reason.code)),
                        escape_control(reason.detail));
  }
  if (!quality.modules_without_symbols.empty()) {
    std::string modules;
    const std::size_t shown = std::min<std::size_t>(quality.modules_without_symbols.size(), 5);
    for (std::size_t i = 0; i < shown; ++i) {
      modules += (i == 0 ? "" : ", ") + escape_control(quality.modules_without_symbols[i]);
    }
    const std::size_t more = quality.modules_without_symbols.size() - shown;
    text += fmt::format("                  without symbols: {}{}\n", modules,
                        more == 0 ? "" : fmt::format(" and {} more", more));
  }
  return text;
}

std::string heap_text(const model::heap_classes& heap) {
  const auto line = [](const char* name, const model::block_sum& sum) {
    return fmt::format("  {:<16}{} in {}\n", name, size_text(sum.bytes),
                       plural(sum.blocks, "block"));
  };
  return line("definitely lost", heap.definitely_lost) +
         line("indirectly lost", heap.indirectly_lost) + line("possibly lost", heap.possibly_lost) +
         line("still reachable", heap.still_reachable) +
         (heap.suppressed.blocks == 0 ? "" : line("suppressed", heap.suppressed));
}

std::string objects_text(const model::object_counts& objects) {
  std::string text = "  objects         " + count_text(objects.alive) + " alive";
  text += objects.overdue == 0 ? "" : ", " + count_text(objects.overdue) + " of them overdue";
  return text + (objects.dead == 0 ? "" : ", " + plural(objects.dead, "record") + " of dead ones") +
         "\n";
}

std::string process_text(const model::process& process, bool color) {
  const model::totals& totals = process.totals;
  std::string text = painted(color, tone::heading,
                             fmt::format("process {}  {}", process.number, command_text(process)));
  text += fmt::format("\n  pid {}, {}{}{}\n", process.pid, exit_text(process.exit),
                      process.duration_ms ? ", ran " + short_duration(*process.duration_ms) : "",
                      process.capture.empty() ? "" : ", of " + escape_control(process.capture));
  text += fmt::format("  allocated       {} in {}, {} reallocated, {} temporary\n",
                      size_text(totals.bytes_allocated), plural(totals.allocations, "block"),
                      count_text(totals.reallocations), count_text(totals.temporary));
  text += fmt::format(
      "  freed           {}{}\n", plural(totals.frees, "block"),
      totals.inherited_frees == 0
          ? ""
          : fmt::format(", and {} inherited from the parent", count_text(totals.inherited_frees)));
  text += fmt::format("  peak            {}\n", short_bytes(totals.peak_bytes));
  text += fmt::format("  live at end     {} in {}\n", short_bytes(totals.live_bytes),
                      blocks_text(totals.live_blocks));
  text += process.heap ? heap_text(*process.heap) : "";
  text += process.objects ? objects_text(*process.objects) : "";
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

bool all_complete(const std::vector<model::process>& processes) {
  return !processes.empty() &&
         std::all_of(processes.begin(), processes.end(),
                     [](const model::process& process) { return process.quality.complete; });
}

std::string left_out_text(const model::left_out& left, std::string_view what,
                          std::string_view how) {
  if (left.findings == 0) {
    return "";
  }
  return fmt::format("{}: {} ({} in {}); {}\n", what, count_text(left.findings),
                     size_text(left.bytes), plural(left.blocks, "block"), how);
}

model::left_out not_shown(const model::report& report, const text_options& options) {
  model::left_out sum = report.beyond_limit;
  for (std::size_t i = options.findings_shown; i < report.findings.size(); ++i) {
    ++sum.findings;
    sum.blocks += report.findings[i].blocks;
    sum.bytes += report.findings[i].bytes;
  }
  return sum;
}

std::string heading_of(const model::report& report, const text_options& options) {
  std::string text;
  if (!options.capture.empty()) {
    const std::size_t count = report.processes.size();
    text = painted(options.color, tone::heading, escape_control(options.capture)) + ": " +
           (options.files == 1 ? "" : plural(options.files, "file") + ", ") +
           fmt::format("{} process{}\n", count_text(std::uint64_t{count}), count == 1 ? "" : "es");
  }
  if (report.growing) {
    text += "unfinished: evidence up to its last checkpoint\n";
  }
  return text.empty() ? text : text + "\n";
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

std::string suppressions_text(const model::report& report) {
  std::uint64_t blocks = 0;
  std::uint64_t findings = 0;
  // Survivors hold the same blocks as what is lost of them.
  const bool has_still =
      std::any_of(report.processes.begin(), report.processes.end(),
                  [](const model::process& process) { return process.heap.has_value(); });
  for (const model::finding& finding : report.findings) {
    const bool counts =
        finding.suppressed && (!has_still || finding.kind != model::finding_kind::survivor);
    blocks += counts ? finding.blocks : 0;
    findings += counts ? 1 : 0;
  }
  std::string text;
  if (findings != 0) {
    text += fmt::format("suppressed: {} with {}\n", plural(findings, "finding"),
                        plural(blocks, "block"));
  }
  const auto list = [&text](const char* what, const std::vector<model::suppression_use>& uses) {
    for (const model::suppression_use& use : uses) {
      text += fmt::format("suppression {}: {} ({}:{}{}{})\n", what, escape_control(use.name),
                          use.file.empty() ? "of the capture" : escape_control(use.file), use.line,
                          use.owner.empty() ? "" : ", owner " + escape_control(use.owner),
                          use.until.empty() ? "" : ", until " + use.until);
    }
  };
  list("unused", report.suppressions.unused);
  list("expired", report.suppressions.expired);
  return text;
}

std::string render_text(const model::report& report, const text_options& options) {
  std::string text = heading_of(report, options) + lead_text(report, options);
  if (!options.survivors_only) {
    text += processes_text(report.processes, options.color, options.processes_shown);
  }
  text += findings_text(report, options);
  text += suppressions_text(report);
  text += left_out_text(not_shown(report, options), "findings not shown",
                        "--limit N shows more, --limit 0 all");
  text += left_out_text(report.runtime, "hidden sites of the C and C++ runtimes",
                        "--show-reachable lists them");
  text += left_out_text(report.survivors, "alive at the end, lost or not, by site",
                        "--show-reachable lists them");
  return text + last_line(report, options);
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
