#include "packets/packet_builder.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace sekisho::packets {
namespace {

constexpr std::uint8_t kIpv4InIp = 4, kTcp = 6, kUdp = 17, kIpv6InIp = 41, kRouting = 43,
                       kFragment = 44, kGre = 47, kAuthentication = 51, kNoNextHeader = 59,
                       kDestinationOptions = 60, kIcmp = 1, kIcmpv6 = 58, kSctp = 132,
                       kExperiment = 253;

void put8(Bytes& out, std::size_t value) { out.push_back(static_cast<std::uint8_t>(value)); }
void put16(Bytes& out, std::size_t value) {
  put8(out, value >> 8 & 0xff);
  put8(out, value & 0xff);
}
void put32(Bytes& out, std::size_t value) {
  put16(out, value >> 16 & 0xffff);
  put16(out, value & 0xffff);
}
void set16(Bytes& out, std::size_t at, std::size_t value) {
  out.at(at) = static_cast<std::uint8_t>(value >> 8 & 0xff);
  out.at(at + 1) = static_cast<std::uint8_t>(value & 0xff);
}
void append(Bytes& out, std::span<const std::uint8_t> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void put_mac(Bytes& out, std::string_view text) {
  std::array<unsigned, 6> b{};
  if (std::sscanf(std::string(text).c_str(), "%2x:%2x:%2x:%2x:%2x:%2x", &b[0], &b[1], &b[2], &b[3],
                  &b[4], &b[5]) != 6)
    throw std::invalid_argument("not a MAC address: " + std::string(text));
  for (const auto byte : b) put8(out, byte);
}

void put_address(Bytes& out, int family, std::string_view text) {
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(family, std::string(text).c_str(), bytes.data()) != 1)
    throw std::invalid_argument("not an address of this family: " + std::string(text));
  append(out, std::span(bytes).first(family == AF_INET ? 4 : 16));
}

std::uint16_t fold(std::uint32_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum & 0xffff);
}

}  // namespace

std::uint32_t ones_complement_sum(std::span<const std::uint8_t> bytes, std::uint32_t sum) {
  for (std::size_t i = 0; i < bytes.size(); ++i)
    sum += i % 2 == 0 ? std::uint32_t{bytes[i]} << 8 : std::uint32_t{bytes[i]};
  return sum;
}

PacketBuilder::Layer& PacketBuilder::add(Kind kind, std::uint8_t number, Bytes header) {
  layers_.push_back(Layer{.kind = kind,
                          .number = number,
                          .header = std::move(header),
                          .next = {},
                          .length = {},
                          .bad_checksum = false,
                          .no_checksum = false});
  return layers_.back();
}

PacketBuilder::Layer& PacketBuilder::last(std::initializer_list<Kind> allowed) {
  if (layers_.empty() ||
      std::find(allowed.begin(), allowed.end(), layers_.back().kind) == allowed.end())
    throw std::logic_error("the last layer has no such field");
  return layers_.back();
}

PacketBuilder& PacketBuilder::ethernet(std::string_view source, std::string_view destination) {
  Bytes header;
  put_mac(header, destination);
  put_mac(header, source);
  put16(header, 0);
  add(Kind::ethernet, 0, std::move(header));
  return *this;
}

PacketBuilder& PacketBuilder::vlan(std::uint16_t id, std::uint16_t tpid) {
  last({Kind::ethernet, Kind::vlan}).next = tpid;  // the tag's own type is in the layer in front
  Bytes header;
  put16(header, id);
  put16(header, 0);
  add(Kind::vlan, 0, std::move(header));
  return *this;
}

PacketBuilder& PacketBuilder::pppoe(std::uint16_t session) {
  Bytes header = {0x11, 0x00};
  put16(header, session);
  put16(header, 0);
  put16(header, 0);
  add(Kind::pppoe, 0, std::move(header));
  return *this;
}

PacketBuilder& PacketBuilder::mpls(std::uint32_t label, bool bottom_of_stack) {
  Bytes header;
  put32(header, label << 12 | (bottom_of_stack ? 0x100U : 0U) | 64U);
  add(Kind::mpls, 0, std::move(header));
  return *this;
}

