#include "tls/hello.h"

namespace sekisho::engines::tls {
namespace {

constexpr std::uint16_t kEarliestDrafts = 0x7f01;
constexpr std::size_t kRandomBytes = 32;
constexpr std::size_t kMaxSessionIdBytes = 32;

bool take_with_length8(ByteReader& reader, Bytes& out) noexcept {
  std::uint8_t length = 0;
  return reader.u8(length) && reader.take(length, out);
}

bool take_with_length16(ByteReader& reader, Bytes& out) noexcept {
  std::uint16_t length = 0;
  return reader.be16(length) && reader.take(length, out);
}

/// The list in an extension: as long as it says, or nothing.
Bytes list16(Bytes body) noexcept {
  ByteReader reader(body);
  Bytes list;
  return take_with_length16(reader, list) ? list : Bytes{};
}

Bytes list8(Bytes body) noexcept {
  ByteReader reader(body);
  Bytes list;
  return take_with_length8(reader, list) ? list : Bytes{};
}

/// The first host_name of a server_name extension (RFC 6066 §3).
Bytes host_name(Bytes body) noexcept {
  ByteReader names(list16(body));
  std::uint8_t type = 0;
  Bytes name;
  while (names.u8(type) && take_with_length16(names, name))
    if (type == 0) return name;
  return {};
}

void read_client_extension(std::uint16_t type, Bytes body, ClientHello& hello) noexcept {
  switch (static_cast<ExtensionType>(type)) {
    case ExtensionType::server_name:
      if (hello.has_server_name) {
        hello.several_server_names = true;
      } else {
        hello.has_server_name = true;
        hello.server_name = host_name(body);
      }
      break;
    case ExtensionType::supported_groups:
      hello.groups = list16(body);
      break;
    case ExtensionType::ec_point_formats:
      hello.point_formats = list8(body);
      break;
    case ExtensionType::signature_algorithms:
      hello.signature_algorithms = list16(body);
      break;
    case ExtensionType::alpn:
      hello.protocols = list16(body);
      break;
    case ExtensionType::session_ticket:
      hello.has_ticket = !body.empty();
      break;
    case ExtensionType::supported_versions:
      hello.versions = list8(body);
      break;
    case ExtensionType::encrypted_client_hello:
      hello.encrypted_hello = true;
      break;
    case ExtensionType::pre_shared_key:
      break;
  }
}

}  // namespace

bool parse_client_hello(Bytes body, ClientHello& hello) noexcept {
  ByteReader reader(body);
  Bytes compression;
  if (!reader.be16(hello.legacy_version) || !reader.take(kRandomBytes, hello.random) ||
      !take_with_length8(reader, hello.session_id) ||
      hello.session_id.size() > kMaxSessionIdBytes || !take_with_length16(reader, hello.ciphers) ||
      hello.ciphers.size() % 2 != 0 || !take_with_length8(reader, compression))
    return false;
  if (reader.rest().empty()) return true;
  if (!take_with_length16(reader, hello.extensions)) return false;
  for_each_extension(hello.extensions, [&](std::uint16_t type, Bytes extension) {
    read_client_extension(type, extension, hello);
  });
  return true;
}

bool parse_server_hello(Bytes body, ServerHello& hello) noexcept {
  ByteReader reader(body);
  if (!reader.be16(hello.legacy_version) || !reader.take(kRandomBytes, hello.random)) return false;
  hello.version = hello.legacy_version;
  // Drafts of TLS 1.3 up to 21 had neither session id nor compression, and those before 16 the
  // final number.
  const bool early_draft = hello.legacy_version >> 8 == 0x7f || hello.legacy_version == kTls13;
  if (hello.legacy_version == kTls13) hello.version = kEarliestDrafts;
  if (!early_draft && (!take_with_length8(reader, hello.session_id) ||
                       hello.session_id.size() > kMaxSessionIdBytes))
    return false;
  if (!reader.be16(hello.cipher) || (!early_draft && !reader.skip(1))) return false;
  if (reader.rest().empty()) return true;
  if (!take_with_length16(reader, hello.extensions)) return false;
  for_each_extension(hello.extensions, [&](std::uint16_t type, Bytes extension) {
    if (type == static_cast<std::uint16_t>(ExtensionType::alpn))
      hello.protocols = list16(extension);
    if (type == static_cast<std::uint16_t>(ExtensionType::supported_versions))
      (void)ByteReader(extension).be16(hello.version);
  });
  return true;
}

std::uint16_t wanted_version(const ClientHello& hello) noexcept {
  ByteReader reader(hello.versions);
  std::uint16_t version = 0;
  while (reader.be16(version))
    if (!is_grease(version)) return version;
  return hello.legacy_version;
}

std::optional<Bytes> protocol_name(Bytes protocols, std::uint32_t index) noexcept {
  ByteReader reader(protocols);
  Bytes name;
  while (take_with_length8(reader, name))
    if (index-- == 0) return name;
  return std::nullopt;
}

std::string_view version_name(std::uint16_t version) noexcept {
  switch (version) {
    case 0x0002:
      return "SSLv2";
    case 0x0300:
      return "SSLv3";
    case 0x0301:
      return "TLSv1";
    case 0x0302:
      return "TLS 1.1";
    case 0x0303:
      return "TLS 1.2";
    case 0x0304:
      return "TLS 1.3";
    case 0x7f10:
      return "TLS 1.3 draft-16";
    case 0x7f11:
      return "TLS 1.3 draft-17";
    case 0x7f12:
      return "TLS 1.3 draft-18";
    case 0x7f13:
      return "TLS 1.3 draft-19";
    case 0x7f14:
      return "TLS 1.3 draft-20";
    case 0x7f15:
      return "TLS 1.3 draft-21";
    case 0x7f16:
      return "TLS 1.3 draft-22";
    case 0x7f17:
      return "TLS 1.3 draft-23";
    case 0x7f18:
      return "TLS 1.3 draft-24";
    case 0x7f19:
      return "TLS 1.3 draft-25";
    case 0x7f1a:
      return "TLS 1.3 draft-26";
    case 0x7f1b:
      return "TLS 1.3 draft-27";
    case 0x7f1c:
      return "TLS 1.3 draft-28";
    case 0xfb14:
      return "TLS 1.3 draft-20-fb";
    case 0xfb15:
      return "TLS 1.3 draft-21-fb";
    case 0xfb16:
      return "TLS 1.3 draft-22-fb";
    case 0xfb17:
      return "TLS 1.3 draft-23-fb";
    case 0xfb1a:
      return "TLS 1.3 draft-26-fb";
    default:
      return version > 0x7f00 && version < 0x7f10 ? "TLS 1.3 draft-<16" : "";
  }
}

}  // namespace sekisho::engines::tls
