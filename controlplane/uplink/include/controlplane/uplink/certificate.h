#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/activation/activation_code.h"
#include "config/base/result.h"

namespace sekisho::controlplane {

/// A new EC P-256 private key, PKCS #8 in PEM.
Result<std::string> make_device_key();

/// PKCS #10 in DER, signed by the key; its subject is CN=`name`.
Result<std::string> make_certificate_request(std::string_view key_pem, std::string_view name);

struct CertificateFacts {
  std::string common_name;
  std::string organization;
  std::int64_t not_before = 0;  // Unix seconds
  std::int64_t not_after = 0;
};
/// Of the first certificate of a chain in PEM.
Result<CertificateFacts> facts_of(std::string_view chain_pem);

/// That the first certificate of `chain_pem` is of the key, and that the chain leads to
/// `authority_pem` at the time `now` (Unix seconds).
Status check_chain(std::string_view chain_pem, std::string_view key_pem,
                   std::string_view authority_pem, std::int64_t now);

/// The certificate of a CA among `chain_der` that has `fingerprint`, in PEM. not_found: none has.
Result<std::string> find_authority(const std::vector<std::string>& chain_der,
                                   const activation::Fingerprint& fingerprint);

/// Whether the certificate is made out to the DNS name.
bool is_made_out_to(std::string_view certificate_der, std::string_view name);

/// The certificates that the TLS server at `address` ("HOST:PORT" or "[V6]:PORT") shows, its own
/// first, in DER. Believes none of them and sends nothing but the handshake. not_found: nobody
/// answers there.
Result<std::vector<std::string>> fetch_server_chain(std::string_view address);

}  // namespace sekisho::controlplane
