#include "config/base/text_bytes.h"
#include "flow_state.h"
#include "pack_rule.h"

namespace sekisho::engines::ips {
namespace {

template <class T>
std::uint8_t code(T value) {
  return static_cast<std::uint8_t>(value);
}

TestRecord record_of(TestKind kind) {
  TestRecord record;
  record.kind = kind;
  return record;
}

void pack_number(const rules::NumberTest& test, TestRecord& record) {
  record.comparison = code(test.comparison);
  record.low = test.low;
  record.high = test.high;
  record.negated = test.negated ? 1 : 0;
}

TestRecord packed(const rules::FieldNumberTest& test, ArtifactWriter& writer) {
  auto record = record_of(TestKind::field_number);
  pack_number(test.test, record);
  record.field = static_cast<std::uint16_t>(test.field);
  record.stage = rules::info_of(test.field).stage;
  record.all = code(test.quantifier);
  record.index = test.index;
  record.list = writer.add_numbers(test.alternatives);
  if (!test.alternatives.empty()) record.negated = test.negated ? 1 : 0;
  const auto word = [](std::int32_t value) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  };
  record.more = writer.add_numbers({code(test.count.comparison), test.count.low, test.count.high,
                                    test.slice ? 1U : 0U, word(test.slice_first),
                                    word(test.slice_last), test.against_clock ? 1U : 0U});
  return record;
}

TestRecord packed(const rules::PacketNumberTest& test, ArtifactWriter&) {
  auto record = record_of(TestKind::packet_number);
  pack_number(test.test, record);
  record.field = static_cast<std::uint16_t>(test.number);
  record.index = test.index;
  record.all = code(test.quantifier);
  return record;
}

TestRecord packed(const rules::RpcCall& call, ArtifactWriter& writer) {
  auto record = record_of(TestKind::rpc_call);
  const auto word = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
  record.list = writer.add_numbers({word(call.program), word(call.version), word(call.procedure)});
  return record;
}

TestRecord packed(const rules::FtpBounce&, ArtifactWriter&) {
  return record_of(TestKind::ftp_bounce);
}

TestRecord packed(const rules::TcpSession& session, ArtifactWriter&) {
  auto record = record_of(TestKind::tcp_session);
  record.mode = static_cast<std::uint8_t>((session.setup ? 1 : 0) | (session.established ? 2 : 0) |
                                          (session.closing ? 4 : 0) | (session.closed ? 8 : 0));
  record.negated = session.negated ? 1 : 0;
  return record;
}

TestRecord packed(const rules::TcpFlags& flags, ArtifactWriter&) {
  auto record = record_of(TestKind::tcp_flags);
  record.low = flags.set;
  record.high = flags.mask;
  record.mode = code(flags.mode);
  return record;
}

TestRecord packed(const rules::FragmentBits& bits, ArtifactWriter&) {
  auto record = record_of(TestKind::fragment_bits);
  record.low = bits.bits;
  record.mode = code(bits.mode);
  return record;
}

TestRecord packed(const rules::IpOption& option, ArtifactWriter&) {
  auto record = record_of(TestKind::ip_option);
  record.low = option.number;
  record.all = option.any ? 1 : 0;
  record.negated = option.negated ? 1 : 0;
  return record;
}

TestRecord packed(const rules::SameAddress&, ArtifactWriter&) {
  return record_of(TestKind::same_address);
}

TestRecord packed(const rules::ChecksumTest& test, ArtifactWriter&) {
  auto record = record_of(TestKind::checksum);
  record.low = test.ip_protocol;
  record.mode = test.ipv4 ? 1 : 0;
  record.negated = test.valid ? 0 : 1;
  return record;
}

TestRecord packed(const rules::FlowText& text, ArtifactWriter& writer) {
  auto record = record_of(TestKind::flow_text);
  record.mode = text.of_packet ? 1 : 0;
  record.extra = name_key(text.name);
  record.list = writer.add_text(as_text(text.value));
  return record;
}

TestRecord packed(const rules::DecodeEvent& event, ArtifactWriter& writer) {
  auto record = record_of(TestKind::decode_event);
  record.list = writer.add_text(event.name);
  return record;
}

TestRecord packed(const rules::ApplicationEvent& event, ArtifactWriter& writer) {
  auto record = record_of(TestKind::application_event);
  record.list = writer.add_text(event.name);
  return record;
}

TestRecord packed(const rules::ApplicationProtocolTest& test, ArtifactWriter&) {
  auto record = record_of(TestKind::application_protocol);
  record.low = test.protocols;
  if (test.failed) record.low |= rules::bit_of(rules::Protocol::failed);
  if (test.unknown) record.low |= rules::bit_of(rules::Protocol::unknown);
  record.mode = code(test.mode);
  record.negated = test.negated ? 1 : 0;
  return record;
}

std::uint32_t key_of(const std::vector<std::uint32_t>& keys, std::uint32_t number) {
  return number < keys.size() ? keys[number] : number;
}

}  // namespace

