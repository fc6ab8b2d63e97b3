#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/decrypt/buffers/passage.h"
#include "dataplane/decrypt/buffers/turn_outcome.h"
#include "dataplane/decrypt/channel/session_messages.h"
#include "dataplane/decrypt/takeover/rebuild.h"
#include "dataplane/decrypt/tls/client_wish.h"
#include "dataplane/decrypt/tls/contexts.h"
#include "dataplane/decrypt/tls/inquiries.h"
#include "dataplane/decrypt/tls/judgements.h"
#include "dataplane/decrypt/tls/leaf_store.h"
#include "dataplane/decrypt/tls/origin_tickets.h"
#include "engines/http2_floods/frame_walk.h"

namespace sekisho::decrypt {

/// What the sessions of a loop share; outlives them.
struct TlsParts {
  TlsContexts contexts;
  Judgements judgements;
  LeafStore leafs;
  OriginTickets tickets{};
  Inquiries inquiries{};
};

/// Whose connection it is.
struct TlsEnds {
  std::string client_address, server_address;  // as text
  std::uint16_t server_port = 0;
};

/// A connection that could not be opened, as it was taken over but for what the client has sent.
struct Unopened {
  RebuiltPair pair;
  Buffer sent;  // by the client, and read
  std::uint32_t sent_bytes = 0;
  std::array<std::uint32_t, 2> events{};  // of epoll, that its sockets' next owner has missed
};

/// A taken-over connection, decrypted: TLS with the origin as its client, TLS with the client as
/// its server, and the plaintext between them. First the hello is read; then the origin is asked
/// for whom and what the client wants, and judged; only then the client is answered, with a
/// certificate of the same names: of our authority where the origin's is good, else of one that
/// nobody trusts, as the wish says. Both ends speak the protocol that the origin chose (ALPN).
///
/// Works in turns as Session does, and as there an end that does not read stops the other. The
/// process ignores SIGPIPE: OpenSSL writes to the sockets itself.
///
/// Where plaintext is to be lent, it waits until it is cleared: whoever works the session takes
/// unlent() after each turn, and says clear(), answer() or condemn().
class TlsSession {
 public:
  /// `waiter`: by whom LeafStore tells it.
  TlsSession(RebuiltPair pair, TlsParts& parts, const HandoverWish& wish, TlsEnds names,
             std::uint32_t waiter);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  ~TlsSession();

  /// `events` as epoll tells them of the socket towards `side` (edge-triggered).
  void note(Side side, std::uint32_t events) noexcept;
  /// LeafStore told it.
  void leaf_told(bool is_there) noexcept;
  /// Inquiries told it.
  void finding_told(const inquiry::Finding& finding);
  /// To be asked every kCheckSeconds; true: it waited for a finding, and goes on without.
  bool forgoes_finding();
  /// One turn. `unopened`: take_unopened() has the connection.
  TurnOutcome work(BufferPool& buffers) noexcept;
  /// To be asked every kCheckSeconds; true: it waited too long for somebody, and has ended.
  bool has_timed_out() noexcept;
  static constexpr int kCheckSeconds = 5;

  Unopened take_unopened() noexcept;
  /// Ends it without a word to anybody: the sockets are closed in repair mode.
  void forget() noexcept;

  // Lent plaintext.
  std::span<const std::uint8_t> unlent(Side from) const noexcept;
  bool awaits_clearing(Side from) const noexcept {
    return ways_[index(from)].passage.awaits_clearing();
  }
  void note_lent(Side from, std::size_t bytes) noexcept;
  /// Its end, behind everything that is lent.
  bool owes_end(Side from) const noexcept;
  void note_end_lent(Side from) noexcept { ways_[index(from)].is_end_lent = true; }
  /// So much more may go on. False: more than was lent, and the session has ended.
  bool clear(Side from, std::uint32_t bytes) noexcept;
  /// The client gets this behind what is cleared, and no more; the origin is reset. False: too
  /// long, or the session is not open, and has ended.
  bool answer(std::span<const std::uint8_t> bytes);
  /// Both ends are reset.
  void condemn() noexcept { end(true); }

  TlsFailure failure() const noexcept { return failure_; }
  bool was_reset() const noexcept { return was_reset_; }
  /// Of the origin, once its handshake is over.
  const Judgement& judgement() const noexcept { return judgement_; }
  /// Both handshakes are over.
  bool is_open() const noexcept { return stage_ == Stage::relay; }
  const OpenedSession& opened() const noexcept { return opened_; }
  bool lends() const noexcept { return wish_.lend_plaintext; }
  /// Whether has_timed_out() need be asked.
  bool may_time_out() const noexcept { return stage_ != Stage::relay || lends(); }
  std::uint64_t carried(Side from) const noexcept { return ways_[index(from)].carried; }

