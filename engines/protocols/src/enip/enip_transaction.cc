#include "enip/enip_transaction.h"

#include "little_endian.h"

namespace sekisho::engines::enip {
namespace {

using rules::Field;

constexpr unsigned kKindShift = 56, kServiceShift = 32, kClassShift = 16;

std::optional<CipNumbers::Kind> kind_of(rules::Field field) noexcept {
  switch (field) {
    case Field::enip_cip_service:
      return CipNumbers::service;
    case Field::enip_cip_service_class:
      return CipNumbers::service_class;
    case Field::enip_cip_service_attribute:
      return CipNumbers::service_attribute;
    case Field::enip_cip_class:
      return CipNumbers::class_id;
    case Field::enip_cip_instance:
      return CipNumbers::instance;
    case Field::enip_cip_attribute:
      return CipNumbers::attribute;
    case Field::enip_cip_status:
      return CipNumbers::status;
    case Field::enip_cip_extendedstatus:
      return CipNumbers::extended_status;
    default:
      return std::nullopt;
  }
}

std::optional<std::uint64_t> number_of(const Identity& identity, rules::Field field) noexcept {
  switch (field) {
    case Field::enip_device_type:
      return identity.device_type;
    case Field::enip_identity_status:
      return identity.status;
    case Field::enip_product_code:
      return identity.product_code;
    case Field::enip_revision:
      return std::uint64_t{identity.major} << 8 | identity.minor;
    case Field::enip_serial:
      return identity.serial;
    case Field::enip_state:
      return identity.state;
    case Field::enip_vendor_id:
      return identity.vendor;
    default:
      return std::nullopt;
  }
}

std::optional<std::uint64_t> version_of(const Message& message) noexcept {
  if (message.register_session) return message.register_session->protocol_version;
  if (message.identity) return message.identity->protocol_version;
  if (message.service) return message.service->protocol_version;
  return std::nullopt;
}

}  // namespace

CipNumbers::CipNumbers(const cip::Service& outer) noexcept {
  add_service(outer);
  cip::InnerServices inner(outer);
  cip::Service one;
  while (inner.next(one)) add_service(one);
}

void CipNumbers::add(Kind kind, std::uint64_t value) noexcept {
  if (count_ < kMax) values_[count_++] = std::uint64_t{kind} << kKindShift | value;
}

void CipNumbers::add_attribute(const cip::Service& one, const cip::Target& target,
                               std::uint32_t value) noexcept {
  add(attribute, value);
  if (target.class_id && *target.class_id <= UINT16_MAX && value <= UINT16_MAX)
    add(service_attribute, std::uint64_t{one.code} << kServiceShift |
                               std::uint64_t{*target.class_id} << kClassShift | value);
}

void CipNumbers::add_service(const cip::Service& one) noexcept {
  add(service, one.code);
  if (one.response) {
    add(status, one.status);
    for (std::size_t at = 0; at + 2 <= one.extended_status.size(); at += 2)
      add(extended_status, le16_at(one.extended_status, at));
    return;
  }
  const auto target = cip::target_of(one);
  if (target.class_id) {
    add(class_id, *target.class_id);
    if (*target.class_id <= UINT16_MAX)
      add(service_class, std::uint64_t{one.code} << kServiceShift | std::uint64_t{*target.class_id}
                                                                        << kClassShift);
  }
  if (target.instance) add(instance, *target.instance);
  if (target.attribute) add_attribute(one, target, *target.attribute);
  cip::AttributeList list(one);
  std::uint16_t listed = 0;
  while (count_ < kMax && list.next(listed)) add_attribute(one, target, listed);
}

std::optional<std::uint64_t> CipNumbers::find(Kind kind, std::uint32_t index) const noexcept {
  for (std::size_t i = 0; i < count_; ++i)
    if (values_[i] >> kKindShift == kind && index-- == 0)
      return values_[i] & ((std::uint64_t{1} << kKindShift) - 1);
  return std::nullopt;
}

void EnipTransaction::take(Direction direction, Bytes bytes, std::uint64_t length) noexcept {
  Side& side = sides_[index_of(direction)];
  const auto kept = bytes.first(std::min(bytes.size(), kMaxKept));
  if (kept.size() < kHeadBytes || !side.kept.append(kept)) return;
  side.message = read_message(side.kept.view());
  // what is cut off here is not the sender's fault
  if (side.message->malformed && kept.size() == length) add_oddity("enip.invalid_pdu");
  if (side.message->cip) side.numbers = make_pooled<CipNumbers>(pool_, *side.message->cip);
}

bool EnipTransaction::is_asked_by(const Message& response) const noexcept {
  const auto& asked = message(Direction::to_server);
  if (!asked || message(Direction::to_client)) return false;
  const bool same_session = asked->header.session == response.header.session ||
                            response.header.command == kRegisterSession;
  return same_session && asked->header.command == response.header.command &&
         asked->header.context == response.header.context && asked->sequence == response.sequence;
}

std::optional<std::span<const std::uint8_t>> EnipTransaction::bytes(rules::Field field,
                                                                    Direction direction,
                                                                    std::uint32_t,
                                                                    FieldScratch) const noexcept {
  const auto& one = message(direction);
  if (!one) return std::nullopt;
  if (field == Field::enip_product_name && one->identity) return one->identity->product_name;
  if (field == Field::enip_service_name && one->service) return one->service->name;
  return std::nullopt;
}

std::optional<std::uint64_t> EnipTransaction::number(rules::Field field, Direction direction,
                                                     std::uint32_t instance) const noexcept {
  const Side& side = sides_[index_of(direction)];
  if (!side.message) return std::nullopt;
  if (field == Field::enip_command) return side.message->header.command;
  if (field == Field::enip_status) return side.message->header.status;
  if (field == Field::enip_protocol_version) return version_of(*side.message);
  if (field == Field::enip_capabilities && side.message->service)
    return side.message->service->capabilities;
  if (const auto kind = kind_of(field); kind && side.numbers)
    return side.numbers->find(*kind, instance);
  if (side.message->identity) return number_of(*side.message->identity, field);
  return std::nullopt;
}

void EnipTransaction::write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept {
  json.begin_object("enip");
  for (const auto direction : {Direction::to_server, Direction::to_client}) {
    if (!message(direction)) continue;
    json.begin_object(direction == Direction::to_server ? "request" : "response");
    write_message(*message(direction), json);
    json.end_object();
  }
  json.end_object();
}

}  // namespace sekisho::engines::enip
