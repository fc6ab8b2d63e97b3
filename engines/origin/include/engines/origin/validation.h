#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engines/origin/trust_store.h"

namespace sekisho::engines::origin {

/// Why an origin is not to be trusted. The first that is found counts.
enum class Fault : std::uint8_t {
  none,
  malformed,           // no certificate, or one that cannot be read
  expired,             // it, or an authority between it and the root
  not_yet_valid,       //
  self_signed,         // by nobody but itself
  unknown_issuer,      // by none of the authorities, or a link of the chain is missing
  bad_signature,       //
  weak_key,            // below 112 bits: RSA-2048, P-224
  weak_signature,      // SHA-1, MD5
  wrong_name,          // it is for other hosts; a common name does not count (RFC 9525)
  wrong_purpose,       // not for TLS servers
  no_authority,        // issued with a certificate that may issue none
  path_too_long,       // more authorities than one of them allows, or than kMaxDepth
  name_constraint,     // an authority issued for a name that it may not
  critical_extension,  // one that is marked critical, of an unknown kind
  revoked,
  other,
};
/// "expired", "unknown_issuer", ...: as events and pages have it.
std::string_view name_of(Fault fault) noexcept;

enum class Revocation : std::uint8_t { unknown, good, revoked };
std::string_view name_of(Revocation state) noexcept;

/// What a certificate says where more is to be had. URLs of HTTP only, as RFC 5280 §4.2.1.13,
/// §4.2.2.1 and RFC 6960 have them; at most kMaxUrls of a kind.
struct Pointers {
  static constexpr std::size_t kMaxUrls = 8;
  std::vector<std::string> issuers;  // the certificate that issued it (AIA)
  std::vector<std::string> ocsp;
  std::vector<std::string> lists;  // of revoked certificates (CRL)
};

/// Of an encoded certificate; nothing of what cannot be read.
Pointers pointers_of(std::string_view der);

/// What a server showed, and whom it was asked for.
struct Presented {
  /// DER, the server's own first, in any order after it. `more`: what is known beside: fetched
  /// issuers; they need no trust.
  std::span<const std::string_view> chain;
  std::span<const std::string_view> more{};
  /// What the client asked for: a name (SNI), or the address as text where it named nobody.
  std::string_view host;
  std::string_view staple{};  // DER of an OCSP response (RFC 6066 §8); empty: none
  std::int64_t now = 0;       // Unix seconds
};

/// One server's certificate, judged as browsers do (RFC 5280, RFC 9525). Neither clock nor network
/// is asked: what must be fetched is the caller's to fetch, and to bring. One thread at a time.
class Validation {
 public:
  static constexpr std::size_t kMaxCertificates = 16, kMaxCertificateBytes = 64 * 1024;
  static constexpr std::size_t kMaxAnswerBytes = 64 * 1024;       // of OCSP
  static constexpr std::size_t kMaxListBytes = 16 * 1024 * 1024;  // of a CRL
  static constexpr int kMaxDepth = 8;                             // authorities below the root
  static constexpr std::int64_t kClockSkewSeconds = 300;          // of who signs answers and lists

  Validation(const Presented& presented, const TrustStore& trusted);
  Validation(Validation&&) noexcept;
  Validation& operator=(Validation&&) noexcept;
  ~Validation();

  Fault fault() const noexcept { return fault_; }
  /// Which certificate of the chain is at fault: 0: the server's own.
  std::size_t depth() const noexcept { return depth_; }
  Revocation revocation() const noexcept { return revocation_; }
  /// Until when this holds: the earliest end of a certificate or an answer. Unix seconds.
  std::int64_t valid_until() const noexcept { return valid_until_; }
  /// It has Signed Certificate Timestamps in itself (RFC 6962 §3.3).
  bool has_timestamps() const noexcept { return has_timestamps_; }
  Pointers pointers() const;
  /// What a responder is asked about the server's certificate: an OCSP request in DER (RFC 6960
  /// §4.1), unsigned and without a nonce. Empty: there is no chain.
  std::string ocsp_request() const;

  /// An OCSP response for the server's certificate (RFC 6960), or a list of the issuer's (RFC 5280
  /// §5): whatever cannot be believed (signature, age, another certificate) leaves it unknown.
  /// `revoked` makes a fault of it. Of a chain that was not built, everything stays unknown.
  Revocation use_answer(std::string_view der);
  Revocation use_list(std::string_view der);

 private:
  struct Parts;
  void judge(const Presented& presented, const TrustStore& trusted);
  Revocation take(Revocation state, std::int64_t until) noexcept;

  std::unique_ptr<Parts> parts_;
  std::int64_t now_ = 0;
  std::int64_t valid_until_ = 0;
  std::size_t depth_ = 0;
  Fault fault_ = Fault::malformed;
  Revocation revocation_ = Revocation::unknown;
  bool has_timestamps_ = false;
};

}  // namespace sekisho::engines::origin
