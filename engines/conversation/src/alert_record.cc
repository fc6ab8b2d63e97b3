#include "alert_record.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

#include "engines/conversation/packet_facts.h"

namespace sekisho::engines {
namespace {

using events::BoundedJsonWriter;

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::size_t kMaxExcerpt = 4096;

void write_base64(std::string_view key, std::span<const std::uint8_t> bytes,
                  BoundedJsonWriter& json) noexcept {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<char, (kMaxExcerpt + 2) / 3 * 4> text;
  std::size_t size = 0;
  bytes = bytes.first(std::min(bytes.size(), kMaxExcerpt));
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto left = bytes.size() - i;
    const unsigned group = unsigned{bytes[i]} << 16 |
                           (left > 1 ? unsigned{bytes[i + 1]} << 8 : 0U) |
                           (left > 2 ? unsigned{bytes[i + 2]} : 0U);
    text[size++] = kAlphabet[group >> 18];
    text[size++] = kAlphabet[group >> 12 & 63];
    text[size++] = left > 1 ? kAlphabet[group >> 6 & 63] : '=';
    text[size++] = left > 2 ? kAlphabet[group & 63] : '=';
  }
  json.member(key, std::string_view(text.data(), size));
}

/// As Suricata prints payloads: everything that is not printable ASCII or a line end is a dot.
void write_printable(std::string_view key, std::span<const std::uint8_t> bytes,
                     BoundedJsonWriter& json) noexcept {
  std::array<char, kMaxExcerpt> text;
  const auto size = std::min(bytes.size(), kMaxExcerpt);
  std::transform(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size), text.begin(),
                 [](std::uint8_t byte) {
                   const bool shown = (byte >= 0x20 && byte < 0x7f) || byte == '\r' || byte == '\n';
                   return shown ? static_cast<char>(byte) : '.';
                 });
  json.member(key, std::string_view(text.data(), size));
}

void write_target(const ips::RuleInfo& rule, const AlertContext& context,
                  BoundedJsonWriter& json) noexcept {
  if (rule.target == rules::RuleTarget::none || context.packet == nullptr) return;
  const auto& packet = *context.packet;
  const bool target_is_source = rule.target == rules::RuleTarget::source;
  json.begin_object("source");
  write_address("ip", target_is_source ? packet.destination : packet.source, json);
  json.member("port", target_is_source ? packet.destination_port : packet.source_port);
  json.end_object().begin_object("target");
  write_address("ip", target_is_source ? packet.source : packet.destination, json);
  json.member("port", target_is_source ? packet.source_port : packet.destination_port);
  json.end_object();
}

/// Those of the transaction in the alert's direction.
void write_files(const AlertContext& context, BoundedJsonWriter& json) noexcept {
  bool begun = false;
  for (const auto& file : context.files) {
    if (context.transaction == nullptr || file->transaction != context.transaction ||
        file->view.direction != context.direction)
      continue;
    if (!begun) json.begin_array("files");
    begun = true;
    json.begin_object();
    write_file(*file, context.transaction->id(), json);
    json.end_object();
  }
  if (begun) json.end_array();
}

void write_excerpts(const InspectorConfig& config, const AlertContext& context,
                    BoundedJsonWriter& json) noexcept {
  const auto shortened = [&](std::size_t bytes) {
    return context.cuts >= kMostCuts ? 0 : bytes >> (2 * context.cuts);
  };
  if (config.payload_bytes != 0) {
    const auto most = shortened(config.payload_bytes);
    const auto excerpt = context.payload.first(std::min(context.payload.size(), most));
    if (!excerpt.empty()) {
      write_base64("payload", excerpt, json);
      write_printable("payload_printable", excerpt, json);
      json.member("payload_length", context.payload.size());
    }
    json.member("stream", context.from_stream ? 1 : 0);
  }
  if (config.record_packets && context.packet != nullptr)
    write_packet(config, *context.packet, shortened(kMaxExcerpt), json);
}

}  // namespace

void write_packet(const InspectorConfig& config, const PacketView& packet, std::size_t bytes,
                  BoundedJsonWriter& json) noexcept {
  if (packet.frame.empty()) return;
  write_base64("packet", packet.frame.first(std::min(bytes, packet.frame.size())), json);
  json.begin_object("packet_info").member("linktype", packet.link_type);
  if (config.name_of_link != nullptr)
    if (const auto* name = config.name_of_link(packet.link_type); name != nullptr)
      json.member("linktype_name", std::string_view(name));
  json.end_object();
}

