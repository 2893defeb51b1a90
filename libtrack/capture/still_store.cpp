#include "libtrack/capture/still_store.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "libtrack/capture/blob.hpp"
#include "libtrack/ledger/format.hpp"

namespace track::capture {
namespace {

std::int64_t to_sql(std::uint64_t value) {
  return static_cast<std::int64_t>(
      std::min<std::uint64_t>(value, static_cast<std::uint64_t>(INT64_MAX)));
}

error damaged(std::uint64_t still, const std::string& what) {
  return {error_code::bad_input,
          "still " + std::to_string(still) + ": " + what + "; record it again"};
}

}  // namespace

std::vector<std::uint32_t> load_site_numbers(SQLite::Database& database, std::uint64_t process) {
  constexpr std::size_t most_bytes = std::size_t{4} << ledger::site_word_id_bits;
  SQLite::Statement row(database, "SELECT sites FROM site_numbers WHERE process = ?");
  row.bind(1, to_sql(process));
  std::vector<std::byte> plain;
  if (row.executeStep()) {
    const SQLite::Column blob = row.getColumn(0);
    const auto* data = static_cast<const std::byte*>(blob.getBlob());
    if (!expand_blob({data, static_cast<std::size_t>(blob.getBytes())}, most_bytes, plain)) {
      plain.clear();
    }
  }
  std::vector<std::uint32_t> numbers(plain.size() / sizeof(std::uint32_t));
  std::memcpy(numbers.data(), plain.data(), numbers.size() * sizeof(std::uint32_t));
  const auto sites = static_cast<std::uint64_t>(
      database.execAndGet("SELECT coalesce(max(id), 0) FROM sites").getInt64());
  std::ranges::replace_if(
      numbers, [sites](std::uint32_t site) { return site > sites; }, 0u);
  return numbers;
}

void translate_sites(SQLite::Database& database, heap_graph& graph) {
  const std::vector<std::uint32_t> numbers = load_site_numbers(database, graph.process);
  for (std::uint32_t& site : graph.site) {
    site = site < numbers.size() ? numbers[site] : 0;
  }
}

still_store::still_store(SQLite::Database& database) : database_(database) {
  next_stream_ =
      database.execAndGet("SELECT coalesce(max(stream), 0) + 1 FROM graph_chunks").getInt64();
  next_still_ = database.execAndGet("SELECT coalesce(max(id) + 1, 0) FROM stills").getInt64();
}

bool still_store::add(still_key still, std::span<const std::byte> bytes, bool last) {
  stream& into = open_[still];
  if (into.number == 0) {
    into.number = next_stream_++;
    into.still = next_still_++;
    into.head = read_graph_head(bytes);
  }
  into.waiting.insert(into.waiting.end(), bytes.begin(), bytes.end());
  into.bytes += bytes.size();
  if (last) {
    into.tail.assign(bytes.begin(), bytes.end());
    into.ended = true;
  }
  return last || into.waiting.size() >= graph_chunk_bytes;
}

result<std::optional<std::uint64_t>> still_store::store(still_key still) {
  const auto found = open_.find(still);
  if (found == open_.end()) {
    return std::optional<std::uint64_t>();
  }
  stream& from = found->second;
  if (!from.ended) {
    store_chunk(from);
    return std::optional<std::uint64_t>();
  }
  const auto totals = read_graph_totals(from.tail);
  if (!totals || !from.head) {
    drop(still);
    return error{error_code::bad_input, "a heap graph makes no sense"};
  }
  store_chunk(from);
  const std::uint64_t number = insert_still(still, from, *totals);
  open_.erase(found);
  return std::optional(number);
}

void still_store::drop(still_key still) {
  const auto found = open_.find(still);
  if (found == open_.end()) {
    return;
  }
  SQLite::Statement remove(database_, "DELETE FROM graph_chunks WHERE stream = ?");
  remove.bind(1, found->second.number);
  remove.exec();
  next_still_ -= found->second.still + 1 == next_still_ ? 1 : 0;  // no gap, where it can be had
  open_.erase(found);
}

void still_store::store_chunk(stream& from) {
  std::span<const std::byte> left = from.waiting;
  while (!left.empty()) {
    const auto part = left.first(std::min(left.size(), graph_chunk_bytes));
    const std::vector<std::byte> stored = compress_blob(part, fastest_compression);
    SQLite::Statement insert(database_, "INSERT INTO graph_chunks VALUES (?, ?, ?)");
    insert.bind(1, from.number);
    insert.bind(2, from.chunks++);
    insert.bindNoCopy(3, stored.data(), static_cast<int>(stored.size()));
    insert.exec();
    left = left.subspan(part.size());
  }
  from.waiting.clear();
}

std::uint64_t still_store::insert_still(still_key still, const stream& from,
                                        const graph_totals& totals) {
  SQLite::Statement insert(database_,
                           "INSERT INTO stills VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  int at = 0;
  insert.bind(++at, from.still);
  insert.bind(++at, to_sql(still.process));
  insert.bind(++at, static_cast<std::int64_t>(still.still));
  insert.bind(++at, static_cast<std::int64_t>(from.head->trigger));
  insert.bind(++at, to_sql(from.head->at_mono_ms));
  insert.bind(++at, to_sql(totals.pause_us));
  insert.bind(++at, static_cast<std::int64_t>(from.head->threads));
  for (const std::uint64_t value : {totals.blocks, totals.bytes, totals.edges, totals.root_edges}) {
    insert.bind(++at, to_sql(value));
  }
  for (std::size_t note = 0; note < stored_notes; ++note) {
    insert.bind(++at, to_sql(totals.notes[note]));
  }
  insert.bind(++at, from.number);
  insert.bind(++at, to_sql(from.bytes));
  insert.exec();
  return static_cast<std::uint64_t>(from.still);
}

result<heap_graph> load_stored_graph(SQLite::Database& database, std::uint64_t still) {
  SQLite::Statement row(database,
                        "SELECT process, number, blocks, edges, stream, stream_bytes FROM stills "
                        "WHERE id = ?");
  row.bind(1, to_sql(still));
  if (!row.executeStep()) {
    return error{error_code::not_found, "there is no still " + std::to_string(still)};
  }
  graph_totals expected;
  expected.blocks = static_cast<std::uint64_t>(std::max<std::int64_t>(row.getColumn(2), 0));
  expected.edges = static_cast<std::uint64_t>(std::max<std::int64_t>(row.getColumn(3), 0));
  SQLite::Statement chunks(database,
                           "SELECT chunk, records FROM graph_chunks WHERE stream = ? "
                           "ORDER BY chunk");
  chunks.bind(1, row.getColumn(4).getInt64());
  // What the row says is only believed as far as there are chunks for it.
  SQLite::Statement count(database, "SELECT count(*) FROM graph_chunks WHERE stream = ?");
  count.bind(1, row.getColumn(4).getInt64());
  count.executeStep();
  const auto most_bytes =
      static_cast<std::uint64_t>(count.getColumn(0).getInt64()) * graph_chunk_bytes;
  graph_decoder decoder(expected, most_bytes);
  std::vector<std::byte> plain;
  std::uint64_t bytes = 0;
  for (std::int64_t next = 0; chunks.executeStep(); ++next) {
    const SQLite::Column blob = chunks.getColumn(1);
    const std::span<const std::byte> stored{static_cast<const std::byte*>(blob.getBlob()),
                                            static_cast<std::size_t>(blob.getBytes())};
    if (chunks.getColumn(0).getInt64() != next || !expand_blob(stored, graph_chunk_bytes, plain)) {
      return damaged(still, "part " + std::to_string(next) + " of its heap graph is damaged");
    }
    bytes += plain.size();
    if (auto fed = decoder.feed(plain); !fed) {
      return damaged(still, fed.failure().message);
    }
  }
  if (bytes != static_cast<std::uint64_t>(row.getColumn(5).getInt64())) {
    return damaged(still, "its heap graph is not whole");
  }
  auto graph = decoder.finish();
  if (!graph) {
    return damaged(still, graph.failure().message);
  }
  graph->process = static_cast<std::uint64_t>(row.getColumn(0).getInt64());
  graph->still = static_cast<std::uint32_t>(row.getColumn(1).getInt64());
  translate_sites(database, *graph);
  return graph;
}

}  // namespace track::capture
