// Builds ledgers for tests: processes with modules, stacks, sites and blocks, as bytes.
//
// A process is described by what happened in it; the builder keeps the totals consistent. Nothing
// here reads real programs. Test code only; allocates freely; one thread.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "libtrack/ledger/encode.hpp"

namespace track::ledger::test {

class process_builder {
 public:
  explicit process_builder(std::uint32_t pid = 100, std::uint64_t process = 0) {
    image_.state = slot_state::live;
    image_.pid = pid;
    image_.process = process;
    image_.exe = "/usr/bin/example";
    image_.args = {"example"};
    image_.start_mono_ms = 1000;
    image_.modules.emplace_back();
    image_.nodes.emplace_back();
    image_.sites.emplace_back();
  }

  module_id module(const std::string& path, std::uint64_t bias = 0x400000,
                   std::vector<std::uint8_t> build_id = {}) {
    module_image added;
    added.path = path;
    added.load_bias = bias;
    added.start = bias;
    added.end = bias + 0x10000;
    added.build_id = std::move(build_id);
    added.loaded_mono_ms = image_.start_mono_ms;
    image_.modules.push_back(added);
    return {static_cast<std::uint32_t>(image_.modules.size() - 1)};
  }

  // A frame below `caller`; the root of all stacks is node 0.
  node_id frame(std::uint64_t address, module_id module, node_id caller = {}) {
    image_.nodes.push_back({address, module, caller});
    return {static_cast<std::uint32_t>(image_.nodes.size() - 1)};
  }

  site_id site(node_id node, allocation_function function = allocation_function::malloc) {
    site_image added;
    added.node = node;
    added.function = function;
    image_.sites.push_back(added);
    return {static_cast<std::uint32_t>(image_.sites.size() - 1)};
  }

  void allocate(site_id where, std::uint64_t blocks, std::uint64_t bytes_each) {
    site_image& site = image_.sites[where.value];
    site.allocations += blocks;
    site.bytes_allocated += blocks * bytes_each;
    live_bytes_ += blocks * bytes_each;
    live_blocks_ += blocks;
    if (static_cast<std::int64_t>(live_bytes_) > image_.peak_bytes) {
      image_.peak_bytes = static_cast<std::int64_t>(live_bytes_);
      image_.peak_blocks = static_cast<std::int64_t>(live_blocks_);
      for (site_image& each : image_.sites) {
        each.peak_bytes = each.live_bytes();
        each.peak_blocks = each.live_blocks();
      }
    }
  }

  // All of them at once, so that lifetimes are the shortest.
  void release(site_id where, std::uint64_t blocks, std::uint64_t bytes_each) {
    site_image& site = image_.sites[where.value];
    site.frees += blocks;
    site.bytes_freed += blocks * bytes_each;
    site.lifetimes[0] += blocks;
    live_bytes_ -= blocks * bytes_each;
    live_blocks_ -= blocks;
  }

  void ended(exit_path path, std::int32_t code = 0) {
    image_.state = slot_state::ended;
    image_.path = path;
    image_.exit_code = code;
    image_.end_mono_ms = image_.start_mono_ms + 500;
  }

  process_image& image() { return image_; }
  std::vector<std::byte> slot() const { return encode_slot(image_); }

 private:
  process_image image_;
  std::uint64_t live_bytes_ = 0;
  std::uint64_t live_blocks_ = 0;
};

// A ledger file that holds these slots; each gets the room of the largest.
inline std::vector<std::byte> ledger_file(const std::vector<std::vector<std::byte>>& slots) {
  std::size_t stride = page_bytes;
  for (const auto& slot : slots) {
    stride = std::max(stride, (slot.size() + page_bytes - 1) / page_bytes * page_bytes);
  }
  file_header header{};
  header.magic = file_magic;
  header.version = format_version;
  header.slot_count = static_cast<std::uint32_t>(slots.size());
  header.slot_bytes = stride;
  header.next_process = slots.size();
  header.depth_frames = 64;
  std::vector<std::byte> file(page_bytes + stride * slots.size());
  std::memcpy(file.data(), &header, sizeof header);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    std::memcpy(file.data() + page_bytes + i * stride, slots[i].data(), slots[i].size());
  }
  return file;
}

// Changes one word of forged bytes.
template <typename Word>
void poke(std::vector<std::byte>& bytes, std::size_t offset, const Word& value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

}  // namespace track::ledger::test
