#include "tools/collector/module_watch.hpp"

#include <algorithm>
#include <iterator>
#include <variant>

#include "libtrack/ledger/format.hpp"
#include "libtrack/ledger/slot_view.hpp"

namespace track::tools {

void module_watch::look(std::span<const std::byte> slot,
                        const std::function<void(const capture::module_key&)>& visit) {
  using ledger::module_record;
  using ledger::region_kind;
  if (slot.size() < sizeof(ledger::slot_header)) {
    return;
  }
  const std::uint64_t used =
      __atomic_load_n(reinterpret_cast<const std::uint64_t*>(
                          slot.data() + offsetof(ledger::slot_header, modules_used)),
                      __ATOMIC_ACQUIRE);
  if (used <= seen_) {
    return;
  }
  const auto opened = ledger::slot_view::open(slot);
  const auto* view = std::get_if<ledger::slot_view>(&opened);
  if (view == nullptr) {
    return;
  }
  for (const std::size_t count = view->count(region_kind::modules, used); seen_ < count; ++seen_) {
    const auto record = view->record<module_record>(region_kind::modules, seen_);
    if (record.complete != 1) {
      return;  // next time
    }
    const auto id_bytes = std::min<std::size_t>(record.build_id_bytes, sizeof record.build_id);
    visit({view->text(record.path_offset, record.path_bytes),
           {std::begin(record.build_id), std::begin(record.build_id) + id_bytes}});
  }
}

}  // namespace track::tools
