#include "dataplane/decrypt/takeover/handover.h"

#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace sekisho::decrypt {
namespace {

static_assert(std::is_trivially_copyable_v<Handover>);
static_assert(std::has_unique_object_representations_v<Handover>);

constexpr std::uint8_t kLargestScale = 14;  // RFC 7323 §2.3
constexpr std::uint16_t kLeastMss = 64;     // less is an attack on whoever sends, not a network

Error wrong(std::string_view end, std::string_view what) {
  return {Error::Code::invalid_input, std::string(end).append(": ").append(what)};
}

bool is_link_local(const IpAddress& address) noexcept {
  return address.bytes[0] == 0xfe && (address.bytes[1] & 0xc0) == 0x80;
}

bool is_unspecified(const IpAddress& address) noexcept {
  return address == IpAddress{} || (address.is_v4() && address.v4() == 0);
}

/// A broadcast or multicast address has no connections.
bool is_group(const IpAddress& address) noexcept {
  return address.is_v4() ? address.v4() >> 28 >= 14 : address.bytes[0] == 0xff;
}

Status check(const HandoverEnd& end, std::string_view name) {
  if (end.port == 0) return wrong(name, "port 0");
  if (end.mss < kLeastMss) return wrong(name, "segments of " + std::to_string(end.mss) + " bytes");
  if (end.scale != HandoverEnd::kNoScale && end.scale > kLargestScale)
    return wrong(name, "window scale " + std::to_string(end.scale));
  if (is_unspecified(end.address) || is_group(end.address))
    return wrong(name, "address " + to_string(end.address));
  // Would need the interface beside the address.
  if (is_link_local(end.address)) return wrong(name, "link-local address");
  return ok();
}

}  // namespace

std::array<std::uint8_t, sizeof(Handover)> bytes_of(const Handover& handover) noexcept {
  std::array<std::uint8_t, sizeof(Handover)> bytes;
  std::memcpy(bytes.data(), &handover, bytes.size());
  return bytes;
}

Result<Handover> read_handover(std::span<const std::uint8_t> message) {
  Handover read;
  if (message.size() != sizeof read)
    return Error{Error::Code::invalid_input,
                 "handover: " + std::to_string(message.size()) + " bytes, not 88"};
  std::memcpy(&read, message.data(), sizeof read);
  if (auto s = check(read.client, "client"); !s) return Error{std::move(s).error()};
  if (auto s = check(read.server, "server"); !s) return Error{std::move(s).error()};
  if (read.client.address.is_v4() != read.server.address.is_v4())
    return Error{Error::Code::invalid_input, "handover: the ends are of two address families"};
  if ((read.client.scale == HandoverEnd::kNoScale) != (read.server.scale == HandoverEnd::kNoScale))
    return Error{Error::Code::invalid_input, "handover: only one end scales its windows"};
  if (read.client.address == read.server.address && read.client.port == read.server.port)
    return Error{Error::Code::invalid_input, "handover: both ends are one"};
  if (read.sack > 1 || read.timestamps > 1)
    return Error{Error::Code::invalid_input, "handover: neither yes nor no"};
  return read;
}

}  // namespace sekisho::decrypt
