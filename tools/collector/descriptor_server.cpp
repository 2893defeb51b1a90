#include "tools/collector/descriptor_server.hpp"

#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace track::tools {
namespace {

std::string fresh_name() {
  std::uint64_t random = 0;
  if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random) {
    random = static_cast<std::uint64_t>(getpid());
  }
  char name[64];
  std::snprintf(name, sizeof name, "libtrack-%d-%016llx", getpid(),
                static_cast<unsigned long long>(random));
  return name;
}

constexpr std::size_t most_descriptors = 2;

bool send_descriptors(int connection, std::span<const int> descriptors) {
  const std::size_t bytes = std::min(descriptors.size(), most_descriptors) * sizeof(int);
  char letter = 'L';
  iovec part{&letter, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(most_descriptors * sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = CMSG_SPACE(bytes);
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(bytes);
  std::memcpy(CMSG_DATA(rights), descriptors.data(), bytes);
  return sendmsg(connection, &header, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

}  // namespace

descriptor_server::descriptor_server() {
  file_descriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = fresh_name();
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (listener && bind(listener.get(), reinterpret_cast<sockaddr*>(&address), length) == 0 &&
      listen(listener.get(), SOMAXCONN) == 0) {
    listener_ = std::move(listener);
    name_ = name;
  }
}

void descriptor_server::serve(std::span<const int> descriptors,
                              const std::function<bool(pid_t)>& is_known) {
  while (listener_) {
    const file_descriptor connection(
        accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!connection) {
      return;
    }
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
        (peer.uid == geteuid() || is_known(peer.pid))) {
      send_descriptors(connection.get(), descriptors);
    }
  }
}

}  // namespace track::tools
