#include <string.h>

#include "libtrack/ledger/writer_parts.hpp"

namespace track::ledger {

slot_writer::text_place slot_writer::add_string(const char* text, std::size_t size_bytes) {
  const std::uint64_t offset =
      __atomic_fetch_add(&header_->strings_used, size_bytes, __ATOMIC_RELAXED);
  if (offset > room_.string_bytes || size_bytes > room_.string_bytes - offset) {
    __atomic_fetch_sub(&header_->strings_used, size_bytes, __ATOMIC_RELAXED);
    count_loss(loss::strings_full);
    return {};
  }
  memcpy(strings_ + offset, text, size_bytes);
  return {offset, size_bytes};
}

std::uint16_t slot_writer::add_module(const module_record& module, const char* path,
                                      std::size_t path_bytes) {
  const std::uint64_t used = __atomic_load_n(&header_->modules_used, __ATOMIC_ACQUIRE);
  for (std::uint64_t i = 1; i < used && i < room_.modules; ++i) {
    module_record& known = modules_[i];
    if (__atomic_load_n(&known.complete, __ATOMIC_ACQUIRE) == 1 &&
        known.load_bias == module.load_bias && known.start == module.start &&
        known.end == module.end && known.path_bytes == path_bytes &&
        known.build_id_bytes == module.build_id_bytes &&
        memcmp(known.build_id, module.build_id, sizeof known.build_id) == 0 &&
        memcmp(strings_ + known.path_offset, path, path_bytes) == 0) {
      known.unloaded_mono_ms = 0;
      return static_cast<std::uint16_t>(i);
    }
  }
  const std::uint64_t place = take_place(header_->modules_used, room_.modules);
  if (place == 0) {
    count_loss(loss::modules_full);
    return 0;
  }
  module_record& added = modules_[place];
  added = module;
  const text_place name = add_string(path, path_bytes);
  added.path_offset = name.offset;
  added.path_bytes = static_cast<std::uint32_t>(name.bytes);
  __atomic_store_n(&added.complete, 1, __ATOMIC_RELEASE);
  return static_cast<std::uint16_t>(place);
}

void slot_writer::inherit_modules(const slot_writer& parent) {
  const std::uint64_t strings = parent.header_->strings_used < room_.string_bytes
                                    ? parent.header_->strings_used
                                    : room_.string_bytes;
  const std::uint64_t modules =
      parent.header_->modules_used < room_.modules ? parent.header_->modules_used : room_.modules;
  memcpy(strings_, parent.strings_, strings);
  memcpy(modules_, parent.modules_, modules * sizeof(module_record));
  header_->strings_used = strings;
  header_->modules_used = modules;
}

void slot_writer::count_mismatch(const mismatch_record& finding) {
  const std::uint64_t used = __atomic_load_n(&header_->mismatches_used, __ATOMIC_ACQUIRE);
  for (std::uint64_t i = 1; i < used && i < room_.mismatches; ++i) {
    mismatch_record& known = mismatches_[i];
    if (__atomic_load_n(&known.complete, __ATOMIC_ACQUIRE) == 1 && known.kind == finding.kind &&
        known.allocation_site == finding.allocation_site &&
        known.release_node == finding.release_node &&
        known.release_function == finding.release_function && known.certain == finding.certain) {
      __atomic_fetch_add(&known.count, 1, __ATOMIC_RELAXED);
      __atomic_fetch_add(&known.bytes, finding.bytes, __ATOMIC_RELAXED);
      return;
    }
  }
  const std::uint64_t place = take_place(header_->mismatches_used, room_.mismatches);
  if (place == 0) {
    count_loss(loss::mismatches_full);
    return;
  }
  mismatches_[place] = finding;
  mismatches_[place].count = 1;
  mismatches_[place].first_mono_ms = now_ms();
  __atomic_store_n(&mismatches_[place].complete, 1, __ATOMIC_RELEASE);
}

std::uint32_t slot_writer::add_thread(std::uint32_t tid) {
  const auto place = static_cast<std::uint32_t>(take_place(header_->threads_used, room_.threads));
  if (place == 0) {
    count_loss(loss::threads_full);
    return 0;
  }
  threads_[place] = {tid, now_ms()};
  return place;
}

}  // namespace track::ledger
