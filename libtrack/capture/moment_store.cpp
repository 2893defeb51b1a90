#include "libtrack/capture/moment_store.hpp"

#include <algorithm>
#include <utility>

#include "libtrack/capture/blob.hpp"
#include "libtrack/capture/number_codec.hpp"
#include "libtrack/capture/still_store.hpp"

namespace track::capture {
namespace {

// Some 10 bytes a change, of as many sites as a ledger can have.
constexpr std::size_t most_plain_bytes = std::size_t{1} << 28;

std::int64_t to_sql(std::uint64_t value) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(value, INT64_MAX));
}

std::int64_t wrapping_add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

bool is_nothing(const site_change& change) {
  return change.allocations == 0 && change.live_blocks == 0 && change.live_bytes == 0;
}

std::span<const std::byte> bytes_of(const SQLite::Column& blob) {
  return {static_cast<const std::byte*>(blob.getBlob()), static_cast<std::size_t>(blob.getBytes())};
}

// From the process's own numbers to the capture's; several may become one.
std::vector<site_change> translate(std::vector<site_change> changes,
                                   const std::vector<std::uint32_t>& numbers) {
  for (site_change& change : changes) {
    change.site = change.site < numbers.size() ? numbers[change.site] : 0;
  }
  std::ranges::stable_sort(changes, {}, &site_change::site);
  std::vector<site_change> joined;
  for (const site_change& change : changes) {
    if (joined.empty() || joined.back().site != change.site) {
      joined.push_back(change);
      continue;
    }
    joined.back().allocations += change.allocations;
    joined.back().live_blocks = wrapping_add(joined.back().live_blocks, change.live_blocks);
    joined.back().live_bytes = wrapping_add(joined.back().live_bytes, change.live_bytes);
  }
  return joined;
}

}  // namespace

std::vector<std::byte> encode_changes(std::span<const site_change> changes) {
  std::vector<std::byte> plain;
  std::uint32_t before = 0;
  for (const site_change& change : changes) {
    append_number(plain, change.site - before);
    append_number(plain, change.allocations);
    append_signed(plain, change.live_blocks);
    append_signed(plain, change.live_bytes);
    before = change.site;
  }
  return compress_blob(plain, fast_compression);
}

bool decode_changes(std::span<const std::byte> stored, std::vector<site_change>& changes) {
  changes.clear();
  std::vector<std::byte> plain;
  if (!expand_blob(stored, most_plain_bytes, plain)) {
    return false;
  }
  number_reader numbers(plain);
  std::uint64_t site = 0;
  while (!numbers.at_end()) {
    const auto gap = numbers.next32();
    const auto allocations = numbers.next();
    const auto blocks = numbers.next_signed();
    const auto bytes = numbers.next_signed();
    if (!gap || !allocations || !blocks || !bytes || (*gap == 0 && !changes.empty())) {
      return false;
    }
    site += *gap;
    if (site > UINT32_MAX) {
      return false;
    }
    changes.push_back({static_cast<std::uint32_t>(site), *allocations, *blocks, *bytes});
  }
  return true;
}

std::vector<site_change> add_changes(std::span<const site_change> first,
                                     std::span<const site_change> second) {
  std::vector<site_change> sum;
  sum.reserve(std::max(first.size(), second.size()));
  auto one = first.begin();
  auto other = second.begin();
  while (one != first.end() || other != second.end()) {
    const bool has_one = other == second.end() || (one != first.end() && one->site <= other->site);
    const bool has_other =
        one == first.end() || (other != second.end() && other->site <= one->site);
    site_change change = has_one ? *one : site_change{other->site};
    if (has_other) {
      change.allocations += other->allocations;
      change.live_blocks = wrapping_add(change.live_blocks, other->live_blocks);
      change.live_bytes = wrapping_add(change.live_bytes, other->live_bytes);
    }
    if (!is_nothing(change)) {
      sum.push_back(change);
    }
    one += has_one ? 1 : 0;
    other += has_other ? 1 : 0;
  }
  return sum;
}

void moment_store::add(std::uint64_t process, std::uint64_t at_mono_ms,
                       std::span<const site_change> changes) {
  const std::vector<std::byte> stored = encode_changes(changes);
  SQLite::Statement insert(database_, "INSERT OR REPLACE INTO moments VALUES (?, ?, ?)");
  insert.bind(1, to_sql(process));
  insert.bind(2, to_sql(at_mono_ms));
  insert.bindNoCopy(3, stored.data(), static_cast<int>(stored.size()));
  insert.exec();
  std::size_t& count = stored_[process];
  if (++count >= most_moments) {
    thin_out(process);
    count = (count + 1) / 2;
  }
}

void moment_store::thin_out(std::uint64_t process) {
  SQLite::Statement rows(database_,
                         "SELECT at_mono_ms, changes FROM moments WHERE process = ? "
                         "ORDER BY at_mono_ms");
  rows.bind(1, to_sql(process));
  // What happened until a moment that goes is told by the one after it.
  std::vector<std::pair<std::int64_t, std::vector<site_change>>> kept;
  std::vector<std::int64_t> gone;
  std::vector<site_change> changes;
  std::vector<site_change> before;
  for (std::size_t i = 0; rows.executeStep(); ++i) {
    decode_changes(bytes_of(rows.getColumn(1)), changes);
    if (i % 2 == 0) {
      before = std::move(changes);
      gone.push_back(rows.getColumn(0).getInt64());
    } else {
      kept.emplace_back(rows.getColumn(0).getInt64(), add_changes(before, changes));
    }
  }
  if (gone.size() > kept.size()) {
    gone.pop_back();
  }
  SQLite::Statement remove(database_, "DELETE FROM moments WHERE process = ? AND at_mono_ms = ?");
  for (const std::int64_t moment : gone) {
    remove.bind(1, to_sql(process));
    remove.bind(2, moment);
    remove.exec();
    remove.reset();
  }
  SQLite::Statement update(database_,
                           "UPDATE moments SET changes = ? WHERE process = ? AND "
                           "at_mono_ms = ?");
  for (const auto& [at_mono_ms, sum] : kept) {
    const std::vector<std::byte> stored = encode_changes(sum);
    update.bindNoCopy(1, stored.data(), static_cast<int>(stored.size()));
    update.bind(2, to_sql(process));
    update.bind(3, at_mono_ms);
    update.exec();
    update.reset();
  }
}

result<series> load_stored_series(SQLite::Database& database) {
  SQLite::Statement rows(database,
                         "SELECT m.process, max(m.at_mono_ms - p.start_mono_ms, 0), m.changes "
                         "FROM moments m JOIN processes p ON p.id = m.process "
                         "ORDER BY m.process, m.at_mono_ms");
  series all;
  std::vector<std::uint32_t> numbers;
  std::vector<site_change> changes;
  while (rows.executeStep()) {
    moment next;
    next.process = static_cast<std::uint64_t>(rows.getColumn(0).getInt64());
    next.at_ms = static_cast<std::uint64_t>(rows.getColumn(1).getInt64());
    if (!decode_changes(bytes_of(rows.getColumn(2)), changes)) {
      return error{error_code::bad_input, "what sites did at " + std::to_string(next.at_ms) +
                                              " ms of process " + std::to_string(next.process) +
                                              " is damaged; record it again"};
    }
    if (all.empty() || all.back().process != next.process) {
      numbers = load_site_numbers(database, next.process);
    }
    next.changes = translate(changes, numbers);
    all.push_back(std::move(next));
  }
  return all;
}

}  // namespace track::capture
