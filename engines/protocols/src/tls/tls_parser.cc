#include "tls/tls_parser.h"

#include <algorithm>
#include <cstring>

namespace sekisho::engines::tls {
namespace {

enum RecordType : std::uint8_t {
  kChangeCipherSpec = 20,
  kAlert = 21,
  kHandshake = 22,
  kApplicationData = 23,
  kHeartbeat = 24,
};

enum MessageType : std::uint8_t {
  kClientHello = 1,
  kServerHello = 2,
  kCertificate = 11,
  kServerKeyExchange = 12,
  kCertificateRequest = 13,
  kServerHelloDone = 14,
  kClientKeyExchange = 16,
};

constexpr std::uint8_t kLargestMessageType = 25;  // compressed_certificate; 254: message_hash

std::string_view oddity_of(CertificateFault fault) noexcept {
  switch (fault) {
    case CertificateFault::none:
      return {};
    case CertificateFault::cut:
      return "tls.certificate_invalid_length";
    case CertificateFault::too_long:
      return "tls.invalid_certificate";
    case CertificateFault::der:
      return "tls.certificate_invalid_der";
    case CertificateFault::serial:
      return "tls.certificate_invalid_serial";
    case CertificateFault::issuer:
      return "tls.certificate_invalid_issuer";
    case CertificateFault::date:
      return "tls.certificate_invalid_date";
    case CertificateFault::subject:
      return "tls.certificate_invalid_subject";
    case CertificateFault::extensions:
      return "tls.certificate_invalid_extensions";
  }
  return {};
}

}  // namespace

ParseStatus TlsParser::consume(Direction direction, std::span<const std::uint8_t> bytes,
                               ProtocolEvents& events) noexcept {
  Flow& flow = this->flow(direction);
  while (!bytes.empty() && !finished_) {
    if (flow.record_left == 0) {
      if (!read_header(direction, bytes)) continue;
      if (!start_record(direction)) {
        finish(events);
        return ParseStatus::failed;
      }
    }
    const auto payload = bytes.first(std::min<std::size_t>(bytes.size(), flow.record_left));
    bytes = bytes.subspan(payload.size());
    flow.record_left -= static_cast<std::uint32_t>(payload.size());
    if (flow.in_v2)
      read_v2(direction, payload, events);
    else
      read_payload(direction, payload, events);
  }
  if (!finished_ && flows_[0].encrypted && flows_[1].encrypted) finish(events);
  return finished_ ? ParseStatus::enough : ParseStatus::ok;
}

/// Takes up a record's header from the front of `bytes`; true when it is whole. A record without
/// contents is over with its header.
bool TlsParser::read_header(Direction direction, Bytes& bytes) noexcept {
  Flow& flow = this->flow(direction);
  // SSL 2 has a header of two bytes, and only one message of it is looked at.
  const bool v2 = !flow.started && (flow.header_bytes != 0 ? flow.header[0] : bytes[0]) >= 0x80;
  const std::size_t wanted = v2 ? 2 : kRecordHeaderBytes;
  const auto count = std::min(bytes.size(), wanted - flow.header_bytes);
  std::memcpy(flow.header + flow.header_bytes, bytes.data(), count);
  flow.header_bytes = static_cast<std::uint8_t>(flow.header_bytes + count);
  bytes = bytes.subspan(count);
  flow.in_v2 = v2;
  return flow.header_bytes == wanted;
}

bool TlsParser::start_record(Direction direction) noexcept {
  Flow& flow = this->flow(direction);
  flow.header_bytes = 0;
  if (flow.in_v2) return start_v2(direction);
  flow.started = true;
  flow.type = flow.header[0];
  const auto length = static_cast<std::uint32_t>(flow.header[3] << 8 | flow.header[4]);
  if (flow.type < kChangeCipherSpec || flow.type > kHeartbeat) {
    transaction_.add_oddity("tls.invalid_record_type");
    return false;
  }
  if (flow.header[1] != 3) {
    // Facebook's and other early forms of TLS 1.3 put a draft's number here.
    const auto version = static_cast<std::uint16_t>(flow.header[1] << 8 | flow.header[2]);
    if (version_name(version).empty()) {
      transaction_.add_oddity("tls.invalid_record_version");
      return false;
    }
  }
  if (length > kMaxRecordBytes) {
    transaction_.add_oddity("tls.invalid_record_length");
    return false;
  }
  flow.record_left = flow.record_bytes = length;
  return true;
}

bool TlsParser::start_v2(Direction direction) noexcept {
  constexpr std::uint32_t kLeastV2Bytes = 9;  // of a hello
  Flow& flow = this->flow(direction);
  flow.started = true;
  flow.record_left = static_cast<std::uint32_t>((flow.header[0] & 0x7f) << 8 | flow.header[1]);
  if (flow.record_left >= kLeastV2Bytes) return true;
  transaction_.add_oddity("tls.invalid_sslv2_header");
  return false;
}

void TlsParser::read_v2(Direction direction, Bytes payload, ProtocolEvents& events) noexcept {
  Flow& flow = this->flow(direction);
  (void)flow.v2.append_some(payload);
  if (flow.record_left != 0) return;
  flow.in_v2 = false;
  v2_hello(direction, events);
  flow.v2.reset();
}

/// An SSL 2 hello, from a client that speaks SSL 2 or, to be understood by old servers, TLS.
void TlsParser::v2_hello(Direction direction, ProtocolEvents& events) noexcept {
  const bool to_server = direction == Direction::to_server;
  ByteReader reader(flow(direction).v2.view());
  std::uint8_t type = 0;
  std::uint16_t version = 0;
  // A server's hello has two bytes between type and version (session hit, certificate type).
  const bool good = reader.u8(type) && type == (to_server ? 1 : 4) &&
                    (to_server || reader.skip(2)) && reader.be16(version) &&
                    (version == kSsl2 || version >> 8 == 3);
  if (!good) {
    transaction_.add_oddity("tls.invalid_sslv2_header");
    return;
  }
  transaction_.v2_version[index_of(direction)] = version;
  transaction_.state |= to_server ? kStateClientHello : kStateServerHello;
  reach(direction, kStageHello, events);
  // What follows a hello that agreed on SSL 2 is not looked at.
  if (!to_server) start_encryption(Direction::to_client, events);
  if (!to_server) start_encryption(Direction::to_server, events);
}

void TlsParser::read_payload(Direction direction, Bytes payload, ProtocolEvents& events) noexcept {
  Flow& flow = this->flow(direction);
  switch (flow.type) {
    case kHandshake:
      if (!flow.encrypted) read_handshake(direction, payload, events);
      break;
    case kChangeCipherSpec:
    case kApplicationData:
      start_encryption(direction, events);
      break;
    case kAlert:
      if (!flow.encrypted) read_alert(flow, payload);
      break;
    case kHeartbeat:
      if (!flow.encrypted) read_heartbeat(direction, payload);
      break;
    default:
      break;
  }
}

/// The level of an alert (RFC 8446, 6) is the first of its two bytes. A piece may have ended with
/// the record's header, and then none of them is here yet.
void TlsParser::read_alert(const Flow& flow, Bytes payload) noexcept {
  constexpr std::uint8_t kFatal = 2;
  const bool begins = flow.record_left + payload.size() == flow.record_bytes;
  if (flow.record_bytes != 2)
    transaction_.add_oddity("tls.invalid_alert_message");
  else if (begins && !payload.empty() && payload[0] == kFatal)
    transaction_.add_oddity("tls.error_message_encountered");
}

void TlsParser::read_handshake(Direction direction, Bytes payload,
                               ProtocolEvents& events) noexcept {
  Flow& flow = this->flow(direction);
  while (!payload.empty()) {
    if (!flow.in_message) {
      const auto count = std::min(payload.size(), kMessageHeaderBytes - flow.message_header_bytes);
      std::memcpy(flow.message_header + flow.message_header_bytes, payload.data(), count);
      flow.message_header_bytes = static_cast<std::uint8_t>(flow.message_header_bytes + count);
      payload = payload.subspan(count);
      if (flow.message_header_bytes < kMessageHeaderBytes) return;
      start_message(direction);
    }
    const auto part = payload.first(std::min<std::size_t>(payload.size(), flow.message_left));
    payload = payload.subspan(part.size());
    flow.message_left -= static_cast<std::uint32_t>(part.size());
    message_bytes(direction, part);
    if (flow.message_left == 0) {
      flow.in_message = false;
      flow.message_header_bytes = 0;
      message_done(direction, events);
    }
  }
}

void TlsParser::start_message(Direction direction) noexcept {
  Flow& flow = this->flow(direction);
  const auto* header = flow.message_header;
  flow.in_message = true;
  flow.message_left = static_cast<std::uint32_t>(header[1] << 16 | header[2] << 8 | header[3]);
  if (header[0] > kLargestMessageType && header[0] != 254)
    transaction_.add_oddity("tls.invalid_handshake_message");
}

/// Where a message of this type is kept: the first of its kind, if it is looked at at all.
PooledBytes* TlsParser::store_of(Direction direction, std::uint8_t message_type) noexcept {
  const bool to_server = direction == Direction::to_server;
  switch (message_type) {
    case kClientHello:
      return to_server && !transaction_.has_client ? &transaction_.client_message : nullptr;
    case kServerHello:
      return !to_server && !transaction_.has_server ? &transaction_.server_message : nullptr;
    case kCertificate: {
      Chain& chain = transaction_.chains[index_of(direction)];
      return chain.seen ? nullptr : &chain.message;
    }
    default:
      return nullptr;
  }
}

void TlsParser::message_bytes(Direction direction, Bytes bytes) noexcept {
  if (auto* store = store_of(direction, flow(direction).message_header[0]))
    (void)store->append_some(bytes);
}

void TlsParser::message_done(Direction direction, ProtocolEvents& events) noexcept {
  const bool to_server = direction == Direction::to_server;
  const std::uint8_t type = flow(direction).message_header[0];
  switch (type) {
    case kClientHello:
    case kServerHello:
      if (to_server == (type == kClientHello))
        hello_done(direction, events);
      else
        transaction_.add_oddity("tls.invalid_handshake_message");
      break;
    case kCertificate:
      certificates_done(direction, events);
      break;
    case kServerKeyExchange:
      transaction_.state |= kStateServerKeyExchange;
      break;
    case kCertificateRequest:
      client_certificate_wanted_ = !to_server;
      break;
    case kServerHelloDone:
      reach(Direction::to_client, kStageCertificates, events);
      if (!client_certificate_wanted_) log(events);
      break;
    case kClientKeyExchange:
      transaction_.state |= kStateClientKeyExchange;
      reach(Direction::to_server, kStageCertificates, events);
      log(events);
      break;
    default:
      break;
  }
}

void TlsParser::hello_done(Direction direction, ProtocolEvents& events) noexcept {
  const bool to_server = direction == Direction::to_server;
  // A second one, behind a HelloRetryRequest, says nothing new.
  if (to_server ? transaction_.has_client : transaction_.has_server) return;
  if (!(to_server ? transaction_.client_hello_done() : transaction_.server_hello_done())) {
    transaction_.add_oddity("tls.handshake_invalid_length");
    (to_server ? transaction_.client_message : transaction_.server_message).clear();
  }
  if (transaction_.client.several_server_names)
    transaction_.add_oddity("tls.multiple_sni_extensions");
  reach(direction, kStageHello, events);
}

void TlsParser::certificates_done(Direction direction, ProtocolEvents& events) noexcept {
  Chain& chain = transaction_.chains[index_of(direction)];
  if (chain.seen) return;
  const auto fault = chain.parse();
  if (fault != CertificateFault::none) transaction_.add_oddity(oddity_of(fault));
  reach(direction, kStageCertificates, events);
  if (!chain.seen) chain.message.clear();
}

/// RFC 6520 §4: a message whose payload would be longer than its record asks for foreign memory
/// (CVE-2014-0160).
void TlsParser::read_heartbeat(Direction direction, Bytes payload) noexcept {
  Flow& flow = this->flow(direction);
  const auto before = flow.record_bytes - flow.record_left - payload.size();
  for (std::size_t i = before; i < sizeof flow.heartbeat && i - before < payload.size(); ++i)
    flow.heartbeat[i] = payload[i - before];
  if (flow.record_left != 0) return;
  constexpr std::uint8_t kRequest = 1;
  constexpr std::uint32_t kOverhead = 3 + 16;  // type and length, and the least padding
  const auto asked = static_cast<std::uint32_t>(flow.heartbeat[1] << 8 | flow.heartbeat[2]);
  if (flow.record_bytes < sizeof flow.heartbeat || flow.heartbeat[0] < 1 || flow.heartbeat[0] > 2) {
    transaction_.add_oddity("tls.invalid_heartbeat_message");
  } else if (flow.heartbeat[0] == kRequest) {
    heartbeat_request_bytes_ = flow.record_bytes;
    if (asked + kOverhead > flow.record_bytes)
      transaction_.add_oddity("tls.overflow_heartbeat_message");
  } else if (heartbeat_request_bytes_ != 0 && flow.record_bytes > heartbeat_request_bytes_) {
    transaction_.add_oddity("tls.dataleak_heartbeat_mismatch");
  }
}

void TlsParser::start_encryption(Direction direction, ProtocolEvents& events) noexcept {
  Flow& flow = this->flow(direction);
  if (flow.encrypted) return;
  flow.encrypted = true;
  const bool to_server = direction == Direction::to_server;
  if (!to_server && transaction_.has_server && transaction_.server.version <= kTls12 &&
      !transaction_.chain(Direction::to_client).seen)
    transaction_.resumed = true;
  reach(direction, kStageCertificates, events);
  if (!to_server || client_certificate_wanted_) log(events);
  reach(direction, kStageEnd, events);
}

void TlsParser::reach(Direction direction, std::uint8_t stage, ProtocolEvents& events) noexcept {
  if (transaction_.stage(direction) >= stage) return;
  transaction_.set_stage(direction, stage);
  events.stage_reached(transaction_, direction);
}

void TlsParser::log(ProtocolEvents& events) noexcept {
  const bool anything = transaction_.state != 0;
  if (logged_ || !anything) return;
  logged_ = true;
  events.record_due(transaction_, "tls", kOwnRecord, Direction::to_server);
}

void TlsParser::finish(ProtocolEvents& events) noexcept {
  if (finished_) return;
  reach(Direction::to_server, kStageEnd, events);
  reach(Direction::to_client, kStageEnd, events);
  log(events);
  finished_ = true;
  events.ended(transaction_);
}

bool TlsParser::gap(Direction direction, std::uint64_t count, ProtocolEvents& events) noexcept {
  Flow& flow = this->flow(direction);
  if (flow.encrypted && count <= flow.record_left) {
    flow.record_left -= static_cast<std::uint32_t>(count);
    return true;
  }
  finish(events);
  return false;
}

void TlsParser::end(Direction direction, ProtocolEvents& events) noexcept {
  if (finished_) return;
  flow(direction).ended = true;
  reach(direction, kStageEnd, events);
  if (flow(opposite(direction)).ended) finish(events);
}

}  // namespace sekisho::engines::tls
