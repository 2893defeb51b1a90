#include "libtrack/runtime/attach.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <time.h>

#include "libtrack/base/syscall.hpp"
#include "libtrack/ledger/graph_format.hpp"
#include "libtrack/runtime/text.hpp"

namespace track::runtime {
namespace {

constexpr std::uint64_t limited_address_space = std::uint64_t{2} << 30;

bool failed(long result) {
  return result < 0 && result > -4096;
}

class descriptor {
 public:
  explicit descriptor(long number) : number_(number) {}
  ~descriptor() {
    if (valid()) {
      raw::call(SYS_close, number_);
    }
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  bool valid() const { return !failed(number_); }
  long number() const { return number_; }

 private:
  long number_;
};

std::byte* map_shared(long file, std::uint64_t offset, std::uint64_t size_bytes) {
  const long address =
      raw::call(SYS_mmap, 0L, static_cast<long>(size_bytes), PROT_READ | PROT_WRITE, MAP_SHARED,
                file, static_cast<long>(offset));
  return failed(address) ? nullptr : reinterpret_cast<std::byte*>(address);
}

void unmap(const void* address, std::uint64_t size_bytes) {
  raw::call(SYS_munmap, address, static_cast<long>(size_bytes));
}

std::uint32_t stripes_for_this_machine() {
  std::uint64_t cpus[16] = {};
  const long bytes = raw::call(SYS_sched_getaffinity, 0, sizeof cpus, reinterpret_cast<long>(cpus));
  unsigned count = 0;
  for (long word = 0; !failed(bytes) && word < bytes / 8; ++word) {
    count += static_cast<unsigned>(__builtin_popcountll(cpus[word]));
  }
  // One each, and one for all that have no number.
  return count == 0 || count + 1 > ledger::max_stripes ? ledger::max_stripes : count + 1;
}

ledger::capacities choose_capacities(std::uint64_t most_bytes) {
  rlimit64 address_space = {};
  const long got =
      raw::call(SYS_prlimit64, 0, RLIMIT_AS, 0, reinterpret_cast<long>(&address_space));
  ledger::capacities room;
  if (!failed(got) && address_space.rlim_cur < limited_address_space) {
    room = ledger::small_capacities();
  }
  room.stripes = stripes_for_this_machine();
  while (ledger::slot_bytes_for(room) > most_bytes && room.sites > 1024) {
    room.sites /= 2;
    room.nodes /= 2;
    room.frames /= 2;
    room.objects /= 2;
    room.name_bytes /= 2;
    room.caches /= 2;
  }
  return room;
}

struct ledger_address {
  std::uint64_t pid = 0;
  std::uint64_t file = 0;
  std::uint64_t inode = 0;
  const char* socket = "";
};

bool parse_address(const char* text, ledger_address& address) {
  const auto field = [&text](std::uint64_t& number) {
    return read_number(text, number) && *text++ == ':';
  };
  if (!field(address.pid) || !field(address.file) || !field(address.inode)) {
    return false;
  }
  address.socket = text;
  return true;
}

bool is_inode(long file, std::uint64_t inode) {
  struct stat status = {};
  return !failed(raw::call(SYS_fstat, file, reinterpret_cast<long>(&status))) &&
         status.st_ino == inode;
}

long open_by_path(const ledger_address& address, int mode) {
  char path[64];
  text_buffer(path, sizeof path)
      .add("/proc/")
      .add_number(address.pid)
      .add("/fd/")
      .add_number(address.file);
  return raw::call(SYS_open, path, mode | O_CLOEXEC);
}

// The collector sends its ledger and its graph pipe to whoever connects: for programs that gave up
// their user, their root directory or /proc. The one with this inode; negative: neither has it.
long receive_from_socket(const ledger_address& address, std::uint64_t inode) {
  const std::size_t name_bytes = strlen(address.socket);
  sockaddr_un name = {};
  if (name_bytes == 0 || name_bytes + 1 > sizeof name.sun_path) {
    return -1;
  }
  descriptor socket(raw::call(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) {
    return -1;
  }
  const timeval patience = {1, 0};
  raw::call(SYS_setsockopt, socket.number(), SOL_SOCKET, SO_RCVTIMEO,
            reinterpret_cast<long>(&patience), sizeof patience);
  name.sun_family = AF_UNIX;
  memcpy(name.sun_path + 1, address.socket, name_bytes);
  const auto length = static_cast<long>(offsetof(sockaddr_un, sun_path) + 1 + name_bytes);
  if (failed(raw::call(SYS_connect, socket.number(), reinterpret_cast<long>(&name), length))) {
    return -1;
  }
  char byte = 0;
  iovec data = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (failed(raw::call(SYS_recvmsg, socket.number(), reinterpret_cast<long>(&message),
                       MSG_CMSG_CLOEXEC))) {
    return -1;
  }
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) {
    return -1;
  }
  long found = -1;
  const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (std::size_t i = 0; i < count && i < 2; ++i) {
    int file = -1;
    memcpy(&file, CMSG_DATA(header) + i * sizeof file, sizeof file);
    if (found < 0 && is_inode(file, inode)) {
      found = file;
    } else {
      raw::call(SYS_close, static_cast<long>(file));
    }
  }
  return found;
}

bool is_ledger(const ledger::file_header& header, std::uint64_t file_bytes) {
  return header.magic == ledger::file_magic && header.version == ledger::format_version &&
         header.slot_bytes >= ledger::page_bytes && header.slot_bytes % ledger::page_bytes == 0 &&
         header.slot_count != 0 &&
         (file_bytes - ledger::page_bytes) / header.slot_bytes >= header.slot_count;
}

// Claims a free slot and maps it.
bool claim_slot(long file, slot_place& place) {
  struct stat status = {};
  if (failed(raw::call(SYS_fstat, file, reinterpret_cast<long>(&status))) ||
      static_cast<std::uint64_t>(status.st_size) < ledger::page_bytes) {
    return false;
  }
  if (place.file == nullptr) {
    place.file = reinterpret_cast<ledger::file_header*>(map_shared(file, 0, ledger::page_bytes));
  }
  if (place.file == nullptr ||
      !is_ledger(*place.file, static_cast<std::uint64_t>(status.st_size))) {
    return false;
  }
  const std::uint64_t stride = place.file->slot_bytes;
  const std::uint64_t start = __atomic_load_n(&place.file->next_process, __ATOMIC_RELAXED);
  for (std::uint32_t i = 0; i < place.file->slot_count; ++i) {
    const std::uint64_t index = (start + i) % place.file->slot_count;
    const std::uint64_t offset = ledger::page_bytes + index * stride;
    std::byte* page = map_shared(file, offset, ledger::page_bytes);
    if (page == nullptr) {
      return false;
    }
    auto expected = static_cast<std::uint32_t>(ledger::slot_state::free);
    const bool claimed =
        __atomic_compare_exchange_n(&reinterpret_cast<ledger::slot_header*>(page)->state, &expected,
                                    static_cast<std::uint32_t>(ledger::slot_state::claimed), false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
    if (claimed) {
      place.room = choose_capacities(stride);
      place.room.in_memory = true;
      place.mapped_bytes = ledger::slot_bytes_for(place.room);
      place.slot = map_shared(file, offset, place.mapped_bytes);
      if (place.slot == nullptr) {
        __atomic_store_n(&reinterpret_cast<ledger::slot_header*>(page)->state, 0, __ATOMIC_RELEASE);
      }
    }
    unmap(page, ledger::page_bytes);
    if (claimed) {
      return place.slot != nullptr;
    }
  }
  return false;
}

// Room on the disk for the whole file, in pieces, so that a full disk is met here and not by a
// store.
bool reserve(long file, std::uint64_t size_bytes) {
  constexpr std::uint64_t piece = std::uint64_t{4} << 20;
  for (std::uint64_t at = 0; at < size_bytes; at += piece) {
    const std::uint64_t part = size_bytes - at < piece ? size_bytes - at : piece;
    if (failed(raw::call(SYS_fallocate, file, 0, static_cast<long>(at), static_cast<long>(part)))) {
      return false;
    }
  }
  return true;
}

void own_file_path(const start_options& options, std::uint64_t pid, const char* suffix, char* path,
                   std::size_t room) {
  char program[4096];
  const long bytes = raw::call(SYS_readlink, "/proc/self/exe", reinterpret_cast<long>(program),
                               sizeof program - 1);
  program[failed(bytes) ? 0 : bytes] = 0;
  const char* name = strrchr(program, '/');
  text_buffer text(path, room);
  text.add(options.directory).add(options.directory[0] == 0 ? "" : "/");
  text.add(name == nullptr ? "program" : name + 1).add(".");
  text.add_number(pid).add(suffix);
}

}  // namespace

bool attach_to_collector(const char* description, slot_place& place) {
  ledger_address address;
  if (!parse_address(description, address)) {
    return false;
  }
  {
    descriptor file(open_by_path(address, O_RDWR));
    if (file.valid() && is_inode(file.number(), address.inode)) {
      return claim_slot(file.number(), place);
    }
  }
  descriptor file(receive_from_socket(address, address.inode));
  return file.valid() && claim_slot(file.number(), place);
}

long open_graph(const start_options& options, const ledger::file_header& file, std::uint32_t pid) {
  if (options.ledger[0] == 0) {
    char path[4096];
    own_file_path(options, pid, ".graph", path, sizeof path);
    return raw::call(SYS_open, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  }
  ledger_address address;
  if (file.graph_descriptor == 0 || !parse_address(options.ledger, address)) {
    return -ENOENT;
  }
  address.file = file.graph_descriptor;
  const long found = open_by_path(address, O_WRONLY);
  if (found >= 0 && is_inode(found, file.graph_inode)) {
    return found;
  }
  if (found >= 0) {
    raw::call(SYS_close, found);
  }
  return receive_from_socket(address, file.graph_inode);
}

bool create_own_ledger(const start_options& options, slot_place& place) {
  place.room = choose_capacities(std::uint64_t{30} << 20);
  const std::uint64_t slot_bytes = ledger::slot_bytes_for(place.room);
  const std::uint64_t file_bytes = ledger::page_bytes + slot_bytes;
  rlimit64 limit = {};
  const long got = raw::call(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, reinterpret_cast<long>(&limit));
  if (failed(got) || limit.rlim_cur < file_bytes) {
    return false;
  }
  char path[4096];
  own_file_path(options, static_cast<std::uint64_t>(raw::call(SYS_getpid)), ".ledger", path,
                sizeof path);
  descriptor file(
      raw::call(SYS_open, path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) {
    return false;
  }
  if (!reserve(file.number(), file_bytes)) {
    raw::call(SYS_unlink, path);
    return false;
  }
  place.mapped_bytes = slot_bytes;
  place.file =
      reinterpret_cast<ledger::file_header*>(map_shared(file.number(), 0, ledger::page_bytes));
  place.slot = map_shared(file.number(), ledger::page_bytes, slot_bytes);
  if (place.file == nullptr || place.slot == nullptr) {
    return false;
  }
  timespec wall = {};
  timespec steady = {};
  clock_gettime(CLOCK_REALTIME, &wall);
  clock_gettime(CLOCK_MONOTONIC, &steady);
  ledger::file_header& header = *place.file;
  header.version = ledger::format_version;
  header.slot_count = 1;
  header.slot_bytes = slot_bytes;
  header.created_unix_ms =
      static_cast<std::uint64_t>(wall.tv_sec * 1000 + wall.tv_nsec / 1'000'000);
  header.created_mono_ms =
      static_cast<std::uint64_t>(steady.tv_sec * 1000 + steady.tv_nsec / 1'000'000);
  std::uint64_t depth = 0;
  header.depth_frames = parse_number(options.depth, depth) && depth >= 1 && depth <= 128
                            ? static_cast<std::uint32_t>(depth)
                            : 64;
  header.record_args = options.record_args ? 1 : 0;
  header.exit_stills =
      1u << static_cast<unsigned>(ledger::graph::trigger::exit_end) | ledger::begin_when_large;
  __atomic_store_n(&header.magic, ledger::file_magic, __ATOMIC_RELEASE);
  reinterpret_cast<ledger::slot_header*>(place.slot)->state =
      static_cast<std::uint32_t>(ledger::slot_state::claimed);
  return true;
}

}  // namespace track::runtime
