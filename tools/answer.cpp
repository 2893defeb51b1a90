#include "tools/answer.hpp"

#include <utility>

#include "libtrack/support/text.hpp"
#include "reports/lead_text.hpp"

namespace track::tools {
namespace {

// Only objects have labels, tags and tests.
analysis::object_survivors objects_asked_for(const reading_options& options) {
  if (options.by == "type") {
    return analysis::object_survivors::beside_blocks;
  }
  const bool about_objects = options.by == "label" || options.by == "tag" || options.by == "test" ||
                             !options.wanted.labels.empty() || !options.wanted.tests.empty();
  return about_objects ? analysis::object_survivors::alone : analysis::object_survivors::none;
}

}  // namespace

result<evidence> answer(const reading_options& options, const analysis::report_options& wanted) {
  const bool wants_page = options.format == "html";
  if (const auto possible = check_page(options, wants_page); !possible) {
    return possible.failure();
  }
  auto suppressions = read_suppressions(options.suppressions);
  if (!suppressions) {
    return suppressions.failure();
  }
  return report_on(options.captures, wanted,
                   {.suppressions = &*suppressions,
                    .retained = options.retained,
                    .typed = options.by == "type",
                    .objects = objects_asked_for(options),
                    .all_containers = options.all_containers,
                    .places = &options.places,
                    .charts = wants_page,
                    .embed_source = options.embed_source});
}

void name_in_text(reports::text_options& text, const reading_options& options,
                  const evidence& found, const std::string& command, const std::string& baseline) {
  text.capture = found.name;
  text.files = found.files;
  reading_options asked = options;
  if (asked.captures.empty()) {
    asked.captures = {found.name};
  }
  text.again = asked_again(asked, command, baseline);
  text.askable = found.can_be_asked ? reports::shell_word(escape_control(asked.captures[0])) : "";
}

result<void> answer_kinds(const reading_options& options, const std::string& command,
                          std::vector<model::finding_kind> kinds) {
  auto wanted = to_report_options(options);
  if (!wanted) {
    return wanted.failure();
  }
  wanted->wanted.kinds = std::move(kinds);
  const auto found = answer(options, *wanted);
  if (!found) {
    return found.failure();
  }
  reports::text_options text;
  text.survivors_only = true;
  name_in_text(text, options, *found, command);
  text.capture.clear();
  return write_answer(options, found->report, text, found->page);
}

}  // namespace track::tools
