#include "libtrack/weak/preload_link.hpp"

namespace track::detail {

const libtrack_ledger_table* preload_table() noexcept {
  // The compiler takes the address of an object for never null; this one may be.
  const libtrack_ledger_table* volatile looked_up = &libtrack_ledger_v1;
  const libtrack_ledger_table* const table = looked_up;
  return table != nullptr && table->version == 1 ? table : nullptr;
}

std::uint64_t preload_serial(const void* block) noexcept {
  const auto block_serial = preload_function(&libtrack_ledger_table::block_serial);
  std::uint64_t serial = 0;
  return block_serial != nullptr && block_serial(block, &serial) ? serial : 0;
}

}  // namespace track::detail
