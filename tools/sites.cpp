#include <memory>

#include "tools/commands.hpp"
#include "tools/evidence.hpp"
#include "tools/reading.hpp"
#include "tools/version.hpp"

namespace track::tools {
namespace {

constexpr std::uint64_t shown_by_default = 20;

analysis::site_order order_of(const std::string& by) {
  return by == "peak"          ? analysis::site_order::peak
         : by == "allocations" ? analysis::site_order::allocations
         : by == "temporary"   ? analysis::site_order::temporary
         : by == "lifetime"    ? analysis::site_order::lifetime
                               : analysis::site_order::live;
}

result<void> sites(const reading_options& options, const std::string& by) {
  analysis::sites_options wanted;
  wanted.tool_version = version;
  wanted.wanted = options.wanted;
  wanted.by = order_of(by);
  wanted.limit = options.limit;
  if (!options.limit_given && options.format == "text") {
    wanted.limit = shown_by_default;
  }
  auto all = load_capture(capture_of(options));
  if (!all) {
    return all.failure();
  }
  analysis::map_sources(all->contents, options.places);
  return write_answer(options, analysis::make_site_report(all->contents, wanted), {});
}

}  // namespace

void add_sites_command(CLI::App& app, int& status) {
  auto options = std::make_shared<reading_options>();
  auto by = std::make_shared<std::string>("live");
  CLI::App* command = app.add_subcommand("sites", "What each allocating place did in the run");
  add_reading_options(*command, *options, captures_taken::one);
  refuse_option(*command, "--source-root");
  command->add_option("--by", *by, "live, peak, allocations, temporary or lifetime (under 10 ms)")
      ->check(CLI::IsMember({"live", "peak", "allocations", "temporary", "lifetime"}));
  command->footer("Example: track sites app.1234.track --by peak --limit 10");
  command->callback(
      [options, by, &status] { status = status_of([&] { return sites(*options, *by); }); });
}

}  // namespace track::tools
