// Stands in for the bundled page where there is no npm.
#include "reports/html_page.hpp"

namespace track::reports {

const std::string_view html_page;

}  // namespace track::reports
