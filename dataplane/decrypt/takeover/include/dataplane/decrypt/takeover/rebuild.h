#pragma once

#include <cstdint>
#include <span>

#include "config/base/message_socket.h"
#include "config/base/result.h"
#include "dataplane/decrypt/takeover/handover.h"

namespace sekisho::decrypt {

/// Both halves of a connection as established sockets of this network namespace (see
/// own_network.h), not blocking. `client` is in the server's name and leads to the client, `server`
/// in the client's and leads to the server.
struct RebuiltPair {
  FileDescriptor client;
  FileDescriptor server;

  const FileDescriptor& towards(Side side) const noexcept {
    return side == Side::client ? client : server;
  }
};

/// Nothing is sent by it. `mark`: of every packet of the two (SO_MARK). Needs CAP_NET_ADMIN.
/// Fails with the step that the kernel refused; a connection with these ends that is still there,
/// or lately was, is Error::Code::resource.
Result<RebuiltPair> rebuild(const Handover& handover, std::uint32_t mark);

/// Closes both without a word to either end, as if they had never been: for a takeover that is
/// called off before its first byte.
void forget(RebuiltPair pair) noexcept;

/// Ends it with a RST to that end.
void reset(FileDescriptor connection) noexcept;

}  // namespace sekisho::decrypt
