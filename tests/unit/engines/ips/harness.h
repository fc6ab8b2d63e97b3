#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/base/aligned_bytes.h"
#include "engines/ips/ips.h"

namespace sekisho::engines::ips::testing {

struct Told {
  std::uint32_t signature;
  rules::RuleAction action;
  bool logged;
  bool whole_flow;
};

/// Answers from tables.
class FakeTransaction final : public Transaction {
 public:
  explicit FakeTransaction(std::uint64_t id = 0) : Transaction(id) {}
  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t instance,
                                                     FieldScratch scratch) const noexcept override;
  std::optional<std::uint64_t> number(rules::Field field, Direction direction,
                                      std::uint32_t instance) const noexcept override;
  std::optional<BodyView> body(rules::Field field, Direction direction) const noexcept override;

  std::map<rules::Field, std::vector<std::string>> texts;
  std::map<rules::Field, std::vector<std::uint64_t>> numbers;
  std::map<rules::Field, BodyView> bodies;
};

/// A detector with the rules of a text, and one flow.
class Harness : public AlertSink {
 public:
  explicit Harness(const std::string& text, const CompileOptions& options = {});
  ~Harness() override;

  /// A datagram of the flow, to the server unless told otherwise; what was told since.
  std::vector<std::uint32_t> datagram(std::string_view payload,
                                      Direction direction = Direction::to_server);
  /// The next bytes of a TCP stream; the window keeps all.
  std::vector<std::uint32_t> stream(std::string_view fresh,
                                    Direction direction = Direction::to_server);
  std::vector<std::uint32_t> stage(FakeTransaction& transaction, Direction direction,
                                   std::uint8_t stage);
  std::vector<std::uint32_t> body(FakeTransaction& transaction, rules::Field field,
                                  Direction direction, const BodyView& view);
  std::vector<std::uint32_t> file(FakeTransaction& transaction, const FileView& file,
                                  const FileFacts& facts = {});
  /// The logged ones of what was told since the last call.
  std::vector<std::uint32_t> told();
  void on_alert(const Alert& alert) noexcept override;
  void use_tcp();
  void new_flow();

  std::vector<bool> whole_flows;           // likewise
  std::vector<std::string> noted;          // likewise: "name=value"
  std::vector<rules::RuleAction> actions;  // of all that the last call of told() found
  rules::RuleSet rules;
  std::unique_ptr<AlignedBytes> artifact;
  std::unique_ptr<const Ruleset> ruleset;
  HostState hosts{1 << 12};
  std::unique_ptr<MemoryPool> pool;
  std::unique_ptr<Detector> detector;
  FlowView flow;
  PacketView view;
  std::vector<Told> alerts;
  std::string windows[2];
};

using Signatures = std::vector<std::uint32_t>;

}  // namespace sekisho::engines::ips::testing
