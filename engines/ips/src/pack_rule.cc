#include "pack_rule.h"

#include <algorithm>

#include "config/base/text_bytes.h"
#include "flow_state.h"

namespace sekisho::engines::ips {
namespace {

using rules::RuleLayer;

/// A JSON string with its quotes; what is not printable ASCII or UTF-8 is left to the reader.
std::string quoted(std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += '\\';
    if (byte < 0x20) {
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

/// Values of one key together, keys in the order of their first mention.
std::string metadata_json(const rules::Rule& rule) {
  std::vector<std::pair<std::string, std::string>> members;
  for (const auto& [key, value] : rule.metadata) {
    auto found = std::find_if(members.begin(), members.end(),
                              [&key = key](const auto& member) { return member.first == key; });
    if (found == members.end())
      members.emplace_back(key, quoted(value));
    else
      found->second += ',' + quoted(value);
  }
  if (members.empty()) return {};
  std::string out;
  for (const auto& [key, values] : members)
    out += (out.empty() ? "{" : ",") + quoted(key) + ":[" + values + "]";
  return out + "}";
}

/// Where a reference leads, by its system: what Suricata's own configuration says of them.
constexpr std::pair<std::string_view, std::string_view> kReferenceSystems[] = {
    {"bugtraq", "http://www.securityfocus.com/bid/"},
    {"bid", "http://www.securityfocus.com/bid/"},
    {"cve", "https://cve.mitre.org/cgi-bin/cvename.cgi?name="},
    {"secunia", "http://www.secunia.com/advisories/"},
    {"arachnids", "http://www.whitehats.com/info/IDS"},
    {"mcafee", "http://vil.nai.com/vil/content/v_"},
    {"nessus", "http://cgi.nessus.org/plugins/dump.php3?id="},
    {"url", "https://"},
    {"et", "http://doc.emergingthreats.net/"},
    {"etpro", "http://doc.emergingthreatspro.com/"},
    {"telus", "http://"},
    {"osvdb", "http://osvdb.org/show/osvdb/"},
    {"threatexpert", "http://www.threatexpert.com/report.aspx?md5="},
    {"md5", "http://www.threatexpert.com/report.aspx?md5="},
    {"exploitdb", "http://www.exploit-db.com/exploits/"},
    {"openpacket", "https://www.openpacket.org/capture/grab/"},
    {"securitytracker", "http://securitytracker.com/id?"},
    {"xforce", "http://xforce.iss.net/xforce/xfdb/"},
    {"msft", "http://technet.microsoft.com/security/bulletin/"}};

std::string address_of(const rules::Reference& reference) {
  if (reference.id.find("://") != std::string::npos) return reference.id;
  for (const auto& [system, address] : kReferenceSystems)
    if (system == reference.system) return std::string(address) + reference.id;
  return reference.system + ':' + reference.id;
}

std::string references_json(const rules::Rule& rule) {
  if (rule.references.empty()) return {};
  std::string out;
  for (const auto& reference : rule.references)
    out += (out.empty() ? "[" : ",") + quoted(address_of(reference));
  return out + "]";
}

std::uint32_t flow_flags(const rules::FlowTest& flow) {
  std::uint32_t flags = 0;
  if (flow.established) flags |= kEstablished;
  if (flow.not_established) flags |= kNotEstablished;
  if (flow.only_stream) flags |= kOnlyStream;
  if (flow.no_stream) flags |= kNoStream;
  if (flow.only_frag) flags |= kOnlyFragment;
  if (flow.no_frag) flags |= kNoFragment;
  if (flow.to_server || flow.to_client || flow.established || flow.only_stream) flags |= kNeedsFlow;
  if (flow.stateless) flags |= kStatelessFlow;
  return flags;
}

/// Whether a content counts its place from the beginning of a packet or of a stream.
bool has_absolute_place(const rules::Rule& rule) {
  for (const auto& buffer : rule.buffers)
    if (buffer.field == rules::Field::payload)
      for (const auto& element : buffer.elements)
        if (const auto* content = std::get_if<rules::Content>(&element))
          if (content->has_depth || content->has_offset || content->starts_with) return true;
  return false;
}

std::uint32_t payload_flags(const rules::Rule& rule) {
  if (needs_packet(rule)) return kPacketPayload;
  const bool can_be_stream = rule.header.ip_protocols[6];
  if (!can_be_stream) return kPacketPayload;
  if (rule.header.layer == RuleLayer::tcp_stream || rule.flow.only_stream) return kStreamPayload;
  bool has_payload = false;
  for (const auto& buffer : rule.buffers)
    if (buffer.field == rules::Field::payload) has_payload = true;
  if (!has_payload) return kPacketPayload;
  return has_absolute_place(rule) ? kPacketPayload | kStreamPayload : kStreamPayload;
}

std::uint64_t protocols_of(const rules::Rule& rule) {
  auto protocols = rule.header.app_protocols;
  const auto narrow = [&protocols](rules::Field field) {
    const auto of_field = rules::info_of(field).protocols;
    if (of_field != 0) protocols = protocols == 0 ? of_field : protocols & of_field;
  };
  for (const auto& buffer : rule.buffers) narrow(buffer.field);
  for (const auto& test : rule.tests)
    if (const auto* number = std::get_if<rules::FieldNumberTest>(&test)) narrow(number->field);
  return protocols;
}

std::vector<std::uint32_t> keys_of(const std::vector<std::string>& names) {
  std::vector<std::uint32_t> keys;
  keys.reserve(names.size());
  for (const auto& name : names) keys.push_back(name_key(name));
  return keys;
}

}  // namespace

RulePacker::RulePacker(ArtifactWriter& writer, const CompileOptions& options,
                       const rules::RuleSet& set, bool alone)
    : writer_(writer),
      options_(options),
      flow_bit_keys_(keys_of(set.flow_bits)),
      flow_integer_keys_(keys_of(set.flow_integers)),
      host_bit_keys_(keys_of(set.host_bits)),
      set_(set),
      alone_(alone) {
  load_reputation();
}

Status RulePacker::pack_header(const rules::Rule& rule, RuleRecord& record) {
  const auto& header = rule.header;
  const auto empty = [](const auto& set) { return !set.any && set.ranges.empty(); };
  if (empty(header.source) || empty(header.destination))
    return Error{Error::Code::invalid_input, "no address is left in the rule's header"};
  if (empty(header.source_ports) || empty(header.destination_ports))
    return Error{Error::Code::invalid_input, "no port is left in the rule's header"};
  if (!header.source.any) record.source = writer_.add_addresses(header.source.ranges);
  if (!header.destination.any)
    record.destination = writer_.add_addresses(header.destination.ranges);
  if (!header.source_ports.any) record.source_ports = writer_.add_ports(header.source_ports.ranges);
  if (!header.destination_ports.any)
    record.destination_ports = writer_.add_ports(header.destination_ports.ranges);
  std::vector<std::uint64_t> protocols(4);
  for (std::size_t i = 0; i < 256; ++i)
    if (header.ip_protocols[i]) protocols[i / 64] |= std::uint64_t{1} << (i % 64);
  record.ip_protocols = writer_.add_numbers(protocols).first;
  if (header.ip_protocols.all()) record.flags |= kAnyProtocol;
  if (header.bidirectional) record.flags |= kBidirectional;
  if (header.ipv4) record.flags |= kIpv4;
  if (header.ipv6) record.flags |= kIpv6;
  record.app_protocols = protocols_of(rule);
  if (record.app_protocols == 0 && is_transactional(rule) && header.app_protocols != 0)
    return Error{Error::Code::invalid_input, "no protocol has all of the rule's fields"};
  record.flags |= flow_flags(rule.flow) | payload_flags(rule);
  if (is_transactional(rule)) record.flags |= kTransactional;
  if (is_ip_only(rule)) record.flags |= kIpOnly;
  if (rule.no_alert) record.flags |= kNoAlert;
  if (rule.store_file) record.flags |= kStoreFile;
  if (rule.alert_always) record.flags |= kAlertAlways;
  if (header.hook == rules::PacketHook::flow_start) record.flags |= kFlowStart;
  if (header.layer == RuleLayer::packet_header) record.flags |= kAnyPacket;
  if (header.layer == RuleLayer::arp) record.flags |= kAnyPacket | kArp;
  if (is_protocol_only(rule)) record.flags |= kProtocolOnly;
  if (rule.position.file == rules::kOwnRulesFile) record.flags |= kOwn;
  if (asks_state(rule)) record.flags |= kAsksState;
  record.quiet = static_cast<std::uint8_t>(rule.disable_logging);
  record.store_scope = static_cast<std::uint8_t>(rule.store_scope);
  record.store_direction = static_cast<std::uint8_t>(rule.store_direction);
  if (rule.bypass) record.flags |= kBypass;
  if (rule.num_variables != 0) record.flags |= kHasVariables;
  if (rule.num_variables > rules::kMaxRuleVariables)
    return Error{Error::Code::invalid_input, "too many variables"};
  record.num_variables = rule.num_variables;
  record.tag_seconds = rule.tag.seconds;
  record.tag_packets = rule.tag.packets;
  record.tag_bytes = rule.tag.bytes;
  record.directions = directions_of(rule);
  return ok();
}

void RulePacker::pack_texts(const rules::Rule& rule, RuleRecord& record) {
  record.message = writer_.add_text(rule.message);
  record.category = writer_.add_text(rule.class_description);
  record.metadata = writer_.add_text(metadata_json(rule));
  record.references = writer_.add_text(references_json(rule));
}

Status RulePacker::pack_after(const rules::Rule& rule, RuleRecord& record) {
  std::vector<TestRecord> changes;
  std::vector<rules::PacketTest> all;
  all.insert(all.end(), rule.set_flow_bits.begin(), rule.set_flow_bits.end());
  all.insert(all.end(), rule.set_flow_integers.begin(), rule.set_flow_integers.end());
  all.insert(all.end(), rule.set_host_bits.begin(), rule.set_host_bits.end());
  for (const auto& change : all) {
    auto packed = pack_test(rule, change);
    if (!packed) return std::move(packed).error();
    changes.push_back(*packed);
  }
  record.changes = append(writer_.changes, changes);
  std::vector<ThresholdRecord> thresholds;
  for (const auto& threshold : rule.thresholds) {
    ThresholdRecord out;
    out.type = static_cast<std::uint8_t>(threshold.type);
    out.track = static_cast<std::uint8_t>(threshold.track);
    out.new_action = static_cast<std::uint8_t>(threshold.new_action);
    out.unique = static_cast<std::uint8_t>(threshold.unique);
    out.count = threshold.count;
    out.seconds = threshold.seconds;
    out.multiplier = threshold.multiplier;
    out.timeout_seconds = threshold.timeout_seconds;
    out.any_address = threshold.addresses.any ? 1 : 0;
    out.addresses = writer_.add_addresses(threshold.addresses.ranges);
    thresholds.push_back(out);
  }
  record.thresholds = append(writer_.thresholds, thresholds);
  return ok();
}

Result<RuleRecord> RulePacker::pack(const rules::Rule& rule) {
  RuleRecord record;
  record.generator = rule.generator;
  record.signature = rule.signature;
  record.revision = rule.revision;
  record.action = static_cast<std::uint8_t>(rule.header.action);
  record.priority = rule.priority;
  record.target = static_cast<std::uint8_t>(rule.target);
  blamed_ = nullptr;
  auto status = pack_header(rule, record);
  if (!status) return std::move(status).error();
  status = pack_buffers(rule, record);
  if (!status) return std::move(status).error();
  blamed_ = nullptr;
  status = pack_tests(rule, record);
  if (!status) return std::move(status).error();
  status = pack_after(rule, record);
  if (!status) return std::move(status).error();
  pack_texts(rule, record);
  return record;
}

}  // namespace sekisho::engines::ips
