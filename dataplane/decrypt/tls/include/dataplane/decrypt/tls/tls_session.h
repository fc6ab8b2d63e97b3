#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "dataplane/decrypt/buffers/buffer_pool.h"
#include "dataplane/decrypt/channel/session_messages.h"
#include "dataplane/decrypt/takeover/rebuild.h"
#include "dataplane/decrypt/tls/client_wish.h"
#include "dataplane/decrypt/tls/contexts.h"
#include "dataplane/decrypt/tls/judgements.h"
#include "dataplane/decrypt/tls/leaf_store.h"

namespace sekisho::decrypt {

/// What the sessions of a loop share; outlives them.
struct TlsParts {
  TlsContexts contexts;
  Judgements judgements;
  LeafStore leafs;
};

/// A taken-over connection, decrypted: TLS with the origin as its client, TLS with the client as
/// its server, and the plaintext between them. First the hello is read; then the origin is asked
/// for whom and what the client wants, and judged; only then the client is answered, with a
/// certificate of the same names: of our authority where the origin's is good, else of one that
/// nobody trusts. Both ends speak the protocol that the origin chose (ALPN).
///
/// Works in turns as Session does, and as there an end that does not read stops the other. The
/// process ignores SIGPIPE: OpenSSL writes to the sockets itself.
class TlsSession {
 public:
  enum class Outcome : std::uint8_t {
    waits,         // for its sockets, or for its leaf
    goes_on,       // has had its turn, and more to do
    lacks_memory,  // no buffer is free
    over,
  };

  /// `server_address`: as text, of what the client connected to. `waiter`: by whom LeafStore tells
  /// it.
  TlsSession(RebuiltPair pair, TlsParts& parts, std::string server_address, std::uint32_t waiter);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  ~TlsSession();

  /// `events` as epoll tells them of the socket towards `side` (edge-triggered).
  void note(Side side, std::uint32_t events) noexcept;
  /// LeafStore told it.
  void leaf_told(bool is_there) noexcept;
  Outcome work(BufferPool& buffers) noexcept;

  TlsFailure failure() const noexcept { return failure_; }
  /// Of the origin, once its handshake is over.
  const Judgement& judgement() const noexcept { return judgement_; }
  const ClientWish& wish() const noexcept { return wish_; }
  bool is_open() const noexcept { return stage_ == Stage::relay; }  // both handshakes are over
  std::uint64_t carried(Side from) const noexcept { return ways_[index(from)].carried; }

 private:
  friend struct TlsCallbacks;
  enum class Stage : std::uint8_t { hello, origin, leaf, client, relay, over };
  enum class Step : std::uint8_t { moved, stuck, no_buffer, failed };
  static constexpr std::size_t index(Side side) noexcept { return static_cast<std::size_t>(side); }

  struct End {
    TlsConnection tls;
    bool readable = false;
    bool writable = true;
    bool has_closed = false;  // its FIN is there, behind what is still to be read
    bool failed = false;      // the kernel has an error for it
  };
  struct Way {
    Buffer buffer;
    std::uint32_t begin = 0, end = 0;  // in the buffer: read and not yet written
    bool is_ended = false;             // nothing more will come
    bool is_truncated = false;         // without a close_notify
    bool is_told = false;              // the receiver has our close_notify
    bool is_shut = false;              // and our FIN
    std::uint64_t carried = 0;
  };
  /// What OpenSSL's last call on an end has come to.
  enum class Said : std::uint8_t { done, waits, closed, truncated, failed };

  Said hear(Side side, int result) noexcept;
  Step advance(BufferPool& buffers) noexcept;
  Step read_hello() noexcept;
  Step begin_origin() noexcept;
  Step meet_origin() noexcept;
  bool judge_origin() noexcept;
  std::string_view asked_host() const noexcept;
  Step ask_for_leaf() noexcept;
  Step show_leaf() noexcept;
  Step meet_client() noexcept;
  Step relay(BufferPool& buffers) noexcept;
  Step relay_from(Side from, BufferPool& buffers) noexcept;
  Step read_some(Side from, BufferPool& buffers) noexcept;
  Step write_some(Side from) noexcept;
  Step pass_on_end(Side from) noexcept;
  TlsFailure failure_of_reset() const noexcept;
  Step fail(TlsFailure failure) noexcept;
  void end(bool is_reset) noexcept;

  RebuiltPair pair_;
  TlsParts* parts_;
  std::string server_address_;
  ClientWish wish_;
  std::string origin_der_;       // its certificate, until the leaf is there
  std::string chosen_protocol_;  // by the origin
  std::shared_ptr<const Leaf> leaf_;
  std::array<End, 2> ends_;
  std::array<Way, 2> ways_;  // by sender
  std::uint32_t waiter_;
  Stage stage_ = Stage::hello;
  bool has_hello_ = false;
  bool waits_for_leaf_ = false;
  bool certificate_wanted_ = false;
  int refusal_ = 0;  // the alert that the hello is answered with; 0: none
  TlsFailure failure_ = TlsFailure::none;
  Judgement judgement_;
};

}  // namespace sekisho::decrypt
