#include "config/keys/messages.h"

#include <algorithm>
#include <optional>

#include "config/base/byte_reader.h"

namespace sekisho::keys {
namespace {

enum class Kind : std::uint8_t {
  describe = 1,
  sign = 2,
  regenerate = 3,
  import = 4,
  refused = 128,
  signed_leaf = 129,
  described = 130,
};

constexpr std::size_t kMaxChain = 8;
constexpr std::size_t kMaxReasonBytes = 2'048;
constexpr std::size_t kMaxCertificateBytes = std::size_t{8} * 1024;
constexpr std::size_t kMaxReadableBytes = 1'024;  // of a name in words

/// The other direction of ByteReader.
class Writer {
 public:
  explicit Writer(Kind kind) {
    u8(kProtocolVersion);
    u8(static_cast<std::uint8_t>(kind));
  }
  void u8(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void be16(std::size_t value) {
    u8(static_cast<std::uint8_t>(value >> 8));
    u8(static_cast<std::uint8_t>(value));
  }
  void be64(std::int64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8)
      u8(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> shift));
  }
  /// Of at most 65,535 bytes: whatever is longer breaks its reader, not us.
  void text(std::string_view text) {
    text = text.substr(0, 0xffff);
    be16(text.size());
    out_.append(text);
  }
  void texts(const std::vector<std::string>& list) {
    be16(list.size());
    for (const auto& one : list) text(one);
  }
  void fingerprint(const Fingerprint& bytes) {
    for (const auto byte : bytes) u8(byte);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

/// Reads in the order of Writer; false: too short, or over its limit.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool u8(std::uint8_t& out) { return bytes_.u8(out); }
  bool be64(std::int64_t& out) {
    std::uint32_t high = 0, low = 0;
    if (!bytes_.be32(high) || !bytes_.be32(low)) return false;
    out = static_cast<std::int64_t>(std::uint64_t{high} << 32 | low);
    return true;
  }
  bool text(std::string& out, std::size_t most) {
    std::uint16_t size = 0;
    std::span<const std::uint8_t> taken;
    if (!bytes_.be16(size) || size > most || !bytes_.take(size, taken)) return false;
    out = as_text(taken);
    return true;
  }
  bool texts(std::vector<std::string>& out, std::size_t most, std::size_t most_bytes) {
    std::uint16_t count = 0;
    if (!bytes_.be16(count) || count > most) return false;
    out.resize(count);
    return std::all_of(out.begin(), out.end(),
                       [&](std::string& one) { return text(one, most_bytes); });
  }
  bool fingerprint(Fingerprint& out) {
    std::span<const std::uint8_t> taken;
    if (!bytes_.take(out.size(), taken)) return false;
    std::copy(taken.begin(), taken.end(), out.begin());
    return true;
  }
  /// A number of `Enum`, whose last one is `last`.
  template <class Enum>
  bool choice(Enum& out, Enum last) {
    std::uint8_t value = 0;
    if (!u8(value) || value > static_cast<std::uint8_t>(last)) return false;
    out = static_cast<Enum>(value);
    return true;
  }
  bool at_end() const { return bytes_.rest().empty(); }

 private:
  ByteReader bytes_;
};

Error malformed(std::string_view what) {
  return {Error::Code::invalid_input, std::string(what) + " is malformed"};
}

/// The kind of a message of our version.
Result<Kind> read_kind(Reader& reader) {
  std::uint8_t version = 0, kind = 0;
  if (!reader.u8(version) || !reader.u8(kind)) return malformed("a message of two bytes or less");
  if (version != kProtocolVersion)
    return Error{Error::Code::version, "protocol version " + std::to_string(version) + " is not " +
                                           std::to_string(kProtocolVersion)};
  return static_cast<Kind>(kind);
}

std::optional<SignRequest> read_sign(Reader& reader) {
  SignRequest r;
  const bool whole = reader.choice(r.issuer, Issuer::untrusted) &&
                     reader.text(r.public_key, kMaxPublicKeyBytes) &&
                     reader.text(r.common_name, kMaxNameBytes) &&
                     reader.texts(r.dns_names, kMaxNames, kMaxNameBytes) &&
                     reader.texts(r.addresses, kMaxNames, 16) && reader.be64(r.not_before) &&
                     reader.be64(r.not_after);
  return whole ? std::optional(std::move(r)) : std::nullopt;
}

std::optional<RegenerateRequest> read_regenerate(Reader& reader) {
  RegenerateRequest r;
  const bool whole = reader.choice(r.key_type, KeyType::rsa_3072) &&
                     reader.text(r.organization, kMaxReadableBytes) &&
                     reader.text(r.common_name, kMaxReadableBytes);
  return whole ? std::optional(std::move(r)) : std::nullopt;
}

std::optional<ImportRequest> read_import(Reader& reader) {
  ImportRequest r;
  const bool whole =
      reader.text(r.certificate_pem, kMaxPemBytes) && reader.text(r.key_pem, kMaxPemBytes);
  return whole ? std::optional(std::move(r)) : std::nullopt;
}

std::optional<Error> read_refusal(Reader& reader) {
  Error e{Error::Code::io, ""};
  const bool whole =
      reader.choice(e.code, Error::Code::io) && reader.text(e.message, kMaxReasonBytes);
  return whole ? std::optional(std::move(e)) : std::nullopt;
}

std::optional<SignReply> read_leaf(Reader& reader) {
  SignReply r;
  const bool whole = reader.text(r.certificate, kMaxMessageBytes) && reader.fingerprint(r.issuer);
  return whole ? std::optional(std::move(r)) : std::nullopt;
}

std::optional<DescribeReply> read_description(Reader& reader) {
  DescribeReply r;
  const bool whole =
      reader.text(r.certificate, kMaxCertificateBytes) &&
      reader.text(r.certificate_pem, kMaxPemBytes) &&
      reader.texts(r.chain, kMaxChain, kMaxCertificateBytes) &&
      reader.text(r.untrusted_certificate, kMaxCertificateBytes) &&
      reader.fingerprint(r.fingerprint) && reader.choice(r.origin, Origin::imported) &&
      reader.text(r.subject, kMaxReadableBytes) && reader.text(r.issuer, kMaxReadableBytes) &&
      reader.text(r.organization, kMaxReadableBytes) &&
      reader.text(r.common_name, kMaxReadableBytes) && reader.text(r.key, kMaxReadableBytes) &&
      reader.be64(r.not_before) && reader.be64(r.not_after);
  return whole ? std::optional(std::move(r)) : std::nullopt;
}

/// `read` as a whole message, or why not.
template <class Message, class Part>
Result<Message> whole(std::optional<Part> read, const Reader& reader, std::string_view what) {
  if (!read || !reader.at_end()) return malformed(what);
  return Message(std::move(*read));
}

std::string encode_one(const DescribeRequest&) { return Writer(Kind::describe).take(); }

std::string encode_one(const SignRequest& r) {
  Writer out(Kind::sign);
  out.u8(static_cast<std::uint8_t>(r.issuer));
  out.text(r.public_key);
  out.text(r.common_name);
  out.texts(r.dns_names);
  out.texts(r.addresses);
  out.be64(r.not_before);
  out.be64(r.not_after);
  return out.take();
}

std::string encode_one(const RegenerateRequest& r) {
  Writer out(Kind::regenerate);
  out.u8(static_cast<std::uint8_t>(r.key_type));
  out.text(r.organization);
  out.text(r.common_name);
  return out.take();
}

std::string encode_one(const ImportRequest& r) {
  Writer out(Kind::import);
  out.text(r.certificate_pem);
  out.text(r.key_pem);
  return out.take();
}

std::string encode_one(const Error& e) {
  Writer out(Kind::refused);
  out.u8(static_cast<std::uint8_t>(e.code));
  out.text(std::string_view(e.message).substr(0, kMaxReasonBytes));
  return out.take();
}

std::string encode_one(const SignReply& r) {
  Writer out(Kind::signed_leaf);
  out.text(r.certificate);
  out.fingerprint(r.issuer);
  return out.take();
}

std::string encode_one(const DescribeReply& r) {
  Writer out(Kind::described);
  out.text(r.certificate);
  out.text(r.certificate_pem);
  out.texts(r.chain);
  out.text(r.untrusted_certificate);
  out.fingerprint(r.fingerprint);
  out.u8(static_cast<std::uint8_t>(r.origin));
  for (const auto* text : {&r.subject, &r.issuer, &r.organization, &r.common_name, &r.key})
    out.text(std::string_view(*text).substr(0, kMaxReadableBytes));
  out.be64(r.not_before);
  out.be64(r.not_after);
  return out.take();
}

}  // namespace

std::string_view name_of(KeyType type) noexcept {
  return type == KeyType::ecdsa_p256 ? "ecdsa-p256" : "rsa-3072";
}

std::string_view name_of(Origin origin) noexcept {
  return origin == Origin::generated ? "generated" : "imported";
}

std::string encode(const Request& request) {
  return std::visit([](const auto& one) { return encode_one(one); }, request);
}

std::string encode(const Reply& reply) {
  return std::visit([](const auto& one) { return encode_one(one); }, reply);
}

Result<Request> parse_request(std::span<const std::uint8_t> bytes) {
  Reader reader(bytes);
  const auto kind = read_kind(reader);
  if (!kind) return Error(kind.error());
  switch (*kind) {
    case Kind::describe:
      return whole<Request>(std::optional(DescribeRequest{}), reader, "the request");
    case Kind::sign:
      return whole<Request>(read_sign(reader), reader, "the request to sign");
    case Kind::regenerate:
      return whole<Request>(read_regenerate(reader), reader, "the request for a new authority");
    case Kind::import:
      return whole<Request>(read_import(reader), reader, "the request to import");
    default:
      return Error{Error::Code::invalid_input,
                   "no request " + std::to_string(static_cast<unsigned>(*kind))};
  }
}

Result<Reply> parse_reply(std::span<const std::uint8_t> bytes) {
  Reader reader(bytes);
  const auto kind = read_kind(reader);
  if (!kind) return Error(kind.error());
  switch (*kind) {
    case Kind::refused:
      return whole<Reply>(read_refusal(reader), reader, "the refusal");
    case Kind::signed_leaf:
      return whole<Reply>(read_leaf(reader), reader, "the signed certificate");
    case Kind::described:
      return whole<Reply>(read_description(reader), reader, "the description");
    default:
      return Error{Error::Code::invalid_input,
                   "no reply " + std::to_string(static_cast<unsigned>(*kind))};
  }
}

}  // namespace sekisho::keys
