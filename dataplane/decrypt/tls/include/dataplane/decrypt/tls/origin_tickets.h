#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "dataplane/decrypt/tls/digest.h"
#include "dataplane/decrypt/tls/openssl_parts.h"
#include "dataplane/decrypt/tls/recent.h"

namespace sekisho::decrypt {

/// Sessions with origins that were good, to be gone on with (RFC 8446 §2.2, RFC 5077): by the same
/// client and for the same host and protocols alone, and each once, so that an origin learns from
/// them what it would without us. One thread.
class OriginTickets {
 public:
  static constexpr std::size_t kMax = 1024;  // with the origin's certificates 10 KB each

  struct Ticket {
    TlsTicket session;
    std::string staple;  // of the handshake that it comes from; a resumed one has none
  };

  void put(const Digest& name, Ticket ticket) { kept_.put(name, std::move(ticket)); }
  std::optional<Ticket> take(const Digest& name);

  std::uint64_t used() const noexcept { return used_; }

 private:
  Recent<Digest, Ticket, DigestHash> kept_{kMax};
  std::uint64_t used_ = 0;
};

}  // namespace sekisho::decrypt
