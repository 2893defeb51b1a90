// Findings as people read them: what, how much, why, where from. Floor 4.
//
// For the text renderers. Lines are printable whatever the capture held. cost: linear in frames.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libtrack/model/report.hpp"
#include "reports/text.hpp"

namespace track::reports {

// One finding, ends with a line feed.
std::string finding_text(const model::finding& finding, const text_options& options);

// All that are not suppressed, under headings by kind; empty when there is none.
std::string findings_text(const model::report& report, const text_options& options);

// ", process 3" or ", in 4 processes".
std::string where_text(const std::vector<std::uint64_t>& processes);

// One line a hop, from the root to the block.
std::string path_text(const model::path& path, const text_options& options);

}  // namespace track::reports
