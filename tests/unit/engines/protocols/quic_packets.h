#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "quic/quic_packet.h"

namespace sekisho::tests {

std::string unhex(std::string_view digits);

struct InitialPacket {
  std::uint32_t version = engines::quic::kVersion1;
  std::string destination = {}, source = {};
  std::string key_id = {};  // the connection id that the keys are of
  bool from_server = false;
  std::uint32_t number = 0;
  std::string frames = {};
  std::string token = {};
};
/// Sealed as RFC 9001 §5 says, with OpenSSL, padded to `at_least` bytes of payload.
std::string seal(const InitialPacket& packet, std::size_t at_least = 0);

std::string varint(std::uint64_t value);
std::string crypto_frame(std::uint64_t offset, const std::string& data);

}  // namespace sekisho::tests
