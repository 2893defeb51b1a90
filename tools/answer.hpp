// Questions that list findings: asked as the options say, answered in the format asked for.
// Floor 6.
#pragma once

#include <string>
#include <vector>

#include "tools/evidence.hpp"
#include "tools/reading.hpp"

namespace track::tools {

// What a text report calls what it is of, and which commands it suggests.
void name_in_text(reports::text_options& text, const reading_options& options,
                  const evidence& found, const std::string& command,
                  const std::string& baseline = {});
// Writes the findings of some kinds alone, as `track cycles` and `track survivors` do.
result<void> answer_kinds(const reading_options& options, const std::string& command,
                          std::vector<model::finding_kind> kinds);
// By what `options` say of suppressions, retained sizes and sources. errors: usage, too: bad
// suppressions.
result<evidence> answer(const reading_options& options, const analysis::report_options& wanted);

}  // namespace track::tools
