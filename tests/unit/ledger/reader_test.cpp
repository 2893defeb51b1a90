#include "libtrack/ledger/reader.hpp"

#include <random>

#include <gtest/gtest.h>

#include "tests/unit/ledger/builder.hpp"

namespace track::ledger {
namespace {

using test::ledger_file;
using test::poke;
using test::process_builder;

process_image decoded(const std::vector<std::byte>& slot) {
  auto image = read_slot(slot);
  if (auto* failure = std::get_if<read_error>(&image)) {
    ADD_FAILURE() << failure->message;
    return {};
  }
  return std::get<process_image>(std::move(image));
}

std::string refusal(const std::vector<std::byte>& slot) {
  auto image = read_slot(slot);
  auto* failure = std::get_if<read_error>(&image);
  return failure != nullptr ? failure->message : "accepted";
}

process_builder example() {
  process_builder process(4242, 7);
  const module_id program = process.module("/usr/bin/example", 0x555500000000, {1, 2, 3, 4});
  const module_id library = process.module("/lib/libwork.so.1", 0x7f0000000000);
  const node_id main_frame = process.frame(0x555500001234, program);
  const node_id work = process.frame(0x7f0000000100, library, main_frame);
  const site_id vectors = process.site(work, allocation_function::operator_new);
  const site_id strings = process.site(main_frame);
  process.allocate(vectors, 10, 100);
  process.allocate(strings, 4, 8);
  process.release(vectors, 9, 100);
  process.ended(exit_path::exit, 3);
  process.image().args = {"example", "--flag", ""};
  process.image().parent_process = 2;
  process.image().lost[static_cast<std::size_t>(loss::missed_free)] = 5;
  return process;
}

std::size_t region_entry(region_kind kind, const std::vector<std::byte>& slot) {
  slot_header header;
  std::memcpy(&header, slot.data(), sizeof header);
  for (std::size_t i = 0; i < max_regions; ++i) {
    if (header.regions[i].kind == static_cast<std::uint32_t>(kind)) {
      return offsetof(slot_header, regions) + i * sizeof(region);
    }
  }
  ADD_FAILURE() << "no such region";
  return 0;
}

std::size_t region_offset(region_kind kind, const std::vector<std::byte>& slot) {
  std::uint64_t offset;
  std::memcpy(&offset, slot.data() + region_entry(kind, slot) + offsetof(region, offset), 8);
  return static_cast<std::size_t>(offset);
}

TEST(ledger_reader, gives_back_what_was_written) {
  process_builder process = example();
  const process_image image = decoded(process.slot());
  EXPECT_EQ(image.state, slot_state::ended);
  EXPECT_EQ(image.pid, 4242u);
  EXPECT_EQ(image.process, 7u);
  EXPECT_EQ(image.parent_process, 2u);
  EXPECT_EQ(image.path, exit_path::exit);
  EXPECT_EQ(image.exit_code, 3);
  EXPECT_EQ(image.exe, "/usr/bin/example");
  EXPECT_EQ(image.args, (std::vector<std::string>{"example", "--flag", ""}));
  EXPECT_EQ(image.lost[static_cast<std::size_t>(loss::missed_free)], 5u);
  ASSERT_EQ(image.modules.size(), 3u);
  EXPECT_EQ(image.modules[1].build_id, (std::vector<std::uint8_t>{1, 2, 3, 4}));
  EXPECT_EQ(image.modules[2].path, "/lib/libwork.so.1");
  ASSERT_EQ(image.nodes.size(), 3u);
  EXPECT_EQ(image.nodes[2].address, 0x7f0000000100u);
  EXPECT_EQ(image.nodes[2].module.value, 2u);
  EXPECT_EQ(image.nodes[2].parent.value, 1u);
  ASSERT_EQ(image.sites.size(), 3u);
  EXPECT_EQ(image.sites[1].function, allocation_function::operator_new);
  EXPECT_EQ(image.sites[1].live_blocks(), 1);
  EXPECT_EQ(image.sites[1].live_bytes(), 100);
  EXPECT_EQ(image.sites[1].peak_bytes, 1000);
  EXPECT_EQ(image.sites[1].lifetimes[0], 9u);
  EXPECT_EQ(image.peak_bytes, 1032);
}

TEST(ledger_reader, totals_add_up) {
  const std::vector<std::byte> slot = example().slot();
  const process_image image = decoded(slot);
  const auto totals = read_totals(slot);
  ASSERT_TRUE(totals);
  std::int64_t blocks = 0;
  std::int64_t bytes = 0;
  std::int64_t peak = 0;
  for (const site_image& site : image.sites) {
    blocks += site.live_blocks();
    bytes += site.live_bytes();
    peak += site.peak_bytes;
  }
  EXPECT_EQ(blocks, totals->live_blocks);
  EXPECT_EQ(bytes, totals->live_bytes);
  EXPECT_EQ(peak, totals->peak_bytes);
}

TEST(ledger_reader, packing_twice_changes_nothing) {
  const std::vector<std::byte> slot = example().slot();
  const auto once = pack_slot(slot);
  ASSERT_TRUE(std::holds_alternative<std::vector<std::byte>>(once));
  EXPECT_EQ(std::get<std::vector<std::byte>>(once), slot);
}

TEST(ledger_reader, survivors_are_kept_when_valid) {
  process_builder process = example();
  process.image().survivors_valid = true;
  process.image().sites[1].survivors = survivor_record{1, 100, 1200, 1300};
  const process_image image = decoded(process.slot());
  ASSERT_TRUE(image.sites[1].survivors);
  EXPECT_EQ(image.sites[1].survivors->blocks, 1u);
  EXPECT_EQ(image.sites[1].survivors->youngest_birth_ms, 1300u);
  EXPECT_FALSE(image.sites[2].survivors);
}

// A slot with two stripes, as a running program writes it.
std::vector<std::byte> striped_slot(std::uint32_t epoch, const site_row& first,
                                    const site_row& second) {
  slot_header header{};
  header.magic = slot_magic;
  header.version = format_version;
  header.state = static_cast<std::uint32_t>(slot_state::live);
  header.stripe_count = 2;
  header.epoch = epoch;
  header.sites_used = 2;
  std::vector<std::byte> slot(3 * page_bytes);
  header.slot_bytes = slot.size();
  header.regions[0] = {static_cast<std::uint32_t>(region_kind::sites), sizeof(site_record),
                       page_bytes, 4};
  header.regions[1] = {static_cast<std::uint32_t>(region_kind::rows0), sizeof(site_row),
                       page_bytes + 1024, 4};
  header.regions[2] = {static_cast<std::uint32_t>(region_kind::rows1), sizeof(site_row),
                       page_bytes + 2048, 4};
  header.cells[0].reallocations = 2;
  header.cells[1].reallocations = 3;
  poke(slot, 0, header);
  poke(slot, page_bytes + sizeof(site_record), site_record{0, 1, 0, 1});
  poke(slot, page_bytes + 1024 + sizeof(site_row), first);
  poke(slot, page_bytes + 2048 + sizeof(site_row), second);
  return slot;
}

TEST(ledger_reader, stripes_are_summed_and_the_peak_takes_saved_counts_of_this_epoch) {
  site_row saved{};
  saved.allocations = 10;
  saved.bytes_allocated = 1000;
  saved.frees = 8;
  saved.bytes_freed = 800;
  saved.saved_bytes = 700;
  saved.saved_blocks = 7;
  saved.peak_epoch = 5;
  saved.lifetimes[2] = 3;
  site_row untouched{};
  untouched.frees = 1;
  untouched.bytes_freed = 100;
  untouched.saved_bytes = 9999;
  untouched.peak_epoch = 4;
  const process_image image = decoded(striped_slot(5, saved, untouched));
  ASSERT_EQ(image.sites.size(), 2u);
  EXPECT_EQ(image.sites[1].allocations, 10u);
  EXPECT_EQ(image.sites[1].frees, 9u);
  EXPECT_EQ(image.sites[1].live_bytes(), 100);
  EXPECT_EQ(image.sites[1].peak_bytes, 700 - 100);
  EXPECT_EQ(image.sites[1].peak_blocks, 7 - 1);
  EXPECT_EQ(image.sites[1].lifetimes[3], 3u);
  EXPECT_EQ(image.sites[1].lifetimes[0], 6u);
  EXPECT_EQ(image.reallocations, 5u);
}

TEST(ledger_reader, packing_keeps_sums_and_peak_of_stripes) {
  site_row row{};
  row.allocations = 3;
  row.bytes_allocated = 30;
  row.saved_bytes = 20;
  row.saved_blocks = 2;
  row.peak_epoch = 9;
  const std::vector<std::byte> striped = striped_slot(9, row, row);
  const auto packed = pack_slot(striped);
  ASSERT_TRUE(std::holds_alternative<std::vector<std::byte>>(packed));
  const process_image image = decoded(std::get<std::vector<std::byte>>(packed));
  EXPECT_EQ(image.sites[1].allocations, 6u);
  EXPECT_EQ(image.sites[1].peak_bytes, 40);
  EXPECT_EQ(image.sites[1].peak_blocks, 4);
  EXPECT_EQ(image.reallocations, 5u);
}

TEST(ledger_reader, a_slot_not_in_use_is_refused) {
  std::vector<std::byte> slot = example().slot();
  poke(slot, offsetof(slot_header, state), static_cast<std::uint32_t>(slot_state::claimed));
  EXPECT_NE(refusal(slot).find("not in use"), std::string::npos);
  EXPECT_FALSE(read_totals(slot));
}

TEST(ledger_reader, foreign_and_newer_bytes_are_refused) {
  EXPECT_NE(refusal(std::vector<std::byte>(8192)).find("magic"), std::string::npos);
  EXPECT_NE(refusal(std::vector<std::byte>(10)).find("truncated"), std::string::npos);
  std::vector<std::byte> newer = example().slot();
  poke(newer, offsetof(slot_header, version), std::uint32_t{2});
  EXPECT_NE(refusal(newer).find("version 2"), std::string::npos);
  std::vector<std::byte> cut = example().slot();
  cut.resize(cut.size() - 64);
  EXPECT_NE(refusal(cut).find("truncated"), std::string::npos);
}

TEST(ledger_reader, regions_that_reach_outside_are_refused) {
  const std::vector<std::byte> good = example().slot();
  const std::size_t entry = region_entry(region_kind::nodes, good);
  for (const std::uint64_t offset :
       {std::uint64_t{0}, std::uint64_t{4097}, ~std::uint64_t{7}, std::uint64_t{good.size()} + 8}) {
    std::vector<std::byte> forged = good;
    poke(forged, entry + offsetof(region, offset), offset);
    EXPECT_NE(refusal(forged).find("outside"), std::string::npos) << offset;
  }
  std::vector<std::byte> huge = good;
  poke(huge, entry + offsetof(region, capacity), ~std::uint64_t{0} / 16 + 2);
  EXPECT_NE(refusal(huge).find("outside"), std::string::npos);
  std::vector<std::byte> elements = good;
  poke(elements, entry + offsetof(region, element_bytes), std::uint32_t{1});
  EXPECT_NE(refusal(elements).find("elements"), std::string::npos);
  std::vector<std::byte> twice = good;
  poke(twice, entry, static_cast<std::uint32_t>(region_kind::sites));
  EXPECT_NE(refusal(twice), "accepted");
}

TEST(ledger_reader, counts_beyond_the_capacity_are_clamped) {
  std::vector<std::byte> slot = example().slot();
  for (const std::size_t field :
       {offsetof(slot_header, modules_used), offsetof(slot_header, nodes_used),
        offsetof(slot_header, sites_used), offsetof(slot_header, mismatches_used)}) {
    poke(slot, field, ~std::uint64_t{0});
  }
  const process_image image = decoded(slot);
  EXPECT_EQ(image.modules.size(), 3u);
  EXPECT_EQ(image.nodes.size(), 3u);
  EXPECT_EQ(image.sites.size(), 3u);
}

TEST(ledger_reader, parents_in_circles_are_cut_and_sound_ones_kept) {
  process_builder process;
  const module_id module = process.module("/bin/x");
  for (std::uint64_t i = 1; i <= 6; ++i) {
    process.frame(0x1000 * i, module);
  }
  std::vector<node_image>& nodes = process.image().nodes;
  nodes[1].parent = {3};  // 1 → 3 → 2 → 1
  nodes[3].parent = {2};
  nodes[2].parent = {1};
  nodes[4].parent = {4};  // its own parent
  nodes[5].parent = {6};  // later than itself, but sound
  nodes[6].parent = {0};
  const process_image image = decoded(process.slot());
  for (std::size_t i = 1; i < image.nodes.size(); ++i) {
    std::size_t steps = 0;
    for (node_id at{static_cast<std::uint32_t>(i)}; at; at = image.nodes[at.value].parent) {
      ASSERT_LT(++steps, 10u) << "a circle at " << i;
    }
  }
  EXPECT_EQ(image.nodes[4].parent.value, 0u);
  EXPECT_EQ(image.nodes[5].parent.value, 6u);
  const int cut = !image.nodes[1].parent + !image.nodes[2].parent + !image.nodes[3].parent;
  EXPECT_EQ(cut, 1);
}

TEST(ledger_reader, references_to_what_is_not_there_become_none) {
  process_builder process = example();
  process.image().nodes[2].parent = {999};
  process.image().nodes[2].module = {888};
  process.image().sites[1].node = {777};
  process.image().mismatches.push_back(
      {mismatch_kind::family, {666}, {555}, release_function::free, 1, 8, true, 1, 0});
  const process_image image = decoded(process.slot());
  EXPECT_FALSE(image.nodes[2].parent);
  EXPECT_FALSE(image.nodes[2].module);
  EXPECT_FALSE(image.sites[1].node);
  ASSERT_EQ(image.mismatches.size(), 1u);
  EXPECT_FALSE(image.mismatches[0].allocation_site);
  EXPECT_FALSE(image.mismatches[0].release_node);
}

TEST(ledger_reader, records_not_written_whole_are_unknown) {
  std::vector<std::byte> slot = example().slot();
  poke(slot,
       region_offset(region_kind::modules, slot) + sizeof(module_record) +
           offsetof(module_record, complete),
       std::uint64_t{0});
  poke(slot,
       region_offset(region_kind::sites, slot) + sizeof(site_record) +
           offsetof(site_record, complete),
       std::uint32_t{0});
  const process_image image = decoded(slot);
  EXPECT_EQ(image.modules[1].path, "");
  EXPECT_FALSE(image.sites[1].node);
  EXPECT_EQ(image.sites[1].allocations, 10u) << "its counters still count";
}

TEST(ledger_reader, strings_outside_of_their_region_are_empty) {
  std::vector<std::byte> slot = example().slot();
  poke(slot, offsetof(slot_header, exe_offset), ~std::uint64_t{0});
  poke(slot, offsetof(slot_header, args_bytes), ~std::uint64_t{0});
  const process_image image = decoded(slot);
  EXPECT_EQ(image.exe, "");
  EXPECT_TRUE(image.args.empty());
}

TEST(ledger_reader, reads_bytes_at_any_address) {
  const std::vector<std::byte> slot = example().slot();
  std::vector<std::byte> shifted(slot.size() + 3);
  std::copy(slot.begin(), slot.end(), shifted.begin() + 3);
  const auto image = read_slot(std::span(shifted).subspan(3));
  ASSERT_TRUE(std::holds_alternative<process_image>(image));
  EXPECT_EQ(std::get<process_image>(image).pid, 4242u);
}

TEST(ledger_reader, flipped_bits_never_crash) {
  const std::vector<std::byte> good = example().slot();
  std::mt19937 random(20261122);
  std::size_t accepted = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::byte> forged = good;
    for (int flips = 0; flips < 4; ++flips) {
      forged[random() % forged.size()] ^= static_cast<std::byte>(1u << (random() % 8));
    }
    const auto image = read_slot(forged);
    if (const auto* read = std::get_if<process_image>(&image)) {
      ++accepted;
      EXPECT_TRUE(std::holds_alternative<std::vector<std::byte>>(pack_slot(forged)));
      EXPECT_FALSE(read->sites.empty());
    }
  }
  EXPECT_GT(accepted, 0u);
}

TEST(ledger_file, its_header_and_slots_are_found) {
  const std::vector<std::byte> file = ledger_file({example().slot(), process_builder(9).slot()});
  const auto header = read_file_header(file);
  ASSERT_TRUE(std::holds_alternative<file_header>(header));
  const file_header& known = std::get<file_header>(header);
  EXPECT_EQ(known.slot_count, 2u);
  const auto second = read_slot(slot_bytes(file, known, 1));
  ASSERT_TRUE(std::holds_alternative<process_image>(second));
  EXPECT_EQ(std::get<process_image>(second).pid, 9u);
  EXPECT_TRUE(slot_bytes(file, known, 2).empty());
}

TEST(ledger_file, foreign_newer_and_truncated_files_are_refused) {
  const std::vector<std::byte> good = ledger_file({example().slot()});
  const auto message = [](std::vector<std::byte> file) {
    const auto header = read_file_header(file);
    const auto* failure = std::get_if<read_error>(&header);
    return failure != nullptr ? failure->message : std::string("accepted");
  };
  EXPECT_EQ(message(good), "accepted");
  EXPECT_NE(message({}).find("shorter"), std::string::npos);
  EXPECT_NE(message(std::vector<std::byte>(page_bytes)).find("magic"), std::string::npos);
  std::vector<std::byte> newer = good;
  poke(newer, offsetof(file_header, version), std::uint32_t{9});
  EXPECT_NE(message(newer).find("version 9"), std::string::npos);
  std::vector<std::byte> cut(good.begin(), good.end() - 1);
  EXPECT_NE(message(cut).find("truncated"), std::string::npos);
  std::vector<std::byte> huge = good;
  poke(huge, offsetof(file_header, slot_bytes), ~std::uint64_t{7});
  EXPECT_NE(message(huge).find("truncated"), std::string::npos);
  std::vector<std::byte> none = good;
  poke(none, offsetof(file_header, slot_count), std::uint32_t{0});
  EXPECT_NE(message(none).find("damaged"), std::string::npos);
}

}  // namespace
}  // namespace track::ledger
