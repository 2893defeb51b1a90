#include "reports/html.hpp"

#include <boost/archive/iterators/base64_from_binary.hpp>
#include <boost/archive/iterators/transform_width.hpp>

#include "reports/gzip.hpp"
#include "reports/html_data.hpp"
#include "reports/html_page.hpp"

namespace track::reports {
namespace {

std::string in_base64(std::string bytes) {
  using namespace boost::archive::iterators;
  using digits = base64_from_binary<transform_width<std::string::const_iterator, 6, 8>>;
  // The iterator must not have to look behind the end.
  const std::size_t missing = (3 - bytes.size() % 3) % 3;
  bytes.append(missing, '\0');
  std::string text(digits(bytes.cbegin()), digits(bytes.cend()));
  return text.replace(text.size() - missing, missing, missing, '=');
}

}  // namespace

bool has_html() {
  return !html_page.empty();
}

std::string render_html(const model::report& report, const html_extras& extras) {
  const std::size_t mark = html_page.find(html_data_mark);
  std::string text(html_page.substr(0, mark));
  text += in_base64(gzipped(html_data(report, extras)));
  text += html_page.substr(mark + html_data_mark.size());
  return text;
}

}  // namespace track::reports
