#include "tools/collector/tracked_process.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>

#include "libtrack/ledger/slot_view.hpp"
#include "tools/collector/process_probe.hpp"

namespace track::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t most_map_bytes = 64u << 20;
constexpr std::string_view memory_file = "/memfd:track-ledger (deleted)";

// A mapping of a slot, by its line in /proc/PID/maps.
struct slot_mapping {
  std::uint64_t offset = 0;
  std::uint64_t inode = 0;
  std::string file;
};

std::optional<slot_mapping> parse_mapping(std::string_view line) {
  const std::size_t path = line.find('/');
  if (path == std::string_view::npos || line.find(" rw-s ") == std::string_view::npos) {
    return std::nullopt;
  }
  slot_mapping found;
  found.file = line.substr(path);
  if (found.file != memory_file && !found.file.ends_with(".ledger")) {
    return std::nullopt;
  }
  // address perms offset device inode path
  const std::size_t offset = line.find(" rw-s ") + 6;
  const std::size_t device = line.find(' ', offset) + 1;
  const std::size_t inode = line.find(' ', device) + 1;
  std::from_chars(line.data() + offset, line.data() + device, found.offset, 16);
  std::from_chars(line.data() + inode, line.data() + path, found.inode);
  // The file's first page is mapped, too.
  return found.offset >= ledger::page_bytes ? std::optional(found) : std::nullopt;
}

std::optional<slot_mapping> find_mapping(std::string_view maps) {
  for (std::size_t at = 0; at < maps.size();) {
    const std::size_t end = std::min(maps.find('\n', at), maps.size());
    if (const auto found = parse_mapping(maps.substr(at, end - at))) {
      return found;
    }
    at = end + 1;
  }
  return std::nullopt;
}

struct collector_files {
  file_descriptor ledger;
  std::string capture;  // growing
};

// What a process holds, if the ledger is among it.
std::optional<collector_files> look_into(const fs::path& process, std::uint64_t inode) {
  collector_files found;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(process / "fd", failure)) {
    const std::string target = fs::read_symlink(entry.path(), failure).string();
    struct stat status {};
    if (target == memory_file && stat(entry.path().c_str(), &status) == 0 &&
        status.st_ino == inode) {
      found.ledger = file_descriptor(open(entry.path().c_str(), O_RDWR | O_CLOEXEC));
    } else if (target.ends_with(".partial")) {
      found.capture = target;
    }
  }
  return found.ledger && !found.capture.empty() ? std::optional(std::move(found)) : std::nullopt;
}

std::optional<collector_files> find_collector(std::uint64_t inode) {
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator("/proc", failure)) {
    if (entry.path().filename().string().find_first_not_of("0123456789") == std::string::npos) {
      if (auto found = look_into(entry.path(), inode)) {
        return found;
      }
    }
  }
  return std::nullopt;
}

error untracked(pid_t pid, const std::string& why) {
  return {error_code::not_found, "process " + std::to_string(pid) + ": " + why};
}

}  // namespace

result<tracked_process> find_tracked_process(pid_t pid) {
  const auto maps = read_file("/proc/" + std::to_string(pid) + "/maps", most_map_bytes);
  const auto stat = read_process_stat(pid);
  if (!maps || !stat) {
    return untracked(pid, "there is no such process, or it is not ours to look at");
  }
  const auto mapping = find_mapping(*maps);
  if (!mapping) {
    return untracked(pid, "is not tracked; start it by `track run`");
  }
  std::string evidence = mapping->file;
  auto ledger = [&]() -> result<shared_ledger> {
    if (mapping->file != memory_file) {
      return shared_ledger::open(mapping->file);
    }
    auto files = find_collector(mapping->inode);
    if (!files) {
      return untracked(pid, "its collector is gone");
    }
    evidence = files->capture;
    return shared_ledger::of_descriptor(std::move(files->ledger), evidence);
  }();
  if (!ledger) {
    return ledger.failure();
  }
  // It maps the slots of all, and may have started within the same tick as the program.
  if (ledger->header().collector_pid == static_cast<std::uint64_t>(pid)) {
    return untracked(pid, "is the collector of tracked programs, itself not one");
  }
  const std::uint64_t slot = (mapping->offset - ledger::page_bytes) / ledger->header().slot_bytes;
  tracked_process found{*std::move(ledger), static_cast<std::uint32_t>(slot), evidence};
  const auto bytes = found.ledger.slot(found.slot);
  if (bytes.size() < sizeof(ledger::slot_header) ||
      ledger::load_record<ledger::slot_header>(bytes, 0).start_ticks != stat->start_ticks) {
    return untracked(pid, "is ending, or its ledger is not its own");
  }
  return found;
}

}  // namespace track::tools