PacketBuilder& PacketBuilder::ipv4(std::string_view source, std::string_view destination) {
  Bytes header = {0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 0, 0, 0};
  put_address(header, AF_INET, source);
  put_address(header, AF_INET, destination);
  add(Kind::ipv4, kIpv4InIp, std::move(header));
  return *this;
}

PacketBuilder& PacketBuilder::ipv6(std::string_view source, std::string_view destination) {
  Bytes header = {0x60, 0, 0, 0, 0, 0, 0, 64};
  put_address(header, AF_INET6, source);
  put_address(header, AF_INET6, destination);
  add(Kind::ipv6, kIpv6InIp, std::move(header));
  return *this;
}

PacketBuilder& PacketBuilder::options(std::span<const std::uint8_t> bytes) {
  auto& header = last({Kind::ipv4}).header;
  append(header, bytes);
  while (header.size() % 4 != 0) put8(header, 0);
  header[0] = static_cast<std::uint8_t>((header[0] & 0xf0) | header.size() / 4);
  return *this;
}

PacketBuilder& PacketBuilder::fragment(std::uint16_t id, std::uint32_t offset_bytes, bool more) {
  auto& header = last({Kind::ipv4}).header;
  set16(header, 4, id);
  set16(header, 6, offset_bytes / 8 | (more ? 0x2000U : 0U));
  return *this;
}

PacketBuilder& PacketBuilder::identification(std::uint16_t id) {
  set16(last({Kind::ipv4}).header, 4, id);
  return *this;
}

PacketBuilder& PacketBuilder::ttl(std::uint8_t value) {
  auto& layer = last({Kind::ipv4, Kind::ipv6});
  layer.header[layer.kind == Kind::ipv4 ? 8 : 7] = value;
  return *this;
}

PacketBuilder& PacketBuilder::add_options(std::uint8_t number,
                                          std::span<const std::uint8_t> options) {
  Bytes header = {0, 0};
  append(header, options);
  const std::size_t missing = (8 - header.size() % 8) % 8;
  if (missing == 1) put8(header, 0);  // Pad1
  if (missing >= 2) {                 // PadN
    put8(header, 1);
    put8(header, missing - 2);
    header.resize(header.size() + missing - 2);
  }
  header[1] = static_cast<std::uint8_t>(header.size() / 8 - 1);
  add(Kind::extension, number, std::move(header));
  return *this;
}

PacketBuilder& PacketBuilder::hop_by_hop(std::span<const std::uint8_t> options) {
  return add_options(0, options);
}

PacketBuilder& PacketBuilder::destination_options(std::span<const std::uint8_t> options) {
  return add_options(kDestinationOptions, options);
}

PacketBuilder& PacketBuilder::routing(std::uint8_t type, std::uint8_t segments_left) {
  Bytes header = {0, 2, type, segments_left, 0, 0, 0, 0};
  put_address(header, AF_INET6, "2001:db8::99");
  add(Kind::extension, kRouting, std::move(header));
  return *this;
}

PacketBuilder& PacketBuilder::fragment6(std::uint32_t id, std::uint32_t offset_bytes, bool more) {
  Bytes header = {0, 0};
  put16(header, (offset_bytes & 0xfff8) | (more ? 1U : 0U));
  put32(header, id);
  add(Kind::extension, kFragment, std::move(header));
  return *this;
}

PacketBuilder& PacketBuilder::authentication_header() {
  Bytes header = {0, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1};
  header.resize(24);
  add(Kind::extension, kAuthentication, std::move(header));
  return *this;
}

PacketBuilder& PacketBuilder::extension(std::uint8_t number, std::size_t bytes) {
  Bytes header(bytes);
  header.at(1) = static_cast<std::uint8_t>(bytes / 8 - 1);
  add(Kind::extension, number, std::move(header));
  return *this;
}

