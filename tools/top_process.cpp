// Counters of a running program, from its slot of the ledger.
#include <poll.h>

#include <algorithm>
#include <filesystem>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "libtrack/analysis/function_name.hpp"
#include "libtrack/ledger/reader.hpp"
#include "libtrack/ledger/slot_view.hpp"
#include "tools/collector/clock.hpp"
#include "tools/collector/process_probe.hpp"
#include "tools/collector/tracked_process.hpp"
#include "tools/names.hpp"
#include "tools/top_names.hpp"
#include "tools/top_source.hpp"

namespace track::tools {
namespace {

constexpr std::string_view growing_suffix = ".partial";
// Looks in a row that may find a living process between two slots, as in an exec.
constexpr int most_misses = 3;

class process_source final : public top_source {
 public:
  process_source(pid_t pid, tracked_process found)
      : pid_(pid), found_(std::move(found)), end_(open_process(pid)), names_(make_name_source({})) {
    const auto stat = read_process_stat(pid);
    start_ticks_ = stat ? stat->start_ticks : 0;
  }

  result<std::optional<top_moment>> look() override {
    if (!is_alive()) {
      return std::optional<top_moment>();
    }
    if (!is_live()) {
      find_again();
    }
    auto read = ledger::read_slot(found_.ledger.slot(found_.slot));
    auto* image = std::get_if<ledger::process_image>(&read);
    if (image == nullptr || image->start_ticks != start_ticks_) {
      return ++misses_ > most_misses ? std::nullopt : last_;
    }
    misses_ = 0;
    image_ = std::move(*image);
    last_ = moment();
    return last_;
  }

  std::string ending() const override {
    const std::string& evidence = found_.evidence;
    const std::string end = is_alive() ? "is not tracked any more" : "has ended";
    std::error_code failure;
    if (!evidence.ends_with(growing_suffix)) {
      return fmt::format("{} {}; its ledger is {}", pid_, end, evidence);
    }
    const std::string whole = evidence.substr(0, evidence.size() - growing_suffix.size());
    return std::filesystem::exists(evidence, failure)
               ? fmt::format("{} {}; its capture will be {}, until then {}", pid_, end, whole,
                             evidence)
               : fmt::format("{} {}; its capture is {}", pid_, end, whole);
  }

  int end_descriptor() const override { return end_.get(); }
  std::optional<pid_t> process() const override { return pid_; }

  std::vector<model::frame> places(std::span<const std::uint32_t> stacks) override {
    std::vector<address_stack> addresses;
    for (const std::uint32_t stack : stacks) {
      addresses.push_back(addresses_of(stack));
    }
    return names_.innermost(addresses);
  }

 private:
  // The main thread may be gone long before the others: the descriptor knows.
  bool is_alive() const {
    if (end_) {
      pollfd end = {end_.get(), POLLIN, 0};
      return ::poll(&end, 1, 0) <= 0;
    }
    const auto stat = read_process_stat(pid_);
    return stat && stat->start_ticks == start_ticks_ && stat->state != 'Z' && stat->state != 'X';
  }

  bool is_live() {
    const auto bytes = found_.ledger.slot(found_.slot);
    return bytes.size() >= sizeof(ledger::slot_header) &&
           ledger::load_record<ledger::slot_header>(bytes, 0).state ==
               static_cast<std::uint32_t>(ledger::slot_state::live);
  }

  // A program that became another one by exec has another slot.
  void find_again() {
    if (auto found = find_tracked_process(pid_)) {
      found_ = *std::move(found);
    }
  }

  top_moment moment() const {
    top_moment made;
    made.at_ms = mono_ms();
    const std::uint64_t end_ms = image_.end_mono_ms.value_or(made.at_ms);
    made.title = fmt::format("{} {}", pid_, analysis::file_name(image_.exe));
    made.run_ms = end_ms - std::min(end_ms, image_.start_mono_ms);
    made.peak_bytes = image_.peak_bytes;
    for (std::size_t i = 0; i < image_.sites.size(); ++i) {
      const ledger::site_image& site = image_.sites[i];
      // Images that follow one another by exec count their sites anew.
      made.sites.push_back({image_.process << 32 | i, site.node.value, site.allocations,
                            site.bytes_allocated, site.frees, site.bytes_freed});
    }
    return made;
  }

  address_stack addresses_of(std::uint32_t node) const {
    address_stack stack;
    for (std::uint32_t at = node; at != 0 && at < image_.nodes.size();
         at = image_.nodes[at].parent.value) {
      const ledger::node_image& frame = image_.nodes[at];
      const ledger::module_image& module = image_.modules[frame.module.value];
      stack.push_back({{module.path, module.build_id}, frame.address - module.load_bias});
    }
    return stack;
  }

  pid_t pid_;
  tracked_process found_;
  file_descriptor end_;
  top_names names_;
  std::uint64_t start_ticks_ = 0;
  int misses_ = 0;
  ledger::process_image image_;
  std::optional<top_moment> last_;
};

}  // namespace

result<std::unique_ptr<top_source>> watch_process(pid_t pid) {
  auto found = find_tracked_process(pid);
  if (!found) {
    return found.failure();
  }
  return std::unique_ptr<top_source>(std::make_unique<process_source>(pid, *std::move(found)));
}

}  // namespace track::tools
