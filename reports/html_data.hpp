// What the HTML page knows, as JSON: the contract's report, its stacks by number, charts. Floor 4.
//
// Private to reports/. shape: reports/html/DATA.md. cost: linear.
#pragma once

#include <cstddef>
#include <string>

#include "reports/html.hpp"

namespace track::reports {

// So many findings are told with their stacks, the first of the report; of the others a line.
inline constexpr std::size_t most_detailed_findings = 10'000;
// So many lines; the rest is counted.
inline constexpr std::size_t most_listed_findings = 500'000;

std::string html_data(const model::report& report, const html_extras& extras);

}  // namespace track::reports
