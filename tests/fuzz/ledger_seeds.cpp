#include <cstring>

#include "tests/fuzz/seeds.hpp"
#include "tests/unit/ledger/builder.hpp"

namespace track::fuzz {
namespace {

using namespace track::ledger;

std::vector<std::uint8_t> raw(const std::vector<std::byte>& bytes) {
  std::vector<std::uint8_t> copy(bytes.size());
  std::memcpy(copy.data(), bytes.data(), bytes.size());
  return copy;
}

test::process_builder rich_process() {
  test::process_builder process(77, 1);
  const module_id program = process.module("/usr/bin/example", 0x555500000000, {1, 2, 3});
  const module_id library = process.module("/lib/libwork.so.1", 0x7f0000000000);
  node_id caller;
  for (std::uint64_t depth = 0; depth < 20; ++depth) {
    caller = process.frame(0x555500001000 + depth * 16, depth % 3 == 0 ? library : program, caller);
    process.allocate(process.site(caller, allocation_function::operator_new), depth + 1, 24);
  }
  process.image().survivors_valid = true;
  process.image().sites[3].survivors = survivor_record{2, 48, 1, 2};
  process.image().mismatches.push_back(
      {mismatch_kind::family, {2}, {3}, release_function::free, 4, 96, true, 5, 0});
  process.image().names = {"", "Session", "of alice", "import", "session_test.ends"};
  for (std::uint64_t i = 0; i < 5; ++i) {
    object_image object;
    object.address = 0x10000 + i * 64;
    object.dead = i == 4;
    object.serial = i + 1;
    object.type = 1;
    object.label = i % 2 == 0 ? 2 : 0;
    object.tag = i % 3 == 0 ? 3 : 0;
    object.test = 4;
    object.birth_ms = 1000;
    object.due_ms = i == 0 ? std::optional<std::uint32_t>(1100) : std::nullopt;
    object.node = {static_cast<std::uint32_t>(i + 1)};
    object.size_bytes = 64;
    process.image().objects.push_back(object);
  }
  cache_image cache;
  cache.serial = 1;
  cache.address = 0x20000;
  cache.name = 3;
  cache.node = {1};
  cache.inserts = 20;
  cache.evictions = 9;
  cache.ages = {0, 2, 3, 0, 0, 0, 0, 4};
  cache.never_hit = 5;
  process.image().caches.push_back(cache);
  process.ended(exit_path::exit, 0);
  return process;
}

}  // namespace

std::vector<std::vector<std::uint8_t>> seeds() {
  const std::vector<std::byte> rich = rich_process().slot();
  const std::vector<std::byte> empty = test::process_builder().slot();
  return {raw(rich), raw(empty), raw(test::ledger_file({rich, empty}))};
}

}  // namespace track::fuzz
