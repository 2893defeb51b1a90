#include <algorithm>
#include <memory>
#include <utility>

#include "libtrack/analysis/why.hpp"
#include "reports/dot.hpp"
#include "reports/folded.hpp"
#include "reports/pprof.hpp"
#include "tools/commands.hpp"
#include "tools/evidence.hpp"
#include "tools/questions.hpp"
#include "tools/reading.hpp"

namespace track::tools {
namespace {

// Survivors as sites, so that one renderer serves all figures.
model::site_report leaked_sites(const capture::contents& all, const analysis::filter& wanted) {
  analysis::report_options options;
  options.wanted = wanted;
  options.wanted.kinds = {model::finding_kind::survivor};
  model::report found = analysis::make_report(all, options);
  model::site_report sites;
  for (model::finding& finding : found.findings) {
    model::site site;
    site.allocated_by = finding.allocated_by;
    site.live_bytes = static_cast<std::int64_t>(finding.bytes);
    site.allocated = std::move(finding.allocated);
    sites.sites.push_back(std::move(site));
  }
  return sites;
}

struct exported_sites {
  model::site_report sites;
  analysis::site_order order = analysis::site_order::live;
  std::uint64_t duration_ms = 0;
};

result<exported_sites> sites_of(const reading_options& options, const std::string& by) {
  auto all = load_capture(capture_of(options));
  if (!all) {
    return all.failure();
  }
  analysis::map_sources(all->contents, options.places);
  exported_sites found;
  found.order = by == "peak"          ? analysis::site_order::peak
                : by == "allocations" ? analysis::site_order::allocations
                : by == "temporary"   ? analysis::site_order::temporary
                                      : analysis::site_order::live;
  analysis::sites_options wanted;
  wanted.wanted = options.wanted;
  wanted.by = found.order;
  found.sites = by == "leaked" ? leaked_sites(all->contents, options.wanted)
                               : analysis::make_site_report(all->contents, wanted);
  for (const capture::process_row& process : all->contents.processes) {
    found.duration_ms = std::max(found.duration_ms, process.seen_ms);
  }
  return found;
}

result<void> export_folded(const reading_options& options, const std::string& by) {
  const auto found = sites_of(options, by);
  if (!found) {
    return found.failure();
  }
  return write_output(options.output,
                      reports::render_folded(found->sites, [&found](const model::site& site) {
                        return analysis::figure_of(site, found->order);
                      }));
}

// What was asked for first: it is what readers show by default.
result<void> export_pprof(const reading_options& options, const std::string& by) {
  const auto found = sites_of(options, by);
  if (!found) {
    return found.failure();
  }
  const auto count = [](std::uint64_t value) {
    return static_cast<std::int64_t>(std::min<std::uint64_t>(value, INT64_MAX));
  };
  std::vector<reports::pprof_value> values = {
      {by == "allocations" ? "alloc_objects" : by,
       by == "leaked" || by == "peak" ? "bytes" : "count",
       [&found](const model::site& site) { return analysis::figure_of(site, found->order); }}};
  if (by != "leaked") {
    values.push_back({"alloc_space", "bytes",
                      [count](const model::site& site) { return count(site.bytes_allocated); }});
    values.push_back(
        {"inuse_space", "bytes", [](const model::site& site) { return site.live_bytes; }});
    values.push_back(
        {"inuse_objects", "count", [](const model::site& site) { return site.live_blocks; }});
  }
  return write_output(options.output,
                      reports::render_pprof(found->sites, values, found->duration_ms));
}

// A cycle by its fingerprint, or else the ways to something.
result<void> export_dot(const reading_options& options, const std::string& what) {
  if (what.empty()) {
    return error{error_code::usage, "-f dot: of what? write --of FINGERPRINT, TYPE or 0xADDRESS"};
  }
  if (analysis::is_fingerprint(what)) {
    const auto found = gather_evidence(options.captures, {});
    if (!found) {
      return found.failure();
    }
    for (const model::finding& finding : found->report.findings) {
      if (finding.fingerprint == what && finding.cycle) {
        return write_output(options.output, reports::render_dot(finding));
      }
    }
  }
  const auto ways = ask_why(capture_of(options), what, 0);
  return ways ? write_output(options.output, reports::render_dot(*ways))
              : result<void>(ways.failure());
}

}  // namespace

void add_export_command(CLI::App& app, int& status) {
  auto options = std::make_shared<reading_options>();
  auto by = std::make_shared<std::string>("leaked");
  auto of = std::make_shared<std::string>();
  options->format = "folded";
  CLI::App* command =
      app.add_subcommand("export", "Stacks for flame graph tools, cycles and paths for Graphviz");
  add_capture_option(*command, *options, captures_taken::one);
  add_filter_options(*command, *options);
  refuse_option(*command, "--source-root");
  command->add_option("-f,--format", options->format, "folded, pprof or dot")
      ->check(CLI::IsMember({"folded", "pprof", "dot"}));
  command
      ->add_option("--of", *of,
                   "with -f dot: the fingerprint of a cycle, or what `track why` takes")
      ->type_name("WHAT");
  command->add_option("--by", *by, "leaked and peak in bytes; allocations and temporary in blocks")
      ->check(CLI::IsMember({"leaked", "peak", "allocations", "temporary"}));
  command->add_option("-o,--output", options->output, "write to this file instead of stdout")
      ->type_name("FILE");
  command->footer(
      "Example: track export app.1234.track -f folded --by peak | flamegraph.pl > p.svg\n"
      "         track export app.1234.track -f pprof --by peak -o p.pb.gz; pprof -http=: p.pb.gz\n"
      "         track export app.1234.track -f dot --of 4f1cf223caa41c77 | dot -Tsvg > cycle.svg");
  command->callback([options, by, of, &status] {
    status = status_of([&] {
      return options->format == "dot"     ? export_dot(*options, *of)
             : options->format == "pprof" ? export_pprof(*options, *by)
                                          : export_folded(*options, *by);
    });
  });
}

}  // namespace track::tools
