#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dataplane/decrypt/segment/tcp_packet.h"
#include "packets/packet_builder.h"

/// IP packets of one connection, made by the tests' own builder.
namespace sekisho::decrypt {

using packets::Bytes;

struct SegmentOf {
  bool is_ipv4 = true;
  std::uint32_t seq = 1000;
  std::size_t payload = 100;
  std::uint8_t flags = kAck;
  std::uint32_t ack = 5000;
  std::uint16_t window = 500;
  std::uint16_t source_port = 40'000;
  std::uint16_t identification = 7;
  std::uint8_t ttl = 60;
  Bytes options = {1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8};  // timestamps
  std::uint8_t first_byte = 0;  // of the payload, which counts up from there
};

inline Bytes counting(std::size_t bytes, std::uint8_t from) {
  Bytes made(bytes);
  for (std::size_t i = 0; i < bytes; ++i) made[i] = static_cast<std::uint8_t>(from + i * 7);
  return made;
}

inline Bytes packet_of(const SegmentOf& s) {
  auto builder = packets::ethernet();
  if (s.is_ipv4)
    builder.ipv4("192.0.2.1", "198.51.100.2").identification(s.identification).ttl(s.ttl);
  else
    builder.ipv6("2001:db8::1", "2001:db8:1::2").ttl(s.ttl);
  builder.tcp(s.source_port, 443, s.flags, s.seq, s.ack, s.window);
  if (!s.options.empty()) builder.tcp_options(s.options);
  if (s.payload != 0) builder.payload(counting(s.payload, s.first_byte));
  const auto frame = builder.build();
  return {frame.begin() + 14, frame.end()};
}

}  // namespace sekisho::decrypt
