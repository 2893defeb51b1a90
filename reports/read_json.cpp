#include "reports/read_json.hpp"

#include <algorithm>
#include <ctime>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

#include "reports/json_place.hpp"
#include "reports/read_json_heap.hpp"

namespace track::reports {
namespace {

using json = nlohmann::json;

constexpr std::uint64_t newest_version = 1;
constexpr int deepest = 32;

// "2026-11-22T10:00:00.000Z" as json.cpp writes it.
std::optional<std::int64_t> unix_ms_of(const json_place& at) {
  const std::string text = at.text();
  if (text.empty()) {
    return std::nullopt;
  }
  std::tm parts = {};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  const auto digit = [rest](int i) { return rest[i] >= '0' && rest[i] <= '9'; };
  if (rest == nullptr || rest[0] != '.' || !digit(1) || !digit(2) || !digit(3) ||
      std::string_view(rest + 4) != "Z") {
    at.refuse("a time");
  }
  const int ms = (rest[1] - '0') * 100 + (rest[2] - '0') * 10 + (rest[3] - '0');
  return std::int64_t{timegm(&parts)} * 1000 + ms;
}

// The frames of a document, each once.
class frame_pool {
 public:
  model::shared_frame shared(model::frame frame) {
    return *frames_.insert(std::make_shared<model::frame>(std::move(frame))).first;
  }

