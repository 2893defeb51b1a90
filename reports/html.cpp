#include "reports/html.hpp"

#include <memory>

#include <boost/archive/iterators/base64_from_binary.hpp>
#include <boost/archive/iterators/transform_width.hpp>
#include <libdeflate.h>

#include "reports/html_data.hpp"
#include "reports/html_page.hpp"

namespace track::reports {
namespace {

constexpr int compression_level = 6;

// Empty: there is no memory.
std::string compressed(const std::string& text) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(compression_level), libdeflate_free_compressor);
  if (compressor == nullptr) {
    return {};
  }
  std::string packed(libdeflate_gzip_compress_bound(compressor.get(), text.size()), '\0');
  packed.resize(libdeflate_gzip_compress(compressor.get(), text.data(), text.size(), packed.data(),
                                         packed.size()));
  return packed;
}

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
  text += in_base64(compressed(html_data(report, extras)));
  text += html_page.substr(mark + html_data_mark.size());
  return text;
}

}  // namespace track::reports