void write_address(std::string_view key, const IpAddress& address,
                   BoundedJsonWriter& json) noexcept {
  std::array<char, 40> storage;
  events::BoundedText text(storage);
  for (std::size_t i = address.is_v4() ? 12 : 0; i < 16; ++i) {
    const auto byte = address.bytes[i];
    if (address.is_v4()) {
      if (i != 12) text += '.';
      if (byte >= 100) text += static_cast<char>('0' + byte / 100);
      if (byte >= 10) text += static_cast<char>('0' + byte / 10 % 10);
      text += static_cast<char>('0' + byte % 10);
    } else {
      if (i != 0 && i % 2 == 0) text += ':';
      text += kHexDigits[byte >> 4];
      text += kHexDigits[byte & 15];
    }
  }
  json.member(key, text.view());
}

void write_time(std::string_view key, std::uint64_t time_ns, BoundedJsonWriter& json) noexcept {
  using namespace std::chrono;
  const auto since = seconds(time_ns / 1'000'000'000);
  const auto day = floor<days>(since);
  const year_month_day date{sys_days(day)};
  const hh_mm_ss time(since - day);
  std::array<char, 31> text;
  std::copy_n("0000-00-00T00:00:00.000000+0000", text.size(), text.begin());
  const auto put = [&text](std::size_t at, std::size_t width, std::uint64_t number) {
    for (; width > 0; --width, number /= 10)
      text[at + width - 1] = static_cast<char>('0' + number % 10);
  };
  put(0, 4, static_cast<std::uint64_t>(static_cast<int>(date.year())));
  put(5, 2, static_cast<unsigned>(date.month()));
  put(8, 2, static_cast<unsigned>(date.day()));
  put(11, 2, static_cast<std::uint64_t>(time.hours().count()));
  put(14, 2, static_cast<std::uint64_t>(time.minutes().count()));
  put(17, 2, static_cast<std::uint64_t>(time.seconds().count()));
  put(20, 6, time_ns / 1000 % 1'000'000);
  json.member(key, std::string_view(text.data(), text.size()));
}

void write_flow(const ips::FlowView& flow, BoundedJsonWriter& json) noexcept {
  json.begin_object("flow");
  json.member("pkts_toserver", flow.packets[0]).member("pkts_toclient", flow.packets[1]);
  json.member("bytes_toserver", flow.bytes[0]).member("bytes_toclient", flow.bytes[1]);
  write_time("start", flow.start_ns, json);
  write_address("src_ip", flow.client, json);
  write_address("dest_ip", flow.server, json);
  if (flow.ip_protocol == 6 || flow.ip_protocol == 17)
    json.member("src_port", flow.client_port).member("dest_port", flow.server_port);
  json.end_object();
}

void write_transaction(const ips::FlowView& flow, const Transaction* transaction,
                       BoundedJsonWriter& json) noexcept {
  if (transaction != nullptr) {
    json.member("tx_id", transaction->id());
    transaction->write_record(0, json);
  }
  if (const auto name = name_of(flow.protocol); !name.empty()) json.member("app_proto", name);
}

void write_packet_origin(const PacketView* packet, BoundedJsonWriter& json) noexcept {
  if (packet != nullptr) write_packet_facts(*packet, json);
}

void write_members(const AlertContext& context, BoundedJsonWriter& json) noexcept {
  write_transaction(*context.flow, context.transaction, json);
  write_files(context, json);
}

void write_alert(const InspectorConfig& config, const ips::RuleInfo& rule,
                 const AlertContext& context, BoundedJsonWriter& json) noexcept {
  write_packet_origin(context.packet, json);
  if (!context.capture.empty()) json.member("capture_file", context.capture);
  json.begin_object("alert");
  json.member("action", context.blocked ? "blocked" : "allowed");
  json.member("gid", rule.generator).member("signature_id", rule.signature);
  json.member("rev", rule.revision).member("signature", rule.message);
  json.member("category", rule.category).member("severity", rule.priority);
  write_target(rule, context, json);
  if (!rule.metadata_json.empty()) json.member_json("metadata", rule.metadata_json);
  if (context.forwarded_for != nullptr) write_address("xff", *context.forwarded_for, json);
  if (config.record_references && !rule.references_json.empty())
    json.member_json("references", rule.references_json);
  if (!context.notes.empty()) json.member_json("context", context.notes);
  json.end_object();
  if (!context.metadata.empty()) json.member_json("metadata", context.metadata);
  json.member("direction", context.direction == Direction::to_server ? "to_server" : "to_client");
  if (context.flow != nullptr) {
    if (context.members.empty())
      write_members(context, json);
    else
      json.members_json(context.members);
    write_flow(*context.flow, json);
  }
  write_excerpts(config, context, json);
}

}  // namespace sekisho::engines
