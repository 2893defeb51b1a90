#include "libtrack/ledger/encode.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "libtrack/ledger/encode_parts.hpp"

namespace track::ledger {
namespace {

// The strings region while it grows.
class string_pool {
 public:
  std::uint64_t add(std::string_view text) {
    const std::size_t offset = bytes_.size();
    bytes_.append(text);
    return offset;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// A slot under construction: regions are appended behind the header.
class slot_builder {
 public:
  slot_builder() : bytes_(page_bytes) {}

  template <typename Record>
  void add(region_kind kind, const std::vector<Record>& records, slot_header& header) {
    add_bytes(kind, records.data(), sizeof(Record), records.size(), header);
  }

  void add_bytes(region_kind kind, const void* data, std::size_t element, std::size_t count,
                 slot_header& header) {
    const std::size_t offset = bytes_.size();
    header.regions[regions_++] = {static_cast<std::uint32_t>(kind),
                                  static_cast<std::uint32_t>(element), offset, count};
    bytes_.resize(offset + (element * count + 63) / 64 * 64);
    if (count != 0) {
      std::memcpy(bytes_.data() + offset, data, element * count);
    }
  }

  std::vector<std::byte> finish(slot_header& header) && {
    header.slot_bytes = bytes_.size();
    std::memcpy(bytes_.data(), &header, sizeof header);
    return std::move(bytes_);
  }

 private:
  std::vector<std::byte> bytes_;
  std::size_t regions_ = 0;
};

void encode_identity(const process_image& image, string_pool& strings, slot_header& header) {
  header.magic = slot_magic;
  header.version = format_version;
  header.state = static_cast<std::uint32_t>(image.state);
  header.process = image.process;
  header.parent_process = image.parent_process.value_or(no_process);
  header.pid = image.pid;
  header.parent_pid = image.parent_pid;
  header.start_ticks = image.start_ticks;
  header.origin = static_cast<std::uint32_t>(image.origin);
  header.stripe_count = 1;
  header.start_mono_ms = image.start_mono_ms;
  header.end_mono_ms = image.end_mono_ms.value_or(0);
  header.exit_path = static_cast<std::uint32_t>(image.path);
  header.exit_code = image.exit_code;
  header.exe_offset = strings.add(image.exe);
  header.exe_bytes = image.exe.size();
  std::string args;
  for (const std::string& argument : image.args) {
    args.append(argument).push_back('\0');
  }
  header.args_offset = strings.add(args);
  header.args_bytes = args.size();
  if (!image.suppressions.empty()) {
    header.suppressions_offset = strings.add(image.suppressions);
    header.suppressions_bytes = image.suppressions.size();
  }
}

void encode_counters(const process_image& image, slot_header& header) {
  header.threads_used = image.thread_count + 1;
  header.inherited_blocks = image.inherited_blocks;
  header.inherited_bytes = image.inherited_bytes;
  header.inherited_frees = image.inherited_frees;
  header.stills_begun = image.stills_begun;
  header.stills_failed = image.stills_failed;
  header.survivors_valid = image.survivors_valid ? 1 : 0;
  header.epoch = 1;
  header.peak_bytes = image.peak_bytes;
  header.peak_blocks = image.peak_blocks;
  header.peak_mono_ms = image.peak_mono_ms;
  std::copy(std::begin(image.lost), std::end(image.lost), std::begin(header.lost));
  header.cells[0].reallocations = image.reallocations;
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
  for (const site_image& site : image.sites) {
    blocks += static_cast<std::uint64_t>(site.live_blocks());
    bytes += static_cast<std::uint64_t>(site.live_bytes());
  }
  header.cells[0].live_blocks = static_cast<std::int64_t>(blocks);
  header.cells[0].live_bytes = static_cast<std::int64_t>(bytes);
}

void add_sites(const process_image& image, slot_builder& slot, slot_header& header) {
  const encoded_sites sites = encode_sites(image.sites);
  header.sites_used = image.sites.size();
  slot.add(region_kind::rows, sites.lines, header);
  slot.add(region_kind::saved, sites.saved, header);
  slot.add(region_kind::wide, sites.wide, header);
  slot.add(region_kind::ages, sites.ages, header);
  if (image.survivors_valid) {
    std::vector<survivor_record> survivors;
    survivors.reserve(image.sites.size());
    for (const site_image& site : image.sites) {
      survivors.push_back(site.survivors.value_or(survivor_record{}));
    }
    slot.add(region_kind::survivors, survivors, header);
  }
}

void add_stacks(const encoded_stacks& stacks, slot_builder& slot, slot_header& header) {
  header.nodes_used = stacks.words.size();
  header.frames_used = stacks.frames.size();
  slot.add(region_kind::nodes, stacks.words, header);
  slot.add(region_kind::frames, stacks.frames, header);
}

void encode_modules(const process_image& image, string_pool& strings, slot_builder& slot,
                    slot_header& header) {
  std::vector<module_record> modules;
  for (const module_image& module : image.modules) {
    module_record record{};
    record.load_bias = module.load_bias;
    record.start = module.start;
    record.end = module.end;
    record.path_offset = strings.add(module.path);
    record.path_bytes = static_cast<std::uint32_t>(module.path.size());
    const std::size_t id_bytes = std::min(module.build_id.size(), sizeof record.build_id);
    record.build_id_bytes = static_cast<std::uint32_t>(id_bytes);
    std::copy_n(module.build_id.begin(), id_bytes, record.build_id);
    record.loaded_mono_ms = module.loaded_mono_ms;
    record.unloaded_mono_ms = module.unloaded_mono_ms.value_or(0);
    record.complete = 1;
    modules.push_back(record);
  }
  header.modules_used = modules.size();
  slot.add(region_kind::modules, modules, header);
}

void encode_mismatches(const process_image& image, const encoded_stacks& stacks, slot_builder& slot,
                       slot_header& header) {
  std::vector<mismatch_record> mismatches(1);
  for (const mismatch_image& mismatch : image.mismatches) {
    mismatch_record record{};
    record.kind = static_cast<std::uint32_t>(mismatch.kind);
    record.allocation_site = mismatch.allocation_site.value;
    record.release_node = stacks.word_of(mismatch.release_node);
    record.release_function = static_cast<std::uint32_t>(mismatch.function);
    record.count = mismatch.count;
    record.bytes = mismatch.bytes;
    record.certain = mismatch.certain ? 1 : 0;
    record.complete = 1;
    record.first_mono_ms = mismatch.first_mono_ms;
    record.size_given = mismatch.size_given;
    mismatches.push_back(record);
  }
  header.mismatches_used = mismatches.size();
  slot.add(region_kind::mismatches, mismatches, header);
}

void add_objects(const process_image& image, const encoded_stacks& stacks, slot_builder& slot,
                 slot_header& header) {
  if (image.objects.empty() && image.caches.empty()) {
    return;
  }
  const encoded_objects objects = encode_objects(image, stacks);
  header.names_used = objects.names.size();
  if (!image.objects.empty()) {
    header.objects_used = objects.objects.size();
    slot.add(region_kind::objects, objects.objects, header);
  }
  slot.add_bytes(region_kind::names, objects.names.data(), 1, objects.names.size(), header);
  if (!image.caches.empty()) {
    header.caches_used = objects.caches.size();
    slot.add(region_kind::caches, objects.caches, header);
  }
}

}  // namespace

std::vector<std::byte> encode_slot(const process_image& image) {
  slot_header header{};
  slot_builder slot;
  string_pool strings;
  encode_identity(image, strings, header);
  encode_counters(image, header);
  encode_modules(image, strings, slot, header);
  const encoded_stacks stacks = encode_stacks(image);
  add_stacks(stacks, slot, header);
  add_sites(image, slot, header);
  encode_mismatches(image, stacks, slot, header);
  add_objects(image, stacks, slot, header);
  header.strings_used = strings.bytes().size();
  slot.add_bytes(region_kind::strings, strings.bytes().data(), 1, strings.bytes().size(), header);
  return std::move(slot).finish(header);
}

std::variant<std::vector<std::byte>, read_error> pack_slot(std::span<const std::byte> slot) {
  auto image = read_slot(slot);
  if (auto* failure = std::get_if<read_error>(&image)) {
    return std::move(*failure);
  }
  return encode_slot(std::get<process_image>(image));
}

}  // namespace track::ledger
