#include <array>
#include <charconv>

#include "enip/enip_transaction.h"
#include "little_endian.h"
#include "wire_text.h"

namespace sekisho::engines::enip {
namespace {

using Json = events::BoundedJsonWriter;
constexpr std::uint32_t kMaxShownServices = 64, kMaxShownSegments = 16;

/// "unknown-7", "4.3".
class NumberText {
 public:
  void add(std::string_view text) noexcept {
    for (const char c : text)
      if (size_ < room_.size()) room_[size_++] = c;
  }
  void add(std::uint32_t number) noexcept {
    char* const begin = room_.data();
    const auto end = std::to_chars(begin + size_, begin + room_.size(), number).ptr;
    size_ = static_cast<std::size_t>(end - begin);
  }
  std::string_view view() const noexcept { return {room_.data(), size_}; }

 private:
  std::array<char, 32> room_;
  std::size_t size_ = 0;
};

void write_name(std::string_view key, std::string_view name, std::uint32_t number,
                Json& json) noexcept {
  NumberText unknown;
  unknown.add("unknown-");
  unknown.add(number);
  json.member(key, name.empty() ? unknown.view() : name);
}

void write_path(const cip::Service& service, Json& json) noexcept {
  json.begin_array("path");
  Bytes path = service.path;
  cip::PathStep step;
  for (std::uint32_t i = 0; i < kMaxShownSegments && next_step(path, step); ++i)
    if (step.segment != cip::Segment::other)
      json.begin_object()
          .member("segment_type", cip::segment_name(step.segment))
          .member("value", step.value)
          .end_object();
  json.end_array();
  const auto target = cip::target_of(service);
  if (!target.class_id) return;
  const auto name = cip::class_name(*target.class_id);
  if (!name.empty()) json.member("class_name", name);
}

void write_service(const cip::Service& service, Json& json) noexcept {
  write_name("service", cip::service_name(service.code), service.code, json);
  if (!service.response) return write_path(service, json);
  write_name("status", cip::status_name(service.status), service.status, json);
  if (service.extended_status.empty()) return;
  json.member("status_extended", HexText(service.extended_status).view());
  constexpr std::uint8_t kConnectionFailure = 1;
  if (service.status != kConnectionFailure) return;
  const auto meaning = cip::connection_failure(le16_at(service.extended_status, 0));
  if (!meaning.empty()) json.member("status_extended_meaning", meaning);
}

void write_cip(const cip::Service& service, Json& json) noexcept {
  json.begin_object("cip");
  write_service(service, json);
  cip::InnerServices inner(service);
  cip::Service one;
  std::uint32_t count = 0;
  while (count < kMaxShownServices && inner.next(one)) {
    if (count++ == 0) json.begin_array("multiple");
    json.begin_object();
    write_service(one, json);
    json.end_object();
  }
  if (count > 0) json.end_array();
  json.end_object();
}

void write_identity(const Identity& identity, Json& json) noexcept {
  NumberText revision;
  revision.add(identity.major);
  revision.add(".");
  revision.add(identity.minor);
  json.begin_object("identity")
      .member("protocol_version", identity.protocol_version)
      .member("revision", revision.view());
  write_name("vendor_id", cip::vendor_name(identity.vendor), identity.vendor, json);
  write_name("device_type", cip::device_type_name(identity.device_type), identity.device_type,
             json);
  json.member("product_code", identity.product_code)
      .member("status", identity.status)
      .member("serial", identity.serial)
      .member("product_name", identity.product_name)
      .member("state", identity.state)
      .end_object();
}

}  // namespace

void write_message(const Message& message, Json& json) noexcept {
  const auto& header = message.header;
  write_name("command", command_name(header.command), header.command, json);
  write_name("status", status_name(header.status), header.status, json);
  if (message.register_session)
    json.begin_object("register_session")
        .member("protocol_version", message.register_session->protocol_version)
        .member("options", message.register_session->options)
        .end_object();
  if (message.service)
    json.begin_object("list_services")
        .member("protocol_version", message.service->protocol_version)
        .member("capabilities", message.service->capabilities)
        .member("service_name", message.service->name)
        .end_object();
  if (message.identity) write_identity(*message.identity, json);
  if (message.cip) write_cip(*message.cip, json);
}

}  // namespace sekisho::engines::enip
