#include "tools/collector/shared_ledger.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "libtrack/ledger/reader.hpp"
#include "tools/collector/clock.hpp"

namespace track::tools {
namespace {

using ledger::file_header;
using ledger::page_bytes;
using ledger::slot_header;
using ledger::slot_state;

constexpr std::uint64_t full_slot_bytes = 256u << 20;
constexpr std::uint64_t small_slot_bytes = 16u << 20;
constexpr std::uint32_t most_slots = 512;

struct ledger_size {
  std::uint64_t slot_bytes = full_slot_bytes;
  std::uint32_t slots = most_slots;
};

// Every tracked process maps one slot, and the file is as long as all of them: limits of address
// space and of file size must leave room for that.
ledger_size size_within_limits() {
  ledger_size size;
  rlimit space{};
  if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur / 8 < full_slot_bytes) {
    size.slot_bytes = small_slot_bytes;
  }
  rlimit file{};
  if (getrlimit(RLIMIT_FSIZE, &file) == 0 && file.rlim_cur != RLIM_INFINITY) {
    if (file.rlim_cur < page_bytes + 8 * size.slot_bytes) {
      size.slot_bytes = small_slot_bytes;
    }
    const std::uint64_t room = file.rlim_cur > page_bytes ? file.rlim_cur - page_bytes : 0;
    size.slots =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(most_slots, room / size.slot_bytes));
  }
  return size;
}

// The older kernels know neither flag nor sealing against execution.
file_descriptor make_memory_file() {
  constexpr unsigned no_exec_seal = 8;
  int number = memfd_create("track-ledger", MFD_CLOEXEC | MFD_ALLOW_SEALING | no_exec_seal);
  if (number < 0 && errno == EINVAL) {
    number = memfd_create("track-ledger", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  }
  return file_descriptor(number);
}

}  // namespace

result<shared_ledger> shared_ledger::create(const ledger_options& options) {
  const ledger_size size = size_within_limits();
  if (size.slots == 0) {
    return error{error_code::internal,
                 "the limit on file sizes (ulimit -f) leaves no room for the shared ledger of " +
                     std::to_string(size.slot_bytes >> 20) + " MiB; raise it"};
  }
  file_descriptor file = make_memory_file();
  const std::uint64_t bytes = page_bytes + size.slots * size.slot_bytes;
  if (!file || ftruncate(file.get(), static_cast<off_t>(bytes)) != 0 ||
      fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return file_error("cannot make the shared ledger", "memfd", errno, error_code::internal);
  }
  file_header header{};
  header.magic = ledger::file_magic;
  header.version = ledger::format_version;
  header.slot_count = size.slots;
  header.slot_bytes = size.slot_bytes;
  header.clock_ticking = 1;
  header.created_unix_ms = unix_ms();
  header.created_mono_ms = mono_ms();
  header.now_ms = static_cast<std::uint32_t>(header.created_mono_ms);
  header.mono_ms = header.created_mono_ms;
  header.collector_pid = static_cast<std::uint64_t>(getpid());
  header.depth_frames = options.depth_frames;
  header.record_args = options.record_args ? 1 : 0;
  header.exit_stills = options.exit_stills;
  header.graph_descriptor = options.graph_descriptor;
  header.graph_inode = options.graph_inode;
  if (pwrite(file.get(), &header, sizeof header, 0) != static_cast<ssize_t>(sizeof header)) {
    return file_error("cannot write the shared ledger", "memfd", errno, error_code::internal);
  }
  return map_header(std::move(file), "memfd");
}

result<shared_ledger> shared_ledger::open(const std::string& path) {
  file_descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!file) {
    return file_error("cannot open the ledger", path, errno);
  }
  auto made = map_header(std::move(file), path);
  if (made) {
    made->path_ = path;
  }
  return made;
}

result<shared_ledger> shared_ledger::map_header(file_descriptor file, const std::string& name) {
  struct stat status {};
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_size < static_cast<off_t>(page_bytes)) {
    return error{error_code::bad_input, name + ": this is no ledger: it is too short"};
  }
  void* page = mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (page == MAP_FAILED) {
    return file_error("cannot map the ledger", name, errno);
  }
  shared_ledger made;
  made.header_ = static_cast<file_header*>(page);
  // The reader judges by the length of its input; the pages behind the header are not touched.
  const auto checked = ledger::read_file_header(
      {static_cast<const std::byte*>(page), static_cast<std::size_t>(status.st_size)});
  if (const auto* failure = std::get_if<ledger::read_error>(&checked)) {
    return error{error_code::bad_input, name + ": " + failure->message};
  }
  const auto& header = std::get<file_header>(checked);
  made.file_ = std::move(file);
  made.inode_ = status.st_ino;
  made.slot_count_ = header.slot_count;
  made.slot_bytes_ = static_cast<std::size_t>(header.slot_bytes);
  made.slots_.resize(std::min<std::uint32_t>(header.slot_count, most_slots));
  made.slot_count_ = static_cast<std::uint32_t>(made.slots_.size());
  return made;
}