PacketBuilder& PacketBuilder::tcp(std::uint16_t source_port, std::uint16_t destination_port,
                                  std::uint8_t flags, std::uint32_t sequence,
                                  std::uint32_t acknowledgment, std::uint16_t window) {
  Bytes header;
  put16(header, source_port);
  put16(header, destination_port);
  put32(header, sequence);
  put32(header, acknowledgment);
  put8(header, 0x50);
  put8(header, flags);
  put16(header, window);
  put32(header, 0);
  add(Kind::tcp, kTcp, std::move(header));
  return *this;
}

PacketBuilder& PacketBuilder::tcp_options(std::span<const std::uint8_t> bytes) {
  auto& header = last({Kind::tcp}).header;
  append(header, bytes);
  while (header.size() % 4 != 0) put8(header, 0);
  header[12] = static_cast<std::uint8_t>(header.size() / 4 << 4);
  return *this;
}

PacketBuilder& PacketBuilder::udp(std::uint16_t source_port, std::uint16_t destination_port) {
  Bytes header;
  put16(header, source_port);
  put16(header, destination_port);
  put32(header, 0);
  add(Kind::udp, kUdp, std::move(header));
  return *this;
}

bool PacketBuilder::on_ipv6() const {
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer)
    if (layer->kind == Kind::ipv4 || layer->kind == Kind::ipv6) return layer->kind == Kind::ipv6;
  return false;
}

PacketBuilder& PacketBuilder::icmp_echo(std::uint16_t identifier, std::uint16_t sequence,
                                        bool reply) {
  const std::uint8_t request_type = on_ipv6() ? 128 : 8;
  const std::uint8_t reply_type = on_ipv6() ? 129 : 0;
  return icmp(reply ? reply_type : request_type, 0, std::uint32_t{identifier} << 16 | sequence);
}

PacketBuilder& PacketBuilder::icmp(std::uint8_t type, std::uint8_t code,
                                   std::uint32_t rest_of_header) {
  Bytes header = {type, code, 0, 0};
  put32(header, rest_of_header);
  add(Kind::icmp, on_ipv6() ? kIcmpv6 : kIcmp, std::move(header));
  return *this;
}

PacketBuilder& PacketBuilder::icmp_error(std::uint8_t type, std::uint8_t code,
                                         std::span<const std::uint8_t> embedded) {
  return icmp(type, code).payload(embedded);
}

PacketBuilder& PacketBuilder::sctp(std::uint16_t source_port, std::uint16_t destination_port) {
  Bytes header;
  put16(header, source_port);
  put16(header, destination_port);
  put32(header, 1);
  put32(header, 0);  // CRC32c, which the decoder leaves alone
  add(Kind::sctp, kSctp, std::move(header));
  return *this;
}

PacketBuilder& PacketBuilder::gre() {
  add(Kind::gre, kGre, {0, 0, 0, 0});
  return *this;
}

PacketBuilder& PacketBuilder::gre_fields(bool checksum, std::optional<std::uint32_t> key,
                                         std::optional<std::uint32_t> sequence) {
  auto& header = last({Kind::gre}).header;
  header[0] =
      static_cast<std::uint8_t>((checksum ? 0x80 : 0) | (key ? 0x20 : 0) | (sequence ? 0x10 : 0));
  if (checksum) put32(header, 0);
  if (key) put32(header, *key);
  if (sequence) put32(header, *sequence);
  return *this;
}

PacketBuilder& PacketBuilder::payload(std::string_view text) {
  add(Kind::payload, kExperiment, Bytes(text.begin(), text.end()));
  return *this;
}

PacketBuilder& PacketBuilder::payload(std::span<const std::uint8_t> bytes) {
  add(Kind::payload, kExperiment, Bytes(bytes.begin(), bytes.end()));
  return *this;
}

PacketBuilder& PacketBuilder::payload_bytes(std::size_t count) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(i & 0xff);
  return payload(bytes);
}

PacketBuilder& PacketBuilder::ethertype(std::uint16_t value) {
  last({Kind::ethernet, Kind::vlan, Kind::gre, Kind::pppoe}).next = value;
  return *this;
}

PacketBuilder& PacketBuilder::protocol(std::uint8_t value) {
  last({Kind::ipv4, Kind::ipv6, Kind::extension}).next = value;
  return *this;
}

