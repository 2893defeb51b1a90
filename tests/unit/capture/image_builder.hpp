// Builds decoded processes by hand, and captures of them, for tests of everything above the ledger.
//
// Addresses are module-relative: frame("app", 0x10) is 0x10 bytes into app. One image a builder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libtrack/capture/name_source.hpp"
#include "libtrack/capture/writer.hpp"
#include "libtrack/ledger/reader.hpp"

namespace track::test {

struct code_place {
  std::string module;  // path
  std::uint64_t offset = 0;
};

// A tracked object; times in ms since the process's start.
struct object_facts {
  std::string type;
  std::string label = {};
  std::string tag = {};
  std::string test = {};
  std::uint64_t address = 0x1000;
  std::uint32_t bytes = 64;
  std::uint32_t born_at_ms = 100;
  std::optional<std::uint32_t> due_at_ms = {};
  bool dead = false;
};

// A probed cache, likewise.
struct cache_facts {
  std::string name;
  std::uint64_t address = 0;
  std::uint64_t inserts = 0;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t evictions = 0;
  std::uint64_t erased = 0;
  std::optional<std::uint64_t> size = {};
  std::optional<std::uint64_t> never_hit = {};
  std::uint32_t born_at_ms = 100;
  std::optional<std::uint32_t> ended_at_ms = {};
};

class image_builder {
 public:
  explicit image_builder(std::uint64_t process = 0, std::string exe = "/opt/app");

  // A stack, innermost first; 0 for an empty one.
  node_id stack(const std::vector<code_place>& frames);

  // A site with counters; `live` of the allocations stay, `size` bytes each.
  site_id site(const std::vector<code_place>& frames, allocation_function function,
               std::uint64_t allocations, std::uint64_t live, std::uint64_t size);

  // Registers an object at a stack; its serial number is its place in their order.
  void object(const std::vector<code_place>& frames, const object_facts& facts);

  void cache(const std::vector<code_place>& frames, const cache_facts& facts);

  // Fills the survivors of every site from its counters, as the last handler does.
  void end_by_exit(std::int32_t code = 0);

  ledger::process_image image;

 private:
  module_id module(const std::string& path);
  std::uint32_t name(const std::string& text);
  std::map<std::string, module_id> modules_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, node_id> nodes_;
};

// Names by module and offset; everything else is unknown.
class fake_names final : public capture::name_source {
 public:
  void add(const std::string& module, std::uint64_t offset, std::vector<capture::code_name> chain);
  capture::module_names resolve(const capture::module_key& module,
                                std::span<const std::uint64_t> offsets) override;

 private:
  std::map<std::pair<std::string, std::uint64_t>, std::vector<capture::code_name>> chains_;
};

// A folder of its own, gone with the object.
class temporary_folder {
 public:
  temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder();
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

capture::capture_info test_info();
capture::process_end exited(std::int32_t code = 0);

}  // namespace track::test
