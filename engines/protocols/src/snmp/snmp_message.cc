#include "snmp/snmp_message.h"

#include <array>

namespace sekisho::engines::snmp {
namespace {

using namespace asn1;

template <std::size_t kCount>
std::string_view find_name(const std::array<std::string_view, kCount>& names,
                           std::int64_t number) noexcept {
  return number >= 0 && number < std::ssize(names) ? names[static_cast<std::size_t>(number)]
                                                   : std::string_view{};
}

/// RFC 1157 §4.1.6.
bool read_trap_v1(Reader reader, Message& message) noexcept {
  constexpr std::uint8_t kIpAddress = 0x40, kTimeTicks = 0x43;
  Bytes enterprise, address, ticks;
  std::int64_t specific = 0;
  if (!reader.next(kObjectIdentifier, enterprise) || !reader.next(kIpAddress, address) ||
      !reader.integer(kInteger, message.trap_type) || !reader.integer(kInteger, specific) ||
      !reader.next(kTimeTicks, ticks))
    return false;
  message.enterprise = enterprise;
  message.address = address;
  return reader.next(kSequence, message.variables);
}

bool read_pdu(const Value& pdu, Message& message) noexcept {
  constexpr std::uint8_t kNumberBits = 0x1f;
  const auto type = static_cast<std::uint8_t>(pdu.tag & kNumberBits);
  if (pdu.tag != context(type) || type > kHighestPdu) return false;
  message.pdu_type = type;
  Reader reader(pdu.body);
  if (type == kTrapV1) return read_trap_v1(reader, message);
  std::int64_t request = 0, index = 0;
  return reader.integer(kInteger, request) && reader.integer(kInteger, message.error) &&
         reader.integer(kInteger, index) && reader.next(kSequence, message.variables);
}

/// RFC 3412 §6, RFC 3414 §2.4.
bool read_version3(Reader reader, Message& message) noexcept {
  Bytes header, parameters, flags, security, engine, user;
  std::int64_t number = 0;
  if (!reader.next(kSequence, header) || !reader.next(kOctetString, parameters)) return false;
  Reader global(header);
  if (!global.integer(kInteger, number) || !global.integer(kInteger, number) ||
      !global.next(kOctetString, flags) || flags.empty())
    return false;
  message.encrypted = (flags[0] & 0x02) != 0;
  std::int64_t boots = 0, time = 0;
  if (Reader(parameters).next(kSequence, security)) {
    Reader model(security);
    if (model.next(kOctetString, engine) && model.integer(kInteger, boots) &&
        model.integer(kInteger, time) && model.next(kOctetString, user))
      message.user = user;
  }
  if (message.encrypted) return true;
  Bytes scoped, name;
  Value pdu;
  if (!reader.next(kSequence, scoped)) return false;
  Reader parts(scoped);
  return parts.next(kOctetString, engine) && parts.next(kOctetString, name) && parts.next(pdu) &&
         read_pdu(pdu, message);
}

}  // namespace

std::optional<Message> read_message(Bytes bytes) noexcept {
  Bytes body, community;
  if (!Reader(bytes).next(kSequence, body)) return std::nullopt;
  Reader reader(body);
  std::int64_t version = 0;
  if (!reader.integer(kInteger, version)) return std::nullopt;
  Message message;
  if (version == 3) {
    message.version = 3;
    return read_version3(reader, message) ? std::optional(message) : std::nullopt;
  }
  if (version != 0 && version != 1) return std::nullopt;
  message.version = static_cast<std::uint8_t>(version + 1);
  Value pdu;
  if (!reader.next(kOctetString, community) || !reader.next(pdu) || !read_pdu(pdu, message))
    return std::nullopt;
  message.community = community;
  return message;
}

bool next_variable(Bytes& variables, Bytes& name, Value& value) noexcept {
  Reader reader(variables);
  Bytes variable;
  if (!reader.next(kSequence, variable)) return false;
  variables = reader.rest();
  Reader parts(variable);
  return parts.next(kObjectIdentifier, name) && parts.next(value);
}

std::string_view pdu_name(std::uint8_t type) noexcept {
  static constexpr std::array<std::string_view, kHighestPdu + 1> kNames{
      "get_request",      "get_next_request", "response", "set_request", "trap_v1",
      "get_bulk_request", "inform_request",   "trap_v2",  "report"};
  return find_name(kNames, type);
}

std::string_view error_name(std::int64_t error) noexcept {
  static constexpr std::array<std::string_view, 19> kNames{"NoError",
                                                           "TooBig",
                                                           "NoSuchName",
                                                           "BadValue",
                                                           "ReadOnly",
                                                           "GenErr",
                                                           "NoAccess",
                                                           "WrongType",
                                                           "WrongLength",
                                                           "WrongEncoding",
                                                           "WrongValue",
                                                           "NoCreation",
                                                           "InconsistentValue",
                                                           "ResourceUnavailable",
                                                           "CommitFailed",
                                                           "UndoFailed",
                                                           "AuthorizationError",
                                                           "NotWritable",
                                                           "InconsistentName"};
  return find_name(kNames, error);
}

std::string_view trap_name(std::int64_t type) noexcept {
  static constexpr std::array<std::string_view, 7> kNames{
      "coldStart",       "warmStart",         "linkDown", "linkUp", "authenticationFailure",
      "egpNeighborLoss", "enterpriseSpecific"};
  return find_name(kNames, type);
}

}  // namespace sekisho::engines::snmp
