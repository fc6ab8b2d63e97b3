#pragma once

#include <map>
#include <set>
#include <vector>

#include "artifact_writer.h"
#include "engines/ips/ips.h"
#include "fast_pattern.h"
#include "known_databases.h"

namespace sekisho::engines::ips {

/// Sorts rules into what is scanned together and what is looked at always, and compiles the
/// pattern databases.
class GroupPacker {
 public:
  GroupPacker(ArtifactWriter& writer, const CompileOptions& options)
      : writer_(writer), known_(options.known) {}

  /// `index`: of `record` in the artifact. `fast`: its pattern, or null.
  void add(std::uint32_t index, const RuleRecord& record, const rules::Rule& rule,
           const FastPattern* fast);
  /// Writes groups, databases and lists.
  Status finish();

 private:
  struct GroupKey {
    std::uint8_t kind = 0, payload_class = 0, direction = 0, has_port = 0;
    std::uint16_t field = 0, port = 0;
    std::uint32_t transforms_first = 0, transforms_count = 0;
    PatternForm form = PatternForm::literals;
    auto operator<=>(const GroupKey&) const = default;
  };
  struct ListKey {
    std::uint8_t kind = 0, which = 0, direction = 0, stage = 0;
    std::uint16_t field = 0;
    auto operator<=>(const ListKey&) const = default;
  };
  struct PatternKey {
    std::vector<std::uint8_t> bytes;
    std::uint32_t options = 0;  // literal: 1 for no case
    auto operator<=>(const PatternKey&) const = default;
  };
  struct Pattern {
    std::vector<std::uint32_t> calls;  // rules with kAt... bits
    std::uint32_t reach = 0;
  };
  using Group = std::map<PatternKey, Pattern>;

  void add_field_pattern(std::uint32_t index, const RuleRecord& record, const FastPattern& fast);
  void add_payload_pattern(std::uint32_t index, const RuleRecord& record, const rules::Rule& rule,
                           const FastPattern& fast);
  void add_payload_pattern(std::uint32_t call, PayloadClass payload_class, std::uint8_t direction,
                           const rules::PortSet& server_ports, const FastPattern& fast);
  void list_transactional(std::uint32_t index, const RuleRecord& record, const rules::Rule& rule);
  void list_protocol(std::uint32_t index, const RuleRecord& record, const rules::Rule& rule);
  void list_packet(std::uint32_t index, const RuleRecord& record, const rules::Rule& rule);
  bool add_event(std::uint32_t index, const rules::Rule& rule);
  bool add_addresses(std::uint32_t index, const RuleRecord& record, const rules::Rule& rule);
  static PatternForm form_of(const FastPattern& fast, bool grows);
  void call(const GroupKey& key, const FastPattern& fast, std::uint32_t call);
  void join_ports();
  static std::vector<pattern::Literal> literals_of(const Group& group);
  static std::vector<pattern::Expression> expressions_of(const Group& group);
  template <class T>
  Result<std::uint32_t> database_of(const std::vector<T>& patterns, Slice called);
  Result<std::uint32_t> database_of(const GroupKey& key, const Group& group);
  Result<GroupRecord> record_of(const GroupKey& key, const Group& group);
  void write_lists();

  ArtifactWriter& writer_;
  const KnownDatabases known_;
  std::map<GroupKey, Group> groups_;
  std::set<GroupKey> joined_;  // groups of a port that have those for any port in them
  std::map<ListKey, std::vector<ListEntry>> lists_;
  std::map<std::string, std::vector<std::uint32_t>> packet_events_, application_events_;
  std::vector<std::pair<std::vector<AddressRange>, std::uint32_t>> by_address_[2];
};

/// To the one behind it; false: there is none.
bool next_address(IpAddress& address);

/// Steps in ascending order; each names the rules that concern its addresses.
std::vector<AddressStep> address_steps(
    const std::vector<std::pair<std::vector<AddressRange>, std::uint32_t>>& rules,
    ArtifactWriter& writer);

}  // namespace sekisho::engines::ips
