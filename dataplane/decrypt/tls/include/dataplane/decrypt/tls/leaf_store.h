#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/base/message_socket.h"
#include "config/base/result.h"
#include "config/keys/messages.h"
#include "dataplane/decrypt/tls/digest.h"
#include "dataplane/decrypt/tls/openssl_parts.h"
#include "dataplane/decrypt/tls/recent.h"

namespace sekisho::decrypt {

enum class LeafKey : std::uint8_t { p256, rsa2048 };

/// What stands for a server towards its clients. Shared by all connections to it; immutable.
struct Leaf {
  Certificate certificate;
  Certificates issuers;        // what is sent behind it; null: nothing
  evp_pkey_st* key = nullptr;  // the store's
};

/// Which leaf: of one origin's certificate, by one issuer, with one kind of key.
struct LeafName {
  Digest origin{};  // of its certificate and the host
  keys::Issuer issuer = keys::Issuer::trusted;
  LeafKey key = LeafKey::p256;
  bool operator==(const LeafName&) const = default;
};

/// The leafs of one loop: made by sekisho-keys, which alone has the authority's key, and kept by
/// the origin's certificate. The keys are of this process and this run. It never waits: who wants
/// a leaf that is not there is told when it is. One thread.
class LeafStore {
 public:
  static constexpr std::size_t kMaxLeafs = 8192;
  static constexpr std::size_t kMaxAsked = 1024;  // at once; more get none
  static constexpr std::chrono::milliseconds kConnectAgain{1000};

  /// Makes the two keys. `socket_path`: of sekisho-keys.
  static Result<LeafStore> make(std::string socket_path);

  /// Whether there is a connection to sekisho-keys; tries to have one, once in kConnectAgain.
  bool is_connected() { return connect(); }
  /// Null: it is not there.
  std::shared_ptr<const Leaf> find(const LeafName& name);
  /// `waiter` is told by take_answers(). False: sekisho-keys is not there, or has too many to make.
  /// `request`'s public key is filled in here.
  bool ask_for(const LeafName& name, keys::SignRequest request, std::uint32_t waiter);

  /// For epoll (edge-triggered, to be read and written); -1: there is no connection. It changes:
  /// compare after ask_for() and take_answers().
  int descriptor() const noexcept { return socket_.get(); }
  struct Told {
    std::uint32_t waiter;
    bool is_there;  // false: there is none, and why is sekisho-keys' to log
  };
  /// When the descriptor has an event. Adds whoever waited.
  void take_answers(std::vector<Told>& told);

  std::uint64_t made() const noexcept { return made_; }
  std::uint64_t refused() const noexcept { return refused_; }

 private:
  struct Hash {
    std::size_t operator()(const LeafName& name) const noexcept;
  };
  struct Asked {
    LeafName name;
    bool describes = false;  // the authority itself was asked for
  };

  explicit LeafStore(std::string socket_path) : path_(std::move(socket_path)) {}
  bool connect();
  void ask(const keys::Request& request, Asked asked);
  void write_some();
  void break_off(std::vector<Told>& told);
  void take_reply(std::span<const std::uint8_t> body, std::vector<Told>& told);
  bool take_leaf(const LeafName& name, const keys::SignReply& reply);
  void finish(const LeafName& name, bool is_there, std::vector<Told>& told);
  evp_pkey_st* key_of(LeafKey key) const noexcept;

  std::string path_;
  PrivateKey p256_, rsa2048_;
  std::array<std::string, 2> public_keys_;  // by LeafKey, DER
  FileDescriptor socket_;
  std::chrono::steady_clock::time_point not_before_{};  // of the next try to connect
  std::string out_, in_;                                // of frames
  std::deque<Asked> asked_;                             // answers come in this order
  std::unordered_map<LeafName, std::vector<std::uint32_t>, Hash> waiters_;
  Recent<LeafName, std::shared_ptr<const Leaf>, Hash> leafs_{kMaxLeafs};
  keys::Fingerprint authority_{};
  std::vector<std::string> chain_;  // DER, of the authority
  std::uint64_t made_ = 0, refused_ = 0;
};

/// What sekisho-keys is asked for so that a leaf looks like the origin's own certificate: its names
/// and dates, within what browsers accept of anybody. `host` (what the client asked for) is
/// among them where the origin's certificate is not for it, so that a browser's complaint is about
/// the issuer. invalid_input: it cannot be read.
Result<keys::SignRequest> request_for(std::string_view origin_der, keys::Issuer issuer,
                                      std::string_view host, std::int64_t now);

}  // namespace sekisho::decrypt
