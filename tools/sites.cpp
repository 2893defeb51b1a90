#include <memory>

#include "reports/json.hpp"
#include "reports/text.hpp"
#include "tools/commands.hpp"
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
  auto opened = open_capture(options.capture);
  if (!opened) {
    return opened.failure();
  }
  const auto all = opened->reader.load();
  if (!all) {
    return all.failure();
  }
  const model::site_report found = analysis::make_site_report(*all, wanted);
  reports::text_options text;
  text.color = wants_color(options);
  text.full_stacks = options.full_stacks;
  return write_output(options.output, options.format == "json" ? reports::render_json(found)
                                                               : reports::render_text(found, text));
}

}  // namespace

void add_sites_command(CLI::App& app, int& status) {
  auto options = std::make_shared<reading_options>();
  auto by = std::make_shared<std::string>("live");
  CLI::App* command = app.add_subcommand("sites", "What each allocating place did in the run");
  add_output_options(*command, *options);
  add_filter_options(*command, *options);
  command->add_option("--by", *by, "live, peak, allocations, temporary or lifetime (under 10 ms)")
      ->check(CLI::IsMember({"live", "peak", "allocations", "temporary", "lifetime"}));
  command->footer("Example: track sites app.1234.track --by peak --limit 10");
  command->callback(
      [options, by, &status] { status = status_of([&] { return sites(*options, *by); }); });
}

}  // namespace track::tools
