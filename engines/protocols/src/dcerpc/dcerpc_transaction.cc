#include "dcerpc/dcerpc_transaction.h"

#include "dcerpc/procedures.h"

namespace sekisho::engines::dcerpc {
namespace {

std::optional<Bytes> stub_of(const Call& call, Direction direction) noexcept {
  const auto& side = call.side(direction);
  const auto type = direction == Direction::to_server ? kRequest : kResponse;
  if (!side.done || side.type != type) return std::nullopt;
  return side.stub.view();
}

}  // namespace

std::optional<std::span<const std::uint8_t>> call_bytes(const Call& call,
                                                        const Interfaces& interfaces,
                                                        rules::Field field, Direction direction,
                                                        std::uint32_t instance,
                                                        FieldScratch scratch) noexcept {
  using enum rules::Field;
  if (field == dcerpc_stub_data) return stub_of(call, direction);
  if (field != dcerpc_iface || !call.is_call() || instance != 0) return std::nullopt;
  const auto* one = interfaces.accepted(call.context);
  if (one == nullptr) return std::nullopt;
  return interface_field(one->uuid.data(), one->major, one->minor, scratch);
}

std::optional<std::uint64_t> call_number(const Call& call, rules::Field field) noexcept {
  if (field != rules::Field::dcerpc_opnum || !call.has_operation) return std::nullopt;
  return call.operation;
}

std::optional<std::span<const std::uint8_t>> DcerpcTransaction::bytes(
    rules::Field field, Direction direction, std::uint32_t instance,
    FieldScratch scratch) const noexcept {
  if (interfaces != nullptr)
    return call_bytes(call, *interfaces, field, direction, instance, scratch);
  if (field == rules::Field::dcerpc_stub_data) return stub_of(call, direction);
  if (field != rules::Field::dcerpc_iface || instance != 0) return std::nullopt;
  return interface_field(datagram.interface, static_cast<std::uint16_t>(datagram.interface_version),
                         static_cast<std::uint16_t>(datagram.interface_version >> 16), scratch);
}

std::optional<std::uint64_t> DcerpcTransaction::number(rules::Field field, Direction,
                                                       std::uint32_t) const noexcept {
  return call_number(call, field);
}

void DcerpcTransaction::write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept {
  json.begin_object("dcerpc");
  if (interfaces != nullptr) {
    write_call(call, interfaces->all(), id(), false, json);
  } else {
    const auto& request = call.side(Direction::to_server);
    const auto& response = call.side(Direction::to_client);
    json.member("request", request.seen ? name_of(request.type) : "REQUEST_LOST");
    if (request.seen) write_side(call, Direction::to_server, false, json);
    json.member("response", response.seen ? name_of(response.type) : "UNREPLIED");
    if (response.seen) write_side(call, Direction::to_client, false, json);
    char activity[36];
    json.member("activityuuid", uuid_text(datagram.activity, activity))
        .member("seqnum", datagram.sequence)
        .member("rpc_version", "4.0");
  }
  json.end_object();
}

}  // namespace sekisho::engines::dcerpc
