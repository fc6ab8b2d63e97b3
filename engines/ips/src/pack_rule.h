#pragma once

#include <map>
#include <string>

#include "artifact_writer.h"
#include "engines/ips/ips.h"
#include "hash128.h"

namespace sekisho::engines::ips {

/// Turns rules into records, one at a time. What a rule names outside of itself (datasets,
/// reputation) is read once.
class RulePacker {
 public:
  /// `alone`: as check_rules() has it.
  RulePacker(ArtifactWriter& writer, const CompileOptions& options, const rules::RuleSet& set,
             bool alone);

  /// The record, with everything that it refers to in the writer; or why the rule cannot run.
  Result<RuleRecord> pack(const rules::Rule& rule);
  /// Where in the rule that pack() last refused the reason stands; null: no place of its own.
  const rules::RulePosition* blamed() const { return blamed_; }
  /// `buffer` of Rule::buffers, as numbered in the packed rule.
  std::size_t packed_buffer(std::size_t buffer) const { return packed_order_[buffer]; }

 private:
  Status pack_header(const rules::Rule& rule, RuleRecord& record);
  Status pack_buffers(const rules::Rule& rule, RuleRecord& record);
  Status pack_tests(const rules::Rule& rule, RuleRecord& record);
  Result<TestRecord> pack_test(const rules::Rule& rule, const rules::PacketTest& test);
  Result<TestRecord> pack_address_test(const rules::Rule& rule, const rules::AddressTest& test);
  TestRecord pack_flow_bits(const rules::FlowBits& bits);
  TestRecord pack_flow_integer(const rules::FlowInteger& integer);
  TestRecord pack_host_bits(const rules::HostBits& bits);
  Result<TestRecord> pack_reputation(const rules::ReputationTest& test);
  Status pack_after(const rules::Rule& rule, RuleRecord& record);
  Result<Element> pack_element(const rules::Rule& rule, const rules::BufferElement& element);
  Result<Element> pack_pcre(const rules::Pcre& pcre);
  Result<TransformRecord> pack_transform(const rules::Transform& transform);
  Result<std::uint32_t> dataset(const rules::Rule& rule, const rules::DatasetTest& test);
  Status add_json_dataset(const rules::DatasetTest& test, std::string_view text,
                          std::vector<DatasetEntry>& entries) const;
  Status load_dataset(const rules::Rule& rule, const rules::DatasetTest& test,
                      std::vector<DatasetEntry>& entries) const;
  void pack_texts(const rules::Rule& rule, RuleRecord& record);
  Result<TestRecord> pack_country(const rules::GeoTest& test);
  Status load_countries();
  void load_reputation();

  ArtifactWriter& writer_;
  const CompileOptions& options_;
  bool has_countries_ = false;
  // Flows keep bits by these, so that a new ruleset finds what the last one set.
  std::vector<std::uint32_t> flow_bit_keys_, flow_integer_keys_, host_bit_keys_;
  std::vector<std::size_t> packed_order_;
  const rules::RulePosition* blamed_ = nullptr;
  std::map<std::string, std::uint32_t, std::less<>> datasets_;
  const rules::RuleSet& set_;
  const bool alone_;
};

/// What a rule is decided on.
bool is_transactional(const rules::Rule& rule);
/// It needs the packet itself: never decided on a stream.
bool needs_packet(const rules::Rule& rule);
/// Only addresses, protocol and state: decided once per flow and direction.
bool is_ip_only(const rules::Rule& rule);
/// Only the application protocol: decided once each direction when it is known.
bool is_protocol_only(const rules::Rule& rule);
/// Whether it depends on what other rules set.
bool asks_state(const rules::Rule& rule);
/// Bits by Direction in which it can hold.
std::uint8_t directions_of(const rules::Rule& rule);

}  // namespace sekisho::engines::ips
