#include "tools/collector/process_probe.hpp"

#include <dirent.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

namespace track::tools {
namespace {

constexpr std::uint64_t proc_limit_bytes = 1 << 20;

std::string proc_text(const std::string& path) {
  auto text = read_file(path, proc_limit_bytes);
  return text ? *std::move(text) : std::string();
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() ? std::optional(value) : std::nullopt;
}

// A field of hexadecimal digits of a status file; 0: the file has none.
std::uint64_t signal_mask(const std::string& status, std::string_view field) {
  const std::size_t at = status.find(field);
  return at == std::string::npos ? 0
                                 : std::strtoull(status.c_str() + at + field.size(), nullptr, 16);
}

std::vector<std::string_view> fields_of(std::string_view text) {
  std::vector<std::string_view> fields;
  for (std::size_t at = text.find_first_not_of(" \t\n"); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(" \t\n", at), text.size());
    fields.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(" \t\n", end);
  }
  return fields;
}

// The number behind "KEY " at the start of a line.
std::optional<std::uint64_t> counter_in(std::string_view text, std::string_view key) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (line.starts_with(key) && line.size() > key.size() && line[key.size()] == ' ') {
      return number_of(line.substr(key.size() + 1));
    }
    at = end + 1;
  }
  return std::nullopt;
}

// The kernel's structure, first version; older headers lack it.
struct pidfd_exit_info {
  std::uint64_t mask;
  std::uint64_t cgroup_id;
  std::uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
  std::int32_t exit_code;
};
static_assert(sizeof(pidfd_exit_info) == 64);
constexpr std::uint64_t pidfd_info_exit = 1u << 3;
constexpr unsigned long pidfd_get_info = _IOWR(0xff, 11, pidfd_exit_info);

// memory.events of version 2, memory.oom_control of version 1; empty when neither is to be seen.
std::string find_oom_file() {
  const std::string groups = proc_text("/proc/self/cgroup");
  for (std::size_t at = 0; at < groups.size();) {
    const std::size_t end = std::min(groups.find('\n', at), groups.size());
    const std::string_view line(groups.data() + at, end - at);
    at = end + 1;
    const std::size_t controllers = line.find(':');
    const std::size_t path = line.find(':', controllers + 1);
    if (controllers == std::string_view::npos || path == std::string_view::npos) {
      continue;
    }
    const std::string_view name = line.substr(controllers + 1, path - controllers - 1);
    const std::string folder(line.substr(path + 1));
    std::string file;
    if (name.empty()) {
      file = "/sys/fs/cgroup" + folder + "/memory.events";
    } else if (name == "memory") {
      file = "/sys/fs/cgroup/memory" + folder + "/memory.oom_control";
    }
    if (!file.empty() && counter_in(proc_text(file), "oom_kill")) {
      return file;
    }
  }
  return {};
}

}  // namespace

std::optional<process_stat> read_process_stat(pid_t pid) {
  const std::string text = proc_text("/proc/" + std::to_string(pid) + "/stat");
  // The name may hold spaces and parentheses; the last parenthesis ends it.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) {
    return std::nullopt;
  }
  const auto fields = fields_of(std::string_view(text).substr(name_end + 1));
  if (fields.size() < 20) {
    return std::nullopt;
  }
  process_stat stat;
  stat.state = fields[0][0];
  stat.parent = static_cast<pid_t>(number_of(fields[1]).value_or(0));
  stat.start_ticks = number_of(fields[19]).value_or(0);
  if (stat.state == 'Z' && fields.size() >= 50) {
    if (const auto code = number_of(fields[49])) {
      stat.wait_status = static_cast<int>(*code);
    }
  }
  return stat;
}

file_descriptor open_process(pid_t pid) {
  return file_descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

std::optional<int> exit_status_of(int process_descriptor) {
  pidfd_exit_info info{};
  info.mask = pidfd_info_exit;
  if (process_descriptor < 0 || ioctl(process_descriptor, pidfd_get_info, &info) != 0 ||
      (info.mask & pidfd_info_exit) == 0) {
    return std::nullopt;
  }
  return info.exit_code;
}

std::optional<pid_t> find_in_namespaces(pid_t inner_pid, std::uint64_t start_ticks) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc"), closedir);
  while (const dirent* entry = folder ? readdir(folder.get()) : nullptr) {
    const auto pid = number_of(entry->d_name);
    if (!pid) {
      continue;
    }
    const auto stat = read_process_stat(static_cast<pid_t>(*pid));
    if (!stat || stat->start_ticks != start_ticks) {
      continue;
    }
    const std::string status = proc_text("/proc/" + std::string(entry->d_name) + "/status");
    const std::size_t line = status.find("\nNSpid:");
    if (line == std::string::npos) {
      continue;
    }
    const std::string_view rest = std::string_view(status).substr(line + 7);
    const auto pids = fields_of(rest.substr(0, rest.find('\n')));
    if (!pids.empty() && number_of(pids.back()) == static_cast<std::uint64_t>(inner_pid)) {
      return static_cast<pid_t>(*pid);
    }
  }
  return std::nullopt;
}

bool descends_from(pid_t pid, pid_t ancestor) {
  for (int steps = 0; pid > 0 && steps < 256; ++steps) {
    if (pid == ancestor) {
      return true;
    }
    const auto stat = read_process_stat(pid);
    pid = stat ? stat->parent : 0;
  }
  return false;
}

bool takes_signal(pid_t pid, int signal) {
  const std::uint64_t bit = std::uint64_t{1} << (signal - 1);
  const std::string folder = "/proc/" + std::to_string(pid);
  if ((signal_mask(proc_text(folder + "/status"), "\nSigCgt:") & bit) == 0) {
    return false;
  }
  std::error_code ignored;
  const std::filesystem::directory_iterator threads(folder + "/task", ignored);
  return std::ranges::any_of(threads, [bit](const std::filesystem::directory_entry& thread) {
    const std::string status = proc_text(thread.path().string() + "/status");
    return !status.empty() && (signal_mask(status, "\nSigBlk:") & bit) == 0;
  });
}

oom_watch::oom_watch() : group_file_(find_oom_file()) {
  if (!group_file_.empty()) {
    group_kills_ = counter_in(proc_text(group_file_), "oom_kill");
  }
  machine_kills_ = counter_in(proc_text("/proc/vmstat"), "oom_kill");
}

void oom_watch::begin_round(std::size_t killed) {
  verdict_.emplace();
  if (killed == 0) {
    return;
  }
  const auto rise = [](std::optional<std::uint64_t>& known, const std::string& file) {
    const auto now = counter_in(proc_text(file), "oom_kill");
    const std::uint64_t more = known && now && *now > *known ? *now - *known : 0;
    known = now;
    return more;
  };
  const std::uint64_t machine = rise(machine_kills_, "/proc/vmstat");
  const std::uint64_t group = group_file_.empty() ? 0 : rise(group_kills_, group_file_);
  if (group >= killed) {
    verdict_ = true;
  } else if (machine == 0 && group == 0 && machine_kills_) {
    verdict_ = false;
  }
  // Else some of them, or somebody in a group below ours that we do not see.
}

std::optional<bool> oom_watch::killed_since() {
  if (!verdict_) {
    begin_round(1);
  }
  return *verdict_;
}

}  // namespace track::tools
