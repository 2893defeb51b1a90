#include "libtrack/capture/ingest.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "libtrack/capture/blob.hpp"
#include "libtrack/capture/ingest_caches.hpp"
#include "libtrack/capture/stack_mapper.hpp"
#include "libtrack/capture/text_codec.hpp"

namespace track::capture {
namespace {

// SQLite's integers are signed; what would not fit is as good as forged.
std::int64_t to_sql(std::uint64_t value) {
  return static_cast<std::int64_t>(
      std::min<std::uint64_t>(value, static_cast<std::uint64_t>(INT64_MAX)));
}

template <typename T>
void bind_optional(SQLite::Statement& statement, int index, const std::optional<T>& value) {
  if (value) {
    statement.bind(index, static_cast<std::int64_t>(*value));
  } else {
    statement.bind(index);
  }
}

// A site's row while equal sites of one process are summed.
struct site_sum {
  std::uint32_t site = 0;
  ledger::site_image counters;
  std::uint64_t surviving_blocks = 0;
  std::uint64_t surviving_bytes = 0;
  std::uint64_t oldest_ms = 0;  // ages at the process's end
  std::uint64_t youngest_ms = ~std::uint64_t{0};
};

void remove_process(statement_cache& statements, std::int64_t process) {
  for (const char* sql :
       {"DELETE FROM processes WHERE id = ?", "DELETE FROM losses WHERE process = ?",
        "DELETE FROM counters WHERE process = ?", "DELETE FROM mismatches WHERE process = ?",
        "DELETE FROM objects WHERE process = ?", "DELETE FROM caches WHERE process = ?",
        "DELETE FROM checkpoints WHERE process = ?",
        "DELETE FROM site_numbers WHERE process = ?"}) {
    SQLite::Statement& statement = statements(sql);
    statement.bind(1, process);
    statement.exec();
  }
}

void add_to(site_sum& sum, const ledger::site_image& site, std::uint32_t end_ms) {
  ledger::site_image& total = sum.counters;
  total.allocations += site.allocations;
  total.bytes_allocated += site.bytes_allocated;
  total.frees += site.frees;
  total.bytes_freed += site.bytes_freed;
  const auto add_signed = [](std::int64_t& into, std::int64_t value) {
    into = static_cast<std::int64_t>(static_cast<std::uint64_t>(into) +
                                     static_cast<std::uint64_t>(value));
  };
  add_signed(total.peak_blocks, site.peak_blocks);
  add_signed(total.peak_bytes, site.peak_bytes);
  total.temporary += site.temporary;
  for (std::size_t i = 0; i < std::size(total.lifetimes); ++i) {
    total.lifetimes[i] += site.lifetimes[i];
  }
  if (site.survivors && site.survivors->blocks != 0) {
    sum.surviving_blocks += site.survivors->blocks;
    sum.surviving_bytes += site.survivors->bytes;
    // Births are the low 32 bits of a clock; a difference below half its range is an age.
    const auto age_of = [end_ms](std::uint32_t birth_ms) -> std::uint64_t {
      const std::uint32_t age = end_ms - birth_ms;
      return age < 0x80000000u ? age : 0;
    };
    sum.oldest_ms = std::max(sum.oldest_ms, age_of(site.survivors->oldest_birth_ms));
    sum.youngest_ms = std::min(sum.youngest_ms, age_of(site.survivors->youngest_birth_ms));
  }
}

// Sites of one number become one; `used` is in the order of the numbers.
std::vector<site_sum> sum_up(const ledger::process_image& image,
                             std::span<const std::pair<std::uint32_t, std::size_t>> used) {
  const auto end_ms = static_cast<std::uint32_t>(image.end_mono_ms.value_or(0));
  std::vector<site_sum> sums;
  sums.reserve(used.size());
  for (const auto& [number, index] : used) {
    if (sums.empty() || sums.back().site != number) {
      sums.emplace_back().site = number;
    }
    add_to(sums.back(), image.sites[index], end_ms);
  }
  return sums;
}

// Each text once: the processes of a tree often are one program.
void insert_suppressions(statement_cache& statements, const std::string& text) {
  if (text.empty()) {
    return;
  }
  SQLite::Statement& insert = statements(
      "INSERT INTO meta VALUES ('program_suppressions', ?1) ON CONFLICT (key) DO UPDATE "
      "SET value = value || char(10) || ?1 WHERE instr(value, ?1) = 0");
  insert.bind(1, text);
  insert.exec();
}

std::optional<std::uint64_t> duration_of(const ledger::process_image& image,
                                         const process_end& end) {
  if (!end.duration_ms && image.end_mono_ms && *image.end_mono_ms >= image.start_mono_ms) {
    return *image.end_mono_ms - image.start_mono_ms;
  }
  return end.duration_ms;
}

// How long the process lived for sure, where nobody saw its end: what it last did, or was seen at.
std::uint64_t seen_ms(statement_cache& statements, const ledger::process_image& image,
                      const process_end& end) {
  if (const auto duration = duration_of(image, end)) {
    return *duration;
  }
  SQLite::Statement& find = statements("SELECT max(at_mono_ms) FROM samples WHERE process = ?");
  find.bind(1, to_sql(image.process));
  std::uint64_t seen_mono_ms = image.peak_mono_ms;
  if (find.executeStep()) {
    const auto sampled = static_cast<std::uint64_t>(find.getColumn(0).getInt64());
    seen_mono_ms = std::max(seen_mono_ms, sampled);
  }
  find.reset();
  std::uint64_t seen = seen_mono_ms - std::min(seen_mono_ms, image.start_mono_ms);
  for (const ledger::object_image& object : image.objects) {
    const std::uint32_t born_ms = object.birth_ms - static_cast<std::uint32_t>(image.start_mono_ms);
    seen = std::max<std::uint64_t>(seen, born_ms < 0x80000000u ? born_ms : 0);
  }
  return seen;
}

void insert_process(statement_cache& statements, const ledger::process_image& image,
                    const process_end& end, const ingest_options& options) {
  SQLite::Statement& insert = statements(
      "INSERT INTO processes VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  const std::optional<std::uint64_t> duration = duration_of(image, end);
  std::optional<std::uint64_t> parent = image.parent_process;
  if (parent) {
    parent = static_cast<std::uint64_t>(to_sql(*parent));
  }
  int at = 0;
  insert.bind(++at, to_sql(image.process));
  bind_optional(insert, ++at, parent);
  insert.bind(++at, static_cast<std::int64_t>(image.pid));
  insert.bind(++at, static_cast<std::int64_t>(image.parent_pid));
  insert.bind(++at, to_sql(image.start_ticks));
  insert.bind(++at, static_cast<std::int64_t>(image.origin));
  insert.bind(++at, image.exe);
  insert.bind(++at, to_json_array(image.args));
  insert.bind(++at, to_sql(image.start_mono_ms));
  insert.bind(++at, static_cast<std::int64_t>(static_cast<std::uint64_t>(options.created_unix_ms) +
                                              image.start_mono_ms - options.created_mono_ms));
  bind_optional(insert, ++at, duration);
  insert.bind(++at, static_cast<std::int64_t>(end.kind));
  bind_optional(insert, ++at, end.code);
  bind_optional(insert, ++at, end.signal);
  bind_optional(insert, ++at, end.oom_killed);
  insert.bind(++at, static_cast<std::int64_t>(image.path));
  insert.bind(++at, end.ran_under_collector ? 1 : 0);
  insert.bind(++at, options.from_checkpoint ? 1 : 0);
  insert.bind(++at, image.survivors_valid ? 1 : 0);
  insert.bind(++at, to_sql(image.inherited_blocks));
  insert.bind(++at, to_sql(image.inherited_bytes));
  insert.bind(++at, to_sql(image.inherited_frees));
  insert.bind(++at, to_sql(image.reallocations));
  insert.bind(++at, image.peak_bytes);
  insert.bind(++at, image.peak_blocks);
  insert.bind(++at, to_sql(image.peak_mono_ms - std::min(image.peak_mono_ms, image.start_mono_ms)));
  insert.bind(++at, to_sql(image.thread_count));
  insert.bind(++at, to_sql(image.stills_begun));
  insert.bind(++at, to_sql(image.stills_failed));
  insert.bind(++at, to_sql(seen_ms(statements, image, end)));
  insert.exec();
}

void insert_losses(statement_cache& statements, const ledger::process_image& image) {
  SQLite::Statement& insert = statements("INSERT INTO losses VALUES (?, ?, ?)");
  for (std::size_t i = 0; i < ledger::max_losses; ++i) {
    if (image.lost[i] != 0) {
      insert.bind(1, to_sql(image.process));
      insert.bind(2, static_cast<std::int64_t>(i));
      insert.bind(3, to_sql(image.lost[i]));
      insert.exec();
      insert.reset();
    }
  }
}

void insert_counters(statement_cache& statements, const ledger::process_image& image,
                     const std::vector<site_sum>& sums) {
  SQLite::Statement& insert =
      statements("INSERT INTO counters VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  for (const site_sum& sum : sums) {
    const ledger::site_image& counters = sum.counters;
    int at = 0;
    insert.bind(++at, to_sql(image.process));
    insert.bind(++at, static_cast<std::int64_t>(sum.site));
    for (const std::uint64_t value :
         {counters.allocations, counters.bytes_allocated, counters.frees, counters.bytes_freed}) {
      insert.bind(++at, to_sql(value));
    }
    insert.bind(++at, counters.peak_blocks);
    insert.bind(++at, counters.peak_bytes);
    insert.bind(++at, to_sql(counters.temporary));
    for (const std::uint64_t value : counters.lifetimes) {
      insert.bind(++at, to_sql(value));
    }
    if (image.survivors_valid) {
      insert.bind(++at, to_sql(sum.surviving_blocks));
      insert.bind(++at, to_sql(sum.surviving_bytes));
    }
    if (image.survivors_valid && sum.surviving_blocks != 0) {
      insert.bind(++at, to_sql(sum.oldest_ms));
      insert.bind(++at, to_sql(std::min(sum.youngest_ms, sum.oldest_ms)));
    }
    insert.exec();
    insert.reset();
    insert.clearBindings();
  }
}

void insert_mismatches(statement_cache& statements, const ledger::process_image& image,
                       const std::vector<std::uint32_t>& sites, stack_mapper& stacks) {
  SQLite::Statement& insert = statements("INSERT INTO mismatches VALUES (?,?,?,?,?,?,?,?,?,?)");
  for (const ledger::mismatch_image& mismatch : image.mismatches) {
    if (mismatch.kind == ledger::mismatch_kind::none) {
      continue;
    }
    const std::uint32_t site = mismatch.allocation_site.value;
    int at = 0;
    insert.bind(++at, to_sql(image.process));
    insert.bind(++at, static_cast<std::int64_t>(mismatch.kind));
    insert.bind(++at, static_cast<std::int64_t>(site < sites.size() ? sites[site] : 0));
    insert.bind(++at, static_cast<std::int64_t>(stacks.stack_of(mismatch.release_node)));
    insert.bind(++at, static_cast<std::int64_t>(mismatch.function));
    insert.bind(++at, to_sql(mismatch.count));
    insert.bind(++at, to_sql(mismatch.bytes));
    insert.bind(++at, mismatch.certain ? 1 : 0);
    insert.bind(++at, to_sql(mismatch.first_mono_ms -
                             std::min(mismatch.first_mono_ms, image.start_mono_ms)));
    insert.bind(++at, to_sql(mismatch.size_given));
    insert.exec();
    insert.reset();
  }
}

// When an object was born and when it is due, since the process's start. The ledger has the low 32
// bits of a clock; the moment at which the process was seen last makes them whole.
struct object_times {
  std::uint64_t born_at_ms = 0;
  std::optional<std::uint64_t> due_at_ms;
};

object_times times_of(const ledger::object_image& object, std::uint64_t start_mono_ms,
                      std::uint64_t seen_ms) {
  // Two clocks, of which one may be coarse: a moment before the birth is the birth.
  constexpr std::uint32_t clock_skew_ms = 60'000;
  const auto now = static_cast<std::uint32_t>(start_mono_ms + seen_ms);
  const std::uint32_t age = now - object.birth_ms;
  object_times times;
  times.born_at_ms = seen_ms - std::min<std::uint64_t>(seen_ms, age < 0x80000000u ? age : 0);
  if (object.due_ms) {
    const std::uint32_t patience = *object.due_ms - object.birth_ms;
    times.due_at_ms = times.born_at_ms + (patience > UINT32_MAX - clock_skew_ms ? 0 : patience);
  }
  return times;
}

void insert_objects(dictionary& known, const ledger::process_image& image, std::uint64_t seen_ms,
                    stack_mapper& stacks) {
  std::vector<std::uint32_t> names(image.names.size());
  const auto bind_name = [&](SQLite::Statement& insert, int at, std::uint32_t name) {
    if (name != 0 && name < names.size() && names[name] == 0) {
      names[name] = known.object_name(image.names[name]);
    }
    insert.bind(at, static_cast<std::int64_t>(name < names.size() ? names[name] : 0));
  };
  SQLite::Statement& insert =
      known.statements()("INSERT INTO objects VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)");
  for (const ledger::object_image& object : image.objects) {
    const object_times times = times_of(object, image.start_mono_ms, seen_ms);
    int at = 0;
    insert.bind(++at, to_sql(image.process));
    insert.bind(++at, to_sql(object.serial));
    insert.bind(++at, static_cast<std::int64_t>(object.address));
    insert.bind(++at, object.dead ? 1 : 0);
    insert.bind(++at, static_cast<std::int64_t>(object.thread));
    for (const std::uint32_t name : {object.type, object.label, object.tag, object.test}) {
      bind_name(insert, ++at, name);
    }
    insert.bind(++at, to_sql(times.born_at_ms));
    bind_optional(insert, ++at, times.due_at_ms);
    insert.bind(++at, static_cast<std::int64_t>(stacks.stack_of(object.node)));
    insert.bind(++at, static_cast<std::int64_t>(object.size_bytes));
    insert.exec();
    insert.reset();
  }
}

// By number in the process's ledger, for the blocks of its stills.
void insert_site_numbers(statement_cache& statements, const ledger::process_image& image,
                         const std::vector<std::uint32_t>& numbers) {
  const std::vector<std::byte> stored =
      compress_blob(std::as_bytes(std::span(numbers)), fast_compression);
  SQLite::Statement& insert = statements("INSERT INTO site_numbers VALUES (?, ?)");
  insert.bind(1, to_sql(image.process));
  insert.bindNoCopy(2, stored.data(), static_cast<int>(stored.size()));
  insert.exec();
  insert.clearBindings();
}

// Something names sites as the process's ledger does.
bool wants_site_numbers(statement_cache& statements, const ledger::process_image& image) {
  SQLite::Statement& find = statements(
      "SELECT 1 FROM stills WHERE process = ?1 UNION ALL "
      "SELECT 1 FROM moments WHERE process = ?1 LIMIT 1");
  find.bind(1, to_sql(image.process));
  const bool found = find.executeStep();
  find.reset();
  return found;
}

bool is_used(const ledger::site_image& site) {
  return site.allocations != 0 || site.frees != 0 || site.bytes_allocated != 0 ||
         site.bytes_freed != 0 || (site.survivors && site.survivors->blocks != 0);
}

// Field 22 of /proc/PID/stat; 0: no such process.
std::uint64_t start_ticks_of(std::uint32_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) {
    return 0;
  }
  std::istringstream fields(line.substr(name_end + 1));
  std::string field;
  for (int i = 3; i <= 22; ++i) {
    fields >> field;
  }
  return std::strtoull(field.c_str(), nullptr, 10);
}

}  // namespace

void ingest_process(dictionary& known, const ledger::process_image& image, const process_end& end,
                    const ingest_options& options) {
  remove_process(known.statements(), to_sql(image.process));
  insert_process(known.statements(), image, end, options);
  insert_suppressions(known.statements(), image.suppressions);
  insert_losses(known.statements(), image);

  stack_mapper stacks(known, image);
  std::vector<std::uint32_t> numbers(image.sites.size());
  std::vector<bool> in_mismatch(image.sites.size());
  for (const ledger::mismatch_image& mismatch : image.mismatches) {
    if (mismatch.allocation_site.value < in_mismatch.size()) {
      in_mismatch[mismatch.allocation_site.value] = true;
    }
  }
  std::vector<std::pair<std::uint32_t, std::size_t>> used_sites;  // number, index in the image
  for (std::size_t i = 0; i < image.sites.size(); ++i) {
    const ledger::site_image& site = image.sites[i];
    const bool used = is_used(site);
    if (i != 0 && (used || in_mismatch[i])) {
      const auto function = std::min(site.function, allocation_function::count);
      numbers[i] = known.site(
          stacks.stack_of(site.node),
          function == allocation_function::count ? 0 : static_cast<std::uint32_t>(function));
    }
    if (used) {
      used_sites.emplace_back(numbers[i], i);
    }
  }
  std::sort(used_sites.begin(), used_sites.end());
  insert_counters(known.statements(), image, sum_up(image, used_sites));
  insert_mismatches(known.statements(), image, numbers, stacks);
  insert_objects(known, image, seen_ms(known.statements(), image, end), stacks);
  insert_caches(known, image, seen_ms(known.statements(), image, end), stacks);
  if (wants_site_numbers(known.statements(), image)) {
    insert_site_numbers(known.statements(), image, numbers);
  }
  known.store_stacks();
}

void ingest_untracked(SQLite::Database& database, const untracked_process& process) {
  SQLite::Statement insert(database, "INSERT INTO untracked VALUES (?, ?, ?, ?, ?)");
  if (process.parent_process) {
    insert.bind(1, to_sql(*process.parent_process));
  }
  insert.bind(2, static_cast<std::int64_t>(process.pid));
  insert.bind(3, process.exe);
  insert.bind(4, process.reason);
  insert.bind(5, process.asked_for ? 1 : 0);
  insert.exec();
}

process_end end_from_ledger(const ledger::process_image& image, bool same_machine) {
  process_end end;
  switch (image.path) {
    case ledger::exit_path::exit:
    case ledger::exit_path::immediate_exit:
    case ledger::exit_path::quick_exit:
      end.kind = end_kind::exited;
      end.code = image.exit_code;
      break;
    case ledger::exit_path::abort:
      end.kind = end_kind::signaled;
      end.signal = SIGABRT;
      break;
    case ledger::exit_path::exec:
      end.kind = end_kind::execed;
      break;
    default:
      if (same_machine && image.start_ticks != 0 &&
          start_ticks_of(image.pid) == image.start_ticks) {
        end.kind = end_kind::running;
      }
  }
  return end;
}

}  // namespace track::capture
