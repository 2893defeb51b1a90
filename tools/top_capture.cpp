// Counters of a capture, summed over its processes; of a growing one, by its checkpoints.
#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "libtrack/analysis/code_index.hpp"
#include "libtrack/analysis/function_name.hpp"
#include "libtrack/analysis/user_frames.hpp"
#include "libtrack/capture/reader.hpp"
#include "reports/format.hpp"
#include "tools/collector/clock.hpp"
#include "tools/names.hpp"
#include "tools/top_names.hpp"
#include "tools/top_source.hpp"

namespace track::tools {
namespace {

constexpr std::string_view growing_suffix = ".partial";
// Checkpoints come every 2 s; a program without new ones for longer does nothing.
constexpr std::uint64_t idle_ms = 6000;
// A file that its writer is busy with is read at the next look.
constexpr int most_failures = 5;

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
  return hash ^ hash >> 29;
}

// Numbers for sites that are the same however often the capture is read anew.
class site_numbers {
 public:
  explicit site_numbers(const capture::contents& all) : all_(all), stacks_(all.stacks.size()) {
    std::vector<std::uint64_t> modules;
    for (const capture::module_row& module : all.modules) {
      modules.push_back(std::hash<std::string>{}(module.path));
    }
    for (std::size_t i = 1; i < stacks_.size(); ++i) {
      const capture::frame_row& frame = all.frames[all.stacks[i].frame];
      stacks_[i] = mixed(mixed(stacks_[all.stacks[i].parent], modules[frame.module]), frame.offset);
    }
  }

  std::uint64_t of(std::uint32_t site) const {
    const capture::site_row& row = all_.sites[site];
    return site == 0 ? 0 : mixed(stacks_[row.stack], static_cast<std::uint64_t>(row.function) + 1);
  }

 private:
  const capture::contents& all_;
  std::vector<std::uint64_t> stacks_;
};

std::vector<top_counts> sum_sites(const capture::contents& all) {
  const site_numbers numbers(all);
  std::map<std::uint64_t, top_counts> sums;
  for (const capture::counter_row& row : all.counters) {
    const std::uint64_t number = numbers.of(row.site);
    top_counts& sum = sums[number];
    sum.site = number;
    sum.stack = all.sites[row.site].stack;
    sum.allocations += row.allocations;
    sum.bytes_allocated += row.bytes_allocated;
    sum.frees += row.frees;
    sum.bytes_freed += row.bytes_freed;
  }
  std::vector<top_counts> sites;
  for (const auto& [number, sum] : sums) {
    sites.push_back(sum);
  }
  return sites;
}

bool same_counts(const top_moment& one, const top_moment& other) {
  return std::equal(one.sites.begin(), one.sites.end(), other.sites.begin(), other.sites.end(),
                    [](const top_counts& left, const top_counts& right) {
                      return left.site == right.site && left.allocations == right.allocations &&
                             left.frees == right.frees &&
                             left.bytes_allocated == right.bytes_allocated;
                    });
}

// From the first start to the last that is known.
std::uint64_t run_ms(const capture::contents& all) {
  std::int64_t first = INT64_MAX;
  std::int64_t last = 0;
  for (const capture::process_row& process : all.processes) {
    const std::int64_t start = process.start_unix_ms.value_or(0);
    const auto lived = static_cast<std::int64_t>(process.end.duration_ms.value_or(process.seen_ms));
    first = std::min(first, start);
    last = std::max(last, start + lived);
  }
  return last > first ? static_cast<std::uint64_t>(last - first) : 0;
}

std::string title_of(const capture::contents& all, const std::string& path) {
  const std::string name(analysis::file_name(path));
  if (all.processes.size() != 1) {
    return fmt::format("{}: {} processes", name, all.processes.size());
  }
  const capture::process_row& only = all.processes.front();
  return fmt::format("{}: {} {}", name, only.pid, analysis::file_name(only.exe));
}

class capture_source final : public top_source {
 public:
  explicit capture_source(std::string path)
      : path_(std::move(path)), names_(make_name_source({})) {}

  result<std::optional<top_moment>> look() override {
    if (is_final_) {
      return std::optional<top_moment>();
    }
    auto read = read_capture();
    if (!read) {
      return last_ && ++failures_ <= most_failures ? result<std::optional<top_moment>>(last_)
                                                   : read.failure();
    }
    failures_ = 0;
    top_moment now = moment();
    if (last_ && same_counts(*last_, now) && now.at_ms - last_->at_ms < idle_ms) {
      now.at_ms = last_->at_ms;
    }
    last_ = now;
    return last_;
  }

