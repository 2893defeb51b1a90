#include "tools/collector/messages.hpp"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cstring>

namespace track::tools {
namespace {

struct fixed_part {
  message_kind kind;
  std::uint32_t text_bytes;
  std::int64_t numbers[6];
};

constexpr std::size_t most_text_bytes = 16 * 1024;

}  // namespace

bool make_channel(int (&ends)[2]) {
  return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0;
}

bool send_message(int channel, const message& said) {
  const std::size_t text_bytes = std::min(said.text.size(), most_text_bytes);
  fixed_part fixed{said.kind,
                   static_cast<std::uint32_t>(text_bytes),
                   {said.value, said.live_blocks, said.live_bytes, said.processes, said.mismatches,
                    said.incomplete}};
  iovec parts[2] = {{&fixed, sizeof fixed}, {const_cast<char*>(said.text.data()), text_bytes}};
  msghdr header{};
  header.msg_iov = parts;
  header.msg_iovlen = 2;
  ssize_t sent;
  do {
    sent = sendmsg(channel, &header, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

std::optional<message> receive_message(int channel) {
  std::string packet(sizeof(fixed_part) + most_text_bytes, '\0');
  ssize_t size;
  do {
    size = recv(channel, packet.data(), packet.size(), 0);
  } while (size < 0 && errno == EINTR);
  if (size < static_cast<ssize_t>(sizeof(fixed_part))) {
    return std::nullopt;
  }
  fixed_part fixed;
  std::memcpy(&fixed, packet.data(), sizeof fixed);
  message said;
  said.kind = fixed.kind;
  said.value = fixed.numbers[0];
  said.live_blocks = fixed.numbers[1];
  said.live_bytes = fixed.numbers[2];
  said.processes = fixed.numbers[3];
  said.mismatches = fixed.numbers[4];
  said.incomplete = fixed.numbers[5];
  said.text = packet.substr(sizeof fixed, static_cast<std::size_t>(size) - sizeof fixed);
  return said;
}

}  // namespace track::tools