 private:
  friend struct TlsCallbacks;
  enum class Stage : std::uint8_t {
    hello,
    origin,
    finding,
    leaf,
    client,
    relay,
    farewell,
    unopened,
    over
  };
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
    Passage passage;
    bool is_ended = false;      // nothing more will come
    bool is_truncated = false;  // without a close_notify
    bool is_end_lent = false;   // the worker knows
    bool is_told = false;       // the receiver has our close_notify
    bool is_shut = false;       // and our FIN
    std::uint64_t carried = 0;
  };
  /// What OpenSSL's last call on an end has come to.
  enum class Said : std::uint8_t { done, waits, closed, truncated, reset, failed };

  ssl_st* tls(Side side) const noexcept { return ends_[index(side)].tls.get(); }
  Said hear(Side side, int result) noexcept;
  void enter(Stage stage) noexcept;
  Step advance(BufferPool& buffers) noexcept;
  Step read_hello(BufferPool& buffers) noexcept;
  Step take_hello() noexcept;
  Step leave_unopened(TlsFailure failure) noexcept;
  Step begin_origin() noexcept;
  Step meet_origin() noexcept;
  bool judge_origin();
  engines::origin::Presented presented(const std::vector<std::string_view>& chain) const;
  bool ask_about_origin();
  Step take_judgement() noexcept;
  void offer_ticket(std::string_view protocols);
  void keep_ticket();
  Step treat_untrusted() noexcept;
  std::string_view asked_host() const noexcept;
  Step ask_for_leaf() noexcept;
  Step show_leaf(bool is_trusted) noexcept;
  Step meet_client() noexcept;
  TlsFailure failure_of_reset() const noexcept;
  /// A client that does not take the certificate of an origin that is refused does as it should: it
  /// has nothing against being decrypted.
  TlsFailure refusal_of_client() const noexcept {
    return is_refused_ ? TlsFailure::untrusted_origin : TlsFailure::client_refused;
  }
  Step fail(TlsFailure failure) noexcept;
  void end(bool is_reset) noexcept;

  // Between two ends that are both open: tls_relay_socket.cc.
  Step relay(BufferPool& buffers) noexcept;
  Step relay_from(Side from, BufferPool& buffers) noexcept;
  Step read_some(Side from, BufferPool& buffers) noexcept;
  bool is_flood(Side from, std::span<const std::uint8_t> bytes) noexcept;
  Step write_some(Side from) noexcept;
  Step pass_on_end(Side from) noexcept;
  Step give_answer(BufferPool& buffers) noexcept;
  Step say_farewell() noexcept;
  bool is_over() const noexcept;
  void lose(Side side) noexcept;
  void close_origin() noexcept;

  RebuiltPair pair_;
  TlsParts* parts_;
  TlsEnds names_;
  ClientWish asked_;
  std::string origin_der_;                             // its certificate, until the leaf is there
  std::vector<std::string> chain_;                     // what it has shown, until it is judged
  std::string chosen_protocol_;                        // by the origin
  std::string answer_;                                 // the worker's, that still waits
  std::string staple_;                                 // of its session that is gone on with
  Digest ticket_name_{};                               // of what its sessions are kept under
  TlsTicket ticket_;                                   // to be kept when the origin is judged
  std::unique_ptr<engines::http2::FrameWalk> frames_;  // of an open one whose ends speak HTTP/2
  std::shared_ptr<const Leaf> leaf_;
  Buffer hello_;  // what the client has sent, until the origin is asked
  std::uint32_t hello_bytes_ = 0;
  std::array<End, 2> ends_;
  std::array<Way, 2> ways_;  // by sender
  std::uint32_t waiter_;
  std::uint32_t progress_ = 0, progress_seen_ = 0, idle_checks_ = 0;  // of has_timed_out()
  HandoverWish wish_;
  Stage stage_ = Stage::hello;
  bool has_hello_ = false;
  bool waits_for_leaf_ = false;
  bool certificate_wanted_ = false;
  bool is_refused_ = false;   // there is no origin: the worker answers
  bool is_answered_ = false;  // it has
  bool has_ticket_ = false;   // one of the origin's is kept
  bool was_reset_ = false;
  int refusal_ = 0;  // the alert that the hello is answered with; 0: none
  TlsFailure failure_ = TlsFailure::none;
  Judgement judgement_;
  OpenedSession opened_;
};

}  // namespace sekisho::decrypt
