#include "tools/collector/process_end.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>

namespace track::tools {
namespace {

using capture::end_kind;
using capture::process_end;
using ledger::exit_path;
using ledger::loss;

void set_exited(process_end& end, int code) {
  end.kind = end_kind::exited;
  end.code = code & 0xff;
}

void set_signaled(process_end& end, int signal) {
  end.kind = end_kind::signaled;
  end.signal = signal;
}

void judge_by_hooks(const ledger::process_image& image, process_end& end) {
  switch (image.path) {
    case exit_path::exit:
    case exit_path::immediate_exit:
    case exit_path::quick_exit:
      set_exited(end, image.exit_code);
      break;
    case exit_path::abort:
      set_signaled(end, SIGABRT);
      break;
    default:
      end.kind = end_kind::unknown;
  }
}

}  // namespace

process_end end_of(const ledger::process_image& image, std::optional<int> wait_status,
                   std::optional<std::uint64_t> seen_end_ms, oom_watch& oom) {
  process_end end;
  if (image.path == exit_path::exec) {
    end.kind = end_kind::execed;
  } else if (wait_status && WIFEXITED(*wait_status)) {
    set_exited(end, WEXITSTATUS(*wait_status));
  } else if (wait_status && WIFSIGNALED(*wait_status)) {
    set_signaled(end, WTERMSIG(*wait_status));
  } else {
    judge_by_hooks(image, end);
  }
  if (end.kind == end_kind::signaled && end.signal == SIGKILL) {
    end.oom_killed = oom.killed_since();
  } else if (end.kind != end_kind::unknown) {
    end.oom_killed = false;
  }
  const auto ended_ms = image.end_mono_ms ? image.end_mono_ms : seen_end_ms;
  if (ended_ms && *ended_ms >= image.start_mono_ms) {
    end.duration_ms = *ended_ms - image.start_mono_ms;
  }
  return end;
}

bool is_incomplete(const ledger::process_image& image, const process_end& end) {
  constexpr loss harmless[] = {loss::truncated_depth, loss::truncated_unknown,
                               loss::truncated_memory, loss::threads_full, loss::no_stack_signal};
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(loss::count); ++i) {
    if (image.lost[i] != 0 &&
        std::ranges::find(harmless, static_cast<loss>(i)) == std::ranges::end(harmless)) {
      return true;
    }
  }
  return end.kind != end_kind::execed && (end.kind != end_kind::exited || !image.survivors_valid);
}

}  // namespace track::tools
