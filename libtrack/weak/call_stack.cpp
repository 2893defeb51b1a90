#include <array>
#include <cinttypes>
#include <cstdio>

#include <boost/stacktrace/frame.hpp>

#include "libtrack/weak/object_table.hpp"
#include "libtrack/weak/stack_pool.hpp"
#include <track/call_stack.hpp>

namespace track {

std::vector<const void*> call_stack::addresses() const {
  const detail::object_table* const table = detail::existing_table();
  if (empty() || table == nullptr || table->generation != table_) {
    return {};
  }
  std::array<void*, 256> found;
  std::size_t depth = 0;
  if (!table->in_ledger) {
    depth = detail::sampled_frames(number_, found.data(), found.size());
  } else if (table->frames != nullptr) {
    depth = table->frames(number_, found.data(), found.size());
  }
  return std::vector<const void*>(found.data(), found.data() + depth);
}

std::vector<stack_frame> call_stack::frames() const {
  std::vector<stack_frame> all;
  for (const void* address : addresses()) {
    // The call is in front of the address it returns to.
    const boost::stacktrace::frame resolved(static_cast<const char*>(address) - 1);
    all.push_back({address, resolved.name(), resolved.source_file(), resolved.source_line()});
  }
  return all;
}

std::string to_string(const call_stack& stack) {
  std::string text;
  std::size_t number = 0;
  for (const stack_frame& each : stack.frames()) {
    char place[64];
    std::snprintf(place, sizeof place, "  #%zu ", number++);
    text += place;
    if (each.function.empty()) {
      std::snprintf(place, sizeof place, "0x%" PRIxPTR,
                    reinterpret_cast<std::uintptr_t>(each.address));
      text += place;
    } else {
      text += each.function;
    }
    if (!each.file.empty()) {
      text.append(" at ").append(each.file).append(":").append(std::to_string(each.line));
    }
    text += '\n';
  }
  return text;
}

}  // namespace track
