// What a client sends to be decrypted, and what its origin answers: two bytes with the number of
// the client's, then these, then the origin's. Nobody makes leafs, so no client is answered.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/decrypt/tls/tls_session.h"
#include "origin_root.h"

using namespace sekisho;
using namespace sekisho::decrypt;

namespace {

constexpr std::size_t kLengthBytes = 2;
constexpr int kTurns = 64;

/// A socket of which everything that will ever come is there.
FileDescriptor end_that_said(std::span<const std::uint8_t> bytes, FileDescriptor& kept) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
    __builtin_trap();
  kept = FileDescriptor(ends[0]);
  static_cast<void>(send(ends[0], bytes.data(), bytes.size(), MSG_NOSIGNAL));
  ::shutdown(ends[0], SHUT_WR);
  return FileDescriptor(ends[1]);
}

TlsParts& parts() {
  std::signal(SIGPIPE, SIG_IGN);
  static TlsParts kParts{*TlsContexts::make(),
                         Judgements(*engines::origin::TrustStore::from_pem(kFuzzedRoot)),
                         *LeafStore::make("/nonexistent/keys.sock")};
  return kParts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kLengthBytes) return 0;
  const std::span rest(data + kLengthBytes, size - kLengthBytes);
  const auto of_client = std::min<std::size_t>(std::size_t{data[0]} << 8 | data[1], rest.size());
  FileDescriptor client, origin;
  BufferPool buffers(2);
  auto towards_client = end_that_said(rest.first(of_client), client);
  auto towards_origin = end_that_said(rest.subspan(of_client), origin);
  TlsSession session({std::move(towards_client), std::move(towards_origin)}, parts(),
                     HandoverWish{}, {"192.0.2.1", "192.0.2.7", 443}, 0);
  for (const auto side : {Side::client, Side::server})
    session.note(side, EPOLLIN | EPOLLOUT | EPOLLRDHUP);
  for (int turn = 0; turn < kTurns; ++turn) {
    const auto outcome = session.work(buffers);
    if (outcome == TurnOutcome::unopened) {
      const auto rest_of_it = session.take_unopened();
      if (rest_of_it.sent_bytes > rest_of_it.sent.bytes().size()) __builtin_trap();
      break;
    }
    if (outcome == TurnOutcome::over) break;
  }
  if (session.is_open()) __builtin_trap();  // who can have signed for it?
  return 0;
}
