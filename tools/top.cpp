#include <poll.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "libtrack/support/units.hpp"
#include "tools/collector/clock.hpp"
#include "tools/collector/program_start.hpp"
#include "tools/commands.hpp"
#include "tools/console.hpp"
#include "tools/still_taking.hpp"
#include "tools/terminal.hpp"
#include "tools/top_source.hpp"
#include "tools/top_view.hpp"

namespace track::tools {
namespace {

constexpr std::size_t shown_by_default = 20;
constexpr int still_look_ms = 50;
constexpr std::uint64_t longest_wait_ms = 1u << 30;

struct top_options {
  std::string target;
  std::string every = "1s";
  std::uint64_t every_ms = 0;
  std::string sort = "bytes";
  std::uint64_t iterations = 0;  // 0: not given
  std::uint64_t limit = shown_by_default;
};

top_order order_of(const std::string& name) {
  return name == "blocks"   ? top_order::blocks
         : name == "growth" ? top_order::growth
         : name == "rate"   ? top_order::rate
                            : top_order::bytes;
}

// The last two moments and what is seen of them.
class top_state {
 public:
  top_state(top_source& source, top_order by) : source_(source), by_(by) {}

  // False: what is watched has ended.
  result<bool> look() {
    auto seen = source_.look();
    if (!seen) {
      return seen.failure();
    }
    if (!*seen) {
      return false;
    }
    top_moment now = **std::move(seen);
    if (!now_ || now.at_ms != now_->at_ms) {
      before_ = std::exchange(now_, std::move(now));
      table_ = make_table(*now_, before_ ? &*before_ : nullptr);
    } else {
      now_ = std::move(now);
    }
    sort_rows(table_.rows, by_);
    return true;
  }

  void sort(top_order by) {
    by_ = by;
    first_ = 0;
    sort_rows(table_.rows, by_);
  }
  void scroll(int rows) {
    const auto last = static_cast<std::int64_t>(table_.rows.size()) - 1;
    first_ = static_cast<std::size_t>(std::clamp<std::int64_t>(
        static_cast<std::int64_t>(first_) + rows, 0, std::max<std::int64_t>(last, 0)));
  }
  void say(std::string message) { message_ = std::move(message); }

  std::vector<std::string> lines(const top_extent& extent, std::size_t most_rows, bool keys) {
    first_ = std::min(first_, table_.rows.empty() ? 0 : table_.rows.size() - 1);
    const std::size_t rows =
        std::min({rows_that_fit(extent), most_rows, table_.rows.size() - first_});
    std::vector<std::uint32_t> stacks;
    for (std::size_t i = 0; i < rows; ++i) {
      stacks.push_back(table_.rows[first_ + i].stack);
    }
    const top_heading heading{now_ ? now_->title : "", now_ ? now_->run_ms : 0, by_, message_,
                              keys};
    return render_top(heading, table_, first_, source_.places(stacks), extent);
  }

 private:
  top_source& source_;
  top_order by_;
  std::optional<top_moment> before_;
  std::optional<top_moment> now_;
  top_table table_;
  std::size_t first_ = 0;  // row
  std::string message_;
};

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    text += line + "\n";
  }
  return text;
}

// Waits for the end of what is watched, or the time.
void wait_for(const top_source& source, std::uint64_t ms) {
  pollfd end = {source.end_descriptor(), POLLIN, 0};
  ::poll(&end, 1, static_cast<int>(ms));
}

// `state` has seen its first moment.
result<void> print_tables(top_source& source, top_state& state, const top_options& options) {
  const std::uint64_t count = std::max<std::uint64_t>(options.iterations, 1);
  const std::size_t most = options.limit == 0 ? SIZE_MAX : options.limit;
  for (std::uint64_t i = 1;; ++i) {
    const std::string text = (i == 1 ? "" : "\n") + joined(state.lines({}, most, false));
    if (auto written = write_output("", text); !written || source.is_final() || i == count) {
      return written;
    }
    wait_for(source, options.every_ms);
    const auto running = state.look();
    if (!running) {
      return running.failure();
    }
    if (!*running) {
      return write_output("", source.ending() + "\n");
    }
  }
}

// A still that is being taken, on a thread of its own.
class still_in_progress {
 public:
  ~still_in_progress() { given_up_ = true; }  // the future waits

  bool is_running() const { return taken_.valid(); }
  void begin(pid_t pid) {
    taken_ = std::async(std::launch::async, [this, pid] { return take_still(pid, given_up_); });
  }
  // What became of it, once.
  std::optional<std::string> outcome() {
    if (!taken_.valid() || taken_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      return std::nullopt;
    }
    const result<taken_still> done = taken_.get();
    return done ? fmt::format("still {} is taken: track why WHAT {}@{}", done->number,
                              done->capture, done->number)
                : done.failure().message;
  }

 private:
  std::atomic<bool> given_up_ = false;
  std::future<result<taken_still>> taken_;
};

class live_view {
 public:
  // `state` has seen its first moment.
  live_view(top_source& source, top_state& state, const top_options& options)
      : source_(source), state_(state), options_(options) {}

