// A tag for what this thread records while the scope lasts. Floor 3.
//
//   track::scope tag{"import"};
// Scopes nest: the innermost names the tag of a record (survivor::tag), the one before comes back
// at the end. Local variables only, left in the order of their making. Tags are kept for ever: use
// few different ones. cost: 20 ns; nothing is allocated by operator new. A tag without a place is
// none.
#pragma once

#include <string_view>

#include <track/detail/record.hpp>

namespace track {

class [[nodiscard]] scope {
 public:
  explicit scope(std::string_view tag) noexcept : entered_(detail::is_tracking()) {
    if (entered_) {
      outer_ = detail::exchange_tag(detail::intern(tag));
    }
  }
  ~scope() {
    if (entered_) {
      detail::exchange_tag(outer_);
    }
  }
  scope(const scope&) = delete;
  scope& operator=(const scope&) = delete;

 private:
  const bool entered_;
  const detail::text* outer_ = nullptr;
};

}  // namespace track
