#include "tools/evidence.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include <glob.h>

#include "libtrack/analysis/charts.hpp"
#include "libtrack/analysis/merge.hpp"
#include "libtrack/support/files.hpp"
#include "libtrack/support/text.hpp"
#include "reports/lead_text.hpp"
#include "reports/read_json.hpp"
#include "tools/console.hpp"
#include "tools/names.hpp"

namespace track::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t most_json_bytes = 256u << 20;

error bad_input(std::string message) {
  return {error_code::bad_input, std::move(message)};
}

std::vector<std::string> files_in(const std::string& folder, std::string_view suffix) {
  std::error_code failure;
  std::vector<std::string> found;
  for (fs::directory_iterator each(folder, failure); !failure && each != fs::directory_iterator();
       each.increment(failure)) {
    std::error_code ignored;
    if (each->path().filename().string().ends_with(suffix) && each->is_regular_file(ignored)) {
      found.push_back(each->path().string());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

// Ledgers only where no capture is: `track collect` leaves both, and they tell the same.
result<std::vector<std::string>> captures_in(const std::string& folder) {
  std::error_code failure;
  const fs::directory_iterator readable(folder, failure);
  if (failure) {
    return bad_input("'" + folder + "': " + failure.message());
  }
  std::vector<std::string> found = files_in(folder, ".track");
  const std::vector<std::string> growing = files_in(folder, ".track.partial");
  found.insert(found.end(), growing.begin(), growing.end());
  if (found.empty()) {
    found = files_in(folder, ".ledger");
  }
  if (found.empty()) {
    return bad_input("'" + folder + "': no captures (*.track) and no ledgers are in it");
  }
  return found;
}

std::vector<std::string> matches_of(const std::string& pattern) {
  glob_t matched = {};
  std::vector<std::string> found;
  if (glob(pattern.c_str(), GLOB_NOCHECK | GLOB_NOSORT, nullptr, &matched) == 0) {
    found.assign(matched.gl_pathv, matched.gl_pathv + matched.gl_pathc);
  }
  globfree(&matched);
  std::sort(found.begin(), found.end());
  return found;
}

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool is_json(const std::string& path) {
  const file_descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status = {};
  char head[64];
  if (!file || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return false;
  }
  const ssize_t size = read(file.get(), head, sizeof head);
  return size > 0 && reports::looks_like_json({head, static_cast<std::size_t>(size)});
}

struct read_report {
  model::report report;
  bool can_be_asked = true;
  model::charts charts = {};
};

result<read_report> read_json(const std::string& path, const taking& how) {
  const auto text = read_file(path, most_json_bytes);
  if (!text) {
    return text.failure();
  }
  auto report = reports::read_report_json(*text, path);
  if (!report) {
    return report.failure();
  }
  if (how.places != nullptr) {
    analysis::map_sources(*report, *how.places);
  }
  if (how.suppressions != nullptr) {
    how.suppressions->apply(*report);
  }
  return read_report{*std::move(report), false};
}

error in_file(const std::string& path, const error& failure) {
  return {failure.code, path + ": " + failure.message};
}

result<read_report> read_one(const named_capture& named, const taking& how) {
  if (!named.path.empty() && is_json(named.path)) {
    return read_json(named.path, how);
  }
  auto opened = open_capture(named.path);
  if (!opened) {
    return opened.failure();
  }
  auto all = opened->reader.load();
  if (!all) {
    return all.failure();
  }
  if (how.places != nullptr) {
    analysis::map_sources(*all, *how.places);
  }
  if (how.suppressions != nullptr) {
    const auto added = how.suppressions->add(all->default_suppressions, "");
    if (!added) {
      return in_file(named.path, {error_code::bad_input, added.failure().message});
    }
    // A program's mistake is no damage of the capture.
    if (const auto own = how.suppressions->add(all->program_suppressions, ""); !own) {
      complain("the program's own suppressions: " + own.failure().message);
    }
  }
  const auto series = opened->reader.load_series();
  if (!series) {
    return series.failure();
  }
  auto report = analysis::gather_report(*all, {.suppressions = how.suppressions,
                                               .graphs = graphs_of(opened->reader),
                                               .still = named.still,
                                               .retained = how.retained,
                                               .typed = how.typed,
                                               .objects = how.objects,
                                               .series = &*series,
                                               .all_containers = how.all_containers});
  if (!report) {
    return in_file(named.path, report.failure());
  }
  read_report read{*std::move(report), true};
  if (how.charts) {
    read.charts = analysis::make_charts(*all, *series);
  }
  return read;
}

}  // namespace

result<std::string> default_capture() {
  std::error_code ignored;
  std::string newest;
  fs::file_time_type newest_time = fs::file_time_type::min();
  for (const std::string& path : files_in(".", ".track")) {
    const fs::file_time_type time = fs::last_write_time(path, ignored);
    if (newest.empty() || time > newest_time) {
      newest = fs::path(path).filename().string();
      newest_time = time;
    }
  }
  if (newest.empty()) {
    return error{error_code::usage,
                 "no capture named and no *.track here; make one with `track run PROGRAM`"};
  }
  return newest;
}

result<opened_capture> open_capture(const std::string& path) {
  std::string name = path;
  if (name.empty()) {
    auto newest = default_capture();
    if (!newest) {
      return newest.failure();
    }
    name = *std::move(newest);
  }
  auto opened = capture::reader::open(name);
  if (!opened) {
    return opened.failure();
  }
  if (!opened->named()) {
    const auto names = make_name_source({});
    if (const auto done = opened->name(*names); !done) {
      return done.failure();
    }
  }
  return opened_capture{std::move(name), *std::move(opened)};
}

result<loaded_capture> load_capture(const std::string& path) {
  auto opened = open_capture(path);
  if (!opened) {
    return opened.failure();
  }
  auto all = opened->reader.load();
  if (!all) {
    return all.failure();
  }
  return loaded_capture{std::move(opened->path), *std::move(all)};
}

analysis::graph_source graphs_of(capture::reader& reader) {
  return [&reader](std::uint64_t still) -> result<analysis::still_graph> {
    auto graph = reader.load_graph(still);
    if (!graph) {
      return graph.failure();
    }
    auto names = reader.load_heap_names(*graph);
    if (!names) {
      return names.failure();
    }
    return analysis::still_graph{*std::move(graph), *std::move(names)};
  };
}

result<named_capture> parse_capture_name(const std::string& name) {
  std::error_code ignored;
  const std::size_t at = name.rfind('@');
  if (at == std::string::npos || fs::exists(fs::symlink_status(name, ignored))) {
    return named_capture{name, {}};
  }
  const auto still = analysis::parse_still_choice(std::string_view(name).substr(at + 1));
  if (!still) {
    return still.failure();
  }
  return named_capture{name.substr(0, at), *still};
}

result<std::vector<named_capture>> find_captures(const std::vector<std::string>& names) {
  std::vector<named_capture> found;
  std::set<std::string> known;
  const auto add = [&](const std::string& path, const analysis::still_choice& still) {
    std::error_code failure;
    const fs::path canonical = fs::canonical(path, failure);
    if (known.insert(failure ? path : canonical.string()).second) {
      found.push_back({path, still});
    }
  };
  for (const std::string& name : names) {
    auto named = parse_capture_name(name);
    if (!named) {
      return named.failure();
    }
    if (named->path.empty()) {
      auto newest = default_capture();
      if (!newest) {
        return newest.failure();
      }
      named->path = *std::move(newest);
    }
    std::error_code ignored;
    const bool literal = fs::exists(fs::symlink_status(named->path, ignored));
    for (const std::string& path : literal ? std::vector{named->path} : matches_of(named->path)) {
      if (!is_folder(path)) {
        add(path, named->still);
        continue;
      }
      const auto inside = captures_in(path);
      if (!inside) {
        return inside.failure();
      }
      for (const std::string& each : *inside) {
        add(each, named->still);
      }
    }
  }
  return found;
}

result<std::string> read_named_file(const std::string& option, const std::string& path) {
  constexpr std::uint64_t most_bytes = 64u << 20;
  auto text = read_file(path, most_bytes);
  if (text) {
    return text;
  }
  struct stat info = {};
  const bool missing = stat(path.c_str(), &info) != 0 && (errno == ENOENT || errno == ENOTDIR);
  return error{missing ? error_code::usage : error_code::bad_input,
               option + ": " + text.failure().message};
}

result<analysis::suppression_set> read_suppressions(const std::vector<std::string>& files) {
  const std::time_t now = std::time(nullptr);
  std::tm parts = {};
  gmtime_r(&now, &parts);
  char today[16];
  std::strftime(today, sizeof today, "%Y-%m-%d", &parts);
  analysis::suppression_set set(today);
  for (const std::string& file : files) {
    const auto text = read_named_file("--suppressions", file);
    if (!text) {
      return text.failure();
    }
    if (const auto added = set.add(*text, file); !added) {
      return added.failure();
    }
  }
  return set;
}

result<std::vector<named_capture>> newest_capture() {
  auto newest = default_capture();
  if (!newest) {
    return newest.failure();
  }
  return std::vector{named_capture{*std::move(newest), {}}};
}

result<evidence> gather_evidence(const std::vector<std::string>& names, const taking& how) {
  auto found = names.empty() ? newest_capture() : find_captures(names);
  if (!found) {
    return found.failure();
  }
  const std::vector<named_capture> captures = *std::move(found);
  evidence all;
  all.files = captures.size();
  all.name = captures.size() == 1 || names.size() != 1 ? captures.front().path : names.front();
  if (captures.size() > 1 && names.size() > 1) {
    all.name += " and " + std::to_string(captures.size() - 1) + " more";
  }
  all.page.name = all.name;
  all.page.source_root = how.embed_source ? how.places->root : "";
  analysis::report_merger merger;
  for (const named_capture& each : captures) {
    const std::string& path = each.path;
    auto one = read_one(each, how);
    if (!one) {
      return one.failure();
    }
    analysis::locate_findings(one->report,
                              how.places != nullptr ? *how.places : analysis::source_places{});
    if (how.each) {
      how.each(one->report, path);
    }
    all.can_be_asked = captures.size() == 1 && one->can_be_asked;
    analysis::add_charts(all.page.charts, std::move(one->charts),
                         captures.size() == 1 ? std::string() : path);
    if (captures.size() == 1) {
      all.report = std::move(one->report);
    } else {
      merger.add(std::move(one->report), path);
    }
  }
  if (captures.size() != 1) {
    all.report = merger.take();
  }
  if (all.can_be_asked) {
    all.page.capture = reports::shell_word(escape_control(captures.front().path));
  }
  if (how.suppressions != nullptr) {
    all.report.suppressions = how.suppressions->uses();
  }
  return all;
}

result<evidence> report_on(const std::vector<std::string>& names,
                           const analysis::report_options& wanted, const taking& how) {
  auto all = gather_evidence(names, how);
  if (all) {
    analysis::arrange_report(all->report, wanted);
  }
  return all;
}

}  // namespace track::tools
