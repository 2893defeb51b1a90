#include "libtrack/capture/writer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "libtrack/capture/database.hpp"
#include "libtrack/capture/dictionary.hpp"
#include "libtrack/capture/growing.hpp"
#include "libtrack/capture/ingest.hpp"
#include "libtrack/capture/moment_store.hpp"
#include "libtrack/capture/naming.hpp"
#include "libtrack/capture/stack_chunks.hpp"
#include "libtrack/capture/still_store.hpp"

namespace track::capture {
namespace {

constexpr std::size_t most_samples = 1000;
// A transaction for each sample would be most of what an idle collector does.
constexpr std::uint64_t samples_wait_ms = 1000;

std::int64_t to_sql(std::uint64_t value) {
  return static_cast<std::int64_t>(
      std::min<std::uint64_t>(value, static_cast<std::uint64_t>(INT64_MAX)));
}

void describe(SQLite::Database& database, const capture_info& info) {
  set_meta(database, "state", "growing");
  set_meta(database, "tool_version", info.tool_version);
  set_meta(database, "created_unix_ms", info.created_unix_ms);
  set_meta(database, "created_mono_ms", to_sql(info.created_mono_ms));
  set_meta(database, "host", info.host);
  set_meta(database, "record_args", info.record_args ? 1 : 0);
  set_meta(database, "collector", info.collector ? 1 : 0);
  set_meta(database, "depth_frames", static_cast<std::int64_t>(info.depth_frames));
  set_meta(database, "exit_stills", to_sql(info.exit_stills));
  set_meta(database, "default_suppressions", info.default_suppressions);
  if (info.sample_interval_ms) {
    set_meta(database, "sample_interval_ms", to_sql(*info.sample_interval_ms));
  }
}

// A long run's series keeps its shape: when it is full, every second point goes, and from then on
// only every second one is taken.
struct sampling {
  std::size_t stored = 0;
  std::size_t stride = 1;
  std::size_t skipped = 0;
};

struct moment_row {
  std::uint64_t process = 0;
  std::uint64_t at_mono_ms = 0;
  std::vector<site_change> changes;
};

struct sample_row {
  std::uint64_t process = 0;
  std::uint64_t at_mono_ms = 0;
  ledger::process_totals totals;
};

void thin_out(SQLite::Database& database, std::int64_t process) {
  SQLite::Statement thin(database,
                         "DELETE FROM samples WHERE process = ?1 AND at_mono_ms IN (SELECT "
                         "at_mono_ms FROM (SELECT at_mono_ms, row_number() OVER (ORDER BY "
                         "at_mono_ms) AS n FROM samples WHERE process = ?1) WHERE n % 2 = 0)");
  thin.bind(1, process);
  thin.exec();
}

// A still may have begun to come before one that was taken earlier.
void order_stills(SQLite::Database& database) {
  database.exec(
      "WITH places AS (SELECT id AS still, row_number() OVER (ORDER BY at_mono_ms, process, "
      "number) "
      "AS place FROM stills) "
      "UPDATE stills SET id = (SELECT -place FROM places WHERE still = stills.id)");
  database.exec("UPDATE stills SET id = -id - 1");
}

void give_back_space(SQLite::Database& database) {
  const std::int64_t pages = database.execAndGet("PRAGMA page_count").getInt64();
  const std::int64_t unused = database.execAndGet("PRAGMA freelist_count").getInt64();
  if (unused > 16 && unused * 4 > pages) {
    database.exec("VACUUM");
  }
}

}  // namespace

struct writer::state {
  state(SQLite::Database opened, std::string partial, const capture_info& info)
      : database(std::move(opened)),
        partial_path(std::move(partial)),
        depth_frames(std::clamp(info.depth_frames, 1u, most_depth_frames)),
        stills(database),
        moments(database) {
    options.created_unix_ms = info.created_unix_ms;
    options.created_mono_ms = info.created_mono_ms;
  }

  // One committed step; nothing of it is kept when SQLite fails.
  template <typename Body>
  result<void> step(Body&& body) {
    const auto taken = guarded(error_code::output, partial_path, [&]() -> result<void> {
      SQLite::Transaction transaction(database);
      store_samples();
      for (const moment_row& row : waiting_moments) {
        moments.add(row.process, row.at_mono_ms, row.changes);
      }
      const result<void> done = body();
      if (done) {
        transaction.commit();
      }
      return done;
    });
    waiting.clear();
    waiting_moments.clear();
    return taken;
  }

  void store_samples() {
    if (waiting.empty()) {
      return;
    }
    SQLite::Statement insert(database, "INSERT OR REPLACE INTO samples VALUES (?, ?, ?, ?, ?)");
    for (const sample_row& row : waiting) {
      insert.bind(1, to_sql(row.process));
      insert.bind(2, to_sql(row.at_mono_ms));
      insert.bind(3, row.totals.live_bytes);
      insert.bind(4, row.totals.live_blocks);
      insert.bind(5, row.totals.peak_bytes);
      insert.exec();
      insert.reset();
      sampling& kept = sampled[row.process];
      if (++kept.stored >= most_samples) {
        thin_out(database, to_sql(row.process));
        kept.stored = (kept.stored + 1) / 2;
        kept.stride *= 2;
      }
    }
  }

