// The page that render_html() puts its data into, as the build bundled it. Floor 4.
//
// Private to reports/. Empty when it was built without npm.
#pragma once

#include <string_view>

namespace track::reports {

// With `html_data_mark` once, where the data goes.
extern const std::string_view html_page;
inline constexpr std::string_view html_data_mark = "@LIBTRACK_DATA@";

}  // namespace track::reports
