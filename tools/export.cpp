#include <memory>
#include <utility>

#include "reports/folded.hpp"
#include "tools/commands.hpp"
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

result<void> export_folded(const reading_options& options, const std::string& by) {
  auto opened = open_capture(options.capture);
  if (!opened) {
    return opened.failure();
  }
  const auto all = opened->reader.load();
  if (!all) {
    return all.failure();
  }
  const analysis::site_order order = by == "peak"          ? analysis::site_order::peak
                                     : by == "allocations" ? analysis::site_order::allocations
                                     : by == "temporary"   ? analysis::site_order::temporary
                                                           : analysis::site_order::live;
  analysis::sites_options wanted;
  wanted.wanted = options.wanted;
  wanted.by = order;
  const model::site_report sites = by == "leaked" ? leaked_sites(*all, options.wanted)
                                                  : analysis::make_site_report(*all, wanted);
  return write_output(options.output,
                      reports::render_folded(sites, [order](const model::site& site) {
                        return analysis::figure_of(site, order);
                      }));
}

}  // namespace

void add_export_command(CLI::App& app, int& status) {
  auto options = std::make_shared<reading_options>();
  auto by = std::make_shared<std::string>("leaked");
  options->format = "folded";
  CLI::App* command = app.add_subcommand("export", "Stacks for flame graph tools");
  command->add_option("CAPTURE", options->capture, "the newest *.track here by default");
  command->add_option("-f,--format", options->format, "folded")
      ->check([](const std::string& format) {
        return format == "folded" ? std::string()
                                  : "'" + format + "' is not in this version; there is folded";
      });
  command->add_option("--by", *by, "leaked and peak in bytes; allocations and temporary in blocks")
      ->check(CLI::IsMember({"leaked", "peak", "allocations", "temporary"}));
  command->add_option("-o,--output", options->output, "write to this file instead of stdout");
  command->footer(
      "Example: track export app.1234.track -f folded --by peak | flamegraph.pl > p.svg");
  command->callback(
      [options, by, &status] { status = status_of([&] { return export_folded(*options, *by); }); });
}

}  // namespace track::tools
