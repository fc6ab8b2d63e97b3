#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "config/base/message_socket.h"
#include "dataplane/decrypt/tls/tls_session.h"
#include "pki/pki.h"

namespace sekisho::decrypt::test {

/// Who makes leafs, in a thread of its own: what sekisho-keys says, without its files and users.
class Keys {
 public:
  explicit Keys(std::string folder);
  ~Keys();

  const std::string& path() const { return path_; }
  const tests::Party& authority() const { return authority_; }
  const tests::Party& untrusted() const { return untrusted_; }
  int signed_leafs() const { return signed_; }
  /// Signs nothing any more, and says so.
  void refuse() { refuses_ = true; }
  /// Another authority from here on.
  void regenerate();

 private:
  void serve();
  keys::Reply answer(const keys::Request& request);

  std::string path_;
  tests::Party authority_ = tests::Party::root("Sekisho"),
               untrusted_ = tests::Party::root("Nobody");
  FileDescriptor listener_;
  std::atomic<bool> stop_{false}, refuses_{false};
  std::atomic<int> signed_{0};
  std::thread thread_;
};

/// TLS of OpenSSL's own at one end; reading and writing wait, five seconds at most.
class End {
 public:
  struct Wish {
    bool is_server = false;
    std::string host{};       // a client's SNI
    std::string protocols{};  // ALPN, as on the wire
    std::string suites12{};   // of TLS 1.2, which is then the only version
    std::string staple{};     // a server's
    bool wants_certificate = false;
    const tests::Party* party = nullptr;         // a server's certificate
    std::vector<const tests::Party*> issuers{};  // sent behind it
    std::vector<const tests::Party*> trusted{};  // a client's; none: everything is taken
  };
  End(FileDescriptor socket, const Wish& wish);

  bool handshake();
  bool write(std::string_view text);
  std::string read(std::size_t most = 65536);  // empty: the end
  std::string read_all();
  /// Whether what was read last ended with a close_notify.
  bool was_notified() const { return SSL_get_error(tls_.get(), last_) == SSL_ERROR_ZERO_RETURN; }
  void notify() { SSL_shutdown(tls_.get()); }
  void finish();  // FIN
  void close() { socket_.reset(); }

  bool resumed() const { return SSL_session_reused(tls_.get()) == 1; }
  std::string version() const { return SSL_get_version(tls_.get()); }
  std::string protocol() const;
  std::string asked_host() const;
  std::string peer_key() const;  // "EC", "RSA"
  long verify_result() const { return SSL_get_verify_result(tls_.get()); }
  std::string last_error() const { return error_; }
  SSL* tls() { return tls_.get(); }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_;
  FileDescriptor socket_;
  std::string staple_, error_;
  int last_ = 1;
};

/// A session between a client and an origin, at work in a thread of its own.
class Decrypted {
 public:
  static constexpr HandoverWish kShow{.untrusted_origin = UntrustedOrigin::show};
  /// What is done for the session behind each of its turns, in its thread: as a loop does.
  using Aside = std::function<void(TlsSession&)>;
  Decrypted(TlsParts& parts, std::string server_address = "192.0.2.7",
            const HandoverWish& wish = kShow, Aside aside = {});
  ~Decrypted();

  FileDescriptor take_client() { return std::move(client_); }
  FileDescriptor take_origin() { return std::move(origin_); }
  /// Until the session is over; false: it is not, five seconds later.
  bool wait_over();
  /// After wait_over().
  const TlsSession& session() const { return *session_; }
  std::size_t lent_buffers() const { return lent_buffers_; }  // after its last turn
  /// What a client had sent when it turned out that it cannot be opened.
  const std::string& unopened() const { return unopened_; }
  void let_go() { rest_.reset(); }

 private:
  void run();

  TlsParts& parts_;
  Aside aside_;
  std::string unopened_;
  FileDescriptor client_, origin_;
  BufferPool buffers_{4};
  std::optional<TlsSession> session_;
  std::optional<Unopened> rest_;
  int client_socket_ = -1, origin_socket_ = -1;
  std::atomic<bool> stop_{false}, over_{false};
  std::atomic<std::size_t> lent_buffers_{0};
  std::thread thread_;
};

}  // namespace sekisho::decrypt::test