  // A step that takes evidence in. What it leaves in memory when it fails is not in the file.
  template <typename Body>
  result<void> learning_step(Body&& body) {
    const auto done = step([&]() -> result<void> {
      if (!known) {
        known.emplace(database, depth_frames);
      }
      return body(*known);
    });
    if (!done) {
      known.reset();
    }
    return done;
  }

  SQLite::Database database;
  std::string partial_path;
  std::uint32_t depth_frames;
  std::optional<dictionary> known;
  ingest_options options;
  still_store stills;
  moment_store moments;
  std::map<std::uint64_t, sampling> sampled;
  // For the next step.
  std::vector<sample_row> waiting;
  std::vector<moment_row> waiting_moments;
};

writer::writer(std::unique_ptr<state> initial) : state_(std::move(initial)) {}
writer::writer(writer&&) noexcept = default;
writer& writer::operator=(writer&&) noexcept = default;
writer::~writer() = default;

result<writer> writer::create(const std::string& partial_path, const capture_info& info) {
  auto database = create_database(partial_path);
  if (!database) {
    return database.failure();
  }
  return guarded(error_code::output, partial_path, [&]() -> result<writer> {
    SQLite::Transaction transaction(*database);
    describe(*database, info);
    transaction.commit();
    return writer(std::make_unique<state>(std::move(*database), partial_path, info));
  });
}

result<void> writer::checkpoint(std::uint64_t process, std::span<const std::byte> packed_slot) {
  const std::vector<std::byte> stored = compress_checkpoint(packed_slot);
  return state_->step([&]() -> result<void> {
    SQLite::Statement insert(state_->database, "INSERT OR REPLACE INTO checkpoints VALUES (?, ?)");
    insert.bind(1, to_sql(process));
    insert.bindNoCopy(2, stored.data(), static_cast<int>(stored.size()));
    insert.exec();
    return {};
  });
}

result<void> writer::sample(std::uint64_t process, std::uint64_t at_mono_ms,
                            const ledger::process_totals& totals) {
  sampling& kept = state_->sampled[process];
  if (++kept.skipped < kept.stride) {
    return {};
  }
  kept.skipped = 0;
  state_->waiting.push_back({process, at_mono_ms, totals});
  if (at_mono_ms - state_->waiting.front().at_mono_ms < samples_wait_ms) {
    return {};
  }
  return state_->step([]() -> result<void> { return {}; });
}

result<void> writer::add_moment(std::uint64_t process, std::uint64_t at_mono_ms,
                                std::vector<site_change> changes) {
  std::vector<moment_row>& waiting = state_->waiting_moments;
  waiting.push_back({process, at_mono_ms, std::move(changes)});
  if (at_mono_ms - waiting.front().at_mono_ms < samples_wait_ms) {
    return {};
  }
  return state_->step([]() -> result<void> { return {}; });
}

result<void> writer::add_process(const ledger::process_image& image, const process_end& end) {
  return state_->learning_step([&](dictionary& known) -> result<void> {
    ingest_process(known, image, end, state_->options);
    return {};
  });
}

result<std::optional<std::uint64_t>> writer::add_graph(still_key still,
                                                       std::span<const std::byte> bytes,
                                                       bool last) {
  if (!state_->stills.add(still, bytes, last)) {
    return std::optional<std::uint64_t>();
  }
  std::optional<std::uint64_t> number;
  const auto done = state_->step([&]() -> result<void> {
    auto stored = state_->stills.store(still);
    if (!stored) {
      return stored.failure();
    }
    number = *stored;
    return {};
  });
  return done ? result<std::optional<std::uint64_t>>(number) : done.failure();
}

result<void> writer::drop_graph(still_key still) {
  return state_->step([&]() -> result<void> {
    state_->stills.drop(still);
    return {};
  });
}

result<void> writer::add_untracked(const untracked_process& process) {
  return state_->step([&]() -> result<void> {
    ingest_untracked(state_->database, process);
    return {};
  });
}

result<void> writer::set_processes_lost(std::uint64_t count) {
  return state_->step([&]() -> result<void> {
    set_meta(state_->database, "processes_lost", to_sql(count));
    return {};
  });
}

result<std::string> writer::finalize(const std::string& final_path, finalize_options options) {
  auto done = state_->learning_step([&](dictionary& known) -> result<void> {
    return ingest_checkpoints(state_->database, known, state_->partial_path);
  });
  if (done) {
    done = state_->step([&]() -> result<void> {
      if (options.names != nullptr) {
        if (auto named = name_all(state_->database, state_->partial_path, *options.names,
                                  std::move(options.decoded));
            !named) {
          return named;
        }
      }
      order_stills(state_->database);
      state_->database.exec("DELETE FROM checkpoints");
      state_->database.exec(
          "DELETE FROM graph_chunks WHERE stream NOT IN (SELECT stream FROM stills)");
      set_meta(state_->database, "state", "complete");
      return {};
    });
  }
  if (!done) {
    return done.failure();
  }
  const std::string partial = state_->partial_path;
  const auto packed = guarded(error_code::output, partial, [&]() -> result<void> {
    give_back_space(state_->database);
    return {};
  });
  if (!packed) {
    return packed.failure();
  }
  state_.reset();
  if (std::rename(partial.c_str(), final_path.c_str()) != 0) {
    return error{error_code::output, "cannot rename '" + partial + "' to '" + final_path +
                                         "': " + std::strerror(errno)};
  }
  return final_path;
}

}  // namespace track::capture