 private:
  struct before {
    static auto content(const model::frame& one) {
      return std::tie(one.offset, one.line, one.function, one.file, one.module, one.inlined,
                      one.unloaded);
    }
    bool operator()(const model::shared_frame& a, const model::shared_frame& b) const {
      return content(*a) < content(*b);
    }
  };
  std::set<model::shared_frame, before> frames_;
};

model::stack stack_at(const json_place& at, frame_pool& pool) {
  model::stack frames;
  at.for_each([&](const json_place& each) {
    model::frame frame;
    frame.function = each["function"].text();
    frame.file = each["file"].text();
    frame.line = each["line"].optional_count<std::uint32_t>();
    frame.module = each["module"].text();
    frame.offset = each["offset"].optional_count();
    frame.inlined = each["inlined"].flag();
    frame.unloaded = each["unloaded"].flag();
    frames.push_back(pool.shared(std::move(frame)));
  });
  return frames;
}

model::quality quality_at(const json_place& at) {
  model::quality quality;
  quality.complete = at["state"].one_of({"incomplete", "complete"}) == 1;
  at["reasons"].for_each([&quality](const json_place& each) {
    quality.reasons.push_back({each["code"].text(), each["detail"].text()});
  });
  quality.events_lost = at["events_lost"].count();
  quality.stacks_truncated = at["stacks_truncated"].count();
  quality.frames_unresolved = at["frames_unresolved"].count();
  at["modules_without_symbols"].for_each([&quality](const json_place& each) {
    quality.modules_without_symbols.push_back(each.text());
  });
  return quality;
}

model::exit_status exit_at(const json_place& at) {
  model::exit_status exit;
  exit.kind = static_cast<model::exit_kind>(
      at["kind"].one_of({"exited", "signaled", "execed", "running", "unknown"}));
  exit.code = at["code"].optional_number<std::int32_t>();
  exit.signal = at["signal"].optional_number<std::int32_t>();
  exit.oom_killed = at["oom_killed"].optional_flag();
  return exit;
}

model::totals totals_at(const json_place& at) {
  model::totals totals;
  totals.allocations = at["allocations"].count();
  totals.frees = at["frees"].count();
  totals.reallocations = at["reallocations"].count();
  totals.bytes_allocated = at["bytes_allocated"].count();
  totals.peak_bytes = at["peak_bytes"].number();
  totals.temporary = at["temporary"].count();
  totals.live_blocks = at["live_blocks"].number();
  totals.live_bytes = at["live_bytes"].number();
  totals.inherited_frees = at["inherited_frees"].count();
  return totals;
}

model::process process_at(const json_place& at) {
  model::process process;
  process.number = at["process"].count();
  process.parent = at["parent"].optional_count();
  process.pid = at["pid"].count<std::uint32_t>();
  process.capture = at["capture"].text();
  process.program = at["program"].text();
  at["command"].for_each(
      [&process](const json_place& each) { process.command.push_back(each.text()); });
  process.start_unix_ms = unix_ms_of(at["start"]);
  process.duration_ms = at["duration_ms"].optional_count();
  process.exit = exit_at(at["exit"]);
  process.quality = quality_at(at["quality"]);
  process.totals = totals_at(at["totals"]);
  process.heap = heap_at(at["heap"]);
  const json_place objects = at["objects"];
  if (!objects.is_null()) {
    process.objects = model::object_counts{objects["alive"].count(), objects["overdue"].count(),
                                           objects["dead"].count()};
  }
  return process;
}

model::rare<model::mismatch> mismatch_at(const json_place& at) {
  if (at.is_null()) {
    return std::nullopt;
  }
  model::mismatch mismatch;
  mismatch.kind = static_cast<model::mismatch_class>(
      at["class"].one_of({"family", "double_free", "foreign_free", "size", "alignment"}));
  mismatch.released_by = at["released_by"].text();
  mismatch.certain = at["certain"].flag();
  mismatch.size_given = at["size_given"].optional_count();
  mismatch.first_at_ms = at["first_at_ms"].optional_count();
  return mismatch;
}

std::optional<model::age> age_at(const json_place& at) {
  if (at.is_null()) {
    return std::nullopt;
  }
  return model::age{at["min"].optional_count(), at["median"].optional_count(),
                    at["max"].optional_count()};
}

std::string fingerprint_at(const json_place& at) {
  std::string digits = at.text();
  if (digits.size() != 16 || digits.find_first_not_of("0123456789abcdef") != std::string::npos) {
    at.refuse("a fingerprint");
  }
  return digits;
}

model::finding finding_at(const json_place& at, frame_pool& pool) {
  model::finding finding;
  finding.kind = static_cast<model::finding_kind>(at["kind"].one_of(
      {"lost", "cycle", "possibly_lost", "cache", "growth", "overdue", "mismatch", "survivor"}));
  finding.fingerprint = fingerprint_at(at["fingerprint"]);
  finding.weak = at["weak"].flag();
  finding.runtime = at["owner"].text() == "runtime";
  finding.proven = at["proven"].optional_flag().value_or(true);
  at["processes"].for_each(
      [&finding](const json_place& each) { finding.processes.push_back(each.count()); });
  finding.still = at["still"].optional_count();
  finding.title = at["title"].text();
  finding.type = at["type"].text();
  finding.label = at["label"].text();
  finding.tag = at["tag"].text();
  finding.test = at["test"].text();
  finding.tracked = at["tracked"].optional_flag().value_or(false);
  finding.overdue_ms = at["overdue_ms"].optional_count();
  finding.allocated_by = at["allocated_by"].text();
  finding.unloaded_module = at["unloaded_module"].text();
  finding.blocks = at["blocks"].count();
  finding.bytes = at["bytes"].count();
  finding.age_ms = age_at(at["age_ms"]);
  finding.suppressed = at["suppressed"].flag();
  finding.allocated = stack_at(at["stack"], pool);
  at["stacks"].for_each([&](const json_place& each) {
    finding.stacks.push_back({each["role"].text(), stack_at(each["frames"], pool)});
  });
  if (const auto blocks = at["retained_blocks"].optional_count()) {
    finding.retained = model::block_sum{*blocks, at["retained_bytes"].count()};
  }
  finding.mismatch = mismatch_at(at["mismatch"]);
  finding.cycle = cycle_at(at["cycle"]);
  finding.cache = cache_at(at["cache"]);
  finding.growth = growth_at(at["growth"]);
  finding.path = path_at(at["path"]);
  if (finding.kind == model::finding_kind::mismatch &&
      (!finding.mismatch || finding.stacks.empty())) {
    at.refuse("a whole mismatch");
  }
  return finding;
}

model::left_out left_out_at(const json_place& at) {
  model::left_out left;
  if (!at.is_null()) {
    left = {at["findings"].count(), at["blocks"].count(), at["bytes"].count(),
            at["faults"].optional_count().value_or(0)};
  }
  return left;
}

void check_identity(const json_place& at) {
  const std::string schema = at["schema"].text();
  if (schema == "libtrack.sites") {
    at["schema"].refuse("a report but an answer of `track sites`; write one by `track report`");
  }
  if (schema != "libtrack.report") {
    at["schema"].refuse("JSON of `track report`");
  }
  if (!at["by"].is_null() && at["by"].text() != "site") {
    at["by"].refuse("site: sums over several sites cannot be compared; write it without --by");
  }
  const std::uint64_t version = at["version"].count();
  if (version > newest_version) {
    at["version"].refuse("one that this track reads (up to " + std::to_string(newest_version) +
                         "); it was written by a newer one");
  }
  if (version == 0) {
    at["version"].refuse("a version");
  }
}

// Everything above the floor takes a report's processes as sorted, and its findings' as known.
void check_numbers(const json_place& at, const model::report& report) {
  const auto& all = report.processes;
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (all[i].number <= all[i - 1].number) {
      at["processes"].refuse("a list by ascending numbers");
    }
  }
  const auto check_process = [&](const char* what, std::uint64_t number) {
    const auto found = std::lower_bound(all.begin(), all.end(), number,
                                        [](const model::process& process, std::uint64_t wanted) {
                                          return process.number < wanted;
                                        });
    if (found == all.end() || found->number != number) {
      at[what].refuse("about its own processes: there is no " + std::to_string(number));
    }
  };
  for (const model::still& still : report.stills) {
    check_process("stills", still.process);
  }
  for (const model::finding& finding : report.findings) {
    for (const std::uint64_t number : finding.processes) {
      check_process("findings", number);
    }
    if (finding.still && *finding.still >= report.stills.size()) {
      at["findings"].refuse("of its own stills: there is no " + std::to_string(*finding.still));
    }
  }
}

model::report report_at(const json_place& at) {
  check_identity(at);
  model::report report;
  report.tool_version = at["tool"].text();
  report.growing = at["growing"].optional_flag().value_or(false);
  at["processes"].for_each(
      [&report](const json_place& each) { report.processes.push_back(process_at(each)); });
  frame_pool pool;
  at["findings"].for_each(
      [&](const json_place& each) { report.findings.push_back(finding_at(each, pool)); });
  at["stills"].for_each([&](const json_place& each) {
    report.stills.push_back(still_at(each));
    if (report.stills.back().number + 1 != report.stills.size()) {
      each["still"].refuse("its place in the list");
    }
  });
  report.suppressions = uses_at(at["suppressions"]);
  report.beyond_limit = left_out_at(at["left_out"]["beyond_limit"]);
  report.runtime = left_out_at(at["left_out"]["runtime"]);
  report.survivors = left_out_at(at["left_out"]["survivors"]);
  if (at["truncated"].flag() && report.beyond_limit.findings == 0) {
    at["left_out"].refuse("in accord with `truncated`");
  }
  check_numbers(at, report);
  return report;
}

error unreadable(const std::string& source, const std::string& why) {
  return {error_code::bad_input, "'" + source + "': " + why};
}

// Whether lists and objects of the text lie in each other deeper than any report's.
bool is_too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size() && depth <= deepest; ++i) {
    const char c = text[i];
    if (in_string) {
      i += c == '\\' ? 1 : 0;
      in_string = c != '"';
    } else {
      in_string = c == '"';
      depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
    }
  }
  return depth > deepest;
}

}  // namespace

bool looks_like_json(std::string_view head) {
  const std::size_t first = head.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && head[first] == '{';
}

result<model::report> read_report_json(std::string_view text, const std::string& source) {
  // The parser's own callback would do, but it looks through a list at the end of each item.
  const json document = is_too_deep(text) ? json(json::value_t::discarded)
                                          : json::parse(text.begin(), text.end(), nullptr, false);
  if (document.is_discarded()) {
    return unreadable(source, "is no JSON that track wrote: it is cut off or damaged");
  }
  try {
    return report_at(json_place(document));
  } catch (const misplaced_value& found) {
    return unreadable(source, found.what());
  }
}

}  // namespace track::reports