  result<void> run() {
    auto opened = terminal::open();
    if (!opened) {
      return opened.failure();
    }
    screen_ = *std::move(opened);
    const auto done = watch();
    const top_extent extent = extent_now();
    screen_->leave();
    if (done && ended_) {
      state_.say("");
      const std::size_t rows = rows_that_fit({extent.columns, extent.lines - 1});
      const auto written = write_output(
          "", joined(state_.lines({extent.columns, 0}, rows, false)) + source_.ending() + "\n");
      return written;
    }
    if (ended_by_ != 0 && ended_by_ != SIGINT) {
      end_by_signal(ended_by_);
    }
    return done;
  }

 private:
  top_extent extent_now() const {
    const screen_size size = screen_->size();
    return {size.columns, std::max<std::size_t>(size.lines, 2)};
  }

  // Until it is left or what is watched has ended.
  result<void> watch() {
    std::uint64_t due_ms = mono_ms() + options_.every_ms;
    while (!left_ && !ended_) {
      if (mono_ms() >= due_ms) {
        due_ms = mono_ms() + options_.every_ms;
        const auto running = state_.look();
        if (!running) {
          return running.failure();
        }
        ended_ = !*running || source_.is_final();
      }
      if (const auto outcome = still_.outcome()) {
        state_.say(*outcome);
      }
      if (auto drawn = screen_->draw(state_.lines(extent_now(), SIZE_MAX, true)); !drawn) {
        return drawn;
      }
      if (!ended_ && !wait_until(due_ms)) {
        due_ms = 0;
      }
    }
    return {};
  }

  // False: it is time to look though nothing is due.
  bool wait_until(std::uint64_t due_ms) {
    const std::uint64_t now_ms = mono_ms();
    std::uint64_t left_ms = due_ms > now_ms ? due_ms - now_ms : 0;
    if (still_.is_running()) {
      left_ms = std::min<std::uint64_t>(left_ms, still_look_ms);
    }
    const terminal_events events =
        screen_->wait(source_.end_descriptor(), static_cast<int>(left_ms));
    for (const char key : events.keys) {
      press(key);
    }
    ended_by_ = events.ended_by;
    left_ = left_ || events.closed || events.ended_by != 0;
    return !events.other;
  }

  void press(char key) {
    switch (key) {
      case 'b':
        return state_.sort(top_order::bytes);
      case 'k':
        return state_.sort(top_order::blocks);
      case 'g':
        return state_.sort(top_order::growth);
      case 'r':
        return state_.sort(top_order::rate);
      case key_up:
        return state_.scroll(-1);
      case key_down:
        return state_.scroll(1);
      case 's':
        return begin_still();
      case 'q':
        left_ = true;
        return;
      default:
        return;
    }
  }

  void begin_still() {
    const std::optional<pid_t> pid = source_.process();
    if (!pid) {
      state_.say("stills are taken of a program: track top PID");
    } else if (!still_.is_running()) {
      state_.say("taking a still ...");
      still_.begin(*pid);
    }
  }

  top_source& source_;
  top_state& state_;
  const top_options& options_;
  std::unique_ptr<terminal> screen_;
  still_in_progress still_;  // ends before the terminal's signals are given back
  bool left_ = false;
  bool ended_ = false;
  int ended_by_ = 0;
};

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

result<std::unique_ptr<top_source>> watch(const std::string& target) {
  if (!is_number(target)) {
    return watch_capture(target);
  }
  const std::uint64_t pid = target.size() > 9 ? 0 : std::strtoull(target.c_str(), nullptr, 10);
  if (pid == 0) {
    return error{error_code::usage, "'" + target + "' is no number of a process"};
  }
  return watch_process(static_cast<pid_t>(pid));
}

result<void> top(top_options& options) {
  const auto every = parse_duration_ms(options.every);
  if (!every || *every == 0) {
    return error{error_code::usage,
                 "--every: " + (every ? "0 is no pause; try 1s" : every.failure().message)};
  }
  options.every_ms = std::min(*every, longest_wait_ms);
  auto source = watch(options.target);
  if (!source) {
    return source.failure();
  }
  top_state state(**source, order_of(options.sort));
  const auto running = state.look();
  if (!running) {
    return running.failure();
  }
  if (!*running) {
    return error{error_code::not_found, (*source)->ending()};
  }
  if (options.iterations != 0 || (*source)->is_final() || !is_terminal()) {
    return print_tables(**source, state, options);
  }
  return live_view(**source, state, options).run();
}

}  // namespace

void add_top_command(CLI::App& app, int& status) {
  auto options = std::make_shared<top_options>();
  CLI::App* command =
      app.add_subcommand("top", "Watch the sites of a running program, or of a growing capture");
  command->add_option("PID|CAPTURE", options->target, "a tracked process, or a capture")
      ->required();
  command->add_option("--every", options->every, "pause between two looks (default: 1s)")
      ->type_name("DURATION");
  command->add_option("--sort", options->sort, "bytes, blocks, growth or rate")
      ->check(CLI::IsMember({"bytes", "blocks", "growth", "rate"}));
  command
      ->add_option("--iterations", options->iterations,
                   "print so many tables as text and end; 1 where the output is no terminal")
      ->check(CLI::PositiveNumber);
  command->add_option("--limit", options->limit, "rows of a printed table (default: 20; 0: all)");
  command->footer(
      "On a terminal: b bytes, k blocks, g growth, r rate: sort; s takes a still; q quits.\n"
      "Example: track top 4242 --every 5s");
  command->callback([options, &status] {
    const auto done = top(*options);
    status = done ? 0 : complain(done.failure());
  });
}

}  // namespace track::tools
