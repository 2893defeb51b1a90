#include "tests/unit/capture/image_builder.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace track::test {

image_builder::image_builder(std::uint64_t process, std::string exe) {
  image.state = ledger::slot_state::ended;
  image.process = process;
  image.pid = static_cast<std::uint32_t>(1000 + process);
  image.start_mono_ms = 5000;
  image.exe = exe;
  image.args = {exe};
  image.modules.resize(1);
  image.nodes.resize(1);
  image.sites.resize(1);
  image.thread_count = 1;
}

module_id image_builder::module(const std::string& path) {
  module_id& known = modules_[path];
  if (!known) {
    known.value = static_cast<std::uint32_t>(image.modules.size());
    ledger::module_image made;
    made.path = path;
    made.load_bias = 0x100000ull * known.value;
    made.start = made.load_bias;
    made.end = made.start + 0x100000;
    made.build_id = {0xab, static_cast<std::uint8_t>(known.value)};
    image.modules.push_back(made);
  }
  return known;
}

node_id image_builder::stack(const std::vector<code_place>& frames) {
  node_id at;
  for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) {
    const module_id owner = frame->module.empty() ? module_id{} : module(frame->module);
    const std::uint64_t address = image.modules[owner.value].load_bias + frame->offset;
    node_id& next = nodes_[{at.value, address}];
    if (!next) {
      next.value = static_cast<std::uint32_t>(image.nodes.size());
      image.nodes.push_back({address, owner, at});
    }
    at = next;
  }
  return at;
}

site_id image_builder::site(const std::vector<code_place>& frames, allocation_function function,
                            std::uint64_t allocations, std::uint64_t live, std::uint64_t size) {
  ledger::site_image made;
  made.node = stack(frames);
  made.function = function;
  made.allocations = allocations;
  made.bytes_allocated = allocations * size;
  made.frees = allocations - live;
  made.bytes_freed = made.frees * size;
  made.peak_blocks = static_cast<std::int64_t>(live);
  made.peak_bytes = static_cast<std::int64_t>(live * size);
  made.temporary = made.frees / 2;
  made.lifetimes[0] = made.frees;
  image.peak_blocks += made.peak_blocks;
  image.peak_bytes += made.peak_bytes;
  image.sites.push_back(made);
  return site_id{static_cast<std::uint32_t>(image.sites.size() - 1)};
}

std::uint32_t image_builder::name(const std::string& text) {
  image.names.resize(std::max<std::size_t>(image.names.size(), 1));
  const auto known = std::ranges::find(image.names, text);
  if (known == image.names.end()) {
    image.names.push_back(text);
    return static_cast<std::uint32_t>(image.names.size() - 1);
  }
  return static_cast<std::uint32_t>(known - image.names.begin());
}

void image_builder::object(const std::vector<code_place>& frames, const object_facts& facts) {
  const auto start_ms = static_cast<std::uint32_t>(image.start_mono_ms);
  ledger::object_image made;
  made.address = facts.address;
  made.dead = facts.dead;
  made.serial = image.objects.size() + 1;
  made.type = name(facts.type);
  made.label = name(facts.label);
  made.tag = name(facts.tag);
  made.test = name(facts.test);
  made.birth_ms = start_ms + facts.born_at_ms;
  if (facts.due_at_ms) {
    made.due_ms = start_ms + *facts.due_at_ms;
  }
  made.node = stack(frames);
  made.size_bytes = facts.bytes;
  image.objects.push_back(made);
}

void image_builder::cache(const std::vector<code_place>& frames, const cache_facts& facts) {
  const auto start_ms = static_cast<std::uint32_t>(image.start_mono_ms);
  ledger::cache_image made;
  made.serial = image.caches.size() + 1;
  made.name = name(facts.name);
  made.address = facts.address;
  made.node = stack(frames);
  made.birth_ms = start_ms + facts.born_at_ms;
  if (facts.ended_at_ms) {
    made.end_ms = start_ms + *facts.ended_at_ms;
  }
  made.inserts = facts.inserts;
  made.hits = facts.hits;
  made.misses = facts.misses;
  made.evictions = facts.evictions;
  made.erased = facts.erased;
  made.size = facts.size;
  made.never_hit = facts.never_hit;
  image.caches.push_back(made);
}

void image_builder::end_by_exit(std::int32_t code) {
  image.path = ledger::exit_path::exit;
  image.exit_code = code;
  image.end_mono_ms = image.start_mono_ms + 1500;
  image.survivors_valid = true;
  for (ledger::site_image& site : image.sites) {
    if (site.live_blocks() > 0) {
      const auto end = static_cast<std::uint32_t>(*image.end_mono_ms);
      site.survivors = {static_cast<std::uint64_t>(site.live_blocks()),
                        static_cast<std::uint64_t>(site.live_bytes()), end - 1400, end - 200};
    }
  }
}

void fake_names::add(const std::string& module, std::uint64_t offset,
                     std::vector<capture::code_name> chain) {
  chains_[{module, offset}] = std::move(chain);
}

capture::module_names fake_names::resolve(const capture::module_key& module,
                                          std::span<const std::uint64_t> offsets) {
  capture::module_names names;
  for (const std::uint64_t offset : offsets) {
    const auto found = chains_.find({module.path, offset});
    names.chains.push_back(found == chains_.end() ? std::vector<capture::code_name>()
                                                  : found->second);
    names.has_symbols = names.has_symbols || found != chains_.end();
  }
  names.found = names.has_symbols;
  return names;
}

temporary_folder::temporary_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "track-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw std::runtime_error("no temporary folder");
  }
  path_ = name;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

capture::capture_info test_info() {
  capture::capture_info info;
  info.tool_version = "0.1.0";
  info.created_unix_ms = 1795341600000;
  info.created_mono_ms = 4000;
  info.host = "here";
  return info;
}

capture::process_end exited(std::int32_t code) {
  capture::process_end end;
  end.kind = capture::end_kind::exited;
  end.code = code;
  return end;
}

}  // namespace track::test