PacketBuilder& PacketBuilder::length(std::uint16_t value) {
  last({Kind::ipv4, Kind::ipv6, Kind::udp, Kind::pppoe}).length = value;
  return *this;
}

PacketBuilder& PacketBuilder::header_length(std::uint8_t words) {
  auto& layer = last({Kind::ipv4, Kind::tcp});
  auto& byte = layer.header[layer.kind == Kind::ipv4 ? 0 : 12];
  byte = static_cast<std::uint8_t>(layer.kind == Kind::ipv4 ? (byte & 0xf0) | words : words << 4);
  return *this;
}

PacketBuilder& PacketBuilder::extension_length(std::uint8_t value) {
  last({Kind::extension}).header.at(1) = value;
  return *this;
}

PacketBuilder& PacketBuilder::version(std::uint8_t value) {
  auto& layer = last({Kind::ipv4, Kind::ipv6, Kind::gre});
  if (layer.kind == Kind::gre)
    layer.header[1] = static_cast<std::uint8_t>((layer.header[1] & 0xf8) | value);
  else
    layer.header[0] = static_cast<std::uint8_t>((layer.header[0] & 0x0f) | value << 4);
  return *this;
}

PacketBuilder& PacketBuilder::bad_checksum() {
  last({Kind::ipv4, Kind::tcp, Kind::udp, Kind::icmp}).bad_checksum = true;
  return *this;
}

PacketBuilder& PacketBuilder::no_checksum() {
  last({Kind::udp}).no_checksum = true;
  return *this;
}

PacketBuilder& PacketBuilder::pad_to(std::size_t bytes) {
  pad_to_ = bytes;
  return *this;
}

PacketBuilder& PacketBuilder::truncate(std::size_t bytes) {
  truncate_to_ = bytes;
  return *this;
}

/// What layer `index` calls the layer behind it.
std::uint16_t PacketBuilder::next_of(std::size_t index) const {
  const Layer& layer = layers_[index];
  if (layer.next) return *layer.next;
  const Layer* next = index + 1 < layers_.size() ? &layers_[index + 1] : nullptr;
  const bool ip_numbers =
      layer.kind == Kind::ipv4 || layer.kind == Kind::ipv6 || layer.kind == Kind::extension;
  if (ip_numbers) {
    if (next != nullptr) return next->number;
    return layer.kind == Kind::ipv4 ? kExperiment : kNoNextHeader;
  }
  const bool ppp = layer.kind == Kind::pppoe;
  if (next == nullptr) return ppp ? 0xc021 : 0x88b5;  // LCP; IEEE experimental ethertype
  switch (next->kind) {
    case Kind::ipv4:
      return ppp ? 0x0021 : 0x0800;
    case Kind::ipv6:
      return ppp ? 0x0057 : 0x86dd;
    case Kind::pppoe:
      return 0x8864;
    case Kind::mpls:
      return 0x8847;
    default:
      return ppp ? 0xc021 : 0x88b5;
  }
}

std::size_t PacketBuilder::ip_in_front_of(std::size_t index) const {
  for (std::size_t i = index; i-- > 0;)
    if (layers_[i].kind == Kind::ipv4 || layers_[i].kind == Kind::ipv6) return i;
  throw std::logic_error("a transport layer needs an IP layer in front");
}

std::uint32_t PacketBuilder::pseudo_header_sum(std::size_t index, std::size_t bytes) const {
  const Layer& ip = layers_[ip_in_front_of(index)];
  const auto addresses = ip.kind == Kind::ipv4 ? std::span(ip.header).subspan(12, 8)
                                               : std::span(ip.header).subspan(8, 32);
  Bytes rest;
  put32(rest, bytes);
  put32(rest, layers_[index].number);
  return ones_complement_sum(rest, ones_complement_sum(addresses));
}