shared_ledger::shared_ledger(shared_ledger&& other) noexcept {
  *this = std::move(other);
}

shared_ledger& shared_ledger::operator=(shared_ledger&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(path_, other.path_);
  std::swap(header_, other.header_);
  std::swap(inode_, other.inode_);
  std::swap(slot_count_, other.slot_count_);
  std::swap(slot_bytes_, other.slot_bytes_);
  std::swap(slots_, other.slots_);
  return *this;
}

shared_ledger::~shared_ledger() {
  for (std::byte* slot : slots_) {
    if (slot != nullptr) {
      munmap(slot, slot_bytes_);
    }
  }
  if (header_ != nullptr) {
    munmap(header_, page_bytes);
  }
}

std::byte* shared_ledger::map_slot(std::uint32_t index) {
  if (index >= slot_count_) {
    return nullptr;
  }
  if (slots_[index] == nullptr) {
    void* address = mmap(nullptr, slot_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
                         file_.get(), static_cast<off_t>(page_bytes + index * slot_bytes_));
    slots_[index] = address == MAP_FAILED ? nullptr : static_cast<std::byte*>(address);
  }
  return slots_[index];
}

slot_state shared_ledger::state(std::uint32_t index) const {
  // Not through a mapping: a first touch would give the free slot's page memory.
  std::uint32_t state = 0;
  const std::uint64_t offset = page_bytes + index * slot_bytes_ + offsetof(slot_header, state);
  if (index >= slot_count_ ||
      pread(file_.get(), &state, sizeof state, static_cast<off_t>(offset)) != sizeof state) {
    return slot_state::free;
  }
  return state <= static_cast<std::uint32_t>(slot_state::ended) ? static_cast<slot_state>(state)
                                                                : slot_state::live;
}

std::uint32_t shared_ledger::next_with_memory(std::uint32_t index) const {
  if (index >= slot_count_) {
    return slot_count_;
  }
  const auto start = static_cast<off_t>(page_bytes + index * slot_bytes_);
  const off_t data = lseek(file_.get(), start, SEEK_DATA);
  if (data < start) {
    return errno == ENXIO ? slot_count_ : index;
  }
  const std::uint64_t found = (static_cast<std::uint64_t>(data) - page_bytes) / slot_bytes_;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(found, slot_count_));
}

std::span<const std::byte> shared_ledger::slot(std::uint32_t index) {
  return writable_slot(index);
}

std::span<std::byte> shared_ledger::writable_slot(std::uint32_t index) {
  std::byte* slot = map_slot(index);
  return slot == nullptr ? std::span<std::byte>{} : std::span(slot, slot_bytes_);
}

void shared_ledger::clear(std::uint32_t index) {
  std::byte* slot = map_slot(index);
  if (slot == nullptr) {
    return;
  }
  // All but the header's page first: the slot must not be free while anything of it remains. A page
  // that was given back reads as zero: free.
  const auto start = static_cast<off_t>(page_bytes + index * slot_bytes_);
  const auto give_back = [this](off_t from, std::size_t bytes) {
    return fallocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from,
                     static_cast<off_t>(bytes)) == 0;
  };
  give_back(start + static_cast<off_t>(page_bytes), slot_bytes_ - page_bytes);
  if (!give_back(start, page_bytes)) {
    auto* header = reinterpret_cast<slot_header*>(slot);
    constexpr std::size_t state_at = offsetof(slot_header, state);
    constexpr std::size_t behind = state_at + sizeof header->state;
    std::memset(slot, 0, state_at);
    std::memset(slot + behind, 0, page_bytes - behind);
    __atomic_store_n(&header->state, static_cast<std::uint32_t>(slot_state::free),
                     __ATOMIC_RELEASE);
  }
  munmap(slot, slot_bytes_);
  slots_[index] = nullptr;
}

void shared_ledger::tick(std::uint64_t now_ms) {
  __atomic_store_n(&header_->mono_ms, now_ms, __ATOMIC_RELAXED);
  __atomic_store_n(&header_->now_ms, static_cast<std::uint32_t>(now_ms), __ATOMIC_RELAXED);
}

void shared_ledger::set_ticking(bool ticking) {
  tick(mono_ms());
  if (!ticking) {
    __atomic_store_n(&header_->mono_ms, 0, __ATOMIC_RELAXED);
  }
  __atomic_store_n(&header_->clock_ticking, ticking ? 1u : 0u, __ATOMIC_RELEASE);
}

}  // namespace track::tools
