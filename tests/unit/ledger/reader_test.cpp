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

// What one stripe holds of one site.
struct stripe_counts {
  std::uint32_t tag = 0;
  wide_counts row{};  // as the row says
  wide_counts wide{};
  saved_counts saved{};
  age_counts ages{};
};

// A slot with two stripes and two sites, as a running program writes it.
std::vector<std::byte> striped_slot(std::uint32_t epoch, const stripe_counts& first,
                                    const stripe_counts& second) {
  slot_header header{};
  header.magic = slot_magic;
  header.version = format_version;
  header.state = static_cast<std::uint32_t>(slot_state::live);
  header.stripe_count = 2;
  header.epoch = epoch;
  header.sites_used = 2;
  std::vector<std::byte> slot(2 * page_bytes);
  header.slot_bytes = slot.size();
  constexpr std::uint64_t each = 2 * sites_per_line;
  const auto region_at = [](region_kind kind, std::size_t element, std::uint64_t offset,
                            std::uint64_t count) {
    return region{static_cast<std::uint32_t>(kind), static_cast<std::uint32_t>(element), offset,
                  count};
  };
  header.regions[0] = region_at(region_kind::rows, sizeof(site_line), page_bytes, 2);
  header.regions[1] = region_at(region_kind::saved, sizeof(saved_counts), page_bytes + 512, each);
  header.regions[2] = region_at(region_kind::wide, sizeof(wide_counts), page_bytes + 1024, each);
  header.regions[3] = region_at(region_kind::ages, sizeof(age_counts), page_bytes + 1536, each);
  header.cells[0].reallocations = 2;
  header.cells[1].reallocations = 3;
  poke(slot, 0, header);
  for (std::size_t stripe = 0; stripe < 2; ++stripe) {
    const stripe_counts& counts = stripe == 0 ? first : second;
    const std::size_t site = stripe * sites_per_line + 1;
    site_line line{};
    line.rows[1] = {counts.row.bytes_allocated << row_count_bits | counts.row.allocations,
                    counts.row.bytes_freed << row_count_bits | counts.row.frees};
    line.tags[1] = counts.tag;
    poke(slot, page_bytes + stripe * sizeof line, line);
    poke(slot, page_bytes + 512 + site * sizeof(saved_counts), counts.saved);
    poke(slot, page_bytes + 1024 + site * sizeof(wide_counts), counts.wide);
    poke(slot, page_bytes + 1536 + site * sizeof(age_counts), counts.ages);
  }
  return slot;
}

TEST(ledger_reader, stripes_are_summed_and_the_peak_takes_saved_counts_of_this_epoch) {
  stripe_counts saved;
  saved.tag = 5 | tag_saved;
  saved.row = {10, 1000, 8, 800};
  saved.saved = {700, 7};
  saved.ages.lifetimes[2] = 3;
  stripe_counts untouched;
  untouched.tag = 4 | tag_saved;
  untouched.row = {2, 200, 1, 100};
  untouched.saved = {9999, 9};
  const process_image image = decoded(striped_slot(5, saved, untouched));
  ASSERT_EQ(image.sites.size(), 2u);
  EXPECT_EQ(image.sites[1].allocations, 12u);
  EXPECT_EQ(image.sites[1].frees, 9u);
  EXPECT_EQ(image.sites[1].live_bytes(), 300);
  EXPECT_EQ(image.sites[1].peak_bytes, 700 + 100);
  EXPECT_EQ(image.sites[1].peak_blocks, 7 + 1);
  EXPECT_EQ(image.sites[1].lifetimes[3], 3u);
  EXPECT_EQ(image.sites[1].lifetimes[0], 6u);
  EXPECT_EQ(image.reallocations, 5u);
}

TEST(ledger_reader, a_row_of_this_epoch_without_saved_counts_was_empty_at_the_peak) {
  stripe_counts fresh;
  fresh.tag = 5;
  fresh.row = {3, 30, 0, 0};
  fresh.saved = {9999, 9};
  const process_image image = decoded(striped_slot(5, fresh, {}));
  EXPECT_EQ(image.sites[1].peak_bytes, 0);
  EXPECT_EQ(image.sites[1].live_bytes(), 30);
}

