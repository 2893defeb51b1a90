#include "libtrack/capture/growing.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <variant>

#include "libtrack/capture/blob.hpp"
#include "libtrack/capture/database.hpp"
#include "libtrack/capture/ingest.hpp"
#include "libtrack/capture/reader.hpp"
#include "libtrack/capture/stack_chunks.hpp"
#include "libtrack/capture/still_store.hpp"
#include "libtrack/ledger/reader.hpp"
#include "libtrack/support/files.hpp"

namespace track::capture {
namespace {

constexpr std::size_t checkpoint_limit_bytes = std::size_t{512} << 20;

error damaged(const std::string& path, const std::string& where, const ledger::read_error& why) {
  return {error_code::bad_input, "'" + path + "': " + where + ", offset " +
                                     std::to_string(why.offset) + ": " + why.message};
}

bool holds_process(std::span<const std::byte> slot) {
  if (slot.size() < sizeof(ledger::slot_header)) {
    return false;
  }
  std::uint32_t state = 0;
  std::memcpy(&state, slot.data() + offsetof(ledger::slot_header, state), sizeof(state));
  return state == static_cast<std::uint32_t>(ledger::slot_state::live) ||
         state == static_cast<std::uint32_t>(ledger::slot_state::ended);
}

std::string own_host() {
  char name[256] = {};
  gethostname(name, sizeof(name) - 1);
  return name;
}

void describe_ledger(SQLite::Database& database, const ledger::file_header& header) {
  set_meta(database, "state", "ledger");
  set_meta(database, "exit_stills",
           static_cast<std::int64_t>(header.exit_stills & (ledger::begin_when_large * 2 - 1)));
  set_meta(database, "collector", header.collector_pid != 0 ? 1 : 0);
  if (header.depth_frames != 0) {
    set_meta(database, "depth_frames", static_cast<std::int64_t>(header.depth_frames));
  }
  set_meta(database, "processes_lost",
           static_cast<std::int64_t>(std::min<std::uint64_t>(header.processes_lost, INT64_MAX)));
}

result<void> ingest_slots(SQLite::Database& database, std::span<const std::byte> file,
                          const ledger::file_header& header, const std::string& path) {
  dictionary known(database, load_depth_frames(database.getHandle()));
  ingest_options options;
  options.created_unix_ms = static_cast<std::int64_t>(header.created_unix_ms);
  options.created_mono_ms = header.created_mono_ms;
  SQLite::Transaction transaction(database);
  for (std::uint32_t i = 0; i < header.slot_count; ++i) {
    const auto slot = ledger::slot_bytes(file, header, i);
    if (slot.empty()) {
      break;
    }
    if (!holds_process(slot)) {
      continue;
    }
    const auto decoded = ledger::read_slot(slot);
    if (const auto* failure = std::get_if<ledger::read_error>(&decoded)) {
      return damaged(path, "slot " + std::to_string(i), *failure);
    }
    const auto& image = std::get<ledger::process_image>(decoded);
    process_end end = end_from_ledger(image, true);
    end.ran_under_collector = header.collector_pid != 0;
    ingest_process(known, image, end, options);
  }
  transaction.commit();
  return {};
}

// Stills whose graph is whole; the others are known by the count of those that were begun.
class graph_file_sink final : public still_sink {
 public:
  explicit graph_file_sink(SQLite::Database& database) : store_(database) {}
  void payload(still_key still, std::span<const std::byte> bytes, bool last) override {
    if (store_.add(still, bytes, last)) {
      static_cast<void>(store_.store(still));
    }
  }
  void broken(still_key still) override { store_.drop(still); }

 private:
  still_store store_;
};

void ingest_graph_file(SQLite::Database& database, const std::string& ledger_path) {
  const auto file = mapped_file::open(graph_file_of(ledger_path));
  if (file) {
    SQLite::Transaction transaction(database);
    graph_file_sink sink(database);
    still_frames frames;
    frames.feed(file->bytes(), sink);
    frames.finish(sink);
    transaction.commit();
  }
}

}  // namespace

std::string graph_file_of(const std::string& ledger_path) {
  constexpr std::string_view suffix = ".ledger";
  return ledger_path.ends_with(suffix)
             ? ledger_path.substr(0, ledger_path.size() - suffix.size()) + ".graph"
             : std::string();
}

std::vector<std::byte> compress_checkpoint(std::span<const std::byte> packed_slot) {
  return compress_blob(packed_slot, fast_compression);
}

result<std::vector<std::byte>> expand_checkpoint(std::span<const std::byte> stored) {
  std::vector<std::byte> packed;
  if (!expand_blob(stored, checkpoint_limit_bytes, packed)) {
    return error{error_code::bad_input, "a checkpoint cannot be expanded"};
  }
  return packed;
}

result<void> ingest_checkpoints(SQLite::Database& database, dictionary& known,
                                const std::string& path) {
  ingest_options options;
  options.created_unix_ms = meta_number(database, "created_unix_ms");
  options.created_mono_ms = static_cast<std::uint64_t>(meta_number(database, "created_mono_ms"));
  options.from_checkpoint = true;
  const bool same_machine = meta_text(database, "host") == own_host();
  const bool collector = meta_number(database, "collector") != 0;

  std::vector<std::int64_t> processes;
  SQLite::Statement list(database, "SELECT process FROM checkpoints ORDER BY process");
  while (list.executeStep()) {
    processes.push_back(list.getColumn(0).getInt64());
  }
  SQLite::Statement fetch(database, "SELECT image FROM checkpoints WHERE process = ?");
  for (const std::int64_t process : processes) {
    fetch.bind(1, process);
    fetch.executeStep();
    const SQLite::Column column = fetch.getColumn(0);
    const auto* data = static_cast<const std::byte*>(column.getBlob());
    const auto packed = expand_checkpoint({data, static_cast<std::size_t>(column.getBytes())});
    fetch.reset();
    const std::string where = "checkpoint of process " + std::to_string(process);
    if (!packed) {
      return error{error_code::bad_input,
                   "'" + path + "': " + where + ": " + packed.failure().message};
    }
    auto decoded = ledger::read_slot(*packed);
    if (const auto* failure = std::get_if<ledger::read_error>(&decoded)) {
      return damaged(path, where, *failure);
    }
    auto& image = std::get<ledger::process_image>(decoded);
    image.process = static_cast<std::uint64_t>(process);
    process_end end = end_from_ledger(image, same_machine);
    end.ran_under_collector = collector;
    ingest_process(known, image, end, options);
  }
  return {};
}

bool is_ledger(std::span<const std::byte> head) {
  std::uint64_t magic = 0;
  if (head.size() < sizeof(magic)) {
    return false;
  }
  std::memcpy(&magic, head.data(), sizeof(magic));
  return magic == ledger::file_magic;
}

result<SQLite::Database> ingest_ledger(const std::string& path) {
  const auto file = mapped_file::open(path);
  if (!file) {
    return file.failure();
  }
  const auto decoded = ledger::read_file_header(file->bytes());
  if (const auto* failure = std::get_if<ledger::read_error>(&decoded)) {
    return damaged(path, "ledger header", *failure);
  }
  const auto& header = std::get<ledger::file_header>(decoded);
  return guarded(error_code::bad_input, path, [&]() -> result<SQLite::Database> {
    auto database = create_memory_database();
    if (!database) {
      return database;
    }
    describe_ledger(*database, header);
    ingest_graph_file(*database, path);
    if (const auto done = ingest_slots(*database, file->bytes(), header, path); !done) {
      return done.failure();
    }
    return database;
  });
}

}  // namespace track::capture
