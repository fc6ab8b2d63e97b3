#include "checks.h"

#include <fmt/format.h>

#include <optional>

#include "protocol_state.h"

namespace sekisho::rules {
namespace {

std::string_view place(const char* at) noexcept { return {at, 0}; }

// --- Contents ---

void check_positions(const Content& content, const char* at) {
  const bool absolute = content.has_offset || content.has_depth;
  if (absolute && content.is_relative())
    refuse(place(at), "a content has both offset or depth and distance or within");
  if (content.starts_with && (absolute || content.is_relative()))
    refuse(place(at), "startswith excludes offset, depth, distance and within");
  const auto size = static_cast<std::int64_t>(content.pattern.size());
  if (content.has_depth && !content.depth.is_variable() && content.depth.value < size)
    refuse(place(at), fmt::format("a content of {} bytes cannot be found within a depth of {}",
                                  size, content.depth.value));
  if (content.has_within && !content.within.is_variable() && content.within.value < size)
    refuse(place(at), fmt::format("a content of {} bytes cannot be found within {} bytes", size,
                                  content.within.value));
}

void check_fast_pattern(const Content& content, const char* at) {
  const bool placed = content.has_offset || content.has_depth || content.is_relative();
  if (content.fast_pattern_only && (placed || content.negated))
    refuse(place(at), "fast_pattern:only is about a content without place and negation");
  if (content.fast_pattern && content.negated && placed)
    refuse(place(at), "a negated content with a place cannot be the fast pattern");
  if (std::size_t{content.chop_offset} + content.chop_length > content.pattern.size())
    refuse(place(at),
           fmt::format("fast_pattern:{},{} reaches beyond the {} bytes of its content",
                       content.chop_offset, content.chop_length, content.pattern.size()));
}

/// The largest size that bsize allows; none: it does not limit.
std::optional<std::uint64_t> largest_size(const BufferSize& size) noexcept {
  const auto& test = size.size;
  if (test.negated || size.relative) return std::nullopt;
  switch (test.comparison) {
    case Comparison::equal:
    case Comparison::less_or_equal:
      return test.low;
    case Comparison::less:
      return test.low == 0 ? 0 : test.low - 1;
    case Comparison::between:
      return test.high - 1;
    case Comparison::between_inclusive:
      return test.high;
    default:
      return std::nullopt;
  }
}

void check_sizes(const BufferTests& buffer, const char* at) {
  for (const auto& element : buffer.elements) {
    const auto* size = std::get_if<BufferSize>(&element);
    if (size == nullptr) continue;
    const auto limit = largest_size(*size);
    if (!limit) continue;
    for (const auto& other : buffer.elements) {
      const auto* content = std::get_if<Content>(&other);
      if (content != nullptr && !content->negated && content->pattern.size() > *limit)
        refuse(place(at), fmt::format("a content of {} bytes does not fit into a buffer of {}",
                                      content->pattern.size(), *limit));
    }
  }
}

void check_absent(const BufferTests& buffer, const char* at) {
  for (const auto& element : buffer.elements)
    if (const auto* absent = std::get_if<Absent>(&element);
        absent != nullptr && !absent->or_else && buffer.elements.size() > 1)
      refuse(place(at), "a buffer that must be absent cannot be tested (absent: or_else)");
}

void check_contents(const RuleBuilder& builder) {
  std::size_t num_fast[2] = {};
  const auto& buffers = builder.rule.buffers;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const auto* at = builder.buffer_places()[i];
    check_sizes(buffers[i], at);
    check_absent(buffers[i], at);
    for (const auto& element : buffers[i].elements) {
      const auto* content = std::get_if<Content>(&element);
      if (content == nullptr) continue;
      check_positions(*content, at);
      check_fast_pattern(*content, at);
      const bool to_client = builder.rule.header.transactional &&
                             info_of(buffers[i].field).direction == FieldDirection::to_client;
      if (content->fast_pattern && ++num_fast[to_client ? 1 : 0] > 1)
        refuse(place(at), "fast_pattern stands behind two contents");
    }
  }
}

void check_base64(const RuleBuilder& builder) {
  bool decodes = false;
  bool wants = false;
  for (const auto& buffer : builder.rule.buffers) {
    wants |= buffer.field == Field::base64_data;
    for (const auto& element : buffer.elements)
      decodes |= std::holds_alternative<Base64Decode>(element);
  }
  if (wants && !decodes) refuse({}, "base64_data without base64_decode");
}

// --- What the keywords say of the protocol ---

constexpr std::uint64_t kFileProtocols =
    bit_of(Protocol::http1) | bit_of(Protocol::http2) | bit_of(Protocol::smtp) |
    bit_of(Protocol::ftp_data) | bit_of(Protocol::smb) | bit_of(Protocol::nfs) |
    bit_of(Protocol::tftp) | bit_of(Protocol::imap) | bit_of(Protocol::pop3);

bool is_file_field(Field field) noexcept {
  return field >= Field::file_data && field <= Field::file_sha256;
}

/// Narrows the protocols to those that have `field`.
void require_field(RuleBuilder& builder, Field field, const char* at) {
  const auto& info = info_of(field);
  if (info.stage == 0 || field == Field::base64_data) return;
  auto having = info.protocols;
  if (is_file_field(field)) having = kFileProtocols;
  auto& header = builder.rule.header;
  // Rules for other protocols with files stay as they are: their own parsers know better.
  if (having == 0) return;
  const auto left = header.app_protocols == 0 ? having : header.app_protocols & having;
  if (left == 0)
    refuse(place(at), fmt::format("{} is no field of \"{}\"", info.name, builder.header.protocol));
  const bool packets_only =
      header.layer == RuleLayer::packet && header.ip_protocols.test(6) && header.app_protocols == 0;
  if (header.layer == RuleLayer::tcp_stream || header.layer == RuleLayer::packet_header ||
      packets_only)
    refuse(place(at), fmt::format("{} cannot be tested in a rule for \"{}\"", info.name,
                                  builder.header.protocol));
  header.app_protocols = left;
  header.layer = RuleLayer::application;
}

/// "http.invalid_host" is an oddity of http; "applayer_..." of any protocol.
void require_event(RuleBuilder& builder, const ApplicationEvent& event) {
  const auto dot = event.name.find('.');
  if (dot == std::string::npos) return;
  const auto protocols = protocols_named(std::string_view(event.name).substr(0, dot));
  if (!protocols) return;
  auto& header = builder.rule.header;
  const auto left = header.app_protocols == 0 ? *protocols : header.app_protocols & *protocols;
  if (left == 0)
    refuse({}, fmt::format("app-layer-event {} is none of \"{}\"", event.name,
                           builder.header.protocol));
  header.app_protocols = left;
  header.layer = RuleLayer::application;
}

void apply_services(RuleBuilder& builder) {
  if (builder.service_protocols == 0) return;
  auto& header = builder.rule.header;
  if (header.layer == RuleLayer::application) {
    // A buffer may belong to fewer or other protocols than the service list says.
    if ((header.app_protocols & builder.service_protocols) != 0)
      header.app_protocols &= builder.service_protocols;
    return;
  }
  ApplicationProtocolTest test;
  test.protocols = builder.service_protocols;
  builder.rule.tests.emplace_back(test);
}

void settle_header(RuleBuilder& builder) {
  auto& rule = builder.rule;
  for (std::size_t i = 0; i < rule.buffers.size(); ++i)
    require_field(builder, rule.buffers[i].field, builder.buffer_places()[i]);
  for (const auto& test : rule.tests) {
    if (const auto* number = std::get_if<FieldNumberTest>(&test))
      require_field(builder, number->field, nullptr);
    if (const auto* event = std::get_if<ApplicationEvent>(&test)) require_event(builder, *event);
  }
  if (const auto hook = builder.header.state_hook; !hook.empty()) {
    const auto state = state_named(to_lower(builder.header.protocol), hook);
    if (!state)
      refuse(hook, fmt::format("\"{}\" is no state of \"{}\"", hook, builder.header.protocol));
    rule.tests.emplace_back(ApplicationStateTest{state->direction, state->stage});
  }
  apply_services(builder);
}

/// A field of one direction in a rule for the other never has a value.
void check_direction(const RuleBuilder& builder) {
  const auto& rule = builder.rule;
  if (rule.header.transactional) return;
  for (std::size_t i = 0; i < rule.buffers.size(); ++i) {
    const auto direction = info_of(rule.buffers[i].field).direction;
    const bool wrong = (direction == FieldDirection::to_server && rule.flow.to_client) ||
                       (direction == FieldDirection::to_client && rule.flow.to_server);
    if (wrong)
      refuse(place(builder.buffer_places()[i]),
             fmt::format("{} does not exist in the direction of \"flow\"",
                         info_of(rule.buffers[i].field).name));
  }
}

void settle_class(RuleBuilder& builder) {
  auto& rule = builder.rule;
  const auto& known = builder.session.context.class_types;
  const auto found = known.find(rule.class_type);
  if (found == known.end()) return;
  rule.class_description = found->second.description;
  if (!builder.has_priority) rule.priority = found->second.priority;
}

}  // namespace

void finish_rule(RuleBuilder& builder) {
  auto& rule = builder.rule;
  builder.end_of_options();
  if (rule.signature == 0) refuse({}, "sid is missing");
  if (builder.header.configures) {
    if (rule.disable_logging == Rule::Quiet::none)
      refuse({}, "action config without the keyword config");
    rule.no_alert = true;
  } else if (rule.disable_logging != Rule::Quiet::none) {
    refuse({}, "keyword config belongs to the action config");
  }
  if (rule.alert_always && rule.no_alert) refuse({}, "alert and noalert exclude each other");
  check_contents(builder);
  check_base64(builder);
  check_direction(builder);
  settle_header(builder);
  settle_class(builder);
}

}  // namespace sekisho::rules