  bool is_final() const override { return is_final_; }
  std::string ending() const override { return "the recording has ended: " + path_; }

  std::vector<model::frame> places(std::span<const std::uint32_t> stacks) override {
    return all_.named ? known_places(stacks) : looked_up_places(stacks);
  }

 private:
  // A growing capture takes its final name when it is whole.
  result<void> read_capture() {
    std::error_code failure;
    if (path_.ends_with(growing_suffix) && !std::filesystem::exists(path_, failure)) {
      const std::string whole = path_.substr(0, path_.size() - growing_suffix.size());
      path_ = std::filesystem::exists(whole, failure) ? whole : path_;
    }
    auto reader = capture::reader::open(path_);
    if (!reader) {
      return reader.failure();
    }
    auto all = reader->load();
    if (!all) {
      return all.failure();
    }
    all_ = *std::move(all);
    is_final_ = all_.complete || (!path_.ends_with(growing_suffix) && !somebody_runs());
    return all_.named ? result<void>() : read_build_ids(*reader);
  }

  bool somebody_runs() const {
    return std::any_of(all_.processes.begin(), all_.processes.end(),
                       [](const capture::process_row& process) {
                         return process.end.kind == capture::end_kind::running;
                       });
  }

  result<void> read_build_ids(capture::reader& reader) {
    build_ids_.assign(all_.modules.size(), {});
    capture::query_sink sink;
    sink.begin = [](const std::vector<std::string>&) {};
    sink.row = [this](const capture::query_row& row) {
      const std::size_t module = std::strtoull(row[0].text.c_str(), nullptr, 10);
      for (std::size_t i = 0; module < build_ids_.size() && i + 1 < row[1].text.size(); i += 2) {
        const std::string byte = row[1].text.substr(i, 2);
        build_ids_[module].push_back(
            static_cast<std::uint8_t>(std::strtoul(byte.c_str(), nullptr, 16)));
      }
      return true;
    };
    return reader.query("SELECT module, build_id FROM v1_modules WHERE build_id IS NOT NULL", sink);
  }

  top_moment moment() const {
    top_moment made;
    made.title = title_of(all_, path_);
    made.at_ms = mono_ms();
    made.run_ms = run_ms(all_);
    for (const capture::process_row& process : all_.processes) {
      made.peak_bytes = static_cast<std::int64_t>(static_cast<std::uint64_t>(made.peak_bytes) +
                                                  static_cast<std::uint64_t>(process.peak_bytes));
    }
    made.sites = sum_sites(all_);
    return made;
  }

  std::vector<model::frame> known_places(std::span<const std::uint32_t> stacks) const {
    analysis::code_index code(all_);
    std::vector<model::frame> places;
    for (const std::uint32_t stack : stacks) {
      const model::stack frames = code.stack(stack);
      const model::frame* primary = analysis::primary_frame(frames);
      places.push_back(primary == nullptr ? model::frame{} : *primary);
    }
    return places;
  }

  std::vector<model::frame> looked_up_places(std::span<const std::uint32_t> stacks) {
    std::vector<address_stack> addresses;
    for (const std::uint32_t stack : stacks) {
      address_stack& frames = addresses.emplace_back();
      std::uint32_t left = all_.depth_frames;
      for (std::uint32_t at = stack; at != 0 && left != 0; at = all_.stacks[at].parent, --left) {
        const capture::frame_row& frame = all_.frames[all_.stacks[at].frame];
        frames.push_back(
            {{all_.modules[frame.module].path, build_ids_[frame.module]}, frame.offset});
      }
    }
    return names_.innermost(addresses);
  }

  std::string path_;
  top_names names_;
  capture::contents all_;
  std::vector<std::vector<std::uint8_t>> build_ids_;  // of the modules
  std::optional<top_moment> last_;
  int failures_ = 0;
  bool is_final_ = false;
};

}  // namespace

result<std::unique_ptr<top_source>> watch_capture(const std::string& path) {
  return std::unique_ptr<top_source>(std::make_unique<capture_source>(path));
}

}  // namespace track::tools
