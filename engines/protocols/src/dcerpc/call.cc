#include "dcerpc/call.h"

#include <cstdio>

#include "dcerpc/procedures.h"
#include "little_endian.h"

namespace sekisho::engines::dcerpc {
namespace {

constexpr auto kClient = Direction::to_server;  // what the client says
constexpr auto kServer = Direction::to_client;

bool is_binding_request(std::uint8_t type) noexcept {
  return type == kBind || type == kAlterContext;
}

std::string_view version_text(unsigned major, unsigned minor, std::span<char> room) noexcept {
  const int count = std::snprintf(room.data(), room.size(), "%u.%u", major, minor);
  return {room.data(), static_cast<std::size_t>(count)};
}

}  // namespace

bool is_from(const Pdu& pdu, Direction direction) noexcept {
  switch (pdu.type) {
    case kRequest:
    case kBind:
    case kAlterContext:
      return direction == kClient;
    case kResponse:
    case kFault:
    case kBindAck:
    case kBindNak:
    case kAlterContextResponse:
      return direction == kServer;
    default:  // authentication, cancellation: part of no exchange
      return false;
  }
}

bool Call::is_call() const noexcept {
  return side(kClient).seen ? side(kClient).type == kRequest : side(kServer).type == kResponse;
}

bool Call::is_binding() const noexcept {
  return side(kClient).seen && is_binding_request(side(kClient).type);
}

bool Call::add(const Pdu& pdu, Direction direction, Interfaces& interfaces,
               std::uint64_t transaction) noexcept {
  Side& own = side(direction);
  own.seen = true;
  own.type = pdu.type;
  ++own.fragments;
  own.done = (pdu.flags & kLastFragment) != 0;
  if (direction == kClient || !side(kClient).seen) minor = pdu.minor;
  const auto integer = [&](std::size_t offset) {
    return static_cast<std::uint16_t>(integer_at(pdu.body, offset, 2, pdu.little));
  };
  // alloc_hint, context, then the operation or the number of cancellations: 8 bytes both
  constexpr std::size_t kCallHeader = 8;
  switch (pdu.type) {
    case kRequest:
      context = integer(4);
      operation = integer(6);
      has_operation = true;
      add_stub(direction, slice(pdu.body, kCallHeader));
      return pdu.body.size() >= kCallHeader;
    case kResponse:
      if (!side(kClient).seen) context = integer(4);
      add_stub(direction, keeps_response_head ? pdu.body : slice(pdu.body, kCallHeader));
      return pdu.body.size() >= kCallHeader;
    case kBind:
    case kAlterContext:
      own.done = true;
      return interfaces.bind(pdu, transaction);
    case kBindAck:
    case kAlterContextResponse:
      own.done = true;
      return !is_binding() || interfaces.answer(pdu, transaction);
    default:
      own.done = true;
      return true;
  }
}

void Call::add_stub(Direction direction, Bytes stub) noexcept {
  Side& own = side(direction);
  own.stub_bytes += stub.size();
  own.stub.append_some(stub);
}

void write_interface(const Interface& one, const Call& call,
                     events::BoundedJsonWriter& json) noexcept {
  char uuid[36], version[16];
  json.begin_object()
      .member("uuid", uuid_text(one.uuid.data(), uuid))
      .member("version", version_text(one.major, one.minor, version));
  if (one.answered) json.member("ack_result", one.result);
  if (const auto* service = service_of(one.uuid)) {
    json.member("service", service->name);
    if (call.is_call() && call.has_operation) {
      const auto procedure = procedure_of(*service, call.operation);
      if (!procedure.empty()) json.member("procedure", procedure);
    }
  }
  json.end_object();
}

void write_side(const Call& call, Direction direction, bool over_smb,
                events::BoundedJsonWriter& json) noexcept {
  const bool client = direction == kClient;
  const auto& side = call.side(direction);
  if (side.type != (client ? kRequest : kResponse)) return;
  if (client && over_smb) json.member("opnum", call.operation);
  json.begin_object(client ? "req" : "res");
  if (client && !over_smb) json.member("opnum", call.operation);
  json.member("frag_cnt", side.fragments).member("stub_data_size", side.stub_bytes).end_object();
}

void write_call(const Call& call, std::span<const Interface> interfaces, std::uint64_t transaction,
                bool over_smb, events::BoundedJsonWriter& json) noexcept {
  const auto& request = call.side(kClient);
  const auto& response = call.side(kServer);
  json.member("request", request.seen ? name_of(request.type) : "REQUEST_LOST");
  bool any = false;
  for (const auto& one : interfaces) {
    const bool concerned = call.is_binding()
                               ? one.bound_by == transaction
                               : call.is_call() && one.context == call.context && one.accepted();
    if (!concerned) continue;
    if (!any) json.begin_array("interfaces");
    any = true;
    write_interface(one, call, json);
  }
  if (any) json.end_array();
  if (request.seen) write_side(call, kClient, over_smb, json);
  json.member("response", response.seen ? name_of(response.type) : "UNREPLIED");
  if (response.seen) write_side(call, kServer, over_smb, json);
  json.member("call_id", call.id);
  if (over_smb) return;
  char version[16];
  json.member("rpc_version", version_text(5, call.minor, version));
}

}  // namespace sekisho::engines::dcerpc