TEST(ledger_reader, wide_counts_are_added_where_the_tag_says_so) {
  stripe_counts wide;
  wide.tag = tag_wide;
  wide.row = {10, 1000, 1, 10};
  wide.wide = {~std::uint64_t{0}, std::uint64_t{1} << 40, 5, 50};  // one was taken back
  stripe_counts narrow;
  narrow.row = {1, 10, 1, 10};
  narrow.wide = {7, 7, 7, 7};
  const site_image site = decoded(striped_slot(5, wide, narrow)).sites[1];
  EXPECT_EQ(site.allocations, 10u);
  EXPECT_EQ(site.bytes_allocated, (std::uint64_t{1} << 40) + 1010);
  EXPECT_EQ(site.frees, 7u);
  EXPECT_EQ(site.bytes_freed, 70u);
}

TEST(ledger_reader, packing_keeps_sums_and_peak_of_stripes) {
  stripe_counts row;
  row.tag = 9 | tag_saved | tag_wide;
  row.row = {3, 30, 0, 0};
  row.wide = {std::uint64_t{1} << 33, 0, 0, 0};
  row.saved = {20, 2};
  const std::vector<std::byte> striped = striped_slot(9, row, row);
  const auto packed = pack_slot(striped);
  ASSERT_TRUE(std::holds_alternative<std::vector<std::byte>>(packed));
  const process_image image = decoded(std::get<std::vector<std::byte>>(packed));
  EXPECT_EQ(image.sites[1].allocations, (std::uint64_t{1} << 34) + 6);
  EXPECT_EQ(image.sites[1].bytes_allocated, 60u);
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
  poke(twice, entry, static_cast<std::uint32_t>(region_kind::rows));
  EXPECT_NE(refusal(twice), "accepted");
}

TEST(ledger_reader, counts_beyond_the_capacity_are_clamped) {
  std::vector<std::byte> slot = example().slot();
  for (const std::size_t field :
       {offsetof(slot_header, modules_used), offsetof(slot_header, nodes_used),
        offsetof(slot_header, frames_used), offsetof(slot_header, sites_used),
        offsetof(slot_header, mismatches_used)}) {
    poke(slot, field, ~std::uint64_t{0});
  }
  const process_image image = decoded(slot);
  EXPECT_EQ(image.modules.size(), 3u);
  EXPECT_EQ(image.nodes.size(), 3u);
  EXPECT_EQ(image.sites.size(), 3u);
}

TEST(ledger_reader, a_branch_to_a_later_word_ends_the_stack) {
  process_builder process;
  const module_id module = process.module("/bin/x");
  const node_id outer = process.frame(0x1000, module);
  process.frame(0x2000, module, outer);
  process.frame(0x3000, module, outer);
  std::vector<std::byte> slot = process.slot();
  const std::size_t words = region_offset(region_kind::nodes, slot);
  // 0: root, 1: 0x1000, 2: 0x2000, 3: branch to 1, 4: 0x3000
  EXPECT_EQ(decoded(slot).nodes[3].parent, outer);
  for (const std::uint32_t forged : {3u, 4u, 999u, ~branch_word}) {
    poke(slot, words + 3 * sizeof forged, branch_word | forged);
    const process_image image = decoded(slot);
    ASSERT_EQ(image.nodes.size(), 4u);
    EXPECT_FALSE(image.nodes[3].parent) << forged;
    EXPECT_EQ(image.nodes[2].parent, outer);
  }
}

TEST(ledger_reader, a_word_not_yet_written_ends_the_stack) {
  process_builder process;
  const module_id module = process.module("/bin/x");
  const node_id outer = process.frame(0x1000, module);
  const node_id middle = process.frame(0x2000, module, outer);
  process.site(process.frame(0x3000, module, middle));
  std::vector<std::byte> slot = process.slot();
  poke(slot, region_offset(region_kind::nodes, slot) + 2 * sizeof(std::uint32_t), std::uint32_t{0});
  const process_image image = decoded(slot);
  ASSERT_EQ(image.nodes.size(), 3u);
  EXPECT_EQ(image.nodes[2].address, 0x3000u);
  EXPECT_FALSE(image.nodes[2].parent);
  EXPECT_EQ(image.sites[1].node.value, 2u);
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
  // Words: root, main's frame, work's frame, the first site.
  poke(slot, region_offset(region_kind::nodes, slot) + 3 * sizeof(std::uint32_t), std::uint32_t{0});
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
