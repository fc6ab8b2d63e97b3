#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/base/result.h"

namespace sekisho::keys {

/// What is said on keys.sock, in frames of config/base/message_socket.h. A body begins with
/// kProtocolVersion and one byte for its kind; integers are big-endian, texts have their length in
/// front. Replies come in the order of the requests. Times are Unix seconds.
inline constexpr std::uint8_t kProtocolVersion = 1;
inline constexpr std::size_t kMaxMessageBytes = std::size_t{64} * 1024;
inline constexpr std::size_t kMaxNames = 512;        // of one leaf: DNS names and addresses
inline constexpr std::size_t kMaxNameBytes = 253;    // RFC 1035 §2.3.4, without the last dot
inline constexpr std::size_t kMaxSubjectBytes = 64;  // ub-common-name, RFC 5280 appendix A
inline constexpr std::size_t kMaxPublicKeyBytes = 1'024;
inline constexpr std::size_t kMaxPemBytes = std::size_t{32} * 1024;

using Fingerprint = std::array<std::uint8_t, 32>;  // SHA-256 of the certificate in DER

/// Who signs: the authority that clients have installed, or one that nobody trusts, for what must
/// stay visibly wrong (a server whose own certificate is not good). The latter is a new one
/// whenever sekisho-keys starts.
enum class Issuer : std::uint8_t { trusted = 0, untrusted = 1 };

enum class KeyType : std::uint8_t { ecdsa_p256 = 0, rsa_3072 = 1 };
std::string_view name_of(KeyType type) noexcept;  // "ecdsa-p256", "rsa-3072"

/// The authorities as they are. For anybody who may connect.
struct DescribeRequest {
  bool operator==(const DescribeRequest&) const = default;
};

/// A certificate for a server's name. Only sekisho-decrypt.
struct SignRequest {
  Issuer issuer = Issuer::trusted;
  std::string public_key;              // SubjectPublicKeyInfo in DER: EC P-256, RSA 2048 to 4096
  std::string common_name;             // left out of the certificate when empty
  std::vector<std::string> dns_names;  // A-labels, "*." may stand in front
  std::vector<std::string> addresses;  // 4 or 16 bytes each, as on the wire
  std::int64_t not_before = 0;
  std::int64_t not_after = 0;
  bool operator==(const SignRequest&) const = default;
};

/// A new authority in the place of the one before. Only sekisho-control.
struct RegenerateRequest {
  KeyType key_type = KeyType::ecdsa_p256;
  std::string organization;  // empty: as it was, where the authority before was made here
  std::string common_name;   // likewise
  bool operator==(const RegenerateRequest&) const = default;
};

/// Somebody's own authority in the place of the one before. Only sekisho-control.
struct ImportRequest {
  std::string certificate_pem;  // the authority's, then those of its issuers, if any
  std::string key_pem;          // not encrypted
  bool operator==(const ImportRequest&) const = default;
};

using Request = std::variant<DescribeRequest, SignRequest, RegenerateRequest, ImportRequest>;

struct SignReply {
  std::string certificate;  // DER
  Fingerprint issuer{};     // another one than before: leafs made earlier are no good any more
  bool operator==(const SignReply&) const = default;
};

enum class Origin : std::uint8_t { generated = 0, imported = 1 };
std::string_view name_of(Origin origin) noexcept;  // "generated", "imported"

/// To every request but SignRequest.
struct DescribeReply {
  std::string certificate;            // DER
  std::string certificate_pem;        // the same
  std::vector<std::string> chain;     // DER: what a server sends behind a leaf
  std::string untrusted_certificate;  // DER
  Fingerprint fingerprint{};          // of `certificate`
  Origin origin = Origin::generated;
  std::string subject, issuer;            // as people read them: "O=Sekisho, CN=Sekisho"
  std::string organization, common_name;  // of the subject; empty where it has none
  std::string key;                        // "ECDSA P-256", "RSA 3072"
  std::int64_t not_before = 0, not_after = 0;
  bool operator==(const DescribeReply&) const = default;
};

/// An Error of its own reply: the request was refused, and this is why.
using Reply = std::variant<Error, SignReply, DescribeReply>;

std::string encode(const Request& request);
std::string encode(const Reply& reply);

/// version: another protocol version; invalid_input: anything else that encode() does not write.
Result<Request> parse_request(std::span<const std::uint8_t> bytes);
Result<Reply> parse_reply(std::span<const std::uint8_t> bytes);

}  // namespace sekisho::keys
