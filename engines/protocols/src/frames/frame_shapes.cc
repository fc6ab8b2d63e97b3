#include "frames/frame_shapes.h"

#include <algorithm>
#include <array>

#include "little_endian.h"
#include "message_frames.h"
#include "mqtt/mqtt_message.h"
#include "nfs/rpc.h"
#include "smb/smb_wire.h"

namespace sekisho::engines::frames {
namespace {

using rules::Field;

constexpr std::uint64_t kUnknown = MessageFrames::kUnknown, kBroken = MessageFrames::kBroken;

std::uint64_t be_at(Bytes bytes, std::size_t at, std::size_t count) noexcept {
  return integer_at(bytes, at, count, false);
}

/// A message's frames: all of it, its head, what is behind the head.
struct Parts {
  Field pdu, head, data;
};
void tell_parts(const Teller& teller, const Parts& parts, Bytes message,
                std::size_t head_bytes) noexcept {
  teller.tell(parts.pdu, message);
  teller.tell(parts.head, message.first(std::min(head_bytes, message.size())));
  if (message.size() > head_bytes) teller.tell(parts.data, message.subspan(head_bytes));
}

// --- TLS: RFC 8446 §5.1; a hello of SSL 2 has two bytes of head and says its type ---

constexpr std::size_t kTlsHead = 5, kSsl2Head = 2;

bool is_ssl2(Bytes bytes) noexcept { return bytes[0] >= 0x80; }

std::uint64_t measure_tls(Bytes bytes) noexcept {
  constexpr std::uint8_t kFirstType = 20, kLastType = 24;
  if (is_ssl2(bytes))
    return bytes.size() < kSsl2Head ? kUnknown : kSsl2Head + (be_at(bytes, 0, 2) & 0x7fff);
  if (bytes[0] < kFirstType || bytes[0] > kLastType) return kBroken;
  return bytes.size() < kTlsHead ? kUnknown : kTlsHead + be_at(bytes, 3, 2);
}

void tell_tls(const Teller& teller, Bytes record) noexcept {
  constexpr std::uint8_t kAlert = 21, kHeartbeat = 24;
  if (is_ssl2(record)) {
    teller.tell(Field::frame_tls_ssl2_pdu, record);
    return teller.tell(Field::frame_tls_ssl2_hdr, record.first(std::min(kSsl2Head, record.size())));
  }
  tell_parts(teller, {Field::frame_tls_pdu, Field::frame_tls_hdr, Field::frame_tls_data}, record,
             kTlsHead);
  if (record.size() <= kTlsHead) return;
  if (record[0] == kAlert) teller.tell(Field::frame_tls_alert, record.subspan(kTlsHead));
  if (record[0] == kHeartbeat) teller.tell(Field::frame_tls_heartbeat, record.subspan(kTlsHead));
}

// --- SMB: RFC 1002 §4.3.1 around MS-CIFS §2.2.3, MS-SMB2 §2.2.1 and §2.2.41 ---

constexpr std::size_t kNbssHead = 4;

std::uint64_t measure_smb(Bytes bytes) noexcept {
  return bytes.size() < kNbssHead ? kUnknown : kNbssHead + be_at(bytes, 1, 3);
}

void tell_smb(const Teller& teller, Bytes message) noexcept {
  constexpr std::uint8_t kMagic1 = 0xff, kMagic2 = 0xfe, kMagic3 = 0xfd;
  constexpr std::size_t kHead1 = 32, kHead2 = 64, kHead3 = 52;
  tell_parts(teller,
             {Field::frame_smb_nbss_pdu, Field::frame_smb_nbss_hdr, Field::frame_smb_nbss_data},
             message, kNbssHead);
  auto rest = message.subspan(std::min(kNbssHead, message.size()));
  while (smb::is_magic(rest)) {
    const auto length = smb::record_bytes(rest, rest.size());
    const auto record = rest.first(
        length == 0 ? rest.size()
                    : static_cast<std::size_t>(std::min<std::uint64_t>(length, rest.size())));
    rest = rest.subspan(record.size());
    if (record[0] == kMagic1)
      tell_parts(teller,
                 {Field::frame_smb_smb1_pdu, Field::frame_smb_smb1_hdr, Field::frame_smb_smb1_data},
                 record, kHead1);
    else if (record[0] == kMagic2)
      tell_parts(teller,
                 {Field::frame_smb_smb2_pdu, Field::frame_smb_smb2_hdr, Field::frame_smb_smb2_data},
                 record, kHead2);
    else if (record[0] == kMagic3)
      tell_parts(teller,
                 {Field::frame_smb_smb3_pdu, Field::frame_smb_smb3_hdr, Field::frame_smb_smb3_data},
                 record, kHead3);
  }
}

// --- NFS: RFC 5531 §9, §11; RFC 7530 §16.2 ---

constexpr std::uint32_t kVersion4 = 4;

std::uint64_t measure_rpc(Bytes bytes) noexcept {
  return bytes.size() < nfs::kMarkBytes ? kUnknown
                                        : nfs::kMarkBytes + (be_at(bytes, 0, 4) & 0x7fffffff);
}

/// COMPOUND: a reply's status, a tag, a call's minor version, the number of operations; these.
void tell_nfs4(const Teller& teller, Bytes body, bool call) noexcept {
  nfs::XdrReader reader(body);
  if (!call) reader.u32();
  reader.opaque();
  if (call) reader.u32();
  reader.u32();
  teller.tell(Field::frame_nfs_nfs4_pdu, body);
  if (!call && body.size() >= 4) teller.tell(Field::frame_nfs_nfs4_status, body.first(4));
  if (!reader.ok()) return;
  teller.tell(Field::frame_nfs_nfs4_hdr, body.first(reader.position()));
  teller.tell(Field::frame_nfs_nfs4_ops, body.subspan(reader.position()));
}

void tell_nfs(const Teller& teller, Bytes message) noexcept {
  constexpr std::size_t kFlavorAt = nfs::kCallHeadBytes, kCredentialsAt = kFlavorAt + 8;
  const std::size_t mark = teller.tcp() ? nfs::kMarkBytes : 0;
  if (message.size() <= mark) return;
  const auto rpc = message.subspan(mark);
  const auto call = nfs::read_call(rpc);
  const auto reply = call ? std::nullopt : nfs::read_reply(rpc);
  teller.tell(Field::frame_nfs_rpc_pdu, message);
  if (!call && !reply) return;
  const auto begin = call ? call->body : reply->body;
  const auto body = rpc.subspan(begin);
  teller.tell(Field::frame_nfs_rpc_hdr, message.first(mark + begin));
  if (!body.empty()) teller.tell(Field::frame_nfs_rpc_data, body);
  if (call) {
    const auto size = static_cast<std::size_t>(be_at(rpc, kFlavorAt + 4, 4));
    if (size <= rpc.size() - kCredentialsAt)
      teller.tell(Field::frame_nfs_rpc_creds, rpc.subspan(kCredentialsAt, size));
    teller.memory() = call->version;
  }
  if (body.empty() || (reply && !reply->accepted)) return;
  if (teller.memory() == kVersion4) return tell_nfs4(teller, body, call.has_value());
  teller.tell(Field::frame_nfs_nfs_pdu, body);
  if (reply && body.size() >= 4) teller.tell(Field::frame_nfs_nfs_status, body.first(4));
}

// --- MQTT: version 5.0 §2.1; WebSocket: RFC 6455 §5.2 ---

void tell_mqtt(const Teller& teller, Bytes message) noexcept {
  constexpr std::size_t kMostLength = 4;  // bytes of it, the last without the highest bit
  std::size_t head = 1;
  while (head < message.size() && head < kMostLength && message[head] >= 0x80) ++head;
  tell_parts(teller, {Field::frame_mqtt_pdu, Field::frame_mqtt_header, Field::frame_mqtt_data},
             message, head + 1);
}

/// Bytes of the head; 0: more of it is needed to tell.
std::size_t websocket_head(Bytes bytes) noexcept {
  if (bytes.size() < 2) return 0;
  const auto length = bytes[1] & 0x7f;
  const std::size_t further = length == 127 ? 8 : length == 126 ? 2 : 0;
  return 2 + further + ((bytes[1] & 0x80) != 0 ? 4 : 0);
}

std::uint64_t measure_websocket(Bytes bytes) noexcept {
  const auto head = websocket_head(bytes);
  if (head == 0 || bytes.size() < head) return kUnknown;
  const std::uint64_t length = bytes[1] & 0x7f;
  const auto payload = length == 127   ? be_at(bytes, 2, 8)
                       : length == 126 ? be_at(bytes, 2, 2)
                                       : length;
  return payload > INT64_MAX ? kBroken : head + payload;
}

void tell_websocket(const Teller& teller, Bytes frame) noexcept {
  tell_parts(
      teller,
      {Field::frame_websocket_pdu, Field::frame_websocket_header, Field::frame_websocket_data},
      frame, websocket_head(frame));
}

// --- Modbus on TCP §3.1.3, LDAP: RFC 4511 §5.1, EtherNet/IP volume 2 §2-3.1 ---

std::uint64_t measure_modbus(Bytes bytes) noexcept {
  constexpr std::size_t kHead = 6;
  return bytes.size() < kHead ? kUnknown : kHead + be_at(bytes, 4, 2);
}
void tell_modbus(const Teller& teller, Bytes message) noexcept {
  teller.tell(Field::frame_modbus_pdu, message);
}

std::uint64_t measure_ldap(Bytes bytes) noexcept {
  constexpr std::uint8_t kSequence = 0x30;
  if (bytes[0] != kSequence) return kBroken;
  if (bytes.size() < 2) return kUnknown;
  if (bytes[1] < 0x80) return 2 + std::uint64_t{bytes[1]};
  const std::size_t count = bytes[1] & 0x7f;
  if (count == 0 || count > 4) return kBroken;
  return bytes.size() < 2 + count ? kUnknown : 2 + count + be_at(bytes, 2, count);
}
void tell_ldap(const Teller& teller, Bytes message) noexcept {
  teller.tell(Field::frame_ldap_pdu, message);
}

constexpr std::size_t kEnipHead = 24;
std::uint64_t measure_enip(Bytes bytes) noexcept {
  return bytes.size() < 4 ? kUnknown : kEnipHead + le16_at(bytes, 2);
}
void tell_enip(const Teller& teller, Bytes message) noexcept {
  tell_parts(teller, {Field::frame_enip_pdu, Field::frame_enip_hdr, Field::frame_enip_data},
             message, kEnipHead);
}

constexpr std::array kShapes{
    Shape{Protocol::tls, measure_tls, tell_tls},
    Shape{Protocol::smb, measure_smb, tell_smb},
    Shape{Protocol::nfs, measure_rpc, tell_nfs},
    Shape{Protocol::mqtt, mqtt::measure, tell_mqtt},
    Shape{Protocol::websocket, measure_websocket, tell_websocket},
    Shape{Protocol::modbus, measure_modbus, tell_modbus},
    Shape{Protocol::ldap, measure_ldap, tell_ldap},
    Shape{Protocol::enip, measure_enip, tell_enip},
};

}  // namespace

const Shape* shape_of(Protocol protocol) noexcept {
  const auto* const found =
      std::find_if(kShapes.begin(), kShapes.end(),
                   [protocol](const Shape& one) { return one.protocol == protocol; });
  return found == kShapes.end() ? nullptr : found;
}

}  // namespace sekisho::engines::frames