/// Layer `index` with its lengths, next field and checksum, in front of `body`.
Bytes PacketBuilder::finish(std::size_t index, Bytes body) const {
  const Layer& layer = layers_[index];
  Bytes out = layer.header;
  std::optional<std::size_t> checksum_at;
  std::uint32_t sum = 0;
  const std::size_t whole = out.size() + body.size();
  switch (layer.kind) {
    case Kind::ethernet:
      set16(out, 12, next_of(index));
      break;
    case Kind::vlan:
      set16(out, 2, next_of(index));
      break;
    case Kind::gre:
      set16(out, 2, next_of(index));
      if ((out[0] & 0x80) != 0) checksum_at = 4;
      break;
    case Kind::pppoe:
      set16(out, 4, layer.length.value_or(static_cast<std::uint16_t>(body.size() + 2)));
      set16(out, 6, next_of(index));
      break;
    case Kind::ipv4:
      set16(out, 2, layer.length.value_or(static_cast<std::uint16_t>(whole)));
      out[9] = static_cast<std::uint8_t>(next_of(index));
      set16(out, 10, fold(ones_complement_sum(out)));
      if (layer.bad_checksum) out[10] ^= 0x55;
      break;
    case Kind::ipv6:
      set16(out, 4, layer.length.value_or(static_cast<std::uint16_t>(body.size())));
      out[6] = static_cast<std::uint8_t>(next_of(index));
      break;
    case Kind::extension:
      out[0] = static_cast<std::uint8_t>(next_of(index));
      break;
    case Kind::tcp:
      checksum_at = 16;
      sum = pseudo_header_sum(index, whole);
      break;
    case Kind::udp:
      set16(out, 4, layer.length.value_or(static_cast<std::uint16_t>(whole)));
      checksum_at = 6;
      sum = pseudo_header_sum(index, whole);
      break;
    case Kind::icmp:
      checksum_at = 2;
      sum = layer.number == kIcmpv6 ? pseudo_header_sum(index, whole) : 0;
      break;
    case Kind::mpls:
    case Kind::sctp:
    case Kind::payload:
      break;
  }
  append(out, body);
  if (checksum_at && !layer.no_checksum) {
    auto checksum = fold(ones_complement_sum(out, sum));
    if (checksum == 0 && layer.kind == Kind::udp) checksum = 0xffff;  // RFC 768: zero means none
    set16(out, *checksum_at, layer.bad_checksum ? checksum ^ 0x5555 : checksum);
  }
  return out;
}

Bytes PacketBuilder::build_from(std::size_t index) const {
  Bytes body;
  for (std::size_t i = layers_.size(); i-- > index;) body = finish(i, std::move(body));
  return body;
}

Bytes PacketBuilder::build() const {
  Bytes out = build_from(0);
  if (pad_to_ && out.size() < *pad_to_) out.resize(*pad_to_);
  if (truncate_to_ && out.size() > *truncate_to_) out.resize(*truncate_to_);
  return out;
}

std::vector<Bytes> PacketBuilder::build_fragments(std::uint32_t id, std::size_t piece_bytes) const {
  if (piece_bytes == 0 || piece_bytes % 8 != 0)
    throw std::invalid_argument("fragments are cut at multiples of 8 bytes");
  const std::size_t ip = ip_in_front_of(layers_.size());
  const auto next = static_cast<std::uint8_t>(next_of(ip));
  const Bytes whole = build_from(ip + 1);
  std::vector<Bytes> fragments;
  for (std::size_t at = 0; at < whole.size(); at += piece_bytes) {
    const auto piece = std::span(whole).subspan(at, std::min(piece_bytes, whole.size() - at));
    const bool more = at + piece.size() < whole.size();
    const auto offset = static_cast<std::uint32_t>(at);
    PacketBuilder one;
    one.layers_.assign(layers_.begin(), layers_.begin() + static_cast<std::ptrdiff_t>(ip) + 1);
    if (layers_[ip].kind == Kind::ipv4)
      one.fragment(static_cast<std::uint16_t>(id), offset, more).protocol(next).payload(piece);
    else
      one.fragment6(id, offset, more).protocol(next).payload(piece);
    fragments.push_back(one.build());
  }
  return fragments;
}

}  // namespace sekisho::packets
