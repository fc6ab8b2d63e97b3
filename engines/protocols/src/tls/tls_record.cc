#include <array>
#include <charconv>

#include "tls/tls_transaction.h"

namespace sekisho::engines::tls {
namespace {

/// Of lists in records: further values are left out.
constexpr std::size_t kMaxListed = 96;

void write_version(const char* key, std::uint16_t version,
                   events::BoundedJsonWriter& json) noexcept {
  if (const auto name = version_name(version); !name.empty()) {
    json.member(key, name);
    return;
  }
  char text[8] = "0x";
  const std::uint8_t bytes[2] = {static_cast<std::uint8_t>(version >> 8),
                                 static_cast<std::uint8_t>(version)};
  write_hex(bytes, text + 2);
  json.member(key, std::string_view(text, 6));
}

void write_time_member(const char* key, std::int64_t time,
                       events::BoundedJsonWriter& json) noexcept {
  std::array<char, 32> room;
  events::BoundedText text(room);
  write_time(time, text);
  json.member(key, text.view());
}

void write_alternative_names(const Chain& chain, events::BoundedJsonWriter& json) noexcept {
  std::array<std::uint8_t, 64> scratch;
  const auto names = chain.first.alternative_names;
  if (!alternative_name(names, 0, scratch)) return;
  json.begin_array("subjectaltname");
  for (std::uint32_t i = 0; i < kMaxListed; ++i) {
    const auto name = alternative_name(names, i, scratch);
    if (!name) break;
    json.value(*name);
  }
  json.end_array();
}

void write_subject_and_issuer(const Chain& chain, events::BoundedJsonWriter& json) noexcept {
  if (!chain.seen) return;
  if (chain.subject_bytes != 0) json.member("subject", chain.subject());
  if (chain.issuer_bytes != 0) json.member("issuerdn", chain.issuer());
}

void write_validity(const Chain& chain, events::BoundedJsonWriter& json) noexcept {
  if (!chain.seen) return;
  write_time_member("notbefore", chain.first.not_before, json);
  write_time_member("notafter", chain.first.not_after, json);
}

void write_ja3_object(const char* key, const PooledBytes& string, const Md5Hex& hash,
                      events::BoundedJsonWriter& json) noexcept {
  if (string.empty()) return;
  json.begin_object(key)
      .member("hash", std::string_view(hash.data(), hash.size()))
      .member("string", string.view())
      .end_object();
}

void write_protocols(const char* key, Bytes protocols, events::BoundedJsonWriter& json) noexcept {
  if (!protocol_name(protocols, 0)) return;
  json.begin_array(key);
  for (std::uint32_t i = 0; i < kMaxListed; ++i) {
    const auto name = protocol_name(protocols, i);
    if (!name) break;
    json.value(*name);
  }
  json.end_array();
}

/// Values without GREASE.
void write_numbers(const char* key, Bytes values, events::BoundedJsonWriter& json) noexcept {
  json.begin_array(key);
  std::size_t count = 0;
  for_each_be16(values, [&](std::uint16_t value) {
    if (!is_grease(value) && count++ < kMaxListed) json.value(value);
  });
  json.end_array();
}

void write_extensions(Bytes extensions, events::BoundedJsonWriter& json) noexcept {
  json.begin_array("exts");
  std::size_t count = 0;
  for_each_extension(extensions, [&](std::uint16_t type, Bytes) {
    if (!is_grease(type) && count++ < kMaxListed) json.value(type);
  });
  json.end_array();
}

void write_handshakes(const TlsTransaction& tx, events::BoundedJsonWriter& json) noexcept {
  if (tx.has_client) {
    json.begin_object("client_handshake");
    write_version("version", wanted_version(tx.client), json);
    write_numbers("ciphers", tx.client.ciphers, json);
    write_extensions(tx.client.extensions, json);
    if (!tx.client.signature_algorithms.empty())
      write_numbers("sig_algs", tx.client.signature_algorithms, json);
    json.end_object();
  }
  if (tx.has_server) {
    json.begin_object("server_handshake");
    write_version("version", tx.server.version, json);
    json.member("cipher", tx.server.cipher);
    write_extensions(tx.server.extensions, json);
    json.end_object();
  }
}

void write_client_certificate(const Chain& chain, events::BoundedJsonWriter& json) noexcept {
  if (!chain.seen) return;
  json.begin_object("client");
  write_subject_and_issuer(chain, json);
  json.member("fingerprint", chain.fingerprint());
  json.member("serial", chain.serial());
  write_validity(chain, json);
  json.end_object();
}

}  // namespace

void TlsTransaction::write_record(std::uint8_t kind,
                                  events::BoundedJsonWriter& json) const noexcept {
  const Chain& chain = chains[index_of(Direction::to_client)];
  json.begin_object("tls");
  write_subject_and_issuer(chain, json);
  if (chain.seen) write_alternative_names(chain, json);
  if (resumed) json.member("session_resumed", true);
  if (chain.seen) json.member("serial", chain.serial()).member("fingerprint", chain.fingerprint());
  if (!client.server_name.empty()) json.member("sni", client.server_name);
  if (client.encrypted_hello) json.member("ech", true);
  if (version() != 0)
    write_version("version", version(), json);
  else
    json.member("version", "UNDETERMINED");
  write_validity(chain, json);
  if (before != rules::Protocol::unknown) json.member("from_proto", rules::name_of(before));
  write_ja3_object("ja3", ja3, ja3_hash, json);
  write_ja3_object("ja3s", ja3s, ja3s_hash, json);
  if (has_client) json.member("ja4", std::string_view(ja4.data(), ja4.size()));
  write_protocols("client_alpns", client.protocols, json);
  write_protocols("server_alpns", server.protocols, json);
  write_client_certificate(chains[index_of(Direction::to_server)], json);
  if (kind == kOwnRecord) write_handshakes(*this, json);
  json.end_object();
}

}  // namespace sekisho::engines::tls