TestRecord RulePacker::pack_flow_bits(const rules::FlowBits& bits) {
  auto record = record_of(TestKind::flow_bits);
  record.mode = code(bits.command);
  std::vector<std::uint32_t> keys;
  for (const auto bit : bits.bits) keys.push_back(key_of(flow_bit_keys_, bit));
  record.list = writer_.add_ids(keys);
  return record;
}

TestRecord RulePacker::pack_flow_integer(const rules::FlowInteger& integer) {
  auto record = record_of(TestKind::flow_integer);
  record.mode = code(integer.command);
  record.extra = key_of(flow_integer_keys_, integer.name);
  record.comparison = code(integer.comparison);
  record.low = static_cast<std::uint64_t>(integer.value);
  if (integer.other_name >= 0) {
    record.all = 1;
    record.high = key_of(flow_integer_keys_, static_cast<std::uint32_t>(integer.other_name));
  }
  return record;
}

TestRecord RulePacker::pack_host_bits(const rules::HostBits& bits) {
  auto record = record_of(TestKind::host_bits);
  record.mode = code(bits.command);
  record.all = code(bits.track);
  record.extra = key_of(host_bit_keys_, bits.bit);
  record.low = bits.expire_seconds;
  return record;
}

Result<TestRecord> RulePacker::pack_address_test(const rules::Rule& rule,
                                                 const rules::AddressTest& test) {
  auto index = dataset(rule, test.dataset);
  if (!index) return std::move(index).error();
  auto record = record_of(TestKind::address);
  record.mode = test.source ? 1 : 0;
  record.extra = *index;
  record.all = code(test.dataset.command);
  record.comparison = code(test.dataset.comparison);
  record.low = test.dataset.reputation;
  record.list = writer_.add_text(test.dataset.json_context_key);
  return record;
}

Result<TestRecord> RulePacker::pack_reputation(const rules::ReputationTest& test) {
  const auto found = set_.reputation.categories.find(test.category);
  blamed_ = &test.position;
  const bool is_known = found != set_.reputation.categories.end();
  if (!is_known && !alone_)
    return Error{Error::Code::not_found, "no reputation category is called " + test.category};
  auto record = record_of(TestKind::reputation);
  record.mode = code(test.side);
  record.extra = is_known ? found->second : 0;
  record.all = static_cast<std::uint8_t>(test.test_isset ? 1 : test.test_isnotset ? 2 : 0);
  pack_number(test.score, record);
  return record;
}

Result<TestRecord> RulePacker::pack_test(const rules::Rule& rule, const rules::PacketTest& test) {
  if (const auto* address = std::get_if<rules::AddressTest>(&test))
    return pack_address_test(rule, *address);
  if (const auto* reputation = std::get_if<rules::ReputationTest>(&test))
    return pack_reputation(*reputation);
  if (const auto* country = std::get_if<rules::GeoTest>(&test)) return pack_country(*country);
  if (const auto* bits = std::get_if<rules::FlowBits>(&test)) return pack_flow_bits(*bits);
  if (const auto* integer = std::get_if<rules::FlowInteger>(&test))
    return pack_flow_integer(*integer);
  if (const auto* bits = std::get_if<rules::HostBits>(&test)) return pack_host_bits(*bits);
  if (const auto* state = std::get_if<rules::ApplicationStateTest>(&test)) {
    auto record = record_of(TestKind::application_state);
    record.mode = code(state->direction);
    record.stage = state->stage;
    return record;
  }
  return std::visit(
      [this](const auto& one) -> Result<TestRecord> {
        if constexpr (requires { packed(one, writer_); })
          return packed(one, writer_);
        else  // handled above
          return Error{Error::Code::invalid_input, "a test that cannot be packed"};
      },
      test);
}

Status RulePacker::pack_tests(const rules::Rule& rule, RuleRecord& record) {
  std::vector<TestRecord> tests;
  for (const auto& test : rule.tests) {
    auto packed_one = pack_test(rule, test);
    if (!packed_one) return std::move(packed_one).error();
    if (packed_one->kind == TestKind::field_number &&
        is_file_field(static_cast<rules::Field>(packed_one->field)))
      record.flags |= kNeedsFile;
    tests.push_back(*packed_one);
  }
  record.tests = append(writer_.tests, tests);
  return ok();
}

}  // namespace sekisho::engines::ips
